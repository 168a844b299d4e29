"""The feed formats, a file each, in the order in which they are tried.

The wire formats come first, since their root elements are unmistakable; RSS takes any XML that
resembles it; feedparser comes last, for documents that no other format can read.
"""

from worker.feeds.entry import Format
from worker.feeds.formats.anpa_1312 import ANPA_1312
from worker.feeds.formats.feedparser_fallback import FEEDPARSER
from worker.feeds.formats.iptc_7901 import IPTC_7901
from worker.feeds.formats.jsonfeed import JSON_FEED
from worker.feeds.formats.newsml_1 import NEWSML_1
from worker.feeds.formats.newsml_g2 import NEWSML_G2
from worker.feeds.formats.ninjs import NINJS
from worker.feeds.formats.nitf import NITF
from worker.feeds.formats.rss import RSS

__all__ = ["FORMATS"]

FORMATS: tuple[Format, ...] = (
    JSON_FEED,
    NINJS,
    NEWSML_G2,
    NEWSML_1,
    NITF,
    IPTC_7901,
    ANPA_1312,
    RSS,
    FEEDPARSER,
)
