"""The formats that we read: one file each, one name here each, asked in this order."""

from worker.feeds.entry import Format
from worker.feeds.formats.jsonfeed import JSON_FEED
from worker.feeds.formats.rss import RSS

__all__ = ["FORMATS"]

FORMATS: tuple[Format, ...] = (JSON_FEED, RSS)
