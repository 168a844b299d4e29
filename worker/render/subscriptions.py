"""Rendering of a feed's WebSub subscription."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from worker.model import FeedState, Subscription
from worker.settings import Settings

__all__ = ["hub_rows", "shown_at", "subscription_json"]

_SECRETS = ("callback", "secret")


def hub_rows(
    state: FeedState, subscription: Subscription | None, settings: Settings
) -> list[tuple[str, str]]:
    """Return names and values that describe a feed's hub; nothing if the feed has no hub."""
    if subscription is None:
        if not state.hub:
            return []
        is_set = bool(settings.websub_callback_url)
        reason = "not requested yet" if is_set else "COPYTASTER_WEBSUB_CALLBACK_URL is not set"
        return [("hub", state.hub), ("topic", state.topic), ("subscription", f"none: {reason}")]
    rows = [
        ("hub", subscription.hub),
        ("topic", subscription.topic),
        ("subscription", _say(subscription)),
    ]
    if subscription.pushed_at:
        pushed_at = shown_at(subscription.pushed_at)
        rows.append(("last push", f"{pushed_at}, {subscription.pushes} so far"))
    if subscription.refused:
        rows.append(("refused", f"{subscription.refused} pushes without a valid signature"))
    if state.missed:
        rows.append(("missed", f"{state.missed} polls found entries without a push"))
    return rows


def _say(subscription: Subscription) -> str:
    requested_at, until = shown_at(subscription.asked_at), shown_at(subscription.until)
    requests = f"{subscription.asked} requests so far"
    standing = {
        "live": f"until {until}",
        "denied": f"denied: {subscription.denied}",
        "ending": f"end requested at {requested_at}",
        "asked": f"requested at {requested_at}, not confirmed; {requests}",
        "over": f"ended at {until}",
    }[_standing(subscription)]
    return f"{standing}; last answer: {subscription.error}" if subscription.error else standing


def _standing(subscription: Subscription) -> Literal["live", "denied", "ending", "asked", "over"]:
    if subscription.mode == "unsubscribe":
        return "ending"
    if subscription.is_live(datetime.now(UTC)):
        return "live"
    if subscription.denied:
        return "denied"
    return "asked" if subscription.asked else "over"


def shown_at(moment: datetime | None) -> str:
    """Format a moment to the second with its zone; a dash for None."""
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}" if moment else "-"


def subscription_json(subscription: Subscription) -> dict[str, object]:
    """Return the subscription as an object, without the secrets by which to impersonate the hub."""
    fields = msgspec.to_builtins(subscription)
    shown = {name: value for name, value in fields.items() if name not in _SECRETS and value}
    return {"standing": _standing(subscription), **shown}
