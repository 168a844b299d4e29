"""The date before the place, any agency or none: `26 June, MINSK -`, `3 мая, Минск (Агентство) -`.

Source: regional copy of agencies in the former Soviet Union.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["DATE_FIRST"]

DATE_FIRST = Style(
    name="date_first",
    credit_forms=frozenset(CreditForm) - {CreditForm.LEADING},
    closings=DASHES | {"", "_", ".", ".-", ":"},
    separators=frozenset({"", ",", "."}),
    is_date_first=True,
)
