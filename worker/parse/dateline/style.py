"""What a style is: the shapes in which one agency prints its datelines."""

from dataclasses import dataclass

from worker.parse.dateline.parsed import Frame, Mark
from worker.parse.dates import DateOrder

__all__ = ["ANY_ORDER", "DASHES", "Style"]

DASHES = frozenset({"-", "--", "–", "—"})
"""The closings that typists and converters make of one and the same dash."""

ANY_ORDER = frozenset(DateOrder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The shapes of one agency's datelines. `name` is also its row in docs/datelines.md.

    A frame is read by the first style of STYLES that claims it. `agencies` are canonical names, an
    empty set for styles of no agency; `marks` how the credit is set off, `orders` how the date is
    printed, `closings` what ends the line ("" for nothing), `separators` what stands between place
    and date, `is_date_first` that the date must stand before the place.
    """

    name: str
    agencies: frozenset[str] = frozenset()
    marks: frozenset[Mark] = frozenset({Mark.ROUND})
    orders: frozenset[DateOrder] = ANY_ORDER
    closings: frozenset[str] = DASHES
    separators: frozenset[str] = frozenset({"", ","})
    is_date_first: bool = False

    def claims(self, frame: Frame) -> bool:
        """True when the frame has this style's shape."""
        agency = frame.credit.agency if frame.credit else None
        return (
            frame.mark in self.marks
            and (not self.agencies or agency in self.agencies)
            and frame.order in self.orders
            and frame.closing in self.closings
            and frame.separator in self.separators
            and (frame.is_date_first or not self.is_date_first)
        )
