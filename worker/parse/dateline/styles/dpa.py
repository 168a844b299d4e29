"""dpa: no date and often a joint credit, `Luxembourg (dpa) -`, `San Diego (tca/dpa) -`.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.style import DASHES, Style
from worker.parse.dates import DateOrder

__all__ = ["DPA"]

DPA = Style(
    name="dpa",
    agencies=frozenset({"dpa"}),
    orders=frozenset({DateOrder.NONE, DateOrder.DAY_MONTH, DateOrder.MONTH_DAY}),
    closings=DASHES | {""},
)
