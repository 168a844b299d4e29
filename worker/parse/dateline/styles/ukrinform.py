"""Ukrinform: none on its site, relays print `KYIV, June 26 /Ukrinform/.` and brackets.

Source: relays of the agency's copy; on its own site the credit is in running text.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["UKRINFORM"]

UKRINFORM = Style(
    name="ukrinform",
    agencies=frozenset({"Ukrinform"}),
    credit_forms=frozenset({CreditForm.SLASHES, CreditForm.ROUND, CreditForm.BARE}),
    closings=DASHES | {"", ".", ":"},
    separators=frozenset({"", ",", "."}),
)
