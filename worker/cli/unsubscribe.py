"""The end of a WebSub subscription when its feed is removed or paused."""

import asyncio
from datetime import UTC, datetime

import click
import msgspec

from worker.model import Subscription
from worker.polling.subscriptions import ask_hub
from worker.ports import Store
from worker.render.subscriptions import shown_at
from worker.services import Services, open_fetcher
from worker.settings import Settings

__all__ = ["end_subscription"]


def end_subscription(settings: Settings, store: Store, feed_id: str) -> None:
    """Unsubscribe from the hub of a feed that is no longer polled, if there is a live subscription.

    If the hub cannot be reached, the lease expires, and pushes are answered with 410 Gone.
    """
    subscription = store.subscriptions.get(feed_id)
    if subscription is None or not subscription.is_live(datetime.now(UTC)):
        return
    services = Services(
        settings=settings,
        store=store,
        http=open_fetcher(settings),
        now=lambda: datetime.now(UTC),
    )
    ending = msgspec.structs.replace(subscription, mode="unsubscribe")
    if not asyncio.run(_ask(services, feed_id, ending)):
        until = shown_at(subscription.until)
        click.echo(f"its hub could not be reached; the lease ends at {until}", err=True)


async def _ask(services: Services, feed_id: str, ending: Subscription) -> bool:
    try:
        return await ask_hub(services.polling, feed_id, ending)
    finally:
        await services.http.aclose()
