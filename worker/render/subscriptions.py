"""A feed's hub as a person is told of it, and the end of a subscription when its feed goes."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from worker.model import FeedState, Subscription
from worker.settings import Settings

__all__ = ["hub_rows", "shown_at", "subscription_json"]

_SECRETS = ("callback", "secret")


def hub_rows(
    state: FeedState, known: Subscription | None, settings: Settings
) -> list[tuple[str, str]]:
    """What there is to say of the feed's hub, as rows of two words; none where it has none."""
    if known is None:
        if not state.hub:
            return []
        is_set = bool(settings.websub_callback_url)
        why = "not asked yet" if is_set else "COPYTASTER_WEBSUB_CALLBACK_URL is not set"
        return [("hub", state.hub), ("topic", state.topic), ("subscription", f"none: {why}")]
    rows = [("hub", known.hub), ("topic", known.topic), ("subscription", _say(known))]
    if known.pushed_at:
        rows.append(("last push", f"{shown_at(known.pushed_at)}, {known.pushes} so far"))
    if known.refused:
        rows.append(("refused", f"{known.refused} pushes without the right signature"))
    if state.missed:
        rows.append(("missed", f"{state.missed} polls found what no push had told"))
    return rows


def _say(known: Subscription) -> str:
    said = {
        "live": f"until {shown_at(known.until)}",
        "denied": f"denied: {known.denied}",
        "ending": f"asked to end it at {shown_at(known.asked_at)}",
        "asked": f"asked at {shown_at(known.asked_at)}, not confirmed; {known.asked} times so far",
        "over": f"ended at {shown_at(known.until)}",
    }[_standing(known)]
    return f"{said}; last answer: {known.error}" if known.error else said


def _standing(known: Subscription) -> Literal["live", "denied", "ending", "asked", "over"]:
    if known.mode == "unsubscribe":
        return "ending"
    if known.is_live(datetime.now(UTC)):
        return "live"
    if known.denied:
        return "denied"
    return "asked" if known.asked else "over"


def shown_at(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}" if moment else "-"


def subscription_json(known: Subscription) -> dict[str, object]:
    """The subscription as an object, without what would let anybody play the hub."""
    told = msgspec.to_builtins(known)
    shown = {name: value for name, value in told.items() if name not in _SECRETS and value}
    return {"standing": _standing(known), **shown}
