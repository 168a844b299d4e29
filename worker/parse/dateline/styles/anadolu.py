"""Anadolu: no date, `DHAKA, Bangladesh (AA) –`; several places are set apart by spaced slashes.

Source: aa.com.tr.
"""

from worker.parse.dateline.style import DASHES, Style
from worker.parse.dates import DateOrder

__all__ = ["ANADOLU"]

ANADOLU = Style(
    name="anadolu",
    agencies=frozenset({"AA"}),
    orders=frozenset({DateOrder.NONE}),
    closings=DASHES | {""},
)
