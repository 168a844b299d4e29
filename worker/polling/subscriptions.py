"""Subscriptions at hubs: made, renewed and ended when their feed is polled.

They need no loop of their own, since the time of the next poll takes the lease into account.
Requests to a hub use the slots of its host, like any others, and become rarer if the hub is silent.
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
from worker.polling.websub import LEASE_S, matches_offer, next_request
from worker.settings import Settings
from worker.web.ssrf_guard import without_credentials

__all__ = [
    "ask_hub",
    "callback_base",
    "end_subscription",
    "find_subscription",
    "maintain_subscription",
]

log = structlog.get_logger(__name__)

_SHARE = 10
"""Divisor of the task's time limit that gives the time for a request to a hub. Fetching and reading
take most of the limit."""

_SLOTS = 2
"""Slots of the hub's host that a poll waits for; the first may be taken by the feed itself. With
many feeds at a hub, those that are polled at the right moment send their requests, and no poll is
slow."""

_TOKEN_BYTES = 32


def callback_base(settings: Settings) -> str:
    """Return the beginning of the callbacks' URLs, with a slash at its end."""
    return settings.websub_callback_url.rstrip("/") + "/"


async def find_subscription(
    context: PollContext, feed_id: str, state: FeedState
) -> Subscription | None:
    """Return the feed's subscription; None if it offers no hub, or we accept no pushes."""
    if not (context.settings.websub_callback_url and state.hub):
        return None
    return await asyncio.to_thread(context.subscriptions.get, feed_id)


async def maintain_subscription(
    context: PollContext, feed_id: str, state: FeedState, known: Subscription | None
) -> None:
    """Make, renew or end the subscription of a feed, if that is due.

    Args:
        context: The equipment of the process.
        feed_id: The feed.
        state: Its state after the poll.
        known: Its subscription when the poll began.

    Raises:
        BrokerError: The store cannot be reached.
    """
    if not context.settings.websub_callback_url or not (state.hub or known):
        return
    base = callback_base(context.settings)
    known = known or await asyncio.to_thread(context.subscriptions.get, feed_id)
    now = context.now()
    request = next_request(feed_id, state, known, now, base)
    if request == "unsubscribe":
        assert known is not None
        await ask_hub(context, feed_id, msgspec.structs.replace(known, mode="unsubscribe"))
    elif request == "subscribe":
        # A renewal keeps the callback and the secret; a new offer gets others.
        if known is None or not matches_offer(state, known, base):
            known = _new(feed_id, state, base)
        await ask_hub(context, feed_id, known)


async def end_subscription(context: PollContext, feed_id: str) -> Subscription | None:
    """Unsubscribe from the hub of a feed that is no longer polled, if the subscription is live.

    Returns the subscription if its hub could not be reached: its lease then expires, and pushes are
    answered with 410 Gone. None if nothing is left of it, or was there.

    Raises:
        BrokerError: The store cannot be reached.
    """
    known = await asyncio.to_thread(context.subscriptions.get, feed_id)
    if known is None or not known.is_live(context.now()):
        return None
    ending = msgspec.structs.replace(known, mode="unsubscribe")
    return None if await ask_hub(context, feed_id, ending) else known


def _new(feed_id: str, state: FeedState, base: str) -> Subscription:
    """Return a subscription with an address below `base` and a secret that nobody can guess."""
    return Subscription(
        hub=state.hub,
        topic=state.topic,
        callback=f"{base}{feed_id}/{secrets.token_urlsafe(_TOKEN_BYTES)}",
        secret=secrets.token_urlsafe(_TOKEN_BYTES),
    )


async def ask_hub(context: PollContext, feed_id: str, wanted: Subscription) -> bool:
    """Send the request of `wanted.mode` to the hub; return False if the hub did not accept it.

    The store is told first, since the hub may call back at once to confirm. If the hub's host has
    no slot soon, nothing is sent, and the next poll tries again. Nor is a feed subscribed that was
    removed or paused meanwhile.

    Raises:
        BrokerError: The store cannot be reached.
    """
    try:
        async with asyncio.timeout(context.settings.task_time_limit_s / _SHARE):
            max_wait_s = _SLOTS * context.settings.host_spacing_s
            strikes = await wait_for_slot(context, wanted.hub, max_wait_s)
            asked = msgspec.structs.replace(wanted, asked_at=context.now())
            if not await asyncio.to_thread(context.subscriptions.ask, feed_id, asked):
                return False
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
    """Return the form of a request. Source: WebSub, section 5.1."""
    form = {"hub.callback": wanted.callback, "hub.mode": wanted.mode, "hub.topic": wanted.topic}
    if wanted.mode == "subscribe":
        form |= {"hub.secret": wanted.secret, "hub.lease_seconds": str(LEASE_S)}
    return form
