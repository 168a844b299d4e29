"""The place alone: `MIAMI _`, `DES MOINES, Iowa -`, `TRIPOLI / ANKARA –`.

Source: AP's copy in ANPA form and papers that cut the credit.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style
from worker.parse.dates import DateOrder

__all__ = ["BARE"]

BARE = Style(
    name="bare",
    credit_forms=frozenset({CreditForm.NONE}),
    orders=frozenset({DateOrder.NONE}),
    closings=DASHES | {"", ".", "_", "__", "---", ".-", ".–", ".—"},
    separators=frozenset({"", ",", "."}),
)
