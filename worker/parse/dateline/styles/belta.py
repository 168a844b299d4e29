"""BelTA: the day before the month, `MINSK, 2 October (BelTA) –`.

Source: eng.belta.by.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style
from worker.parse.dates import DateOrder

__all__ = ["BELTA"]

BELTA = Style(
    name="belta",
    agencies=frozenset({"BelTA"}),
    credit_forms=frozenset({CreditForm.ROUND, CreditForm.SLASHES}),
    orders=frozenset({DateOrder.DAY_MONTH, DateOrder.NONE}),
    closings=DASHES | {"", "."},
)
