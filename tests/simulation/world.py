"""The world of one schedule: a service in pieces, those whom it serves, and what befalls them."""

import datetime
from collections.abc import Callable, Sequence

from actors import Actor, Gate, SimulatedThreads
from drain import finish_all, settle_down
from jobs import DISPATCHES, JOBS
from server import Server
from service import (
    DESKS,
    PREFIX,
    SETTINGS,
    Parser,
    Sink,
    install,
    open_services,
    open_store,
)
from steps import Put, Step, Traits
from wire import Said, entry_id_of, fields_of

from worker.dispatch import Batch, InboxConsumer, Scheduler
from worker.errors import BrokerError
from worker.model import Feed, Lease, feed_id
from worker.sinks.relay import DeskLease

__all__ = ["REMEMBERED_MS", "World"]

REMEMBERED_MS = 6 * 86_400_000
"""After so long an item may be new again."""


class World:
    """Executes steps. What a step cannot be done to, because another was left out, it leaves."""

    def __init__(self, server: Server, parser: Parser, traits: Traits) -> None:
        self.server, self.parser, self.traits = server, parser, traits
        server.clear()
        parser.generation = 0
        self.gate = Gate(server)
        self.gate.seen = self._note_events
        install(parser, SimulatedThreads(self._hire))
        self.actors: dict[str, Actor] = {}
        self.batches: list[Batch] = []
        self.polls: list[Lease] = []
        self.pages: list[Lease] = []
        self.puts: list[Put] = []
        self.faults: list[str] = []
        self.log: list[str] = []
        self.sinks = {desk.name: Sink() for desk in DESKS}
        self.out_at: dict[bytes, int] = {}
        self.is_long = False
        self.back_ms = 0
        self.latest_ms = server.now_ms
        self.jumps_ms = 0
        self.deaths = 0
        self.failovers = 0
        self.has_dropped = False
        self.has_removed = False
        self.has_failed_pages = False
        self.is_remembered = False
        self._remembered: tuple[int, dict[int, bool]] = (0, {})
        self._seen_at = "-"
        self.services = [
            open_services(open_store(self.gate), self.now, traits.attempts_max) for _ in range(2)
        ]
        self.store = self.services[0].store
        self.last_relays = {
            desk.name: DeskLease(self.store.desks, desk.name, self.seconds) for desk in DESKS
        }
        self.dispatches = [self.dispatch() for _ in range(DISPATCHES)]
        self.feeds = [
            Feed(id=feed_id(url), url=url, full_text=full)
            for n, full in enumerate(traits.feeds)
            if (url := f"https://feed{n}.example/")
        ]
        self.shown: list[dict[str, Said]] = [{} for _ in self.feeds]
        if self.feeds:
            self.store.feeds.add(self.feeds)

    # what the service asks of its surroundings

    def now(self) -> datetime.datetime:
        """By the clock of the workers."""
        ms = self.server.now_ms + self.traits.skew_ms
        return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC)

    def seconds(self) -> float:
        return self.server._gone_us / 1_000_000

    def lengths(self, *queues: str) -> dict[str, int]:
        """Of `worker.dispatch.TaskQueues`."""
        return {queue: 10**6 * (queue == "parse" and self.is_long) for queue in queues}

    def parse(self, batch: Batch) -> None:
        self.batches.append(batch)

    def poll(self, leases: Sequence[tuple[str, str]]) -> None:
        self.polls += [Lease(*lease) for lease in leases]

    def read_pages(self, leases: Sequence[tuple[str, str]]) -> None:
        self.pages += [Lease(*lease) for lease in leases]

    def dispatch(self) -> dict[str, Callable[[], object]]:
        store = open_store(self.gate)
        return {
            "intake": InboxConsumer(SETTINGS, store, self).step,
            "ticker": Scheduler(SETTINGS, store, self, self.seconds).step,
        }

    def _note_events(self, name: str) -> None:
        """Remember when each event came out, by the server's clock."""
        if name not in {"publish", "reissue"}:
            return
        start = self._seen_at if self._seen_at == "-" else f"({self._seen_at}"
        found = self.server.call("XRANGE", f"{PREFIX}:desk:items", start, "+")
        for entry_id, _ in found:
            self._seen_at = entry_id.decode()
            self.out_at[entry_id] = self.latest_ms

    @property
    def forgets(self) -> bool:
        """True where so much time has passed that items may be new again."""
        return self.jumps_ms > REMEMBERED_MS

    # actors

    def _hire(self, owner: Actor, work: Callable[[], None]) -> Actor:
        actor = Actor(f"{owner.name}'s keeper", work, self._tell)
        owner.crew.append(actor)
        actor.owner = owner
        self.actors[actor.name] = actor
        actor.resume()
        return actor

    def begin(self, name: str, work: Callable[[], object], died: Callable[[], None]) -> None:
        if name in self.actors:
            return
        actor = Actor(name, work, self._tell)
        actor.died = died
        self.actors[name] = actor
        actor.resume()
        self.settle(actor)

    def _tell(self, actor: Actor, error: Exception) -> None:
        self.faults.append(f"{actor.name} at {actor.at}: {type(error).__name__}: {error}")

    def settle(self, actor: Actor) -> None:
        """See what the last turn of an actor led to."""
        owner = actor.owner or actor
        if actor.is_dead:
            owner.kill()
            self.deaths += 1
            owner.died()
        for one in (*owner.crew, owner):
            if one.is_done:
                self.actors.pop(one.name, None)
        is_dispatch = owner.name.startswith(("intake", "ticker"))
        if is_dispatch and owner.error and not isinstance(owner.error, BrokerError):
            self._tell(owner, owner.error)
        owner.error = None

    # steps

    def do(self, step: Step) -> None:
        """Do one step."""
        self.log.append(str(step))
        getattr(self, f"do_{step.op}")(step)

    def do_put(self, step: Step) -> None:
        said = step.said
        self.move(step.count)
        key = f"{PREFIX}:inbox:urgent" if said.door == "urgent" else f"{PREFIX}:inbox"
        entry_id = entry_id_of(said, self.server.now_ms)
        words = fields_of(said, self.server.now_ms)
        packed = [word.encode("utf-8", "surrogateescape") for word in words]
        for reply in self.server.ask([("XADD", key, entry_id, *packed)] * said.times):
            if isinstance(reply, Exception):
                self.log.append(f"    refused: {reply}")
                return
            put = Put(said=said, at_ms=self.server.now_ms, entry_id=reply.decode())
            put.unordered = self._unordered(put)
            self.puts.append(put)

    def _unordered(self, put: Put) -> frozenset[int]:
        is_urgent = put.said.door == "urgent"
        others = {
            one.entry_id: n
            for n, one in enumerate(self.puts)
            if one.feed is None and (one.said.door == "urgent") != is_urgent
        }
        if not others:
            return frozenset()
        waiting = self._waiting("inbox" if is_urgent else "urgent")
        # Nobody's id is believed to be later than now.
        ms = min(int(put.entry_id.partition("-")[0]), put.at_ms) + is_urgent
        return frozenset(
            others[one] for one in waiting if one in others and int(one.partition("-")[0]) >= ms
        )

    def _waiting(self, door: str) -> list[str]:
        """The ids of what stands at a door."""
        key = f"{PREFIX}:inbox:urgent" if door == "urgent" else f"{PREFIX}:inbox"
        return [entry_id.decode() for entry_id, _ in self.server.call("XRANGE", key, "-", "+")]

    def do_sleep(self, step: Step) -> None:
        """All is done, and for days nothing happens."""
        self.is_long = False
        finish_all(self)
        self.move(self.back_ms)
        settle_down(self)
        self.move(step.count)

    def do_clock(self, step: Step) -> None:
        self.move(step.count)

    def move(self, by_ms: int) -> None:
        if not by_ms:
            return
        self.server.move_clock(by_ms)
        self.back_ms += max(0, -by_ms)
        self.jumps_ms += max(0, by_ms)
        self.latest_ms = max(self.latest_ms, self.server.now_ms)
        if by_ms < 0:
            self._note_flattened()

    def _note_flattened(self) -> None:
        """The clock went back, or a failover after that brought messages back: of what waits under
        ids that now lie ahead nobody can tell any more which was first; the common door goes first.
        """
        ahead = [
            (n, put)
            for n, put in enumerate(self.puts)
            if put.feed is None and int(put.entry_id.partition("-")[0]) >= self.server.now_ms
        ]
        waiting = self._waiting("urgent") if ahead else []
        urgent = {n for n, put in ahead if put.said.door == "urgent" and put.entry_id in waiting}
        for _, put in ahead if urgent else ():
            if put.said.door != "urgent":
                put.unordered |= urgent

    def do_show(self, step: Step) -> None:
        """A feed shows a version of an item, or no more of it."""
        feed, said = int(step.how), step.said
        if feed >= len(self.feeds):
            return
        if said.v == 0:
            self.shown[feed].pop(said.uri, None)
            return
        self.shown[feed] = {said.uri: said, **self.shown[feed]} | {said.uri: said}
        put = Put(said=said, at_ms=self.server.now_ms, feed=feed, is_admitted=False)
        self.puts.append(put)

    def do_long(self, step: Step) -> None:
        self.is_long = bool(step.count)

    def do_parser(self, _step: Step) -> None:
        self.parser.generation += 1

    def do_remember(self, _step: Step) -> None:
        self.server.remember()
        self.is_remembered = True
        admitted = {n: put.is_admitted for n, put in enumerate(self.puts)}
        self._remembered = (len(self.puts), admitted)

    def do_failover(self, _step: Step) -> None:
        """The server is gone; a replica that lagged goes on. What it has not is lost."""
        if not self.is_remembered:
            return
        self.server.fail_over()
        self.is_remembered = False
        self.failovers += 1
        kept, admitted = self._remembered
        for n, put in enumerate(self.puts):
            if n >= kept and put.feed is None:
                put.is_lost = True
            elif put.feed is not None:
                put.is_admitted = admitted.get(n, False)
        out_at, self.out_at, self._seen_at = self.out_at, {}, "-"
        self._note_events("publish")
        self.out_at = {one: out_at.get(one, at_ms) for one, at_ms in self.out_at.items()}
        self._note_flattened()
        self._cut_off()

    def do_restart(self, _step: Step) -> None:
        self._cut_off()

    def _cut_off(self) -> None:
        for actor in self.actors.values():
            actor.is_cut_off = True

    def do_lose(self, step: Step) -> None:
        """A task message is lost."""
        if self.batches:
            self.batches.pop(step.count % len(self.batches))

    def do_run(self, step: Step) -> None:
        """Let an actor go on for some calls; the last of them ends as the fate says."""
        for turn in range(step.count or 1):
            actor = self.actors.get(step.who)
            if actor is None:
                return
            is_last = turn + 1 >= (step.count or 1)
            self.log.append(f"    {actor.at}")
            actor.resume(step.how if is_last and step.how else "go")
            self.settle(actor)

    def do_begin(self, step: Step) -> None:
        """Have a job begun, unless it is at work."""
        JOBS[step.who.rstrip("0123456789")](self, step)
