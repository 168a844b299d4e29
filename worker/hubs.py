"""Asking hubs: a feed's subscription is made, renewed and ended when the feed is polled.

No loop of its own: the poll's due time takes the lease into account, the hub's host has its turns
like any other, and a hub that is silent is asked later each time.
"""

import asyncio
import secrets

import msgspec
import structlog

from worker.errors import FetchError, FetchPostponed
from worker.feeds.guard import redact
from worker.feeds.hubs import LEASE_S, is_for, next_ask
from worker.feeds.schedule import Failed
from worker.model import FeedState, Subscription
from worker.services import Services
from worker.turns import note_answer, take_turn

__all__ = ["ask_hub", "subscription_of", "tend"]

log = structlog.get_logger(__name__)

_SHARE = 10
"""Asking a hub may take this part of a task's time: fetching and reading have the rest."""

_PATIENCE = 2
"""Turns of the hub's host that a poll waits for: one may be the feed's own. A hub of many feeds is
asked by those that come at the right moment, and no poll is slow for it."""

_TOKEN_BYTES = 32


async def subscription_of(
    services: Services, feed_id: str, state: FeedState
) -> Subscription | None:
    """The feed's subscription, where it offers a hub and we have an address for pushes."""
    if not (services.settings.websub_callback_url and state.hub):
        return None
    return await asyncio.to_thread(services.store.pushes.get, feed_id)


async def tend(
    services: Services, feed_id: str, state: FeedState, known: Subscription | None
) -> None:
    """Ask the feed's hub for what is due: a subscription, a longer one, or none any more.

    Args:
        services: The process's.
        feed_id: The feed.
        state: What its last poll taught.
        known: The subscription that it had when that began.

    Raises:
        BrokerError: The store went away.
    """
    base = services.settings.websub_callback_url.rstrip("/")
    if not base or not (state.hub or known):
        return
    known = known or await asyncio.to_thread(services.store.pushes.get, feed_id)
    now = services.now()
    asked = next_ask(feed_id, state, known, now, base + "/")
    if asked == "unsubscribe":
        assert known is not None
        await ask_hub(services, feed_id, msgspec.structs.replace(known, mode="unsubscribe"))
    elif asked == "subscribe":
        if known is None or not is_for(state, known, base + "/"):
            known = _new(feed_id, state, base)
        await ask_hub(services, feed_id, known)


def _new(feed_id: str, state: FeedState, base: str) -> Subscription:
    """A subscription with an address and a secret that nobody can guess."""
    return Subscription(
        hub=state.hub,
        topic=state.topic,
        callback=f"{base}/{feed_id}/{secrets.token_urlsafe(_TOKEN_BYTES)}",
        secret=secrets.token_urlsafe(_TOKEN_BYTES),
    )


async def ask_hub(services: Services, feed_id: str, wanted: Subscription) -> bool:
    """Ask for what `wanted` says, in the host's turn; the store knows it before the hub does, for
    it may ask back at once. False where the hub did not take it, or its turn did not come.

    Raises:
        BrokerError: The store went away.
    """
    try:
        async with asyncio.timeout(services.settings.task_time_limit_s / _SHARE):
            patience_s = _PATIENCE * services.settings.host_spacing_s
            strikes = await take_turn(services, wanted.hub, patience_s)
            asked = msgspec.structs.replace(wanted, asked_at=services.now())
            await asyncio.to_thread(services.store.pushes.ask, feed_id, asked)
            await services.http.post(wanted.hub, _form(wanted))
    except FetchPostponed as error:
        log.debug("hub_postponed", hub=redact(wanted.hub), reason=error.reason)
        return False
    except FetchError as error:
        await note_answer(services, wanted.hub, strikes, Failed.of(error))
        return await _failed(services, feed_id, wanted, error.reason)
    except TimeoutError:
        return await _failed(services, feed_id, wanted, "no answer in time")
    log.info("hub_asked", feed_id=feed_id, hub=redact(wanted.hub), mode=wanted.mode)
    return True


async def _failed(services: Services, feed_id: str, wanted: Subscription, reason: str) -> bool:
    await asyncio.to_thread(services.store.pushes.fail, feed_id, wanted.callback, reason)
    log.warning("hub_failed", feed_id=feed_id, hub=redact(wanted.hub), reason=reason)
    return False


def _form(wanted: Subscription) -> dict[str, str]:
    """Source: WebSub, section 5.1."""
    asked = {"hub.callback": wanted.callback, "hub.mode": wanted.mode, "hub.topic": wanted.topic}
    if wanted.mode == "subscribe":
        asked |= {"hub.secret": wanted.secret, "hub.lease_seconds": str(LEASE_S)}
    return asked
