"""Any agency before the place, or alone: `(AGI) - PISA, 3 MAG -`, `(AFP) -`.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["AGENCY_FIRST"]

AGENCY_FIRST = Style(
    name="agency_first",
    credit_forms=frozenset({CreditForm.LEADING}),
    closings=DASHES | {"_"},
    separators=frozenset({"", ",", "."}),
)
