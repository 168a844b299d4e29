"""A known agency without brackets: `SYDNEY March 22 AAP -`.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["UNBRACKETED"]

UNBRACKETED = Style(
    name="unbracketed",
    credit_forms=frozenset({CreditForm.BARE}),
    closings=DASHES | {"", "_", ".", ".-"},
    separators=frozenset({"", ",", "."}),
)
