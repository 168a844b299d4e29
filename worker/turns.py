"""Hosts' turns: the pace at which one host is asked, by all pollers together, and its back-off.

Both are kept in the store, so that processes share them and a restart forgets nothing. Origins of
COPYTASTER_ALLOW_ORIGINS are our own: they have no pace. The store is asked off the loop: over a
slow link the polls of a batch would wait for each other.
"""

import asyncio
from urllib.parse import urlsplit

import structlog

from worker.errors import FetchPostponed
from worker.feeds.guard import is_allowed, redact
from worker.feeds.schedule import Failed, PollOutcome, host_wait_s
from worker.services import Services

__all__ = ["PATIENCE_S", "note_answer", "take_turn"]

log = structlog.get_logger(__name__)

PATIENCE_S = 5.0
"""For a feed's turn that comes later, the task does not wait."""

_ASKS_TO_WAIT = frozenset({429, 503})


async def take_turn(services: Services, url: str, patience_s: float = PATIENCE_S) -> int:
    """Wait until the URL's host may be asked; the host's strikes, for `note_answer`.

    Raises:
        FetchPostponed: That is too far off; `retry_after_s` says how far, `code` why.
        BrokerError: The store went away.
    """
    host = _host(services, url)
    if not host:
        return 0
    spacing_s = services.settings.host_spacing_s
    turn = await asyncio.to_thread(services.store.host_turn, host, spacing_s, patience_s)
    if not turn.is_given:
        reason = "its host asked us to wait" if turn.is_slowed else "its host's turns are taken"
        raise FetchPostponed(
            reason,
            subject=redact(url),
            code="host" if turn.is_slowed else "turn",
            retry_after_s=turn.wait_s,
        )
    if turn.wait_s > 0:
        await asyncio.sleep(turn.wait_s)
    return turn.strikes


async def note_answer(services: Services, url: str, strikes: int, outcome: PollOutcome) -> None:
    """Slow the host down that asks for it, and trust it again, step by step, when it answers."""
    host = _host(services, url)
    if not host:
        return
    if isinstance(outcome, Failed) and outcome.status in _ASKS_TO_WAIT:
        wait_s = host_wait_s(strikes + 1, outcome)
        await asyncio.to_thread(services.store.slow_host, host, strikes + 1, wait_s)
        log.warning("host_slowed", host=host, status=outcome.status, wait_s=wait_s)
    elif strikes and not isinstance(outcome, Failed):
        await asyncio.to_thread(services.store.slow_host, host, strikes - 1, 0)


def _host(services: Services, url: str) -> str:
    """The host whose turn is taken; empty for one of our own, and for what is no address."""
    try:
        parts = urlsplit(url)
        return "" if is_allowed(parts, services.settings.origins) else parts.hostname or ""
    except ValueError:
        return ""
