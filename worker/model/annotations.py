"""The annotations of an item: dateline, quotes, entities, places, editorial status."""

import datetime
from enum import StrEnum

import msgspec

from worker.model.item import NewsItem, PubStatus

__all__ = [
    "Change",
    "Dateline",
    "Edit",
    "Entity",
    "EntityLabel",
    "Life",
    "ParsedItem",
    "Place",
    "Quote",
    "Signal",
    "Span",
    "Statement",
    "StatementKind",
    "Target",
    "Value",
]


class Span(msgspec.Struct, frozen=True, order=True):
    """A half-open run of code points in the item's full text.

    >>> Span(0, 4).of("TASS said")
    'TASS'
    """

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the words of the span."""
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Return True if the two spans share at least one code point."""
        return self.start < other.end and other.start < self.end


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place, with its entry in the place table.

    `name` is as written; the other fields are None if the table does not have the name. `iso` is
    ISO 3166-1 alpha-2, `confidence` runs from 0 to 1.
    """

    name: str
    region: str | None = None
    iso: str | None = None
    geonames_id: int | None = None
    lat: float | None = None
    lon: float | None = None
    confidence: float = 0.0


class Dateline(msgspec.Struct, frozen=True, kw_only=True):
    """The place and date of filing, and the agency and correspondent that filed the story.

    `date` is None if no date is printed or its year cannot be known; `month_day` is the printed
    day as "--01-12" (ISO 8601 without the year), which needs no year. `agency` is the canonical
    name of the agency, `credit` its name as printed, `style` the agency style that read the line
    (docs/datelines.md). `correspondent` is None unless the line names a reporter. `mismatch` is
    True if the printed date differs from the item's own by more than three days.
    """

    span: Span
    places: tuple[Place, ...] = ()
    date: datetime.date | None = None
    month_day: str | None = None
    agency: str | None = None
    credit: str | None = None
    style: str = ""
    correspondent: str | None = None
    mismatch: bool = False


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A marked quotation and its speaker. Source: PARC 3 (Pareti 2012), terms cue, source, content.

    `contents` runs from the opening to the closing mark, marks included; `cue` is the reporting
    words and `source` the mention as written ("he", "the researcher"), each None if there is none
    nearby. `speaker` is the full name of the source, or None: never a guess dressed as a fact.
    Quotes that continue the same speech share a `chain` number. `confidence` of the speaker runs
    from 0 to 1. `unglossed` is the contents without the editor's insertions in square brackets
    ("He [the mayor] knows"), None if there are none.
    """

    contents: Span
    cue: Span | None = None
    source: Span | None = None
    speaker: str | None = None
    chain: int = 0
    confidence: float = 0.0
    unglossed: str | None = None


class StatementKind(StrEnum):
    """The form in which a statement is reported. Source: PARC 3 (Pareti 2012)."""

    DIRECT = "direct"
    """Word for word, between quotation marks."""
    MIXED = "mixed"
    """In the reporter's words, with marked words of the source among them."""
    INDIRECT = "indirect"
    """In the reporter's words."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Something said, written or thought, and its source, in the terms of PARC 3.

    `contents` are the parts of the content in text order: more than one where the cue and the
    source stand between them. A direct statement has the quotations of one cue, marks included;
    other contents begin after the conjunction "that". `cue`, `source` and `speaker` are as in a
    quote, and `confidence` is that of the speaker, from 0 to 1.
    """

    kind: StatementKind
    contents: tuple[Span, ...]
    cue: Span | None = None
    source: Span | None = None
    speaker: str | None = None
    confidence: float = 0.0


class EntityLabel(StrEnum):
    """The type of an entity, by its OntoNotes name: names, then values."""

    PERSON = "PERSON"
    ORG = "ORG"
    GPE = "GPE"
    LOC = "LOC"
    NORP = "NORP"
    EVENT = "EVENT"
    FAC = "FAC"
    PRODUCT = "PRODUCT"
    LAW = "LAW"
    MONEY = "MONEY"
    PERCENT = "PERCENT"
    DATE = "DATE"

    @property
    def is_value(self) -> bool:
        """True for sums of money, percentages and dates, which have a `Value` and no name."""
        return self in _VALUE_LABELS


