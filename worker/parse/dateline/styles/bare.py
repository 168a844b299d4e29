"""No agency at all: `MIAMI _`, `TOKYO, March 31 -`, `NEW DELHI:`, `BEIJING, July 23`."""

from worker.parse.dateline.frame import Mark
from worker.parse.dateline.style import DASHES, Style

__all__ = ["BARE"]

BARE = Style(
    name="bare",
    marks=frozenset({Mark.NONE}),
    closings=DASHES | {"", ".", "_", "__", "---", ".-", ".–", ".—", ":"},
)
