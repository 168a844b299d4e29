"""The sources file: one `[[source]]` for each source."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from worker.errors import SettingsError
from worker.polling.toml_tables import named_by, read_rows

__all__ = ["SourceRow", "load_sources"]

_Short = Annotated[str, Meta(max_length=200)]


class SourceRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source: the `url` of its server, or its `folder`.

    `sender` is the `source` of messages without one. `agency` and `language` are for items in files
    that name none. `settle_s` and `limit_bytes` are for folders (docs/sources.md).
    """

    # The name is a part of keys. \Z, since $ would accept a line break after it.
    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\Z")]
    url: str = ""
    folder: str = ""
    sender: _Short = ""
    agency: _Short = ""
    language: _Short = ""
    urgent: bool = False
    settle_s: Annotated[float, Meta(ge=0.1, le=3600)] = 2.0
    limit_bytes: Annotated[int, Meta(ge=1024, le=1 << 30)] = 16 << 20


def load_sources(path: str) -> tuple[SourceRow, ...]:
    """Return the sources of a sources file, or none for an empty path.

    Raises:
        SettingsError: The file cannot be read, or a row is wrong; the message names the file, the
            row and the field.
    """
    if not path:
        return ()
    with named_by("COPYTASTER_SOURCES"):
        rows = read_rows(Path(path), "source", SourceRow)
    first_row: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        subject = f"{path}, [[source]] {number}"
        if bool(row.url) == bool(row.folder):
            reason = f"{row.name}: name either its `url` or its `folder`"
            raise SettingsError(reason, subject=subject)
        if row.name in first_row:
            reason = f"name: {row.name} is already the name of row {first_row[row.name]}"
            raise SettingsError(reason, subject=subject)
        if row.folder and not Path(row.folder).is_absolute():
            raise SettingsError(f"folder: {row.folder} is not an absolute path", subject=subject)
        first_row[row.name] = number
    return rows
