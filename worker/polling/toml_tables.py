"""The service's TOML files as rows of a type; errors name the file, the row and the field."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from worker.errors import SettingsError
from worker.model.spelling import suggestion

__all__ = ["named_by", "read_row", "read_rows", "read_toml"]

_Row = TypeVar("_Row", bound=msgspec.Struct)

_AT_FIELD = re.compile(r" - at `\$\.?(?P<field>[^`]*)`$")
"""The end of an error of msgspec: "Expected `int`, got `str` - at `$.interval_s`"."""


_UNKNOWN = re.compile(r"unknown field (?P<name>.+)\Z")


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        SettingsError: The file cannot be read, is not UTF-8 or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise SettingsError(reason, subject=str(path)) from error
    except UnicodeDecodeError as error:
        raise SettingsError("is not UTF-8 text", subject=str(path)) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"is not TOML: {error}", subject=str(path)) from error


def read_rows(path: Path, table: str, row_type: type[_Row]) -> tuple[_Row, ...]:
    """Return the rows of a TOML file whose only array of tables is `[[table]]`.

    Raises:
        SettingsError: As `read_toml`, or the file has other tables or a row with an invalid field.
    """
    tables = read_toml(path)
    for name in tables:
        if name != table:
            reason = f'"{name}" is not known here; each row begins with [[{table}]]'
            raise SettingsError(reason, subject=str(path))
    rows = tables.get(table, [])
    if not isinstance(rows, list):
        reason = f"[{table}] is one table; each row begins with [[{table}]]"
        raise SettingsError(reason, subject=str(path))
    return tuple(
        read_row(row, row_type, subject=f"{path}, [[{table}]] {number}")
        for number, row in enumerate(rows, start=1)
    )


@contextmanager
def named_by(variable: str) -> Iterator[None]:
    """Name the variable that a file comes from in the error of a file that cannot be read."""
    try:
        yield
    except SettingsError as error:
        if isinstance(error.__cause__, OSError):
            reason = f"{error.reason}; {variable} names it"
            raise SettingsError(reason, subject=error.subject) from error.__cause__
        raise


def read_row(row: object, row_type: type[_Row], *, subject: str) -> _Row:
    """Return a table as a row of the type.

    Raises:
        SettingsError: A field is missing, unknown or out of bounds; the message names it.
    """
    try:
        return msgspec.convert(row, row_type)
    except msgspec.ValidationError as error:
        reason = _field_first(str(error))
        if unknown := _UNKNOWN.search(reason):
            reason += suggestion(unknown["name"], row_type.__struct_fields__)
        raise SettingsError(reason, subject=subject) from error


def _field_first(complaint: str) -> str:
    """Return an error of msgspec with the field in front.

    >>> _field_first("Expected `int`, got `str` - at `$.interval_s`")
    'interval_s: expected int, got str'
    """
    at = _AT_FIELD.search(complaint)
    words = (complaint[: at.start()] if at else complaint).replace("`", "")
    words = words[:1].lower() + words[1:]
    return f"{at['field']}: {words}" if at and at["field"] else words
