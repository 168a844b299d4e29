"""A colon for the dash, no agency, with or without a date: `NEW DELHI:`, `NAIROBI, June 26:`.

Source: general knowledge of the papers of South Asia, East Africa and Malaysia.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import Style

__all__ = ["BARE_COLON"]

BARE_COLON = Style(
    name="bare_colon",
    credit_forms=frozenset({CreditForm.NONE}),
    closings=frozenset({":"}),
    separators=frozenset({"", ",", "."}),
)
