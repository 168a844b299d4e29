"""EFE and ACAN-EFE: closed by `.-`, `Nueva Delhi, 21 ene (EFE).-`, and bare `EFE.-`.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["EFE"]

EFE = Style(
    name="efe",
    agencies=frozenset({"EFE", "ACAN-EFE"}),
    credit_forms=frozenset({CreditForm.ROUND, CreditForm.BARE}),
    closings=DASHES | {".-", ".–", ".—", "."},
)
