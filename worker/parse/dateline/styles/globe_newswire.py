"""GlobeNewswire: `CITY, State, Dec. 03, 2019 (GLOBE NEWSWIRE) --`.

Source: published releases.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["GLOBE_NEWSWIRE"]

GLOBE_NEWSWIRE = Style(
    name="globe_newswire",
    agencies=frozenset({"GLOBE NEWSWIRE"}),
    closings=DASHES | {""},
)
