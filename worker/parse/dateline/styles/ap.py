"""AP: no date; on the web `NEW YORK (AP) —`, in ANPA copy `BUENOS AIRES, Argentina (AP) _`.

Source: fixtures of newsroom software (ANPA, NITF).
"""

from worker.parse.dateline.style import DASHES, Style
from worker.parse.dates import DateOrder

__all__ = ["AP"]

AP = Style(
    name="ap",
    agencies=frozenset({"AP"}),
    orders=frozenset({DateOrder.NONE, DateOrder.MONTH_DAY}),
    closings=DASHES | {"_", ""},
)
