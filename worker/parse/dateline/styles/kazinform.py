"""Kazinform: no date and no dash, `ASTANA. KAZINFORM The ...`.

Source: the agency's published copy.
"""

from worker.parse.dateline.parsed import Mark
from worker.parse.dateline.style import DASHES, Style

__all__ = ["KAZINFORM"]

KAZINFORM = Style(
    name="kazinform",
    agencies=frozenset({"Kazinform"}),
    marks=frozenset({Mark.BARE, Mark.ROUND, Mark.SLASHES}),
    closings=DASHES | {"", ".", ":"},
    separators=frozenset({"", ",", "."}),
)