_VALUE_LABELS = frozenset({EntityLabel.MONEY, EntityLabel.PERCENT, EntityLabel.DATE})


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The range that a sum of money, a percentage or a date stands for; both its ends belong to it.

    Money and percentages have numbers: `low` and `high` are equal unless the text gives a range.
    `unit` is the currency, as an ISO 4217 code, "%", or "pp" for percentage points. Dates have
    days: a year begins on its `first_day` and ends on its `last_day`.
    """

    low: float | None = None
    high: float | None = None
    unit: str | None = None
    first_day: datetime.date | None = None
    last_day: datetime.date | None = None


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A mention of a person, organisation or place; no leading "the", no trailing 's.

    Sums of money, percentages and dates are entities too. Their `canonical` is their value in a
    normal form ("USD 1200000000", "26%", "2023-01"), or the words if `value` is None. Of a name,
    `canonical` is the name shared by all mentions of the entity in the item ("Bortnik" and "Ruslan
    Bortnik" are both "Ruslan Bortnik"). `iso` is the country of a GPE or NORP. `role` is a person's
    title or office as the text gives it, `ticker` the instrument code behind a company's name.
    `latin` is the canonical name as English copy writes it ("Dmitry Peskov"), where the item is in
    another script.
    """

    span: Span
    label: EntityLabel
    canonical: str
    iso: str | None = None
    role: str | None = None
    ticker: str | None = None
    value: Value | None = None
    latin: str | None = None


class Signal(StrEnum):
    """The effect of an item on its predecessor; the last part of the CloudEvents type."""

    CREATED = "created"
    UPDATED = "updated"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """The editorial status of an item, from its fields and from markers in its text.

    `urgency` runs from 1 (flash) to 9; 5 is the default. `signal` is the item's own claim: only the
    store knows whether a later version is an update. `markers` are the words that were read as
    markers, as written.

    `item_number`, `slug` and `take` are the agency's own; the slug comes without its cycle, version
    and order ("BC-", "1st Ld-Writethru", "KILL"). The targets are the references of a kill, a hold
    or a correction: item numbers, a slug in the same form, a headline.
    """

    urgency: int = 5
    pubstatus: PubStatus = PubStatus.USABLE
    signal: Signal = Signal.CREATED
    embargoed: datetime.datetime | None = None
    markers: tuple[str, ...] = ()
    item_number: str | None = None
    slug: str | None = None
    take: int | None = None
    target_numbers: tuple[str, ...] = ()
    target_slug: str | None = None
    target_headline: str | None = None


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A difference between a version and its predecessor.

    `span` is the new run, in the new full text; it is empty if words were only removed. `added` and
    `removed` are the words themselves, truncated if they are long.
    """

    span: Span
    added: str = ""
    removed: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The differences between a version and the version published before it.

    `previous` is the name of that version. `fields` are the fields of `NewsItem` that differ.
    `edits` are the word-level differences of the full text, in text order; `words_added` and
    `words_removed` count all of them. `is_complete` is False if the older text is no longer kept,
    or if edits were left out or truncated.
    """

    previous: str
    fields: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    words_added: int = 0
    words_removed: int = 0
    is_complete: bool = True


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The item that a kill withdraws.

    `version` is the published version, None if nothing was published yet. `confidence` runs from 0
    to 1; `by` lists the evidence: "uri", "number", "slug", "headline", or "nearest" for the last
    item of the same agency. If `is_certain` is False, the target is a guess, and only the desks
    that match the kill itself get it.
    """

    uri: str
    version: str | None = None
    confidence: float = 0.0
    by: tuple[str, ...] = ()
    is_certain: bool = False


class ParsedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item with all its annotations: the `data` of an `item` event."""

    item: NewsItem
    language: str = ""
    """The language of the text, a BCP 47 primary language: `en`; `und` if it is unknown."""
    is_supported: bool = True
    """False in a language of which only the dateline and the quotation marks are read."""
    dateline: Dateline | None = None
    quotes: tuple[Quote, ...] = ()
    statements: tuple[Statement, ...] = ()
    """What people and organisations say in the item, quotations included."""
    entities: tuple[Entity, ...] = ()
    life: Life = Life()
    change: Change | None = None
    """Differences from the previous version; None for a first version, or before the store is
    consulted.
    """
    target: Target | None = None
    """The item that a kill withdraws; None if the item is not a kill or no target is found."""
    duplicate_of: str | None = None
    """The uri of the original with this text; None for an original, or before the store is
    consulted.
    """
