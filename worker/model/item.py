"""The news item as it came off the wire, without annotations."""

import hashlib
import re
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

__all__ = [
    "BLANK_LINE",
    "NewsItem",
    "PubStatus",
    "content_digest",
    "has_control_character",
    "version_key",
]

BLANK_LINE = "\n\n"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class PubStatus(StrEnum):
    """The publishing status of an item. Source: IPTC ninjs, `pubstatus`."""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"


class NewsItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of an item. `(uri, version)` identifies it, and its content never changes.

    Field names follow IPTC ninjs 1.x; `deck` is the line under the headline. Texts are plain, with
    paragraphs separated by a blank line. Every datetime is aware. `urgency` runs from 1 (flash) to
    9; None if the provider gave none.
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
    """The origin of the item: a feed's URL, or the name given by the sender of an inbox message."""

    @property
    def text(self) -> str:
        """The full text, to which spans refer: headline, deck and body joined by blank lines."""
        return BLANK_LINE.join(part for part in (self.headline, self.deck, self.body_text) if part)

    @property
    def published(self) -> datetime | None:
        """The time of publication that this version states, if any."""
        return self.versioncreated or self.firstcreated


def content_digest(
    headline: str,
    deck: str,
    body_text: str,
    pubstatus: PubStatus = PubStatus.USABLE,
    embargoed: datetime | None = None,
) -> str:
    """Return a version for an item without its own: 16 hex digits of a hash of the visible text.

    An embargo counts as content: a version that waits for its end is replaced when it moves.
    """
    parts = (headline, deck, body_text, pubstatus.value)
    lengths_and_text = "\x1f".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.sha256(lengths_and_text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    if embargoed is None:
        return digest
    return content_digest("", digest, embargoed.astimezone(UTC).isoformat())


def version_key(version: str, *, is_kill: bool) -> str:
    """Return a key that is unique among the versions of an item.

    A kill may bear the version of the item that it withdraws, and is a version of its own. Versions
    have no control characters (`has_control_character`), so none is the key of a kill.
    """
    return f"\x02{version}" if is_kill else version


def has_control_character(name: str) -> bool:
    """Return True for a name that must be no uri or version: a control character is in it."""
    return _CONTROL.search(name) is not None
