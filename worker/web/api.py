"""The interface of the HTTP client, for code that gets a client as an argument."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from worker.model import Feed, FeedState

__all__ = ["FetchReply", "Fetcher", "MemoryReservation"]


class FetchReply(msgspec.Struct, frozen=True, kw_only=True):
    """A usable HTTP answer: 200 with a body, 226 with only its new entries, or 304 without a body.

    `url` is the URL after all redirects.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    """Lower-case names; values as sent."""
    body: bytes = b""
    moved_to: str = ""
    """The URL that the permanent redirects before any other led to, or empty. From `get`, which
    follows no redirect: the URL that the answer redirects to.
    """


class MemoryReservation(Protocol):
    """The share of the memory for bodies that a body holds."""

    async def extend(self, size_bytes: int) -> None:
        """Return when this many more bytes of the body may be kept."""
        ...


class Fetcher(Protocol):
    """An HTTP client for feeds, pages and hubs."""

    async def fetch(
        self, feed: Feed, state: FeedState, memory: MemoryReservation | None = None
    ) -> FetchReply:
        """Return the feed's body if it changed since the answer with the validators of `state`.

        `memory` is extended before the body grows.

        Raises:
            FetchError: There is no usable answer.
            FetchRefused: The URL is not allowed, or the answer exceeds a limit.
        """
        ...

    async def get(self, url: str, *, accept: str, limit_bytes: int) -> FetchReply:
        """Return the document at a URL, under the same guards; redirects are not followed.

        Raises:
            FetchError: There is no usable answer.
        """
        ...

    async def post(self, url: str, form: Mapping[str, str]) -> None:
        """Send a form, under the same guards.

        Raises:
            FetchError: The answer is not a 2xx.
        """
        ...

    async def aclose(self) -> None: ...
