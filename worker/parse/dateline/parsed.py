"""What the grammar hands on: the parts of a dateline-shaped run, not yet judged."""

from enum import StrEnum

import msgspec

from worker.model import Span
from worker.parse.dateline.agencies import Credit
from worker.parse.dates import DateOrder, PrintedDate

__all__ = ["CreditForm", "ParsedDateline", "PrintedPlace"]


class CreditForm(StrEnum):
    """How the credit is set off."""

    NONE = "none"
    ROUND = "round brackets after the place: MINSK (AP)"
    SLASHES = "slashes: /TASS/"
    BARE = "nothing: Dec. 9 Kyodo -"
    LEADING = "round brackets before the place: (ANSA) - ROME"


class PrintedPlace(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A place as printed; `span` runs over its qualifiers."""

    name: str
    span: Span
    qualifiers: tuple[str, ...] = ()

    @property
    def is_capitals(self) -> bool:
        return self.name.isupper()


class ParsedDateline(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The parts of a dateline-shaped run.

    `separator` stands between place and date, `closing` ends the line, `rest` is where what follows
    begins.
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
        """How the date is printed."""
        return self.date.order if self.date else DateOrder.NONE

    @property
    def is_credited(self) -> bool:
        """True when an agency of the lexicon is named."""
        return self.credit is not None and self.credit.known

    @property
    def is_date_first(self) -> bool:
        """True when the date stands before the place."""
        return bool(self.date and self.places and self.date.span.start < self.places[0].span.start)

    def with_credit(self, credit: Credit, mark: CreditForm) -> "ParsedDateline":
        """The frame with a credit that was read before it."""
        return msgspec.structs.replace(self, credit=credit, credit_form=mark)
