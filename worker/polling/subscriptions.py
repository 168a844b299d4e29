"""Asking hubs: a feed's subscription is made, renewed and ended when the feed is polled.

No loop of its own: the poll's due time takes the lease into account, the hub's host has its turns
like any other, and a hub that is silent is asked later each time.
"""

import asyncio
import secrets

import msgspec
import structlog

from worker.errors import FetchError, FetchPostponed
from worker.model import FeedState, Subscription
from worker.polling.context import PollContext
from worker.polling.host_pacing import record_answer, wait_for_slot
from worker.polling.schedule import Failed
from worker.polling.websub import LEASE_S, is_for, next_ask
from worker.web.ssrf_guard import without_credentials

__all__ = ["ask_hub", "find_subscription", "maintain_subscription"]

log = structlog.get_logger(__name__)

_SHARE = 10
"""Asking a hub may take this part of a task's time: fetching and reading have the rest."""

_PATIENCE = 2
"""Turns of the hub's host that a poll waits for: one may be the feed's own. A hub of many feeds is
asked by those that come at the right moment, and no poll is slow for it."""

_TOKEN_BYTES = 32


async def find_subscription(
    context: PollContext, feed_id: str, state: FeedState
) -> Subscription | None:
    """The feed's subscription, where it offers a hub and we have an address for pushes."""
    if not (context.settings.websub_callback_url and state.hub):
        return None
    return await asyncio.to_thread(context.subscriptions.get, feed_id)


async def maintain_subscription(
    context: PollContext, feed_id: str, state: FeedState, known: Subscription | None
) -> None:
    """Ask the feed's hub for what is due: a subscription, a longer one, or none any more.

    Args:
        context: The equipment of the process.
        feed_id: The feed.
        state: What its last poll taught.
        known: The subscription that it had when that began.

    Raises:
        BrokerError: The store went away.
    """
    base = context.settings.websub_callback_url.rstrip("/")
    if not base or not (state.hub or known):
        return
    known = known or await asyncio.to_thread(context.subscriptions.get, feed_id)
    now = context.now()
    asked = next_ask(feed_id, state, known, now, base + "/")
    if asked == "unsubscribe":
        assert known is not None
        await ask_hub(context, feed_id, msgspec.structs.replace(known, mode="unsubscribe"))
    elif asked == "subscribe":
        if known is None or not is_for(state, known, base + "/"):
            known = _new(feed_id, state, base)
        await ask_hub(context, feed_id, known)


def _new(feed_id: str, state: FeedState, base: str) -> Subscription:
    """A subscription with an address and a secret that nobody can guess."""
    return Subscription(
        hub=state.hub,
        topic=state.topic,
        callback=f"{base}/{feed_id}/{secrets.token_urlsafe(_TOKEN_BYTES)}",
        secret=secrets.token_urlsafe(_TOKEN_BYTES),
    )


async def ask_hub(context: PollContext, feed_id: str, wanted: Subscription) -> bool:
    """Ask for what `wanted` says, in the host's turn; the store knows it before the hub does, for
    it may ask back at once. False where the hub did not take it, or its turn did not come.

    Raises:
        BrokerError: The store went away.
    """
    try:
        async with asyncio.timeout(context.settings.task_time_limit_s / _SHARE):
            patience_s = _PATIENCE * context.settings.host_spacing_s
            strikes = await wait_for_slot(context, wanted.hub, patience_s)
            asked = msgspec.structs.replace(wanted, asked_at=context.now())
            await asyncio.to_thread(context.subscriptions.ask, feed_id, asked)
            await context.http.post(wanted.hub, _form(wanted))
    except FetchPostponed as error:
        log.debug("hub_postponed", hub=without_credentials(wanted.hub), reason=error.reason)
        return False
    except FetchError as error:
        await record_answer(context, wanted.hub, strikes, Failed.of(error))
        return await _failed(context, feed_id, wanted, error.reason)
    except TimeoutError:
        return await _failed(context, feed_id, wanted, "no answer in time")
    log.info("hub_asked", feed_id=feed_id, hub=without_credentials(wanted.hub), mode=wanted.mode)
    return True


async def _failed(context: PollContext, feed_id: str, wanted: Subscription, reason: str) -> bool:
    await asyncio.to_thread(context.subscriptions.fail, feed_id, wanted.callback, reason)
    log.warning("hub_failed", feed_id=feed_id, hub=without_credentials(wanted.hub), reason=reason)
    return False


def _form(wanted: Subscription) -> dict[str, str]:
    """Source: WebSub, section 5.1."""
    asked = {"hub.callback": wanted.callback, "hub.mode": wanted.mode, "hub.topic": wanted.topic}
    if wanted.mode == "subscribe":
        asked |= {"hub.secret": wanted.secret, "hub.lease_seconds": str(LEASE_S)}
    return asked
