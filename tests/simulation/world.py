"""The world of one schedule: a service in pieces, those whom it serves, and what befalls them."""

import datetime
from collections.abc import Callable, Sequence

import msgspec

from actors import Actor, Gate, SimulatedThreads
from server import Server
from service import (
    DESKS,
    PREFIX,
    SETTINGS,
    Parser,
    Sink,
    install,
    is_quiet,
    open_services,
    open_store,
    poll,
    read_page,
)
from wire import Said, entry_id_of, fields_of, item_of, page_url
from worker.dispatch import Batch, Intake, Ticker
from worker.errors import BrokerError
from worker.model import Feed, Lease, NewsItem, feed_id
from worker.parsing import parse_entries
from worker.relay import relay_once
from worker.replay import replay
from worker.services import Services

__all__ = ["Put", "Step", "Traits", "World"]

ROUNDS = 24
DISPATCHES = 2
REMEMBERED_MS = 6 * 86_400_000
"""After so long an item may be new again."""


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a whole schedule. `skew_ms`: how far the workers' clock is ahead of the
    server's. `feeds`: whether each feed wants whole pages.
    """

    skew_ms: int = 0
    feeds: tuple[bool, ...] = ()
    alike: bool = False
    attempts_max: int = 5


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happens; `World` has a method for each `op`."""

    op: str
    who: str = ""
    how: str = ""
    count: int = 0
    said: Said | None = None

    def __str__(self) -> str:
        """As a schedule prints it."""
        count = str(self.count) if self.count else ""
        return " ".join(filter(None, [self.op, self.who, self.how, count, str(self.said or "")]))


