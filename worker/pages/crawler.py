"""One page over HTTP: each hop of the way under the guards, robots.txt and its host's pace."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from worker.errors import FetchError, FetchPostponed, FetchRefused
from worker.model.polling import HostSlot, PageWork
from worker.web.api import Fetcher, FetchReply
from worker.web.robots import (
    ALLOW_ALL,
    UNREADABLE,
    RobotsCache,
    RobotsRules,
    origin_of,
    read_robots,
)
from worker.web.ssrf_guard import is_allowed, without_credentials

__all__ = ["Visitor", "Wait"]

_ACCEPT = "text/html, application/xhtml+xml, */*;q=0.1"
_ACCEPT_ROBOTS = "text/plain, */*;q=0.1"
_LIMIT_REDIRECTS = 5
_LIMIT_ROBOTS_BYTES = 1024 * 1024
_ROBOTS_S = 10.0
_ANY_S = 1e6
_SHORT_S = 2.0
"""So long we wait for a turn; for a later one the page comes back."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The page's turn comes later: what to keep of it, and in how many seconds."""

    work: PageWork
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Asks for pages. `host_turn` is the store's, for all who ask a host."""

    http: Fetcher
    robots: RobotsCache
    host_turn: Callable[[str, float, float], HostSlot]
    now: Callable[[], datetime]
    pause_s: float
    limit_bytes: int
    origins: frozenset[str]

    async def visit(
        self, work: PageWork, start: str, *, sender: str, left_s: float
    ) -> FetchReply | Wait:
        """The page's answer, or when to come back.

        Args:
            work: How far we have got.
            start: The page's address.
            sender: Who named it: a feed's URL, or the page's own. A private origin is asked only
                where its sender is on the allow-list too.
            left_s: How long the page may still wait for turns.

        Raises:
            FetchError: No usable answer; FetchRefused where we may not or would not ask.
        """
        url = work.url or start
        while True:
            self._check_sender(url, sender)
            rules = await self._rules(url)
            if not rules.is_known:
                reason = f"robots.txt of {_host(url)} cannot be read"
                raise FetchError(reason, subject=without_credentials(url), code="robots_away")
            if not rules.allows(url):
                reason = f"robots.txt of {_host(url)} does not allow it"
                raise FetchRefused(reason, subject=without_credentials(url), code="robots")
            turn = self._take_turn(work, url, rules, left_s)
            if isinstance(turn, Wait):
                return turn
            await asyncio.sleep(turn)
            reply = await self.http.get(url, accept=_ACCEPT, limit_bytes=self.limit_bytes)
            if not reply.moved_to:
                return reply
            url = reply.moved_to
            work = msgspec.structs.replace(work, url=url, hops=work.hops + 1, has_turn=False)
            if work.hops > _LIMIT_REDIRECTS:
                reason = f"more than {_LIMIT_REDIRECTS} redirects"
                raise FetchRefused(reason, subject=without_credentials(url), code="redirects")

    def _check_sender(self, url: str, sender: str) -> None:
        """A feed of the open net must not have us ask what only we can reach."""
        if is_allowed(urlsplit(url), self.origins) and not is_allowed(
            urlsplit(sender), self.origins
        ):
            reason = "a private origin, named by one that is not on the allow-list"
            raise FetchRefused(reason, subject=without_credentials(url), code="forbidden_address")

    def _take_turn(
        self, work: PageWork, url: str, rules: RobotsRules, left_s: float
    ) -> float | Wait:
        """Seconds to wait here, or when to come back.

        Pages stand in a line of their own, so that many of them do not keep the host's feeds away.
        The place in it says when to come; a gate sees to the pause between those that come, for
        they may come late, and then several at once.
        """
        host = _host(url)
        pause_s = max(self.pause_s, rules.delay_s)
        slowed = self.host_turn(host, 0, _ANY_S)
        if slowed.is_slowed and slowed.wait_s > left_s:
            reason = f"{host} asked us to wait for {slowed.wait_s:.0f} s"
            raise FetchRefused(reason, subject=without_credentials(url), code="slowed")
        if slowed.is_slowed:
            return Wait(_at(work, url, has_turn=False), slowed.wait_s)
        if work.has_turn:
            gate = self.host_turn(f"page of {host}", pause_s, _SHORT_S)
            if gate.is_given:
                return gate.wait_s
        place = self.host_turn(f"pages of {host}", pause_s, left_s)
        if not place.is_given:
            reason = f"too many pages wait for {host}, which is asked every {pause_s:g} s"
            raise FetchRefused(reason, subject=without_credentials(url), code="crowded")
        if place.wait_s <= _SHORT_S:
            gate = self.host_turn(f"page of {host}", pause_s, _SHORT_S)
            if gate.is_given:
                return gate.wait_s
        return Wait(_at(work, url, has_turn=True), max(place.wait_s, _SHORT_S))

    async def _rules(self, url: str) -> RobotsRules:
        return await self.robots.rules(origin_of(url), self.now(), self._ask_robots)

    async def _ask_robots(self, origin: str) -> RobotsRules:
        """The rules of an origin, as its answer says. Source: RFC 9309, section 2.3.1.

        429 is the one 4xx that does not allow all: it asks us to wait.
        """
        try:
            async with asyncio.timeout(_ROBOTS_S):
                body = await self._robots_body(f"{origin}/robots.txt")
        except FetchPostponed:
            raise
        except FetchError as error:
            if error.code == "forbidden_address":
                raise
            is_absent = 400 <= (error.status or 0) < 500 and error.status != 429
            return ALLOW_ALL if is_absent else UNREADABLE
        except TimeoutError:
            return UNREADABLE
        if body is None:
            return ALLOW_ALL
        text = body.decode("utf-8-sig", "replace")
        return await asyncio.to_thread(read_robots, text)

    async def _robots_body(self, url: str) -> bytes | None:
        """The file; None behind more redirects than are followed."""
        for _ in range(_LIMIT_REDIRECTS + 1):
            reply = await self.http.get(url, accept=_ACCEPT_ROBOTS, limit_bytes=_LIMIT_ROBOTS_BYTES)
            if not reply.moved_to:
                return reply.body
            url = reply.moved_to
        return None


def _at(work: PageWork, url: str, *, has_turn: bool) -> PageWork:
    return msgspec.structs.replace(work, url=url, has_turn=has_turn)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
