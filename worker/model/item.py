"""The news item as it came off the wire, before anything was read in it."""

import hashlib
from datetime import datetime
from enum import StrEnum

import msgspec

__all__ = ["BLANK_LINE", "NewsItem", "PubStatus", "content_digest", "version_key"]

BLANK_LINE = "\n\n"


class PubStatus(StrEnum):
    """May the item be used? Source: IPTC ninjs, `pubstatus`."""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"


class NewsItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of one item. `(uri, version)` is its identity and never changes content.

    Field names follow IPTC ninjs 1.x; `deck` is the line under the headline. Texts are plain, with
    paragraphs separated by a blank line. Every datetime is aware. `urgency` runs from 1 (flash) to
    9, None where the provider did not say.
    """

    uri: str
    version: str
    headline: str = ""
    deck: str = ""
    body_text: str = ""
    slugline: str = ""
    byline: str = ""
    located: str = ""
    language: str = ""
    pubstatus: PubStatus = PubStatus.USABLE
    urgency: int | None = None
    firstcreated: datetime | None = None
    versioncreated: datetime | None = None
    embargoed: datetime | None = None
    ednote: str = ""
    infosource: str = ""
    link: str = ""
    rights: str = ""
    source: str = ""
    """Where the item came in: a feed's URL, or what the sender of an inbox message called
    itself.
    """

    @property
    def text(self) -> str:
        """Headline, deck and body joined by a blank line: what every `Span` of the item counts
        in.
        """
        return BLANK_LINE.join(part for part in (self.headline, self.deck, self.body_text) if part)

    @property
    def published(self) -> datetime | None:
        """When this version was published, as far as it says so."""
        return self.versioncreated or self.firstcreated


def content_digest(
    headline: str, deck: str, body_text: str, pubstatus: PubStatus = PubStatus.USABLE
) -> str:
    """The version of an item whose provider gives none: 16 hex digits over what a reader sees."""
    parts = (headline, deck, body_text, pubstatus.value)
    lengths_and_text = "\x1f".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(lengths_and_text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def version_key(version: str, *, is_kill: bool) -> str:
    """Return what tells a version from the others of its item: a kill may come under the version
    of what it takes back, and is another.
    """
    return f"\x02{version}" if is_kill else version
