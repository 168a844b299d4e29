"""Place and date, no agency: `LONDON, March 9 -` (Reuters of 1987), `BEIJING, July 23`.

Source: Reuters-21578, the agency's wire of 1987; papers that cut the credit.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import ANY_ORDER, DASHES, Style
from worker.parse.dates import DateOrder

__all__ = ["BARE_DATED"]

BARE_DATED = Style(
    name="bare_dated",
    credit_forms=frozenset({CreditForm.NONE}),
    orders=ANY_ORDER - {DateOrder.NONE},
    closings=DASHES | {"", ".", "_", "__", "---", ".-", ".–", ".—"},
    separators=frozenset({"", ",", "."}),
)
