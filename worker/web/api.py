"""The interface of the HTTP client, for those that are given it."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from worker.model import Feed, FeedState

__all__ = ["FetchReply", "Fetcher", "Room"]


class FetchReply(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer that can be read: 200 with a body, 226 with the new entries of one, or 304
    without. `url` is after redirects.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    """Lower-case names; values as sent."""
    body: bytes = b""
    moved_to: str = ""
    """Where the permanent redirects led that came before any other; empty: there were none. From
    `get`: where the one redirect leads.
    """


class Room(Protocol):
    """Memory for one body."""

    async def take(self, size_bytes: int) -> None:
        """Returns when so many more bytes may be kept."""
        ...


class Fetcher(Protocol):
    """All inbound HTTP."""

    async def fetch(self, feed: Feed, state: FeedState, room: Room | None = None) -> FetchReply:
        """The feed's body if it changed since the answer that gave `state` its validators.

        `room` is asked before the body grows.

        Raises:
            FetchError: No usable answer; FetchRefused when we would not ask or stopped reading.
        """
        ...

    async def get(self, url: str, *, accept: str, limit_bytes: int) -> FetchReply:
        """What stands at an address, under the same guards; a redirect is told, not followed.

        Raises:
            FetchError: No usable answer.
        """
        ...

    async def post(self, url: str, form: Mapping[str, str]) -> None:
        """Send a form, under the same guards, to be taken with a 2xx.

        Raises:
            FetchError: It was not.
        """
        ...

    async def aclose(self) -> None: ...
