"""Kazinform: no date and no dash, `ASTANA. KAZINFORM The ...`.

Source: the agency's published copy.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["KAZINFORM"]

KAZINFORM = Style(
    name="kazinform",
    agencies=frozenset({"Kazinform"}),
    credit_forms=frozenset({CreditForm.BARE, CreditForm.ROUND, CreditForm.SLASHES}),
    closings=DASHES | {"", ".", ":"},
    separators=frozenset({"", ",", "."}),
)
