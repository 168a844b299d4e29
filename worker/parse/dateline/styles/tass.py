"""TASS in English and Russian: `MOSCOW, June 26. /TASS/.`, `ОСЛО, 29 марта. /Корр. ТАСС .../.`;
without a place `ТАСС, 26 июня.`.
"""

from worker.parse.dateline.frame import Mark
from worker.parse.dateline.style import DASHES, Style

__all__ = ["TASS"]

TASS = Style(
    name="tass",
    agencies=frozenset({"TASS", "ITAR-TASS"}),
    marks=frozenset({Mark.SLASHES, Mark.ROUND, Mark.BARE}),
    closings=DASHES | {".", ":", ""},
    separators=frozenset({"", ",", "."}),
)
