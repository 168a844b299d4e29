"""Marks the words of a search in the texts that it found.

Only the database knows which words match, since it stems them: `exports` matches `exported`.
SQLite's FTS5 marks a text by itself; PostgreSQL gives the stems, and the marks are set here. The
texts are untrusted: a page must escape each part.
"""

import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Text,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
)

from worker.archive.schema import speeches, versions
from worker.archive.search import read_terms
from worker.archive.words import plain_words, replace_yo, yo_spellings
from worker.model import NewsItem

__all__ = ["Parts", "TextRun", "mark_items", "mark_speeches"]

_START, _STOP = "\ufdd0", "\ufdd1"  # noncharacters of Unicode, which do not occur in copy
_MARKED = re.compile(f"{_START}([^{_START}{_STOP}]*){_STOP}")
_MARKS = str.maketrans("", "", _START + _STOP)

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class TextRun:
    """A run of a text; `is_hit` if it is a word or a phrase of the search."""

    text: str
    is_hit: bool = False


Parts = tuple[TextRun, ...]


def mark_items(
    connection: Connection, numbers: Collection[int], words: str
) -> Mapping[int, tuple[Parts, Parts]]:
    """Return the headline and the text of items with marks, by the number of the version.

    Args:
        connection: A connection of `Archive.read`.
        numbers: Versions that `search_items` found.
        words: The words of the query.
    """
    rows = connection.execute(
        select(versions.c.id, versions.c.document).where(versions.c.id.in_(numbers))
    ).all()
    found = {row.id: _read_item(row.document) for row in rows}
    texts = {number: item.text for number, item in found.items() if item}
    marked = _mark(connection, "item_words", texts, words)
    return {
        number: _split(marked[number], len(item.headline)) if item else ((), ())
        for number, item in found.items()
    }


def mark_speeches(
    connection: Connection, numbers: Collection[int], words: str
) -> Mapping[int, Parts]:
    """Return the texts of quotes and statements with marks, by their number.

    Args:
        connection: A connection of `Archive.read`.
        numbers: Quotes and statements that `search_speeches` found.
        words: The words of the query.
    """
    rows = connection.execute(
        select(speeches.c.id, speeches.c.text).where(speeches.c.id.in_(numbers))
    )
    texts = {row.id: row.text for row in rows}
    return _mark(connection, "speech_words", texts, words)


class _Document(msgspec.Struct, frozen=True):
    """A parsed item without its annotations, which need not be decoded to mark its text."""

    item: NewsItem


_document = msgspec.json.Decoder(_Document)


def _read_item(packed: bytes) -> NewsItem | None:
    """Return the item of a document; None if a later release wrote it in another form."""
    try:
        return _document.decode(zlib.decompress(packed)).item
    except msgspec.DecodeError:
        return None


def _mark(
    connection: Connection, name: str, texts: Mapping[int, str], words: str
) -> dict[int, Parts]:
    """Return the parts of texts, with marks where the database found the words.

    A text without its marks must equal the original, or it is shown without marks: the table of
    words holds only the start of a long text, and an attacker's text may hold marks of its own.
    """
    # The search replaced NUL as well, since no database accepts it.
    wanted = [term for term, is_wanted in read_terms(words.replace("\0", " ")) if is_wanted]
    marked: Mapping[int, str] = {}
    if wanted and texts:
        if connection.dialect.name == "sqlite":
            marked = _highlight(connection, name, texts, wanted)
        else:
            marked = _compare(connection, texts, wanted)
    parts = {}
    for number, plain in texts.items():
        shown = marked.get(number, "")
        # SQLite's table has `е` for every `ё`.
        is_same = shown.translate(_MARKS) in {plain, replace_yo(plain)}
        parts[number] = tuple(_parts(_as_printed(shown, plain))) if is_same else (TextRun(plain),)
    return parts


def _as_printed(shown: str, plain: str) -> str:
    """Return the letters of the original, with the marks of the text that the database gave."""
    letters = iter(plain)
    return "".join(sign if sign in {_START, _STOP} else next(letters) for sign in shown)


