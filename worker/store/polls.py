"""Polls of feeds: leases, and the admission of items."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from worker.model import HEALTH, Feed, FeedState, Lease, PollRecord
from worker.model.codec import dump, load
from worker.model.polling import Admission, AdmissionRequest, OpenPoll, PollEnd
from worker.store import records
from worker.store.admission import Entry, entry_of, in_slices
from worker.store.chance import draw_step, draw_token
from worker.store.connection import as_text
from worker.store.part import Part, inbox_is_full, trace_words

__all__ = ["RedisPolls"]


class RedisPolls(Part):
    """`worker.ports.PollStore` on a server."""

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        argument = {"limit": limit, "lease_ms": round(lease_s * 1000), "word": draw_token()}
        words = self._server.run("claim_due", self._key("due"), argument)
        pairs = zip(words[::2], words[1::2], strict=True)
        return tuple(Lease(feed_id.decode(), token.decode()) for feed_id, token in pairs)

    def open(self, lease: Lease, lease_s: float) -> OpenPoll:
        begun = Lease(lease.subject_id, draw_token())
        argument = _begin_lease(lease, begun, lease_s)
        return _read_opened(begun, self._server.run("begin_lease", self._key("due"), argument))

    def open_all(self, claims: Sequence[Lease], lease_s: float) -> tuple[OpenPoll, ...]:
        begun = [Lease(claim.subject_id, draw_token()) for claim in claims]
        pairs = zip(claims, begun, strict=True)
        arguments = [_begin_lease(claim, lease, lease_s) for claim, lease in pairs]
        replies = self._server.run_each("begin_lease", self._key("due"), arguments)
        return tuple(_read_opened(*pair) for pair in zip(begun, replies, strict=True))

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        argument = {"lease_ms": round(lease_s * 1000), "leases": records.lease_pairs(leases)}
        return int(self._server.run("renew_leases", self._key("due"), argument))

    def admit(
        self, lease: Lease, request: AdmissionRequest, *, state: FeedState | None = None
    ) -> Admission:
        # All are packed before any is admitted: an item that fails must not leave half a poll.
        entries = [entry_of(candidate) for candidate in request.candidates]
        admission = Admission(known=request.known)
        if not entries:
            return admission
        slices = tuple(in_slices(entries))
        for number, slice_entries in enumerate(slices, 1):
            admission = self._admit_slice(
                lease, admission, slice_entries, state, request, is_last=number == len(slices)
            )
        return admission

    def _admit_slice(
        self,
        lease: Lease,
        before: Admission,
        entries: Sequence[Entry],
        state: FeedState | None,
        request: AdmissionRequest,
        *,
        is_last: bool,
    ) -> Admission:
        """Return the admission so far with this slice; unchanged if the poll is fenced off."""
        if before.fenced:
            return before
        is_first = before.slices == 0
        argument: dict[str, object] = {
            "id": lease.subject_id,
            "token": lease.token,
            "slices": before.slices,
            "known_s": self._limits.known_for_s,
            "step": draw_step(),
            "inbox_length": self._limits.inbox_length,
            "state": as_text(dump(state)) if state and is_first else None,
            "series": as_text(request.series) if request.series and is_first else None,
            "shown": as_text(request.shown) if request.shown and is_last else None,
            "entries": entries,
        }
        if request.trace:
            argument["trace"] = trace_words(request.trace)
        result, *counts = self._server.run("admit", self._key("order"), argument)
        if result == b"I":
            raise inbox_is_full(self._limits)
        if result == b"F":
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
        end = PollEnd(
            lease=lease,
            state=state,
            due_at=due_at,
            record=record,
            pushed_at=pushed_at,
            admission=admission,
            now=now,
        )
        return bool(self._server.run("finish_poll", self._key("due"), _finish_poll(end)))

    def finish_all(self, ends: Sequence[PollEnd]) -> tuple[bool, ...]:
        arguments = [_finish_poll(end) for end in ends]
        return tuple(map(bool, self._server.run_each("finish_poll", self._key("due"), arguments)))


def _begin_lease(claim: Lease, begun: Lease, lease_s: float) -> dict[str, object]:
    """Return the argument of begin_lease.lua."""
    return {
        "id": claim.subject_id,
        "claim": claim.token,
        "token": begun.token,
        "lease_ms": round(lease_s * 1000),
        "hashes": ("feeds", "states"),
        "strings": (f"shown:{claim.subject_id}",),
    }


def _finish_poll(end: PollEnd) -> dict[str, object]:
    """Return the argument of finish_poll.lua."""
    health, record = end.state.health, end.record
    return {
        "id": end.lease.subject_id,
        "token": end.lease.token,
        "slices": end.admission.slices,
        "state": as_text(dump(end.state)),
        "health": {flag: flag in health for flag in HEALTH},
        "history": records.HISTORY_LENGTH,
        "pushes": end.state.pushes,
        "due": None if end.due_at is None else records.milliseconds(end.due_at),
        "now": None if end.now is None else records.milliseconds(end.now),
        "pushed": None if end.pushed_at is None else records.milliseconds(end.pushed_at),
        "record": as_text(msgspec.msgpack.encode(record)) if record else None,
    }


def _read_opened(lease: Lease, reply: Sequence[Any]) -> OpenPoll:
    """Return the answer of begin_lease.lua."""
    is_ours, feed, state, shown = reply
    return OpenPoll(
        lease=lease,
        feed=load(Feed, feed) if feed else None,
        state=load(FeedState, state) if state else FeedState(),
        is_ours=bool(is_ours),
        shown=shown,
    )
