"""PR Newswire: the year printed, the credit in slashes, `BOSTON, Jan. 2, 2025 /PRNewswire/ --`.

Source: published releases.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["PRNEWSWIRE"]

PRNEWSWIRE = Style(
    name="prnewswire",
    agencies=frozenset({"PRNewswire"}),
    credit_forms=frozenset({CreditForm.SLASHES, CreditForm.ROUND}),
    closings=DASHES | {"", "."},
)
