"""Any credit in brackets, known or not: `TORONTO (CP) -`, `LIMA, 3 NOV 89 (EL CORREO) --`.

Source: reports of foreign broadcast monitors, 1988-1991; news portals.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["BRACKETED"]

BRACKETED = Style(
    name="bracketed",
    credit_forms=frozenset({CreditForm.ROUND, CreditForm.SLASHES}),
    closings=DASHES | {"", "_", "__", "---", ".", ".-", ".–", ".—", ":"},
    separators=frozenset({"", ",", "."}),
)
