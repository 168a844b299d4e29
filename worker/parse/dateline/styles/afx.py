"""AFX, until 2006: no date, `LONDON (AFX) -`.

Source: the agency's copy in news portals.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["AFX"]

AFX = Style(
    name="afx",
    agencies=frozenset({"AFX"}),
    closings=DASHES | {""},
)