def _highlight(
    connection: Connection, name: str, texts: Mapping[int, str], wanted: list[str]
) -> dict[int, str]:
    """Return the texts with marks, by number, from FTS5's `highlight`."""
    words = table(name, column("rowid"))
    # FTS5 reads `text : "grain export"` as a phrase in a column; a quotation mark inside would end
    # the phrase, and the rest would be read as its query language.
    spelt = [spelling for term in wanted for spelling in yo_spellings(term.replace('"', " "))]
    match = " OR ".join(f'text : "{spelling}"' for spelling in spelt)
    whole: ColumnElement[str] = literal_column(name)
    rows = connection.execute(
        select(words.c.rowid, func.highlight(whole, 0, _START, _STOP).label("text")).where(
            whole.op("MATCH", is_comparison=True)(match), words.c.rowid.in_(texts)
        )
    )
    return {row.rowid: row.text for row in rows}


def _compare(connection: Connection, texts: Mapping[int, str], wanted: list[str]) -> dict[int, str]:
    """Return the texts with marks, by number, from the stems that PostgreSQL gives.

    `ts_headline` would parse the whole text again by its own rules, which read `Kiev/Moscow` as a
    file; the words in the index were cut by `plain_words`.
    """
    phrases = [words for term in wanted if (words := _WORD.findall(term))]
    found = {number: list(_WORD.finditer(plain)) for number, plain in texts.items()}
    known = {match[0] for matches in found.values() for match in matches}
    stems = _stems(connection, known.union(*phrases))
    return {
        number: _insert_marks(texts[number], matches, phrases, stems)
        for number, matches in found.items()
    }


def _insert_marks(
    plain: str, matches: list[re.Match[str]], phrases: list[list[str]], stems: Mapping[str, str]
) -> str:
    """Return a text with marks around the phrases, given all of its words.

    >>> matches = list(_WORD.finditer("Grain exports"))
    >>> marked = _insert_marks("Grain exports", matches, [["grain"]], {"Grain": "g", "grain": "g"})
    >>> marked == f"{_START}Grain{_STOP} exports"
    True
    """
    pieces, end, place = [], 0, 0
    while place < len(matches):
        length = max(_length(matches, place, phrase, stems) for phrase in phrases)
        if length:
            start, stop = matches[place].start(), matches[place + length - 1].end()
            pieces += [plain[end:start], _START, plain[start:stop], _STOP]
            end = stop
        place += max(length, 1)
    return "".join((*pieces, plain[end:]))


def _length(
    matches: list[re.Match[str]], place: int, phrase: list[str], stems: Mapping[str, str]
) -> int:
    """Return the number of words of a phrase if it stands at a place of a text, else 0."""
    run = matches[place : place + len(phrase)]
    # `""` for a word without a stem, so that it does not equal another without (None).
    is_phrase = len(run) == len(phrase) and all(
        stems.get(match[0]) == stems.get(word, "") for match, word in zip(run, phrase, strict=True)
    )
    return len(phrase) if is_phrase else 0


def _stems(connection: Connection, words: Collection[str]) -> Mapping[str, str]:
    """Return the stems of words, as the table of words has them.

    Two arrays of any length are two parameters; a VALUES list would be a statement per length.
    """
    listed = sorted(words)
    asked = (
        func.unnest(
            cast(listed, ARRAY(Text)),
            cast([replace_yo(plain_words(word)) for word in listed], ARRAY(Text)),
        )
        .table_valued("word", "plain")
        .render_derived()
    )
    vector = func.to_tsvector(literal_column("'copytaster'"), asked.c.plain)
    rows = connection.execute(select(asked.c.word, cast(vector, Text)))
    return {word: stem for word, stem in rows if stem}


def _parts(marked: str) -> Iterator[TextRun]:
    """Yield the parts of a text with marks; a mark without its pair is dropped.

    >>> [part.text for part in _parts(f"the {_START}grain{_STOP} harvest")]
    ['the ', 'grain', ' harvest']
    """
    for place, run in enumerate(_MARKED.split(marked)):
        if words := run.translate(_MARKS):
            yield TextRun(words, is_hit=place % 2 == 1)


def _split(parts: Parts, at: int) -> tuple[Parts, Parts]:
    """Split parts after a number of code points, within a part if need be.

    >>> _split((TextRun("Grain "), TextRun("exports", is_hit=True)), 8)[1]
    (TextRun(text='ports', is_hit=True),)
    """
    before, after, start = [], [], 0
    for part in parts:
        cut = min(max(at - start, 0), len(part.text))
        before.append(TextRun(part.text[:cut], part.is_hit))
        after.append(TextRun(part.text[cut:], part.is_hit))
        start += len(part.text)
    return tuple(part for part in before if part.text), tuple(part for part in after if part.text)
