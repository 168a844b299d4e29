"""Ukrinform: none on its site, relays print `KYIV, June 26 /Ukrinform/.` and brackets.

Source: relays of the agency's copy; on its own site the credit is in running text.
"""

from worker.parse.dateline.parsed import Mark
from worker.parse.dateline.style import DASHES, Style

__all__ = ["UKRINFORM"]

UKRINFORM = Style(
    name="ukrinform",
    agencies=frozenset({"Ukrinform"}),
    marks=frozenset({Mark.SLASHES, Mark.ROUND, Mark.BARE}),
    closings=DASHES | {"", ".", ":"},
    separators=frozenset({"", ",", "."}),
)
