"""The end of a WebSub subscription when its feed is removed or paused."""

import click

from worker.ports import Store
from worker.render.subscriptions import shown_at
from worker.services import unsubscribe
from worker.settings import Settings

__all__ = ["end_subscription"]


def end_subscription(settings: Settings, store: Store, feed_id: str) -> None:
    """Unsubscribe from the hub of a feed that is no longer polled, if there is a live subscription.

    If the hub cannot be reached, the lease expires, and pushes are answered with 410 Gone.
    """
    if left := unsubscribe(settings, store, feed_id):
        until = shown_at(left.until)
        click.echo(f"its hub could not be reached; the lease ends at {until}", err=True)
