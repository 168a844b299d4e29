"""Writes the words of the search: FTS5 tables on SQLite, `tsvector` columns on PostgreSQL.

They hold only the last version of an item, and nothing of an item that was withdrawn.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, column, delete, select, table, text

from worker.archive.rows import Row, storable
from worker.archive.schema import ITEM_WORDS, SPEECH_WORDS, speeches
from worker.model import ParsedItem

__all__ = ["BETWEEN", "add", "plain_words", "remove", "replace_yo", "yo_spellings"]

BETWEEN = " zqz "
"""A word between two names, so that no phrase runs from the end of a name into the next."""

_LONGEST_TEXT = 200_000
"""Code points; PostgreSQL refuses a `tsvector` of more than a megabyte."""

_ACCENTS = re.compile(r"(?<=[A-Za-z])[\u0300-\u036f]+")
_NO_WORD = re.compile(r"[\W_]+")


_YO = str.maketrans("ёЁ", "еЕ")


def replace_yo(written: str) -> str:
    """Return a text with every `ё` as `е`, since Russian copy prints either; its length stays.

    >>> replace_yo("Семён Ёлкин")
    'Семен Елкин'
    """
    return written.translate(_YO)


def yo_spellings(words: str) -> list[str]:
    """Return the spellings that a search must try: rows of earlier releases still hold `ё`.

    >>> yo_spellings("Орёл"), yo_spellings("Орел")
    (['Орел', 'Орёл'], ['Орел'])
    """
    return list(dict.fromkeys((replace_yo(words), words)))


def plain_words(written: str) -> str:
    """Return the words of a text, cut as FTS5 cuts them, for PostgreSQL to index.

    PostgreSQL's own parser would take `Kiev/Moscow` for a file and `U.S.` for a host. Accents of
    Latin letters alone are dropped: in Russian, `й` is a letter and not an accented `и`.

    >>> plain_words("Café-owners in KIEV/MOSCOW: 3.5")
    'Cafe owners in KIEV MOSCOW 3 5'
    """
    if not written.isascii():
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", written))
        written = unicodedata.normalize("NFC", bare)
    return _NO_WORD.sub(" ", written).strip()


def add(connection: Connection, batch: Sequence[tuple[int, ParsedItem]]) -> None:
    """Make versions of items findable, with their quotes and statements.

    Args:
        connection: A connection of `Archive.write`.
        batch: Numbers in `versions`, each with its item; the rows of `speeches` must be there.
    """
    rows = {number: _item_words(parsed) for number, parsed in batch}
    _insert(
        connection,
        "item_words",
        ITEM_WORDS,
        [{"rowid": number, **row} for number, row in rows.items()],
    )
    latin = {number: _latin_forms(parsed) for number, parsed in batch}
    said = connection.execute(
        select(speeches.c.id, speeches.c.version_id, speeches.c.text, speeches.c.speaker).where(
            speeches.c.version_id.in_(rows)
        )
    )
    spoken: list[Row] = [
        {
            "rowid": number,
            "text": words[:_LONGEST_TEXT],
            "speaker": _both_scripts(speaker, latin[of]),
            **{name: rows[of][name] for name in ("places", "agency", "language")},
        }
        for number, of, words, speaker in said
    ]
    _insert(connection, "speech_words", SPEECH_WORDS, spoken)


def remove(connection: Connection, numbers: Sequence[int]) -> None:
    """Make versions of items unfindable, with their quotes and statements."""
    if not numbers:
        return
    key = "rowid" if connection.dialect.name == "sqlite" else "id"
    said = select(speeches.c.id).where(speeches.c.version_id.in_(numbers))
    for name, gone in (("speech_words", said), ("item_words", numbers)):
        found = table(name, column(key))
        connection.execute(delete(found).where(found.c[key].in_(gone)))


def _item_words(parsed: ParsedItem) -> dict[str, str]:
    item, line = parsed.item, parsed.dateline
    # The facets of the search, each a column: `--speaker`, `--name`, `--place`.
    said = [speech.speaker for speech in parsed.quotes]
    said += [speech.speaker for speech in parsed.statements]
    speakers = {speaker for speaker in said if speaker}
    latin = _latin_forms(parsed)
    names = {entity.canonical for entity in parsed.entities}.union(latin.values())
    speakers |= {latin[speaker] for speaker in speakers if speaker in latin}
    filed = line.places if line else ()
    words = {
        "text": item.text,
        "speakers": BETWEEN.join(sorted(speakers)),
        "names": BETWEEN.join(sorted(names)),
        "places": BETWEEN.join(
            _unique(word for place in filed for word in (place.name, place.region, place.iso))
        ),
        "agency": (line and line.agency) or item.infosource,
        "language": item.language,
    }
    return {name: written[:_LONGEST_TEXT] for name, written in words.items()}


def _latin_forms(parsed: ParsedItem) -> dict[str, str]:
    """Return the Latin forms of an item's names, by canonical name."""
    return {entity.canonical: entity.latin for entity in parsed.entities if entity.latin}


def _both_scripts(speaker: str | None, latin: dict[str, str]) -> str:
    return BETWEEN.join(_unique((speaker, latin.get(speaker or ""))))


def _unique(words: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))


def _insert(
    connection: Connection, into: str, columns: tuple[str, ...], rows: Sequence[Row]
) -> None:
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        values = ", ".join(f":{name}" for name in columns)
        statement = f"INSERT INTO {into} (rowid, {names}) VALUES (:rowid, {values})"  # noqa: S608
        rows = [
            storable({"rowid": row["rowid"], **{name: replace_yo(row[name]) for name in columns}})
            for row in rows
        ]
    else:
        values = ", ".join(_vector(name) for name in columns)
        statement = f"INSERT INTO {into} (id, {names}) VALUES (:rowid, {values})"  # noqa: S608
        # `plain_words` also removes NUL, for which SQLite's rows need `storable`.
        rows = [
            {
                "rowid": row["rowid"],
                **{name: replace_yo(plain_words(row[name])) for name in columns},
            }
            for row in rows
        ]
    connection.execute(text(statement), rows)


def _vector(name: str) -> str:
    """Return the SQL of a column's value; words of the text are stemmed, names are not."""
    config = "copytaster" if name == "text" else "simple"
    return f"to_tsvector('{config}', :{name})"
