"""The parse of a line that has the shape of a dateline, before its evidence is weighed."""

from enum import StrEnum

import msgspec

from worker.model import Span
from worker.parse.dateline.agencies import Credit
from worker.parse.dates import DateOrder, PrintedDate

__all__ = ["CreditForm", "ParsedDateline", "PrintedPlace"]


class CreditForm(StrEnum):
    """The position of the credit and the marks that set it off."""

    NONE = "none"
    ROUND = "round brackets after the place: MINSK (AP)"
    SLASHES = "slashes: /TASS/"
    BARE = "nothing: Dec. 9 Kyodo -"
    LEADING = "round brackets before the place: (ANSA) - ROME"


class PrintedPlace(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A place as printed, with the regions or countries behind it.

    `Macon, Ga.` has the qualifier `Ga.`; `span` includes it.
    """

    name: str
    span: Span
    qualifiers: tuple[str, ...] = ()

    @property
    def is_capitals(self) -> bool:
        """True if the place is printed in capitals."""
        return self.name.isupper()


class ParsedDateline(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line that has the shape of a dateline.

    Attributes:
        span: The dateline, its closing mark left out.
        places: The places, in the order in which they are printed.
        date: The printed date.
        separator: The mark between place and date.
        credit: The agency.
        credit_form: The marks that set the agency off.
        closing: The mark that ends the line.
        correspondent: The reporter that the line names.
        rest: Offset at which the text of the story begins.
    """

    span: Span
    places: tuple[PrintedPlace, ...] = ()
    date: PrintedDate | None = None
    separator: str = ""
    credit: Credit | None = None
    credit_form: CreditForm = CreditForm.NONE
    closing: str = ""
    correspondent: str | None = None
    rest: int = 0

    @property
    def order(self) -> DateOrder:
        """The order of day and month in the printed date."""
        return self.date.order if self.date else DateOrder.NONE

    @property
    def is_credited(self) -> bool:
        """True if the line names an agency of the lexicon."""
        return self.credit is not None and self.credit.known

    @property
    def is_date_first(self) -> bool:
        """True if the date stands before the place."""
        return bool(self.date and self.places and self.date.span.start < self.places[0].span.start)

    def with_credit(self, credit: Credit, form: CreditForm) -> "ParsedDateline":
        """Return the line with a credit that was read before it."""
        return msgspec.structs.replace(self, credit=credit, credit_form=form)
