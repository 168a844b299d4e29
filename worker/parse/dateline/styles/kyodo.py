"""Kyodo: no brackets, `SAITAMA, Japan, Dec. 9 Kyodo -`; relays put them.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["KYODO"]

KYODO = Style(
    name="kyodo",
    agencies=frozenset({"Kyodo"}),
    credit_forms=frozenset({CreditForm.BARE, CreditForm.ROUND}),
    closings=DASHES | {""},
)
