"""UPI: place or date may be missing, `June 3 (UPI) --`, `CAIRO, Egypt (UPI) --`.

Source: upi.com.
"""

from worker.parse.dateline.dates import DateOrder
from worker.parse.dateline.style import DASHES, Style

__all__ = ["UPI"]

UPI = Style(
    name="upi",
    agencies=frozenset({"UPI"}),
    orders=frozenset({DateOrder.NONE, DateOrder.MONTH_DAY}),
    closings=DASHES | {""},
)
