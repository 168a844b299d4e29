"""JSON as publishers write it: with raw control characters, lone surrogates, an object per line."""

import json
from itertools import islice

import msgspec

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES

__all__ = ["as_number_or_string", "as_string", "decode_json"]


_LIMIT_CONTAINERS = 2_000_000
_LIMIT_VALUES = 5_000_000
"""Two bytes of JSON may make an object of seventy; a hundred thousand real entries have fewer."""

_decoder = msgspec.json.Decoder()


def decode_json(text: str) -> object:
    """Return the value of a JSON text, or a list of values where each line is one.

    Raises:
        FormatError: The text is not JSON, or of more values than any feed has.
    """
    text = text.strip().removesuffix(";")  # `{...};`, as a script writes it
    if text.count("{") + text.count("[") > _LIMIT_CONTAINERS or text.count(",") > _LIMIT_VALUES:
        raise FormatError("JSON of too many values")
    # msgspec is fast and strict; the standard library is slow and lenient.
    try:
        return _decoder.decode(text)
    except (ValueError, RecursionError):
        pass
    try:
        return _loads(text)
    except (ValueError, RecursionError) as error:
        if lines := _lines(text):
            return lines
        raise FormatError(f"not JSON: {' '.join(str(error).split())[:200]}") from error


def _lines(text: str) -> list[object]:
    """Return the value of each line, up to the limit of entries; empty if a line is not JSON."""
    try:
        lines = islice(filter(str.strip, text.splitlines()), LIMIT_ENTRIES + 1)
        return [_loads(line) for line in lines]
    except (ValueError, RecursionError):
        return []


def _loads(text: str) -> object:
    """Decode with lone surrogates, control characters in strings, NaN and numbers of any size."""
    value: object = json.loads(text, strict=False, parse_int=_integer)
    return value


def _integer(digits: str) -> int | str:
    """Return the number, or its digits if it is longer than any id: `int` is quadratic."""
    return int(digits) if len(digits) <= 18 else digits


def as_string(value: object) -> str:
    """Return the value if it is a string, else an empty string."""
    return value if isinstance(value, str) else ""


def as_number_or_string(value: object) -> str:
    """Return a string, or a number as a string; an empty string for all else."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_plain else ""
