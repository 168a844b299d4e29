"""The seed files: made-up wire items, the demo's feeds, and the feeds of a fresh store.

Read from seeds/ of a checkout, or from the copy that the wheel carries as worker/_seeds.
"""

from worker.seeds.corpus import (
    DemoFeed,
    FeedFormat,
    SeedItem,
    load_demo_feeds,
    load_seed_items,
    seeds_directory,
)
from worker.seeds.feedlist import load_feeds_file
from worker.seeds.render import (
    MEDIA_TYPES,
    render,
    render_atom,
    render_json_feed,
    render_rdf,
    render_rss,
)
from worker.seeds.scale import scale_items

__all__ = [
    "MEDIA_TYPES",
    "DemoFeed",
    "FeedFormat",
    "SeedItem",
    "load_demo_feeds",
    "load_feeds_file",
    "load_seed_items",
    "render",
    "render_atom",
    "render_json_feed",
    "render_rdf",
    "render_rss",
    "scale_items",
    "seeds_directory",
]
