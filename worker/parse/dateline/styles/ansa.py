"""ANSA: the agency first or last, by language: `(ANSA) - ROME, JUL 11 -`, `ROMA, 16 NOV (ANSA)`.

Source: the agency's formatter in newsroom software, by language.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["ANSA"]

ANSA = Style(
    name="ansa",
    agencies=frozenset({"ANSA"}),
    credit_forms=frozenset({CreditForm.LEADING, CreditForm.ROUND}),
    closings=DASHES | {"", "."},
)
