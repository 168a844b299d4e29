"""What was read in an item: dateline, quotes, entities, places, signs of life."""

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
    "Target",
]


class Span(msgspec.Struct, frozen=True, order=True):
    """A half-open run of code points in the item's full text.

    >>> Span(0, 4).of("TASS said")
    'TASS'
    """

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words themselves."""
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """True when the two share at least one code point."""
        return self.start < other.end and other.start < self.end


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place and what the place table knows of it.

    `name` is as written; the rest is None where the table does not know the name. `iso` is ISO
    3166-1 alpha-2, `confidence` runs from 0 to 1.
    """

    name: str
    region: str | None = None
    iso: str | None = None
    geonames_id: int | None = None
    lat: float | None = None
    lon: float | None = None
    confidence: float = 0.0


class Dateline(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when the story was filed, and by whom.

    `date` is None where none is printed or its year cannot be known; `month_day` is the printed
    day as "--01-12" (ISO 8601 without the year), known also then. `agency` is the canonical
    name; `style` the agency style that read the line (docs/datelines.md). `correspondent` only
    where the line names one. `mismatch`: the printed date disagrees with the item's own by over
    three days.
    """

    span: Span
    places: tuple[Place, ...] = ()
    date: datetime.date | None = None
    month_day: str | None = None
    agency: str | None = None
    style: str = ""
    correspondent: str | None = None
    mismatch: bool = False


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A marked quotation and who said it. Source: PARC 3 (Pareti 2012), terms cue, source, content.

    `contents` runs from the opening to the closing mark, marks included; `cue` is the reporting
    words and `source` the mention as written ("he", "the researcher"), each None where there is
    none near. `speaker` is the full name of who that is, or None: never a guess dressed as a fact.
    Quotes that carry on one speech share a `chain` number. `confidence` of the speaker runs from 0
    to 1. `unglossed` are the contents without the editor's glosses in square brackets ("He [the
    mayor] knows"), None where there are none.
    """

    contents: Span
    cue: Span | None = None
    source: Span | None = None
    speaker: str | None = None
    chain: int = 0
    confidence: float = 0.0
    unglossed: str | None = None


class EntityLabel(StrEnum):
    """The kinds of entity, in OntoNotes' names."""

    PERSON = "PERSON"
    ORG = "ORG"
    GPE = "GPE"
    LOC = "LOC"
    NORP = "NORP"
    EVENT = "EVENT"
    FAC = "FAC"
    PRODUCT = "PRODUCT"
    LAW = "LAW"


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """One mention of a person, body or place; no leading "the", no trailing 's.

    `canonical` is one name for all mentions of one thing in the item ("Bortnik" and "Ruslan
    Bortnik" are both "Ruslan Bortnik"). `iso` is the country of a GPE or NORP. `role` is a person's
    title or office as the text gives it.
    """

    span: Span
    label: EntityLabel
    canonical: str
    iso: str | None = None
    role: str | None = None


class Signal(StrEnum):
    """What an item does to the one that went before it; the tail of the CloudEvents type."""

    CREATED = "created"
    UPDATED = "updated"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """Urgency, usability and relation of an item, from its fields and from markers in its text.

    `urgency` runs from 1 (flash) to 9 and is 5 where nothing says otherwise. `signal` is what the
    item itself says; that a later version is an update is known only to the store. `markers` are
    the words that were read as markers, as written.

    `item_number`, `slug` and `take` are the agency's own: the slug stands without its cycle,
    version and order ("BC-", "1st Ld-Writethru", "KILL"). The targets are what a kill, a hold or a
    correction names: numbers of items, a slug in the same form, a headline.
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
    """One place where a version differs from the one before it.

    `span` is the new run, in the new full text; empty where words were only taken out. `added` and
    `removed` are the words themselves, cut where they are long.
    """

    span: Span
    added: str = ""
    removed: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a version changed against the one that was published before it.

    `previous` is that version's name. `fields` are the fields that differ, in the names of
    `NewsItem`. `edits` say what became of the full text, in words and in its order;
    `words_added` and `words_removed` count all of them. `is_complete` is False where the older text
    is no longer kept, or where edits were left out or cut.
    """

    previous: str
    fields: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    words_added: int = 0
    words_removed: int = 0
    is_complete: bool = True


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The item that a kill takes back.

    `version` is the one that was out, None where none was yet. `confidence` runs from 0 to 1; `by`
    says what the two share: "uri", "number", "slug", "headline", or "nearest" for the last item
    of the same agency. Where `is_certain` is False, the target is a guess, and only the desks that
    ask for the kill itself get it.
    """

    uri: str
    version: str | None = None
    confidence: float = 0.0
    by: tuple[str, ...] = ()
    is_certain: bool = False


class ParsedItem(msgspec.Struct, frozen=True, kw_only=True):
    """The item and everything that was read in it. This is the `data` of an `item` event."""

    item: NewsItem
    dateline: Dateline | None = None
    quotes: tuple[Quote, ...] = ()
    entities: tuple[Entity, ...] = ()
    life: Life = Life()
    change: Change | None = None
    """Against the version before; None for the first one, and until the store was asked."""
    target: Target | None = None
    """What a kill takes back; None for all that is no kill, and where nothing fits."""
    duplicate_of: str | None = None
    """The uri of the first with these words; None for a first, and until the store was asked."""
