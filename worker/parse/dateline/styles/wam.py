"""WAM: an ordinal day before the month, `ABU DHABI, 26th June, 2025 (WAM) --`.

Source: wam.ae.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["WAM"]

WAM = Style(
    name="wam",
    agencies=frozenset({"WAM"}),
    closings=DASHES | {""},
)
