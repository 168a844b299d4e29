"""Quotes and statements of the archive as rows, and the files that hold them."""

import csv
import datetime
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

import msgspec
from sqlalchemy import Connection

from worker.archive.database import Archive
from worker.archive.schema import versions
from worker.archive.search import Query, select_speeches
from worker.archive.subjects import place_names
from worker.errors import SettingsError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMATS", "SpeechRow", "SpeechWriter", "iter_speeches", "open_writer"]

_PAGE = 1000
"""Rows read in one transaction: a long one would keep SQLite's WAL and PostgreSQL's dead rows."""

_GROUP = 20_000
"""Rows of a Parquet row group, which is held in memory until it is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRow:
    """A quote or statement as it is exported. Moments are in UTC.

    Attributes:
        number: The archive's number of the row, which grows in the order of arrival.
        kind: `direct` for a quote, `mixed` or `indirect` for a statement.
        text: The attributed words, quotation marks included.
        speaker: The resolved speaker; None if not known.
        mention: The words that name the speaker in the text.
        confidence: Confidence in the speaker, from 0 to 1.
        start: The first code point in the item's full text.
        end: The code point after the last.
        uri: The item's uri.
        version: The item's version.
        seen: When the version arrived.
        created: When the version was made, according to its publisher.
        headline: The item's headline.
        agency: The agency of the dateline, else the item's.
        places: The places of the dateline, separated by `; `.
        countries: Their ISO 3166-1 alpha-2 codes, likewise.
        language: The item's language tag.
        link: The item's web address.
    """

    number: int
    kind: str
    text: str
    speaker: str | None
    mention: str | None
    confidence: float
    start: int
    end: int
    uri: str
    version: str
    seen: datetime.datetime
    created: datetime.datetime | None
    headline: str
    agency: str
    places: str
    countries: str
    language: str
    link: str


_OF_SPEECH = ("kind", "text", "speaker", "mention", "confidence", "start", "end")
_OF_VERSION = ("uri", "version", "seen", "created", "headline", "agency", "language", "link")


def iter_speeches(archive: Archive, query: Query) -> Iterator[list[SpeechRow]]:
    """Yield pages of the quotes and statements that match, the newest first.

    Args:
        archive: The archive.
        query: The search, as for `search_speeches`; its limit holds for all pages together.

    Raises:
        ArchiveError: The archive cannot be read.
        SettingsError: The query has only excluded words, or is too long.
    """
    left = query.limit
    while left > 0:
        with archive.read() as connection:
            page = _page(connection, replace(query, limit=min(left, _PAGE)))
        if page:
            yield page
        if len(page) < min(left, _PAGE):
            return
        left -= len(page)
        query = replace(query, before=page[-1].number)


def _page(connection: Connection, query: Query) -> list[SpeechRow]:
    columns = (versions.c[name] for name in _OF_VERSION)
    found = connection.execute(select_speeches(connection, query, *columns)).all()
    filed = place_names(connection, [row.version_id for row in found])
    return [
        SpeechRow(
            number=row.id,
            places="; ".join(place.name for place in filed.get(row.version_id, ())),
            countries="; ".join(place.iso for place in filed.get(row.version_id, ()) if place.iso),
            **{name: getattr(row, name) for name in (*_OF_SPEECH, *_OF_VERSION)},
        )
        for row in found
    ]


class SpeechWriter(Protocol):
    """A file that is being written; it is complete after `close`."""

    def write(self, rows: Sequence[SpeechRow]) -> None: ...

    def close(self) -> None: ...


class _JsonLines:
    """A JSON object per line, in UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, rows: Sequence[SpeechRow]) -> None:
        self._file.writelines(msgspec.json.encode(row) + b"\n" for row in rows)

    def close(self) -> None:
        self._file.close()


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Characters with which a spreadsheet's formula begins. Source: OWASP, "CSV Injection"."""


class _Csv:
    """CSV in UTF-8, with a header. Moments are in ISO 8601.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow(field.name for field in fields(SpeechRow))

    def write(self, rows: Sequence[SpeechRow]) -> None:
        self._csv.writerows([_cell(value) for value in asdict(row).values()] for row in rows)

    def close(self) -> None:
        self._file.close()


def _cell(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


class _Parquet:
    """Parquet, compressed with zstd. Moments are in UTC, in microseconds."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415  an extra
            import pyarrow.parquet as pq  # noqa: PLC0415
        except ImportError as error:
            reason = "pyarrow is not installed: pip install 'copytaster[parquet]'"
            raise SettingsError(reason, subject="parquet") from error
        self._file = file
        self._schema = _arrow_schema()
        self._parquet = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._batch_of = pa.Table.from_pylist
        self._rows: list[dict[str, object]] = []

    def write(self, rows: Sequence[SpeechRow]) -> None:
        self._rows += map(asdict, rows)
        if len(self._rows) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        self._parquet.write_table(self._batch_of(self._rows, schema=self._schema))
        self._rows.clear()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._parquet.close()
        self._file.close()


def _arrow_schema() -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415  an extra

    moment = pa.timestamp("us", tz="UTC")
    kinds = {
        **dict.fromkeys(("number", "start", "end"), pa.int64()),
        **dict.fromkeys(("seen", "created"), moment),
        "confidence": pa.float64(),
    }
    names = [field.name for field in fields(SpeechRow)]
    return pa.schema([(name, kinds.get(name, pa.string())) for name in names])


FORMATS: Mapping[str, Callable[[IO[bytes]], SpeechWriter]] = {
    ".csv": _Csv,
    ".jsonl": _JsonLines,
    ".parquet": _Parquet,
}


def open_writer(path: Path, name: str) -> SpeechWriter:
    """Open a file for writing, in the format of a name's ending.

    Args:
        path: The file, which may be a temporary one.
        name: The final name, whose ending is the format: one of FORMATS.

    Raises:
        SettingsError: The ending belongs to no format, or the format's extra is not installed.
        OSError: The file cannot be created.
    """
    make = FORMATS.get(Path(name).suffix.lower())
    if make is None:
        raise SettingsError(f"does not end in any of {', '.join(FORMATS)}", subject=name)
    file = path.open("wb")
    try:
        return make(file)
    except SettingsError:
        file.close()
        raise
