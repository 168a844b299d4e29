"""Feeds: bytes to NewsItems (`read_feed`), when to poll next, and all inbound HTTP.

    charset -> detect -> formats/ (one file a format) -> items (identity, plain text, dates)

`fetch` and `guard` hold the network and are not imported here: reading a feed needs none. What is
offered here is imported when it is first asked for, so that a process that parses loads no format.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.feeds.reading import FeedRead, ListedEntry, list_feed, read_feed

__all__ = ["FeedRead", "ListedEntry", "list_feed", "read_feed"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from worker.feeds import reading  # noqa: PLC0415  # see above

    return getattr(reading, name)
