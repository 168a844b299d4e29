"""IANS: no dash, the country or state in round brackets, `Simferopol (Ukraine), March 17 (IANS)`.

Source: the agency's copy in public collections.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["IANS"]

IANS = Style(
    name="ians",
    agencies=frozenset({"IANS"}),
    closings=DASHES | {"", ":"},
)
