"""UPI: place or date may be missing, `June 3 (UPI) --`, `CAIRO, Egypt (UPI) --`.

Source: upi.com.
"""

from worker.parse.dateline.style import DASHES, Style
from worker.parse.dates import DateOrder

__all__ = ["UPI"]

UPI = Style(
    name="upi",
    agencies=frozenset({"UPI"}),
    orders=frozenset({DateOrder.NONE, DateOrder.MONTH_DAY}),
    closings=DASHES | {""},
)
