"""Notimex: closed as by EFE, `México, 26 Jun (Notimex).-`.

Source: general knowledge of the agency's copy until 2023.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["NOTIMEX"]

NOTIMEX = Style(
    name="notimex",
    agencies=frozenset({"Notimex"}),
    closings=DASHES | {"", ".-", ".–", "."},
)
