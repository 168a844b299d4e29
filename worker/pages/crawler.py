"""Fetches an article page, each redirect under the guards, robots.txt and the host's pace."""

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

__all__ = ["Crawler", "Postponement"]

_ACCEPT = "text/html, application/xhtml+xml, */*;q=0.1"
_ACCEPT_ROBOTS = "text/plain, */*;q=0.1"
_LIMIT_REDIRECTS = 5
_LIMIT_ROBOTS_BYTES = 1024 * 1024
_ROBOTS_S = 10.0
_ANY_S = 1e6
"""A wait that exceeds every back-off, for asking the state of a host without a limit."""
_SHORT_S = 2.0
"""Longest wait for a slot within a task; with a later slot the page is postponed."""


@dataclass(frozen=True, slots=True)
class Postponement:
    """The wait for a later slot, and the state of the page to store until then."""

    work: PageWork
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawler:
    """Fetches pages. `take_slot` is the store's, which paces the requests of all processes."""

    http: Fetcher
    robots: RobotsCache
    take_slot: Callable[[str, float, float], HostSlot]
    now: Callable[[], datetime]
    pause_s: float
    limit_bytes: int
    origins: frozenset[str]

    async def fetch(
        self, work: PageWork, start: str, *, sender: str, left_s: float
    ) -> FetchReply | Postponement:
        """Return the response with the page, or the wait for a later slot.

        Args:
            work: The state of the page so far.
            start: The address of the page.
            sender: The URL of the feed that links to the page, or the page's own address. A page on
                a private origin is fetched only if its sender is on the allow-list too.
            left_s: The time that the page may still wait for slots.

        Raises:
            FetchError: There is no usable response.
            FetchRefused: A guard, robots.txt or a limit forbids the request.
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
            wait = self._slot_wait(work, url, rules, left_s)
            if isinstance(wait, Postponement):
                return wait
            await asyncio.sleep(wait)
            reply = await self.http.get(url, accept=_ACCEPT, limit_bytes=self.limit_bytes)
            if not reply.moved_to:
                return reply
            url = reply.moved_to
            # The target may be on another host, which has slots and a robots.txt of its own.
            work = msgspec.structs.replace(work, url=url, hops=work.hops + 1, has_turn=False)
            if work.hops > _LIMIT_REDIRECTS:
                reason = f"more than {_LIMIT_REDIRECTS} redirects"
                raise FetchRefused(reason, subject=without_credentials(url), code="redirects")

    def _check_sender(self, url: str, sender: str) -> None:
        """Refuse a page on a private origin, which only we can reach, from a public sender."""
        if is_allowed(urlsplit(url), self.origins) and not is_allowed(
            urlsplit(sender), self.origins
        ):
            reason = "a private origin, linked by a sender that is not on the allow-list"
            raise FetchRefused(reason, subject=without_credentials(url), code="forbidden_address")

    def _slot_wait(
        self, work: PageWork, url: str, rules: RobotsRules, left_s: float
    ) -> float | Postponement:
        """Return the seconds until the page's slot, or a postponement.

        Pages have slots of their own, so that many of them do not keep the host's feeds waiting. A
        first slot (`pages of HOST`) says when the page is to be tried again. After a stop of the
        service several pages come late for it and at once, so a second slot (`page of HOST`) keeps
        the pause between the requests themselves.
        """
        host = _host(url)
        pause_s = max(self.pause_s, rules.delay_s)
        # Without a pause it takes no slot of the feeds; it only tells of a 429 or 503.
        slowed = self.take_slot(host, 0, _ANY_S)
        if slowed.is_slowed and slowed.wait_s > left_s:
            reason = f"{host} asked us to wait for {slowed.wait_s:.0f} s"
            raise FetchRefused(reason, subject=without_credentials(url), code="slowed")
        if slowed.is_slowed:
            return Postponement(_at(work, url, has_turn=False), slowed.wait_s)
        if work.has_turn:
            gate = self.take_slot(f"page of {host}", pause_s, _SHORT_S)
            if gate.is_given:
                return gate.wait_s
        place = self.take_slot(f"pages of {host}", pause_s, left_s)
        if not place.is_given:
            reason = f"too many pages wait for {host}, which is asked every {pause_s:g} s"
            raise FetchRefused(reason, subject=without_credentials(url), code="crowded")
        if place.wait_s <= _SHORT_S:
            gate = self.take_slot(f"page of {host}", pause_s, _SHORT_S)
            if gate.is_given:
                return gate.wait_s
        return Postponement(_at(work, url, has_turn=True), max(place.wait_s, _SHORT_S))

    async def _rules(self, url: str) -> RobotsRules:
        return await self.robots.rules(origin_of(url), self.now(), self._fetch_rules)

    async def _fetch_rules(self, origin: str) -> RobotsRules:
        """Return the rules of an origin. Source: RFC 9309, section 2.3.1.

        A 4xx allows all pages, except 429, which asks us to wait.
        """
        try:
            async with asyncio.timeout(_ROBOTS_S):
                body = await self._robots_body(f"{origin}/robots.txt")
        except FetchPostponed:
            raise  # no answer of the host: its rules are not unreadable
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
        """Return the file; None if there are too many redirects."""
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
