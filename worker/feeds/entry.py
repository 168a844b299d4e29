"""What a format hands over: entries as the publisher wrote them, before they become NewsItems."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["LIMIT_ENTRIES", "Channel", "FeedEntry", "Format", "Text"]

LIMIT_ENTRIES = 100_000
"""Entries read of one feed, counted from its top, where publishers put the newest."""


@dataclass(frozen=True, slots=True)
class Text:
    """A run of text. `html` is None where the publisher did not say and the text must show it."""

    value: str = ""
    html: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry. Dates are as written; `link` may be relative; missing fields are empty.

    `version`, `pubstatus`, `urgency`, `embargoed` and `ednote` come from wire formats, as written.
    """

    id: str = ""
    uri: str = ""
    """The id without the version, where the format has both in one."""
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
    """When it first came out, as written, and what may stand in for that; the best first."""
    updated: tuple[str, ...] = ()
    """When this version was made, likewise."""
    embargoed: str = ""
    ednote: str = ""
    rights: str = ""
    publisher: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A feed's entries in the order of the document, and what it says of all of them."""

    entries: tuple[FeedEntry, ...] = ()
    problems: tuple[str, ...] = ()
    language: str = ""
    publisher: str = ""
    rights: str = ""
    hub: str = ""
    """The WebSub hub that it names, and `topic` the address that it calls its own; as written."""
    topic: str = ""
    is_versioned: bool = False
    """Each version has a date of its own, which is the one to show."""
    cut: FeedEntry | None = None
    """The last entry where the document stops short: good enough for a list, not for the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format. `read` raises FormatError, and nothing else, when the text is not in it."""

    name: str
    media_types: frozenset[str]
    is_like: Callable[[str], bool]
    """True when the opening of a text looks like this format."""
    read: Callable[[str], Channel]
