"""Polls of feeds: leases, and the items that they bring."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from worker.model import HEALTH, Feed, FeedState, Lease, NewsItem, PollRecord
from worker.model.codec import dump, load
from worker.model.polling import Admission, OpenPoll
from worker.store import records
from worker.store.chance import draw_step, draw_token
from worker.store.connection import as_text
from worker.store.part import Part, inbox_is_full
from worker.store.shown import Entry, Shown, entry_of, find_candidates, in_slices

__all__ = ["RedisPolls"]


class RedisPolls(Part):
    """`worker.ports.PollStore` on a server."""

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        said = {"limit": limit, "lease_ms": round(lease_s * 1000), "word": draw_token()}
        words = self._server.run("claim_due", self._key("due"), said)
        pairs = zip(words[::2], words[1::2], strict=True)
        return tuple(Lease(feed_id.decode(), token.decode()) for feed_id, token in pairs)

    def open(self, lease: Lease, lease_s: float, *, again: bool = False) -> OpenPoll:
        begun = Lease(lease.feed_id, draw_token())
        said = _begin_lease(lease, begun, lease_s, again=again)
        return _read_opened(begun, self._server.run("begin_lease", self._key("due"), said))

    def open_all(
        self, claims: Sequence[Lease], lease_s: float, *, again: bool = False
    ) -> tuple[OpenPoll, ...]:
        begun = [Lease(claim.feed_id, draw_token()) for claim in claims]
        pairs = zip(claims, begun, strict=True)
        said = [_begin_lease(claim, lease, lease_s, again=again) for claim, lease in pairs]
        replies = self._server.run_each("begin_lease", self._key("due"), said)
        return tuple(_read_opened(*pair) for pair in zip(begun, replies, strict=True))

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        said = {"lease_ms": round(lease_s * 1000), "leases": records.lease_pairs(leases)}
        return int(self._server.run("renew_leases", self._key("due"), said))

    def admit(
        self,
        lease: Lease,
        items: Sequence[NewsItem],
        *,
        shown: bytes = b"",
        state: FeedState | None = None,
        shared: Collection[str] = (),
        with_pages: bool = False,
        is_part: bool = False,
    ) -> Admission:
        before = Shown.unpack(shown)
        # All before any is admitted: what cannot be packed admits nothing of the poll.
        candidates = find_candidates(items, before, shared)
        entries = [entry_of(candidate, with_pages=with_pages) for candidate in candidates]
        admission = Admission(known=len(items) - len(entries))
        if not entries:
            return admission  # all that the feed shows is listed
        *first, last = in_slices(entries)
        for some in first:
            admission = self._admit_slice(lease, admission, some, state)
        now = before.then(items, is_part=is_part)
        return self._admit_slice(lease, admission, last, state, now.pack())

    def _admit_slice(
        self,
        lease: Lease,
        before: Admission,
        some: Sequence[Entry],
        state: FeedState | None,
        shown: bytes = b"",
    ) -> Admission:
        """Return what was admitted so far, with this slice; unchanged once that is fenced off."""
        if before.fenced:
            return before
        is_first = before.slices == 0
        said = {
            "id": lease.feed_id,
            "token": lease.token,
            "slices": before.slices,
            "known_s": self._limits.known_for_s,
            "step": draw_step(),
            "inbox_length": self._limits.inbox_length,
            "state": as_text(dump(state)) if state and is_first else None,
            "shown": as_text(shown) if shown else None,
            "entries": some,
        }
        word, *counts = self._server.run("admit", self._key("order"), said)
        if word == b"I":
            raise inbox_is_full(self._limits)
        if word == b"F":
            return replace(before, fenced=True)
        new, changed, known = counts
        return replace(
            before,
            new=before.new + new,
            changed=before.changed + changed,
            known=before.known + known,
            slices=before.slices + 1,
        )

    def finish(
        self,
        lease: Lease,
        state: FeedState,
        due_at: datetime | None,
        record: PollRecord | None = None,
        *,
        pushed_at: datetime | None = None,
        admission: Admission = Admission(),  # noqa: B008  # frozen
        now: datetime | None = None,
    ) -> bool:
        health = state.health
        said = {
            "id": lease.feed_id,
            "token": lease.token,
            "slices": admission.slices,
            "state": as_text(dump(state)),
            "health": {word: word in health for word in HEALTH},
            "history": records.HISTORY_LENGTH,
            "pushes": state.pushes,
            "due": None if due_at is None else records.milliseconds(due_at),
            "now": None if now is None else records.milliseconds(now),
            "pushed": None if pushed_at is None else records.milliseconds(pushed_at),
            "record": as_text(msgspec.msgpack.encode(record)) if record else None,
        }
        return bool(self._server.run("finish_poll", self._key("due"), said))


def _begin_lease(claim: Lease, begun: Lease, lease_s: float, *, again: bool) -> dict[str, object]:
    """What begin_lease.lua is asked."""
    return {
        "id": claim.feed_id,
        "claim": claim.token,
        "token": begun.token,
        "lease_ms": round(lease_s * 1000),
        "again": again,
        "hashes": ("feeds", "states"),
        "strings": (f"shown:{claim.feed_id}",),
    }


def _read_opened(lease: Lease, reply: Sequence[Any]) -> OpenPoll:
    """What begin_lease.lua answers."""
    is_ours, feed, state, shown = reply
    return OpenPoll(
        lease=lease,
        feed=load(Feed, feed) if feed else None,
        state=load(FeedState, state) if state else FeedState(),
        is_ours=bool(is_ours),
        shown=shown,
    )
