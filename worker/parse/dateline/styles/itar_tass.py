"""ITAR-TASS before 2014, on its English wire: `LONDON, July 26 (Itar-Tass) --`.

Source: relays of the agency's copy of 2010.
"""

from worker.parse.dateline.style import DASHES, Style
from worker.parse.dates import DateOrder

__all__ = ["ITAR_TASS"]

ITAR_TASS = Style(
    name="itar_tass",
    agencies=frozenset({"ITAR-TASS"}),
    orders=frozenset({DateOrder.MONTH_DAY, DateOrder.DAY_MONTH}),
    closings=DASHES | {".", ""},
)
