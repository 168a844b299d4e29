"""Styles: the shapes in which agencies print their datelines."""

from dataclasses import dataclass

from worker.parse.dateline.parsed import CreditForm, ParsedDateline
from worker.parse.dates import DateOrder

__all__ = ["ANY_ORDER", "DASHES", "Style"]

DASHES = frozenset({"-", "--", "–", "—"})
"""Closings that typists and converters make of the same dash."""

ANY_ORDER = frozenset(DateOrder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The shapes of an agency's datelines, read by the first style of STYLES that claims the line.

    Attributes:
        name: Also the style's row in docs/datelines.md.
        agencies: Canonical names; empty for a style that belongs to no agency.
        credit_forms: How the agency's name is set off.
        orders: How the date is printed.
        closings: The marks that end the line, "" for none.
        separators: The marks between place and date, "" for none.
        is_date_first: The date must stand before the place.
    """

    name: str
    agencies: frozenset[str] = frozenset()
    credit_forms: frozenset[CreditForm] = frozenset({CreditForm.ROUND})
    orders: frozenset[DateOrder] = ANY_ORDER
    closings: frozenset[str] = DASHES
    separators: frozenset[str] = frozenset({"", ","})
    is_date_first: bool = False

    def claims(self, line: ParsedDateline) -> bool:
        """True if the line has a shape of this style."""
        agency = line.credit.style_house if line.credit else None
        return (
            line.credit_form in self.credit_forms
            and (not self.agencies or agency in self.agencies)
            and line.order in self.orders
            and line.closing in self.closings
            and line.separator in self.separators
            and (line.is_date_first or not self.is_date_first)
        )
