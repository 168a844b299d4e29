"""Suggests the name that a misspelt one may stand for."""

import difflib
from collections.abc import Iterable

__all__ = ["suggestion"]


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return the end of an error about an unknown name; empty if no known name is close.

    >>> suggestion("agnecy", ["name", "agency"])
    '; did you mean `agency`?'
    >>> suggestion("colour", ["name", "agency"])
    ''
    """
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""
