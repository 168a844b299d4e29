"""Host pacing: the slots for requests to a host, and its back-off after a 429 or 503.

Both are in the store, so that all processes share them and a restart forgets nothing. The origins
of COPYTASTER_ALLOW_ORIGINS are the operator's own and are not paced. The store is called in
threads: on the event loop, over a slow link, the polls of a batch would wait for each other.
"""

import asyncio
from urllib.parse import urlsplit

import structlog

from worker.errors import FetchPostponed
from worker.polling.context import PollContext
from worker.polling.schedule import Failed, PollOutcome, host_wait_s
from worker.web.ssrf_guard import is_allowed, without_credentials

__all__ = ["MAX_WAIT_S", "record_answer", "wait_for_slot"]

log = structlog.get_logger(__name__)

MAX_WAIT_S = 5.0
"""Longest wait for a slot within a task; a feed with a later slot is postponed."""

_THROTTLE_STATUSES = frozenset({429, 503})


async def wait_for_slot(context: PollContext, url: str, max_wait_s: float = MAX_WAIT_S) -> int:
    """Wait for a slot of the URL's host; return the host's strikes, for `record_answer`.

    Raises:
        FetchPostponed: The slot is later than `max_wait_s`: in `retry_after_s`. `code` is `host`
            if the host asked us to wait, and `turn` if its next slots are given to other requests.
        BrokerError: The store cannot be reached.
    """
    host = _host(context, url)
    if not host:
        return 0
    spacing_s = context.settings.host_spacing_s
    slot = await asyncio.to_thread(context.hosts.take_slot, host, spacing_s, max_wait_s)
    if not slot.is_given:
        reason = (
            "its host asked us to wait" if slot.is_slowed else "its host's next slots are taken"
        )
        raise FetchPostponed(
            reason,
            subject=without_credentials(url),
            code="host" if slot.is_slowed else "turn",
            retry_after_s=slot.wait_s,
        )
    if slot.wait_s > 0:
        await asyncio.sleep(slot.wait_s)
    return slot.strikes


async def record_answer(context: PollContext, url: str, strikes: int, outcome: PollOutcome) -> None:
    """Record the outcome of a request: a 429 or 503 slows its host down, an answer speeds it up.

    Each answer takes back a single strike, so that a host that alternates is not overrun again.
    """
    if isinstance(outcome, Failed) and outcome.status in _THROTTLE_STATUSES:
        await _slow_down(context, url, strikes, outcome)
    elif strikes and not isinstance(outcome, Failed) and (host := _host(context, url)):
        await asyncio.to_thread(context.hosts.slow_down, host, strikes - 1, 0)


async def _slow_down(context: PollContext, url: str, strikes: int, outcome: Failed) -> None:
    """Slow down the host that answered: behind a redirect it is not that of the URL."""
    host = _host(context, outcome.url or url)
    if not host:
        return
    if host != _host(context, url):
        # Without a spacing no slot is taken.
        slot = await asyncio.to_thread(context.hosts.take_slot, host, 0, 0)
        strikes = slot.strikes
    wait_s = host_wait_s(strikes + 1, outcome)
    await asyncio.to_thread(context.hosts.slow_down, host, strikes + 1, wait_s)
    log.warning("host_slowed", host=host, status=outcome.status, wait_s=wait_s)


def _host(context: PollContext, url: str) -> str:
    """Return the host to pace; empty for the operator's own origins and for invalid addresses."""
    try:
        parts = urlsplit(url)
        return "" if is_allowed(parts, context.settings.origins) else parts.hostname or ""
    except ValueError:
        return ""
