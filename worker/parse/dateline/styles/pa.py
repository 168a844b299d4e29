"""The Press Association: no date, `LONDON (PA) -`.

Source: relays of the agency's copy.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["PA"]

PA = Style(
    name="pa",
    agencies=frozenset({"PA"}),
    credit_forms=frozenset({CreditForm.ROUND, CreditForm.BARE}),
    closings=DASHES | {"", "_"},
)
