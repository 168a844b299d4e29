"""The words that the search finds, in FTS5 tables on SQLite and `tsvector` columns on PostgreSQL.

Only the last version of an item is in them, and nothing of an item that was withdrawn.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, select, text

from worker.archive.rows import Row, storable
from worker.archive.schema import ITEM_WORDS, SPEECH_WORDS, speeches
from worker.model import ParsedItem

__all__ = ["BETWEEN", "add", "remove", "text_search_config"]

BETWEEN = " zqz "
"""A word between two names, so that no phrase reaches from one to the next."""

_LONGEST_TEXT = 200_000
"""Code points; PostgreSQL refuses a `tsvector` of more than a megabyte."""

_CONFIGS = {"en": "english", "ru": "russian"}


def text_search_config(language: str) -> str:
    """Return PostgreSQL's text search configuration for a BCP 47 tag.

    >>> text_search_config("en-GB"), text_search_config("fi")
    ('english', 'simple')
    """
    return _CONFIGS.get(language.partition("-")[0].lower(), "english" if not language else "simple")


def add(connection: Connection, number: int, parsed: ParsedItem) -> None:
    """Make a version of an item, and what is said in it, findable.

    Args:
        connection: A connection of `Archive.write`.
        number: The version's number in `versions`.
        parsed: The item, whose speeches are in the archive.
    """
    row = _item_words(parsed)
    _insert(connection, "item_words", ITEM_WORDS, [{"rowid": number, **row}])
    shared = {name: row[name] for name in ("places", "agency", "language")}
    said = connection.execute(
        select(speeches.c.id, speeches.c.text, speeches.c.speaker).where(
            speeches.c.version_id == number
        )
    )
    rows = [
        {"rowid": speech.id, "text": speech.text, "speaker": speech.speaker or "", **shared}
        for speech in said
    ]
    _insert(connection, "speech_words", SPEECH_WORDS, rows)


def remove(connection: Connection, number: int) -> None:
    """Make a version of an item, and what is said in it, unfindable."""
    key = "rowid" if connection.dialect.name == "sqlite" else "id"
    ids = connection.scalars(select(speeches.c.id).where(speeches.c.version_id == number)).all()
    connection.execute(
        text(f"DELETE FROM item_words WHERE {key} = :id"),  # noqa: S608  a fixed name
        {"id": number},
    )
    if ids:
        connection.execute(
            text(f"DELETE FROM speech_words WHERE {key} = :id"),  # noqa: S608  a fixed name
            [{"id": speech} for speech in ids],
        )


def _item_words(parsed: ParsedItem) -> dict[str, str]:
    item, line = parsed.item, parsed.dateline
    speakers = {said.speaker for said in (*parsed.quotes, *parsed.statements) if said.speaker}
    names = {entity.canonical for entity in parsed.entities}
    filed = line.places if line else ()
    return {
        "text": item.text[:_LONGEST_TEXT],
        "speakers": BETWEEN.join(sorted(speakers)),
        "names": BETWEEN.join(sorted(names)),
        "places": BETWEEN.join(
            _unique(word for place in filed for word in (place.name, place.region, place.iso))
        ),
        "agency": (line and line.agency) or item.infosource,
        "language": item.language,
    }


def _unique(words: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))


def _insert(connection: Connection, table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        names = ", ".join(columns)
        values = ", ".join(f":{name}" for name in columns)
        statement = f"INSERT INTO {table} (rowid, {names}) VALUES (:rowid, {values})"  # noqa: S608
    else:
        names = ", ".join(columns)
        values = ", ".join(_vector(name) for name in columns)
        statement = f"INSERT INTO {table} (id, {names}) VALUES (:rowid, {values})"  # noqa: S608
        rows = [{**row, "config": text_search_config(str(row["language"]))} for row in rows]
    connection.execute(text(statement), [storable(row) for row in rows])


def _vector(column: str) -> str:
    """Return the SQL of a column's value: words of the text by its language, names as they are."""
    config = "CAST(:config AS regconfig)" if column == "text" else "'simple'"
    return f"to_tsvector({config}, :{column})"
