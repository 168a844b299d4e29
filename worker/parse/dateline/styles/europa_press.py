"""Europa Press: on most days no month, `MADRID, 3 (EUROPA PRESS)`, and the agency in capitals.

Source: the agency's published copy.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["EUROPA_PRESS"]

EUROPA_PRESS = Style(
    name="europa_press",
    agencies=frozenset({"Europa Press"}),
    closings=DASHES | {"", ".-", "."},
    separators=frozenset({"", ",", "."}),
)
