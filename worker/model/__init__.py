"""The data model: frozen records of items, annotations, feeds, events and queue entries.

Items use the terms of IPTC (ninjs 1.x spelling), quotes those of PARC (cue, source, content), feeds
those of HTTP, events those of CloudEvents. docs/data-model.md defines each term once.
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
    Statement,
    StatementKind,
    Target,
)
from worker.model.event import (
    EntitiesEvent,
    EntityGroup,
    EntityMention,
    Event,
    QuoteEvent,
    StatementEvent,
    StatementPart,
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
    is_address_lost,
    poll_url,
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
    "Statement",
    "StatementEvent",
    "StatementKind",
    "StatementPart",
    "Subscription",
    "Target",
    "content_digest",
    "event_id",
    "feed_id",
    "is_address_lost",
    "poll_url",
    "replay_id",
    "version_key",
]
