"""PR Newswire: the year printed, the credit in slashes, `BOSTON, Jan. 2, 2025 /PRNewswire/ --`.

Source: published releases.
"""

from worker.parse.dateline.parsed import Mark
from worker.parse.dateline.style import DASHES, Style

__all__ = ["PRNEWSWIRE"]

PRNEWSWIRE = Style(
    name="prnewswire",
    agencies=frozenset({"PRNewswire"}),
    marks=frozenset({Mark.SLASHES, Mark.ROUND}),
    closings=DASHES | {"", "."},
)
