"""Search in the archive: the newest items, quotes and statements that match words and facets.

Words are combined with AND; `"grain export"` is a phrase and `-wheat` must not occur. Words are
stemmed: English on both databases, Russian on PostgreSQL. Facets (speaker, place, agency, name) are
words as well, in columns of their own, so that the full-text index alone answers a search.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    column,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    table,
)

from worker.archive.schema import speeches, versions
from worker.archive.words import plain_words, yo_spellings
from worker.errors import SettingsError

__all__ = [
    "ItemHit",
    "Query",
    "SpeechHit",
    "read_terms",
    "search_items",
    "search_speeches",
    "select_speeches",
]

_TERM = re.compile(r'(?P<no>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_HAS_WORD = re.compile(r"[^\W_]")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")

MOST_CHARS = 1000
MOST_TERMS = 50
"""Limits of a query, since anybody who sees the pages can send one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search.

    Attributes:
        words: Words and "phrases" of the text, all of which must occur; `-word` must not.
        speaker: The name of a speaker, or a part of it in whole words.
        place: A place of the dateline, or its ISO 3166-1 alpha-2 code.
        agency: The agency's usual name.
        name: A person, an organisation or a place that is mentioned.
        language: A BCP 47 tag.
        source: The feed, or the sender of a message, as the item names it.
        since: The first time of arrival; None for the beginning.
        until: The time before which a hit arrived; None for now.
        before: The number of the last hit of the previous page; 0 for the first page.
        limit: The largest number of hits to return.
    """

    words: str = ""
    speaker: str = ""
    place: str = ""
    agency: str = ""
    name: str = ""
    language: str = ""
    source: str = ""
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    before: int = 0
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemHit:
    """An item that matches. `number` is that of its version, and the cursor of a page."""

    number: int
    uri: str
    version: str
    seen: datetime.datetime
    headline: str
    agency: str
    link: str
    urgency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechHit:
    """A quote (`direct`) or a statement that matches, with its item."""

    number: int
    kind: str
    text: str
    speaker: str | None
    mention: str | None
    confidence: float
    item: ItemHit


def search_items(connection: Connection, query: Query) -> list[ItemHit]:
    """Return the items that match, the newest first.

    Args:
        connection: A connection of `Archive.read`.
        query: The search.

    Raises:
        SettingsError: The query has only excluded words, or is too long.
    """
    facets = {
        "speakers": query.speaker,
        "places": query.place,
        "names": query.name,
        "agency": query.agency,
        "language": query.language,
    }
    where = _Where(connection, "item_words")
    where.add_words(query.words)
    where.add_facets(facets)
    where.add_times(query, versions.c.id)
    statement = select(*_ITEM).join(where.words, where.key == versions.c.id)
    if query.source:
        statement = statement.where(versions.c.source == query.source)
    return [_item_hit(row) for row in connection.execute(where.newest(statement, query.limit))]


def search_speeches(connection: Connection, query: Query) -> list[SpeechHit]:
    """Return the quotes and statements that match, the newest first.

    `query.words` must occur in the quote or statement itself; `query.name` and `query.source` are
    not used.

    Raises:
        SettingsError: The query has only excluded words, or is too long.
    """
    return [
        SpeechHit(
            number=row.id,
            kind=row.kind,
            text=row.text,
            speaker=row.speaker,
            mention=row.mention,
            confidence=row.confidence,
            item=_item_hit(row),
        )
        for row in connection.execute(select_speeches(connection, query, *_ITEM))
    ]


def select_speeches(
    connection: Connection, query: Query, *columns: ColumnElement[Any]
) -> Select[Any]:
    """Return the SQL statement of `search_speeches`: all of `speeches`, some of `versions`.

    Args:
        connection: A connection of `Archive.read`.
        query: The search.
        columns: The columns of `versions` to select.

    Raises:
        SettingsError: The query has only excluded words, or is too long.
    """
    facets = {
        "speaker": query.speaker,
        "places": query.place,
        "agency": query.agency,
        "language": query.language,
    }
    where = _Where(connection, "speech_words")
    where.add_words(query.words)
    where.add_facets(facets)
    where.add_times(query, speeches.c.version_id)
    statement = (
        select(speeches, *columns)
        .join(where.words, where.key == speeches.c.id)
        .join(versions, versions.c.id == speeches.c.version_id)
    )
    return where.newest(statement, query.limit)


_ITEM = (
    versions.c.id.label("number"),
    *(versions.c[name] for name in ("uri", "version", "seen", "headline", "agency", "link")),
    versions.c.urgency,
)


def _item_hit(row: Row[Any]) -> ItemHit:
    return ItemHit(
        number=row.number,
        uri=row.uri,
        version=row.version,
        seen=row.seen,
        headline=row.headline,
        agency=row.agency,
        link=row.link,
        urgency=row.urgency,
    )


class _Where:
    """The conditions of a search on a table of words.

    FTS5 takes one MATCH expression for the whole row; PostgreSQL takes a condition per column.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"
        self.words = table(name, column("rowid" if self._is_sqlite else "id"))
        (self.key,) = self.words.c
        self._wanted: list[str] = []  # terms of FTS5
        self._unwanted: list[str] = []
        self._conditions: list[ColumnElement[bool]] = []

    def add_words(self, words: str) -> None:
        """Add the words of a query; characters that are no words occur nowhere."""
        terms = list(read_terms(_readable(words)))
        if len(terms) > MOST_TERMS:
            reason = f"has {len(terms)} words and phrases; the most are {MOST_TERMS}"
            raise SettingsError(reason, subject="search")
        if terms and not any(is_wanted for _, is_wanted in terms):
            # FTS5's NOT is binary, and on PostgreSQL this would read the whole table.
            raise SettingsError("also name a word that must occur", subject="search")
        if words.strip() and not terms:
            self._conditions.append(false())
        for term, is_wanted in terms:
            self._add("text", term, is_wanted=is_wanted)

    def add_facets(self, facets: Mapping[str, str]) -> None:
        """Add the facets by their column.

        An empty facet is no condition, and one without a letter or a digit finds nothing.
        """
        for name, words in facets.items():
            readable = _readable(words)
            if _HAS_WORD.search(readable):
                self._add(name, readable, is_wanted=True)
            elif words.strip():
                self._conditions.append(false())

    def _add(self, name: str, words: str, *, is_wanted: bool) -> None:
        if self._is_sqlite:
            terms = self._wanted if is_wanted else self._unwanted
            # `COLUMN : "PHRASE"`. Inside the marks FTS5 knows no operators but the mark itself.
            spelt = yo_spellings(words.replace('"', " "))
            either = " OR ".join(f'{name} : "{spelling}"' for spelling in spelt)
            terms.append(f"({either})")
            return
        # Names are not stemmed on PostgreSQL: `Marks` is not `Mark`. FTS5 stems whole tables.
        config: ColumnElement[str] = literal_column(
            "'copytaster'" if name == "text" else "'simple'"
        )
        vector: ColumnElement[Any] = column(name, _selectable=self.words)
        found = or_(
            *(
                vector.op("@@", is_comparison=True)(func.phraseto_tsquery(config, phrase))
                for phrase in yo_spellings(plain_words(words))
            )
        )
        self._conditions.append(found if is_wanted else not_(found))

    def add_times(self, query: Query, numbers: ColumnElement[int]) -> None:
        """Add the times of the query, and the cursor of the previous page.

        Versions are numbered as they arrive, so a time becomes a number, which is in the table of
        words; a condition on `versions.seen` would read the version of each hit.

        Args:
            query: The query.
            numbers: The column with the version's number: of `versions`, or of `speeches`.
        """
        if query.since is not None:
            self._conditions.append(self.key >= self._number_at(query.since, numbers))
        if query.until is not None:
            self._conditions.append(self.key < self._number_at(query.until, numbers))
        if query.before:
            self._conditions.append(self.key < query.before)

    def _number_at(self, moment: datetime.datetime, numbers: ColumnElement[int]) -> int:
        """Return the first number at or after a time; _BEYOND if there is none."""
        number: int | None = self._connection.scalar(
            select(versions.c.id)
            .where(versions.c.seen >= moment)
            .order_by(versions.c.seen, versions.c.id)
            .limit(1)
        )
        if number is not None and numbers is speeches.c.version_id:
            number = self._connection.scalar(
                select(func.min(speeches.c.id)).where(speeches.c.version_id >= number)
            )
        return _BEYOND if number is None else number

    def newest(self, statement: Select[Any], limit: int) -> Select[Any]:
        """Return the statement with the conditions, the newest rows first."""
        if match := self._match():
            whole: ColumnElement[Any] = literal_column(self.words.name)
            self._conditions.append(whole.op("MATCH", is_comparison=True)(match))
        return statement.where(*self._conditions).order_by(self.key.desc()).limit(limit)

    def _match(self) -> str:
        """Return the terms as an FTS5 expression; its NOT is binary: `(wanted) NOT (unwanted)`."""
        wanted = " AND ".join(self._wanted)
        return f"({wanted}) NOT ({' OR '.join(self._unwanted)})" if self._unwanted else wanted


_BEYOND = 1 << 62  # above every number that the archive gives


def _readable(words: str) -> str:
    """Return words without NUL and lone surrogates, which neither database accepts.

    Raises:
        SettingsError: They are too long.
    """
    if len(words) > MOST_CHARS:
        reason = f"has {len(words)} characters; the most are {MOST_CHARS}"
        raise SettingsError(reason, subject="search")
    return _NO_TEXT.sub(" ", words)


def read_terms(words: str) -> Iterator[tuple[str, bool]]:
    """Yield each word or phrase of a query, with False if it must not occur.

    >>> list(read_terms('"grain export" Kiev -wheat'))
    [('grain export', True), ('Kiev', True), ('wheat', False)]
    """
    for match in _TERM.finditer(words):
        term = match["phrase"] or match["word"] or ""
        if _HAS_WORD.search(term):
            yield term, not match["no"]
