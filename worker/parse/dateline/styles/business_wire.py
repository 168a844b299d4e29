"""Business Wire: the credit between dashes, `CITY--(BUSINESS WIRE)--`; until 2010 a date behind it.

Source: published releases.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["BUSINESS_WIRE"]

BUSINESS_WIRE = Style(
    name="business_wire",
    agencies=frozenset({"Business Wire"}),
    closings=DASHES | {""},
)
