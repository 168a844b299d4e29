"""Interfax: a full stop after the place, in English `MOSCOW. April 2 (Interfax) -`, and in Russian
`Москва. 8 декабря. INTERFAX.RU -`.

Source: interfax.com and interfax.ru; relays of the agency's copy of 2010.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["INTERFAX"]

INTERFAX = Style(
    name="interfax",
    agencies=frozenset({"Interfax"}),
    credit_forms=frozenset({CreditForm.ROUND, CreditForm.BARE}),
    closings=DASHES | {""},
    separators=frozenset({".", ",", ""}),
)
