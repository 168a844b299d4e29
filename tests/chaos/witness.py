"""What went in and what came out, on a second server that no fault touches, and what it means."""

import itertools
import json
import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

import redis

SAYS = re.compile(r"Item (?P<number>\d+) version (?P<version>\d+):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A version of an item that could be seen from `at` on, seconds since 1970."""

    uri: str
    version: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An event on the desk: its id, whose it is, and which version its text says it is."""

    id: str
    uri: str
    version: int
    at: float


@dataclass(slots=True, kw_only=True)
class Verdict:
    """How often each promise was broken, and how long events took."""

    sent: int = 0
    arrived: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    phantom: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    """Versions that came under two event ids."""
    delay_p50_s: float = 0.0
    delay_p99_s: float = 0.0
    delay_max_s: float = 0.0
    gap_s: float = 0.0

    @property
    def is_kept(self) -> bool:
        """Every promise."""
        return not (self.lost or self.doubled or self.phantom or self.stale or self.renamed)


class Witness:
    """Notes on a server of its own what was sent, and what a reader of the desk saw."""

    def __init__(self, url: str) -> None:
        self._server = redis.Redis.from_url(url, protocol=2)

    def note_sent(self, sent: Sent) -> None:
        self._server.xadd("sent", {"uri": sent.uri, "version": sent.version, "at": sent.at})

    def note_seen(self, arrived: Arrived) -> None:
        fields = {"id": arrived.id, "uri": arrived.uri, "version": arrived.version}
        self._server.xadd("seen", {**fields, "at": arrived.at})

    def sent(self) -> list[Sent]:
        return [
            Sent(uri=said[b"uri"].decode(), version=int(said[b"version"]), at=float(said[b"at"]))
            for _, said in self._server.xrange("sent")
        ]

    def seen(self) -> list[Arrived]:
        return [
            Arrived(
                id=said[b"id"].decode(),
                uri=said[b"uri"].decode(),
                version=int(said[b"version"]),
                at=float(said[b"at"]),
            )
            for _, said in self._server.xrange("seen")
        ]


class Reader(threading.Thread):
    """A consumer of the desk, as anybody would write one: it follows, and waits out outages."""

    def __init__(self, url: str, desk: str, witness: Witness) -> None:
        super().__init__(daemon=True)
        self._server = redis.Redis.from_url(url, socket_timeout=10, protocol=2)
        self._desk = desk
        self._witness = witness
        self._last = "0"
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                found = self._server.xread({self._desk: self._last}, count=500, block=500)
            except redis.RedisError:
                self.stopping.wait(0.1)
                continue
            for entry_id, fields in found[0][1] if found else ():
                self._last = entry_id
                self._witness.note_seen(read_event(entry_id, fields))

    def begin_again(self) -> None:
        """Read from the first entry on: the desk is not the one that it was."""
        self._last = "0"


def read_event(entry_id: bytes, fields: dict[bytes, bytes]) -> Arrived:
    """The event of a desk's entry."""
    event = json.loads(fields[b"event"])
    said = SAYS.search(event["data"]["item"]["body_text"])
    assert said is not None, event
    return Arrived(
        id=event["id"],
        uri=event["subject"],
        version=int(said["version"]),
        at=int(entry_id.split(b"-")[0]) / 1000,
    )


def read_desk(server: redis.Redis, desk: str) -> list[Arrived]:
    """All that stands on a desk, in order."""
    return [read_event(entry_id, fields) for entry_id, fields in server.xrange(desk)]


def judge(sent: list[Sent], arrived: list[Arrived]) -> Verdict:
    """What the promises say of it.

    The last version of each item must be there. One before it may be missing, since it was
    overtaken, and none may come after a later one.
    """
    first_at = {(one.uri, one.version): one.at for one in reversed(sent)}
    last: dict[str, int] = {}
    for one in sent:
        last[one.uri] = max(one.version, last.get(one.uri, 0))
    verdict = Verdict(sent=len(first_at), arrived=len(arrived))
    newest: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    names: dict[tuple[str, int], str] = {}
    for one in arrived:
        which = f"{one.uri} version {one.version}"
        if one.id in seen:
            verdict.doubled.append(which)
            continue
        if names.setdefault((one.uri, one.version), one.id) != one.id:
            verdict.renamed.append(which)
        elif one.version < newest[one.uri]:
            verdict.stale.append(which)
        if (one.uri, one.version) not in first_at:
            verdict.phantom.append(which)
        seen.add(one.id)
        newest[one.uri] = max(newest[one.uri], one.version)
    verdict.lost = [f"{uri} version {v}" for uri, v in last.items() if newest[uri] < v]
    return verdict


def measure(verdict: Verdict, sent: list[Sent], seen: list[Arrived]) -> None:
    """The delays and the longest gap of what a reader saw, each version when it came first."""
    first_at = {(one.uri, one.version): one.at for one in reversed(sent)}
    first_seen = {(one.uri, one.version): one for one in reversed(seen)}
    known = [one for which, one in first_seen.items() if which in first_at]
    delays = sorted(one.at - first_at[one.uri, one.version] for one in known)
    if not delays:
        return
    verdict.delay_p50_s = delays[len(delays) // 2]
    verdict.delay_p99_s = delays[int(len(delays) * 0.99)]
    verdict.delay_max_s = delays[-1]
    times = [min(first_at.values()), *sorted(one.at for one in known)]
    end = max(first_at.values())
    times = [at for at in times if at <= end]
    verdict.gap_s = max((b - a for a, b in itertools.pairwise(times)), default=0.0)


def wait_until(condition, limit_s: float, every_s: float = 0.2) -> bool:
    """True once the condition holds; False if it does not within the limit."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True
