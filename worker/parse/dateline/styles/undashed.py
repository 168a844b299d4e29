"""Any agency in brackets and the text at once: `Abuja, June 26, 2025 (NAN) The fair opened.`

Source: the published copy of agencies in South Asia and West Africa.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import Style

__all__ = ["UNDASHED"]

UNDASHED = Style(
    name="undashed",
    credit_forms=frozenset({CreditForm.ROUND, CreditForm.SLASHES}),
    closings=frozenset({""}),
    separators=frozenset({"", ",", "."}),
)
