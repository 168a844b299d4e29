"""Kyodo: no brackets, `SAITAMA, Japan, Dec. 9 Kyodo -`; relays put them.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.parsed import Mark
from worker.parse.dateline.style import DASHES, Style

__all__ = ["KYODO"]

KYODO = Style(
    name="kyodo",
    agencies=frozenset({"Kyodo"}),
    marks=frozenset({Mark.BARE, Mark.ROUND}),
    closings=DASHES | {""},
)