class Put(msgspec.Struct, kw_only=True):
    """Something that was said, in the order of the saying: by a door, or by a feed that shows it.

    `is_lost`: it was said in the tail that a failover lost. `is_admitted`: a poller was told that
    it is on its way; of what came by a door that is so at once.
    """

    said: Said
    at_ms: int
    entry_id: str = ""
    feed: int | None = None
    is_lost: bool = False
    is_admitted: bool = True
    unordered: frozenset[int] = frozenset()
    """Places in `World.puts` of what may count as later than this, though it was said before: it
    still waited at the other door, under an id that is later, or of the same millisecond on the
    urgent one.
    """


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
        self.hints: list[tuple[Batch, bool]] = []
        self.polls: list[tuple[Lease, bool]] = []
        self.pages: list[Lease] = []
        self.puts: list[Put] = []
        self.faults: list[str] = []
        self.log: list[str] = []
        self.sinks = {desk.name: Sink() for desk in DESKS}
        self.sink_marks: dict[str, list[int]] = {desk.name: [] for desk in DESKS}
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
        self._dispatches = [self._dispatch() for _ in range(DISPATCHES)]
        self.feeds = [
            Feed(id=feed_id(url), url=url, full_text=full)
            for n, full in enumerate(traits.feeds)
            if (url := f"https://feed{n}.example/")
        ]
        self.shown: list[dict[str, Said]] = [{} for _ in self.feeds]
        if self.feeds:
            self.store.add_feeds(self.feeds)

    # what the service asks of its surroundings

    def now(self) -> datetime.datetime:
        """By the clock of the workers."""
        ms = self.server.now_ms + self.traits.skew_ms
        return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC)

    def _seconds(self) -> float:
        return self.server._gone_us / 1_000_000

    def depth(self, queue: str) -> int:
        """Of `worker.dispatch.Queues`."""
        return 10**6 if queue == "parse" and self.is_long else 0

    def parse(self, batch: Batch) -> None:
        self.hints.append((batch, False))

    def poll(self, leases: Sequence[tuple[str, str]]) -> None:
        self.polls += [(Lease(*lease), False) for lease in leases]

    def read_pages(self, leases: Sequence[tuple[str, str]]) -> None:
        self.pages += [Lease(*lease) for lease in leases]

    def _dispatch(self) -> dict[str, Callable[[], object]]:
        store = open_store(self.gate)
        return {
            "intake": Intake(SETTINGS, store, self).step,
            "ticker": Ticker(SETTINGS, store, self, self._seconds).step,
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

    def _begin(self, name: str, work: Callable[[], object], died: Callable[[], None]) -> None:
        if name in self.actors:
            return
        actor = Actor(name, work, self._tell)
        actor.died = died
        self.actors[name] = actor
        actor.resume()
        self._settle(actor)

    def _tell(self, actor: Actor, error: Exception) -> None:
        self.faults.append(f"{actor.name} at {actor.at}: {type(error).__name__}: {error}")

    def _settle(self, actor: Actor) -> None:
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
        getattr(self, f"_do_{step.op}")(step)

    def _do_put(self, step: Step) -> None:
        said = step.said
        self._move(step.count)
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

    def _do_sleep(self, step: Step) -> None:
        """All is done, and for days nothing happens."""
        self.is_long = False
        self._finish_all()
        self._move(self.back_ms)
        self._settle_down()
        self._move(step.count)

    def _do_clock(self, step: Step) -> None:
        self._move(step.count)

    def _move(self, by_ms: int) -> None:
        if not by_ms:
            return
        self.server.move_clock(by_ms)
        self.back_ms += max(0, -by_ms)
        self.jumps_ms += max(0, by_ms)
        self.latest_ms = max(self.latest_ms, self.server.now_ms)
        if by_ms < 0:
            self._note_flattened()

    def _note_flattened(self) -> None:
        """The clock went back: of what waits under ids that now lie ahead nobody can tell any more
        which was first, and the common door goes first.
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

    def _do_show(self, step: Step) -> None:
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

    def _do_long(self, step: Step) -> None:
        self.is_long = bool(step.count)

    def _do_parser(self, _step: Step) -> None:
        self.parser.generation += 1

    def _do_remember(self, _step: Step) -> None:
        self.server.remember()
        self.is_remembered = True
        admitted = {n: put.is_admitted for n, put in enumerate(self.puts)}
        self._remembered = (len(self.puts), admitted)

    def _do_failover(self, _step: Step) -> None:
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
        for name, sink in self.sinks.items():
            self.sink_marks[name].append(len(sink.taken))
        out_at, self.out_at, self._seen_at = self.out_at, {}, "-"
        self._note_events("publish")
        self.out_at = {one: out_at.get(one, at_ms) for one, at_ms in self.out_at.items()}
        self._cut_off()

    def _do_restart(self, _step: Step) -> None:
        self._cut_off()

    def _cut_off(self) -> None:
        for actor in self.actors.values():
            actor.is_cut_off = True

    def _do_lose(self, step: Step) -> None:
        """A hint is lost."""
        if self.hints:
            self.hints.pop(step.count % len(self.hints))

    def _do_run(self, step: Step) -> None:
        """Let an actor go on for some calls; the last of them ends as the fate says."""
        for turn in range(step.count or 1):
            actor = self.actors.get(step.who)
            if actor is None:
                return
            is_last = turn + 1 >= (step.count or 1)
            self.log.append(f"    {actor.at}")
            actor.resume(step.how if is_last and step.how else "go")
            self._settle(actor)

    def _do_begin(self, step: Step) -> None:
        kind = step.who.rstrip("0123456789")
        getattr(self, f"_begin_{kind}")(step)

    def _begin_intake(self, step: Step) -> None:
        self._begin_loop("intake", step)

    def _begin_ticker(self, step: Step) -> None:
        self._begin_loop("ticker", step)

    def _begin_loop(self, loop: str, step: Step) -> None:
        number = int(step.who[len(loop) :]) % DISPATCHES

        def died() -> None:
            self._dispatches[number] = self._dispatch()
            other = "ticker" if loop == "intake" else "intake"
            if actor := self.actors.pop(f"{other}{number}", None):
                actor.kill()

        self._begin(f"{loop}{number}", self._dispatches[number][loop], died)

    def _take(self, queue: list, step: Step) -> object:
        """What a queue gives out: the hint stays on it where it comes twice."""
        n = step.count % len(queue)
        return queue[n] if "twice" in step.how else queue.pop(n)

    def _begin_work(self, step: Step) -> None:
        if not self.hints:
            return
        batch, again = self._take(self.hints, step)
        again = again or "again" in step.how
        if again and len(batch.ids) > 1:
            for one in batch.ids:
                alone = msgspec.structs.replace(batch, ids=(one,))
                self.hints.append((alone, True))
            return
        self._begin(
            step.who,
            lambda: parse_entries(self.services[1], batch.stream, batch.ids, again=again),
            lambda: self.hints.append((batch, True)),
        )

    def _begin_poll(self, step: Step) -> None:
        if not self.polls:
            return
        lease, again = self._take(self.polls, step)
        again = again or "again" in step.how
        feed = next((n for n, one in enumerate(self.feeds) if one.id == lease.feed_id), None)
        if feed is None:
            return  # a stranger's
        seen: list[Said] = []

        def shown() -> list[NewsItem]:
            seen[:] = self.shown[feed].values()
            full = self.feeds[feed].full_text
            return [
                item_of(
                    said.uri,
                    said.v,
                    self.feeds[feed].url,
                    alike=said.alike,
                    urgent=said.urgent,
                    link=page_url(said.uri, said.v) if full else "",
                )
                for said in seen
            ]

        def work() -> None:
            fails = "fail" in step.how
            if poll(self.services[1], lease, shown, again=again, fails=fails):
                self._note_admitted(feed, seen)

        self._begin(step.who, work, lambda: self.polls.append((lease, True)))

    def _note_admitted(self, feed: int, seen: Sequence[Said]) -> None:
        for said in seen:
            shown = [put for put in self.puts if put.feed == feed and put.said == said]
            for put in shown[-1:]:
                put.is_admitted = True

    def _begin_page(self, step: Step) -> None:
        if not self.pages:
            return
        lease = self._take(self.pages, step)
        how = step.how.partition(" ")[0] or "read"
        self.has_failed_pages |= how == "fail"
        self._begin(
            step.who,
            lambda: read_page(self.services[1], lease, how),
            lambda: self.pages.append(lease),
        )

    def _begin_relay(self, step: Step) -> None:
        """`how` names the desk, and how the sink fails."""
        desk, _, failure = step.how.partition(" ")
        is_last = failure == "all"
        limit = 1000 if is_last else 3

        def work() -> None:
            sink = self.sinks[desk]
            sink.room, sink.tells = (
                (step.count, "told" in failure) if failure and not is_last else (None, True)
            )
            try:
                while relay_once(self.services[1].store, desk, sink, limit=limit) and is_last:
                    pass
            finally:
                sink.room = None

        self._begin(step.who, work, lambda: None)

    def _begin_replay(self, step: Step) -> None:
        since = self.now() - datetime.timedelta(hours=2)

        def work() -> None:
            for _ in replay(self.services[1].store, DESKS, since, self.now()):
                pass

        self._begin(step.who, work, lambda: None)

    def _begin_desk(self, step: Step) -> None:
        """Somebody works at the dead letters, or at the feeds."""
        store = self.services[1].store

        def letters() -> None:
            found = store.dead_letters()
            if found:
                self.has_dropped |= step.how == "drop"
                letter = found[step.count % len(found)]
                (store.retry_dead if step.how == "retry" else store.drop_dead)(letter.id)

        def feeds() -> None:
            if self.feeds:
                feed = self.feeds[step.count % len(self.feeds)]
                self.has_removed |= step.how == "remove"
                if step.how == "add":
                    store.add_feeds([feed])
                else:
                    getattr(store, f"{step.how}_feed", store.poll_now)(feed.id)

        self._begin(step.who, letters if step.how in {"retry", "drop"} else feeds, lambda: None)

    # the end

    def drain(self) -> None:
        """Let the service do all that is left, without faults."""
        self.is_long = False
        self.log.append("drain")
        self._finish_all()
        if self.feeds:
            self.store.add_feeds(self.feeds)
            for feed in self.feeds:
                self.store.resume_feed(feed.id)
        self._move(self.back_ms + self._embargo_left_ms() + abs(self.traits.skew_ms))
        self._settle_down()
        if any(put.said.entry for put in self.puts):
            # Whatever id was chosen, the doors are to open again.
            for door in ("inbox", "urgent"):
                before = len(self.puts)
                said = Said(kind="item", uri=f"urn:b{door[0]}", v=1, door=door)
                self.do(Step("put", said=said))
                if len(self.puts) == before:
                    self.faults.append(f"the {door} door takes nothing more")
            self._settle_down()

    def _finish_all(self) -> None:
        while self.actors:
            actor = next(iter(self.actors.values()))
            self._finish((actor.owner or actor).name)

    def _settle_down(self) -> None:
        was = ""
        for turn in range(ROUNDS):
            self._move(6000)
            self._turn(turn)
            sizes, pages = self.store.sizes(), self.store.pages.waiting()
            now = repr((sizes, pages))
            if now == was and is_quiet(sizes, pages):
                break
            was = now

    def _embargo_left_ms(self) -> int:
        ends = [
            put.at_ms + put.said.embargo_ms
            for put in self.puts
            if put.said.embargo_ms is not None and put.said.embargo_ms < 86_400_000
        ]
        return max(0, max(ends, default=0) - self.server.now_ms)

    def _finish(self, name: str) -> None:
        while actor := self.actors.get(name):
            for one in actor.crew:
                self.actors.pop(one.name, None)
            actor.resume()
            self._settle(actor)

    def _turn(self, turn: int) -> None:
        for number in range(DISPATCHES):
            for loop in ("ticker", "intake"):
                self._do_begin(Step("begin", f"{loop}{number}"))
                self._finish(f"{loop}{number}")
        for kind, queue in (("poll", self.polls), ("page", self.pages), ("work", self.hints)):
            while queue:
                self._do_begin(Step("begin", f"{kind}{10_000 + turn}"))
                self._finish(f"{kind}{10_000 + turn}")
        for desk in self.sinks:
            self._do_begin(Step("begin", f"relay{10_000 + turn}", f"{desk} all"))
            self._finish(f"relay{10_000 + turn}")
