"""The types that every format returns: entries as the publisher wrote them, not yet NewsItems."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["LIMIT_ENTRIES", "Channel", "FeedEntry", "Format", "Text"]

LIMIT_ENTRIES = 100_000
"""Entries read of a feed, counted from its top, where publishers put the newest."""


@dataclass(frozen=True, slots=True)
class Text:
    """A run of text; `html` is None where the publisher left open whether it is markup."""

    value: str = ""
    html: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """An entry of a feed. Dates are as written; `link` may be relative; missing fields are empty.

    `version`, `pubstatus`, `urgency`, `embargoed` and `ednote` come from wire formats, as written.
    """

    id: str = ""
    uri: str = ""
    """The id without the version, where the format writes both together."""
    has_atom_id: bool = False
    """True for an id that is compared as it is written, even if it looks like a relative URL."""
    version: str = ""
    link: str = ""
    headline: Text = Text()
    summary: Text = Text()
    content: Text = Text()
    slugline: str = ""
    byline: str = ""
    located: str = ""
    language: str = ""
    pubstatus: str = ""
    urgency: str = ""
    published: tuple[str, ...] = ()
    """The dates of first publication, as written, and their substitutes; the best first."""
    updated: tuple[str, ...] = ()
    """The dates of this version, likewise."""
    embargoed: str = ""
    ednote: str = ""
    rights: str = ""
    publisher: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A feed's entries in document order, and the values that hold for all of them."""

    entries: tuple[FeedEntry, ...] = ()
    problems: tuple[str, ...] = ()
    title: str = ""
    """The feed's name, as written."""
    language: str = ""
    publisher: str = ""
    rights: str = ""
    site: str = ""
    """The absolute URL of the site, as RSS writes it, unless the feed has an `xml:base`."""
    hub: str = ""
    """The URL of the feed's WebSub hub, as written."""
    topic: str = ""
    """The URL that the feed calls its own (`rel="self"`), as written: its WebSub topic."""
    ttl_s: int = 0
    """The seconds between polls that the feed itself asks for; 0 for none."""
    is_versioned: bool = False
    """True for wire formats, where each version has a date of its own, which is the one to show."""
    cut: FeedEntry | None = None
    """The last entry of a document that stops short: good enough for a list, not for the wire."""
    stops_short: bool = False
    """True if the document ends before its root does, or in a story: entries may be missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A feed format. `read` raises FormatError, and nothing else, when the text is not in it."""

    name: str
    media_types: frozenset[str]
    is_like: Callable[[str], bool]
    """True when the opening of a text looks like this format."""
    read: Callable[[str], Channel]
