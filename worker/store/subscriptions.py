"""Subscriptions of feeds at their hubs: requests, leases and pushes."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from worker.model import FeedState, Subscription
from worker.model.codec import load
from worker.store import records
from worker.store.connection import Word, as_text
from worker.store.part import Part

__all__ = ["RedisSubscriptions"]

KEPT_S = 14 * 86_400
"""Time for which a subscription is kept after its lease: longer than the back-off between requests
to a hub that does not answer."""

_MOMENTS = ("asked_at", "confirmed_at", "until", "pushed_at")
_COUNTS = ("asked", "pushes", "refused")


def _read(fields: Mapping[str, str]) -> Subscription:
    """Return a subscription from its hash, in which an empty field is a missing one."""
    values: dict[str, object] = dict(fields)
    for name in _MOMENTS:
        if ms := fields.get(name):
            values[name] = datetime.fromtimestamp(int(ms) / 1000, UTC)
        else:
            values.pop(name, None)
    values |= {name: int(fields.get(name, 0)) for name in _COUNTS}
    return msgspec.convert(values, Subscription)


class RedisSubscriptions(Part):
    """`worker.ports.Subscriptions` on a server."""

    def _push_key(self, feed_id: str) -> str:
        return self._key(f"push:{feed_id}")

    def get(self, feed_id: str) -> Subscription | None:
        words = [word.decode() for word in self._server.call("HGETALL", self._push_key(feed_id))]
        fields = dict(zip(words[::2], words[1::2], strict=True))
        return _read(fields) if "callback" in fields else None

    def ask(self, feed_id: str, asked: Subscription) -> bool:
        assert asked.asked_at is not None
        args: list[Word] = [asked.callback, asked.hub, asked.topic, asked.secret, asked.mode]
        args += [records.milliseconds(asked.asked_at), KEPT_S, feed_id]
        keys = [self._push_key(feed_id), self._key("due")]
        return bool(self._server.script("ask_hub", keys, args))

    def fail(self, feed_id: str, callback: str, reason: str) -> None:
        self._answer(feed_id, callback, "", {"error": reason})

    def confirm(self, feed_id: str, callback: str, now: datetime, until: datetime) -> bool:
        fields: dict[str, Word] = {
            "confirmed_at": records.milliseconds(now),
            "until": records.milliseconds(until),
            "asked": 0,
            "error": "",
            "denied": "",
        }
        kept_s = KEPT_S + max(0, round((until - now).total_seconds()))
        return self._answer(feed_id, callback, "subscribe", fields, kept_s)

    def deny(self, feed_id: str, callback: str, reason: str) -> bool:
        return self._answer(feed_id, callback, "", {"denied": reason, "until": ""})

    def forget(self, feed_id: str, callback: str) -> bool:
        words: list[Word] = [callback, "unsubscribe", 0, "forget"]
        return bool(self._server.script("answer_hub", [self._push_key(feed_id)], words))

    def push(
        self,
        feed_id: str,
        callback: str,
        not_before: Callable[[FeedState], datetime],
        now: datetime | None = None,
    ) -> bool:
        while True:
            packed = self._server.call("HGET", self._key("states"), feed_id)
            state = load(FeedState, packed) if packed else FeedState()
            argument = {
                "id": feed_id,
                "callback": callback,
                "not_before": records.milliseconds(not_before(state)),
                "now": now and records.milliseconds(now),
                "state": as_text(packed) if packed else None,
            }
            result = self._server.run("push", self._push_key(feed_id), argument)
            if result >= 0:  # otherwise a poll has ended since
                return bool(result)

    def refuse(self, feed_id: str, callback: str) -> None:
        argument = {"id": feed_id, "callback": callback}
        self._server.run("push", self._push_key(feed_id), argument)

    def _answer(
        self,
        feed_id: str,
        callback: str,
        mode: str,
        fields: Mapping[str, Word],
        kept_s: int = KEPT_S,
    ) -> bool:
        args: list[Word] = [callback, mode, kept_s]
        args += [word for pair in fields.items() for word in pair]
        return bool(self._server.script("answer_hub", [self._push_key(feed_id)], args))
