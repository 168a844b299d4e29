"""Armenpress: all in capitals between commas, `YEREVAN, JUNE 26, ARMENPRESS.`.

Source: the agency's published copy.
"""

from worker.parse.dateline.parsed import Mark
from worker.parse.dateline.style import DASHES, Style

__all__ = ["ARMENPRESS"]

ARMENPRESS = Style(
    name="armenpress",
    agencies=frozenset({"Armenpress"}),
    marks=frozenset({Mark.BARE, Mark.ROUND, Mark.SLASHES}),
    closings=DASHES | {"", ".", ":"},
    separators=frozenset({"", ",", "."}),
)
