"""AAP: no brackets and hardly a comma, `SYDNEY March 22 AAP -`.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["AAP"]

AAP = Style(
    name="aap",
    agencies=frozenset({"AAP"}),
    credit_forms=frozenset({CreditForm.BARE, CreditForm.ROUND}),
    closings=DASHES | {"", ".-"},
)
