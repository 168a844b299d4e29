"""Rows in the form that both databases accept."""

from typing import Any

__all__ = ["LONGEST_NAME", "Row", "storable"]

Row = dict[str, Any]
"""Values by column."""


LONGEST_NAME = 300
"""Code points of an indexed name; an index row of PostgreSQL holds at most 2,704 bytes."""


def storable(row: Row) -> Row:
    """Return a row with U+FFFD for each NUL in its texts, which PostgreSQL does not accept."""
    with_nul = [name for name, value in row.items() if isinstance(value, str) and "\0" in value]
    if not with_nul:
        return row
    return row | {name: row[name].replace("\0", "\N{REPLACEMENT CHARACTER}") for name in with_nul}
