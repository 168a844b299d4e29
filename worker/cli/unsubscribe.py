"""The end of a WebSub subscription whose feed is removed."""

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
    """Tell the hub of a feed that is polled no more that pushes need not come, if it has one.

    Where it cannot be told, the lease ends by itself, and pushes are answered with 410 Gone.
    """
    known = store.subscriptions.get(feed_id)
    if known is None or not known.is_live(datetime.now(UTC)):
        return
    services = Services(
        settings=settings,
        store=store,
        http=open_fetcher(settings),
        desks=(),
        now=lambda: datetime.now(UTC),
    )
    ending = msgspec.structs.replace(known, mode="unsubscribe")
    if not asyncio.run(_ask(services, feed_id, ending)):
        click.echo(
            f"its hub could not be told; the lease ends at {shown_at(known.until)}", err=True
        )


async def _ask(services: Services, feed_id: str, ending: Subscription) -> bool:
    try:
        return await ask_hub(services.polling, feed_id, ending)
    finally:
        await services.http.aclose()
