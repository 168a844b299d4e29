"""`/v1/feeds`: the feeds, without secrets in their URLs."""

import asyncio
import heapq
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from worker.model import Feed
from worker.model.redaction import redact
from worker.site.api.operation import JSON, Answer, Operation, answer_json, read_query
from worker.site.context import SiteContext
from worker.site.tokens import TokenRole

__all__ = ["feed_operations"]


class FeedsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query for feeds."""

    after: Annotated[str, Meta(max_length=64, description="The `next` of the previous page.")] = ""
    limit: Annotated[int, Meta(ge=1, le=500, description="The most feeds of a page.")] = 100


class ShownFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed, with the time and the outcome of its last poll, and the time of its next poll."""

    id: str
    url: str
    name: str
    agency: str
    language: str
    is_paused: bool
    health: tuple[str, ...]
    polled_at: datetime | None
    status: int | None
    error: str | None
    due_at: datetime | None


class Feeds(msgspec.Struct, frozen=True, kw_only=True):
    """Feeds in the order of their ids. `next` is the `after` of the next page, or null."""

    feeds: tuple[ShownFeed, ...]
    next: str | None


def feed_operations(context: SiteContext) -> tuple[Operation, ...]:
    """Return the operation that lists feeds."""
    return (
        Operation(
            method="GET",
            path="/feeds",
            name="listFeeds",
            summary="The feeds.",
            role=TokenRole.READ,
            endpoint=_Feeds(context).list,
            query=FeedsQuery,
            answers={200: Answer(description="A page of feeds.", content={JSON: Feeds})},
        ),
    )


class _Feeds:
    def __init__(self, context: SiteContext) -> None:
        self._feeds = context.store.feeds

    async def list(self, request: Request) -> Response:
        """Answer a page of feeds."""
        query = read_query(request, FeedsQuery)
        return answer_json(await asyncio.to_thread(self._read, query.after, query.limit))

    def _read(self, after: str, limit: int) -> Feeds:
        # The store has no order by id; a heap keeps only a page of the feeds in memory.
        later = (feed for feed in self._feeds.all() if feed.id > after)
        page = heapq.nsmallest(limit + 1, later, key=_id_of)
        shown = tuple(self._shown(feed) for feed in page[:limit])
        return Feeds(feeds=shown, next=shown[-1].id if len(page) > limit else None)

    def _shown(self, feed: Feed) -> ShownFeed:
        state = self._feeds.state(feed.id)
        return ShownFeed(
            id=feed.id,
            url=redact(feed.url),
            name=feed.name,
            agency=feed.agency,
            language=feed.language,
            is_paused=self._feeds.is_paused(feed.id),
            health=tuple(state.health),
            polled_at=state.polled_at,
            status=state.status,
            error=redact(state.error) if state.error else None,
            due_at=state.due_at,
        )


def _id_of(feed: Feed) -> str:
    return feed.id
