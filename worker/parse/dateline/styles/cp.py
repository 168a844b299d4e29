"""The Canadian Press: no date, `HALIFAX (CP) -`; on the web `OTTAWA — (The Canadian Press) —`.

Source: the agency's copy in news portals.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["CP"]

CP = Style(
    name="cp",
    agencies=frozenset({"CP"}),
    closings=DASHES | {"_", ""},
)
