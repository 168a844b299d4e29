"""Armenpress: all in capitals between commas, `YEREVAN, JUNE 26, ARMENPRESS.`.

Source: the agency's published copy.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["ARMENPRESS"]

ARMENPRESS = Style(
    name="armenpress",
    agencies=frozenset({"Armenpress"}),
    credit_forms=frozenset({CreditForm.BARE, CreditForm.ROUND, CreditForm.SLASHES}),
    closings=DASHES | {"", ".", ":"},
    separators=frozenset({"", ",", "."}),
)
