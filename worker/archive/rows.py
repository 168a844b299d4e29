"""Rows as the databases take them."""

from typing import Any

__all__ = ["LONGEST_NAME", "Row", "storable"]

Row = dict[str, Any]
"""Values by column."""


LONGEST_NAME = 300
"""Code points of a name in an index; PostgreSQL's indexes take no longer rows than 2,700 bytes."""


def storable(row: Row) -> Row:
    """Return a row without the NUL characters in its texts, which PostgreSQL does not take."""
    torn = [name for name, value in row.items() if isinstance(value, str) and "\0" in value]
    if not torn:
        return row
    return row | {name: row[name].replace("\0", "\N{REPLACEMENT CHARACTER}") for name in torn}
