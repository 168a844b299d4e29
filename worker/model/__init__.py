"""The words of the trade, frozen.

Items are said in IPTC's terms (ninjs 1.x spelling), quotes in PARC's (cue, source, content), feeds
in HTTP's, events in CloudEvents'. docs/data-model.md defines each word once.
"""

from worker.model.annotations import (
    Change,
    Dateline,
    Edit,
    Entity,
    EntityLabel,
    Life,
    ParsedItem,
    Place,
    Quote,
    Signal,
    Span,
    Target,
)
from worker.model.event import (
    EntitiesEvent,
    EntityGroup,
    EntityMention,
    Event,
    QuoteEvent,
    event_id,
    replay_id,
)
from worker.model.feed import (
    HEALTH,
    Feed,
    FeedState,
    Lease,
    PollRecord,
    Subscription,
    feed_id,
)
from worker.model.item import NewsItem, PubStatus, content_digest, version_key

__all__ = [
    "HEALTH",
    "Change",
    "Dateline",
    "Edit",
    "EntitiesEvent",
    "Entity",
    "EntityGroup",
    "EntityLabel",
    "EntityMention",
    "Event",
    "Feed",
    "FeedState",
    "Lease",
    "Life",
    "NewsItem",
    "ParsedItem",
    "Place",
    "PollRecord",
    "PubStatus",
    "Quote",
    "QuoteEvent",
    "Signal",
    "Span",
    "Subscription",
    "Target",
    "content_digest",
    "event_id",
    "feed_id",
    "replay_id",
    "version_key",
]
