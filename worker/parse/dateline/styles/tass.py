"""TASS in English and Russian: `MOSCOW, June 26. /TASS/.`, `ОСЛО, 29 марта. /Корр. ТАСС .../.`;
without a place `ТАСС, 26 июня.`.

Source: tass.com/politics/1471425, tass.com/defense/896056, tass.com/society/1977339.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["TASS"]

TASS = Style(
    name="tass",
    agencies=frozenset({"TASS", "ITAR-TASS"}),
    credit_forms=frozenset({CreditForm.SLASHES, CreditForm.ROUND, CreditForm.BARE}),
    closings=DASHES | {".", ":", ""},
    separators=frozenset({"", ",", "."}),
)
