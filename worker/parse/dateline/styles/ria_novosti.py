"""RIA Novosti: `MOSCOW, November 12 (RIA Novosti) –`, Russian `МОСКВА, 31 дек - РИА Новости.`.

Source: en.ria.ru and ria.ru.
"""

from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.style import DASHES, Style

__all__ = ["RIA_NOVOSTI"]

RIA_NOVOSTI = Style(
    name="ria_novosti",
    agencies=frozenset({"RIA Novosti"}),
    credit_forms=frozenset({CreditForm.ROUND, CreditForm.BARE, CreditForm.SLASHES}),
    closings=DASHES | {"", ".", ":"},
)
