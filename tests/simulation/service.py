"""The service as the simulation knows it: everything that names its interfaces stands here."""

import datetime
import random
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import msgspec
import structlog
from actors import Actor, Gate, SimulatedThreads
from greenlet import getcurrent
from wire import body_of, headline_of

import worker.publishing.annotation
import worker.runtime.lease_renewal
import worker.sinks.relay
from worker.desks import DEFAULT_DESKS, Desk, Match
from worker.errors import MessageError, SinkError
from worker.inbox.messages import PageRequest, read_message
from worker.model import FeedState, Lease, NewsItem, ParsedItem
from worker.model.codec import dump
from worker.model.publishing import DeskEntry
from worker.parse import annotate
from worker.polling.admission import request_admission
from worker.polling.schedule import without_validators
from worker.services import Services
from worker.settings import Settings
from worker.sinks.relay import DeskLease, LeaseLost, relay_once
from worker.store import connection
from worker.store.store import RedisStore

__all__ = [
    "DESKS",
    "LIMIT_BYTES",
    "PREFIX",
    "SETTINGS",
    "Parser",
    "Sink",
    "install",
    "is_quiet",
    "open_services",
    "open_store",
    "poll",
    "read_page",
    "relay",
    "relay_all",
    "use_scripts",
]

PREFIX = "s"
LIMIT_BYTES = 4096
DESKS = (*DEFAULT_DESKS, Desk(name="firsts", match=Match(firsts=True)))
SETTINGS = Settings(
    redis_url="unix:///simulated",
    reclaim_after_s=5,
    poll_lease_s=5,
    poll_batch=3,
    batch_items=3,
    message_limit_bytes=LIMIT_BYTES,
)


def use_scripts(folder: Path) -> None:
    """Have the store read its scripts in `scripts` of another folder, from now on."""
    connection.resources = SimpleNamespace(files=lambda _package: folder)
    connection._script.cache_clear()


def open_store(gate: Gate) -> RedisStore:
    """A store whose every word to the server goes through the gate."""
    store = RedisStore("unix:///simulated", prefix=PREFIX)
    store._server._client = gate
    store._server._has_answered = True
    return store


def open_services(
    store: RedisStore, now: Callable[[], datetime.datetime], attempts_max: int
) -> Services:
    settings = msgspec.structs.replace(SETTINGS, attempts_max=attempts_max)
    return Services(settings=settings, store=store, http=None, desks=DESKS, now=now)


class Parser:
    """Reads as the service does, each text once. A later `generation` reads otherwise."""

    def __init__(self) -> None:
        self.generation = 0
        self._known: dict[bytes, ParsedItem] = {}

    def annotate_all(self, items: Sequence[NewsItem]) -> list[ParsedItem]:
        return [self.annotate(item) for item in items]

    def annotate(self, item: NewsItem) -> ParsedItem:
        bare = msgspec.structs.replace(item, embargoed=None)
        key = msgspec.json.encode(bare)
        if (parsed := self._known.get(key)) is None:
            parsed = self._known[key] = annotate(bare)
        life = msgspec.structs.replace(parsed.life, embargoed=item.embargoed)
        entities = () if self.generation % 2 else parsed.entities
        return msgspec.structs.replace(parsed, item=item, life=life, entities=entities)


def install(parser: Parser, threads: SimulatedThreads) -> None:
    """Have the service read with this parser, start these threads, draw the same lots each time,
    and log nothing.
    """
    chance = random.Random(1)
    secrets.token_hex = lambda size: chance.randbytes(size).hex()
    secrets.randbelow = chance.randrange
    worker.publishing.annotation.annotate_all = parser.annotate_all
    worker.publishing.annotation.annotate = parser.annotate
    worker.runtime.lease_renewal.threading = threads
    worker.sinks.relay.threading = threads
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))


def poll(
    services: Services,
    lease: Lease,
    shown: Callable[[], Sequence[NewsItem]],
    *,
    fails: bool,
) -> tuple[NewsItem, ...]:
    """One poll, as `worker.polling.poll_task` does it; the entries that are admitted for good."""
    store, lease_s = services.store, services.settings.poll_lease_s
    opened = store.polls.open(lease, lease_s)
    feed, state = opened.feed, opened.state
    if feed is None or not opened.is_ours:
        return ()
    items = tuple(shown())
    due_at = services.now() + datetime.timedelta(seconds=1)
    if fails:
        failed = msgspec.structs.replace(state, failures=state.failures + 1)
        store.polls.finish(opened.lease, failed, due_at)
        return ()
    digest = repr([(item.uri, item.version) for item in items])
    if digest == state.body_digest:
        store.polls.finish(opened.lease, state, due_at)
        return ()
    request = request_admission(items, opened.shown, with_pages=feed.full_text)
    admission = store.polls.admit(opened.lease, request, state=without_validators(state))
    if admission.fenced:
        return ()
    learnt = FeedState(body_digest=digest)
    is_kept = store.polls.finish(opened.lease, learnt, due_at, admission=admission)
    return items if is_kept else ()


def read_page(services: Services, lease: Lease, how: str) -> None:
    """One page, as `worker.pages.page_task` does it: "read", "wait" or "fail"."""
    store = services.store
    opened = store.pages.work(lease, services.settings.poll_lease_s)
    if opened is None:
        return
    lease, work = getattr(opened, "lease", lease), getattr(opened, "work", opened)
    try:
        request = read_message(work.fields, limit_bytes=LIMIT_BYTES)
        if not isinstance(request, PageRequest):
            raise MessageError("asks for no page")
    except MessageError as error:
        store.pages.fail(lease, work, str(error))
        return
    item = request.item
    if how == "wait":
        later = msgspec.structs.replace(work, tries=work.tries + 1, reason="its turn is later")
        now = services.now()
        store.pages.postpone(lease, later, now + datetime.timedelta(seconds=2), now)
    elif how == "fail" and not item.text:
        store.pages.fail(lease, work, "no article")
    else:
        v = int(request.url.rpartition("/")[2])
        headline, body = headline_of(item.uri, v, alike=False), body_of(item.uri, v)
        whole = msgspec.structs.replace(item, headline=headline, body_text=body)
        if not item.version:
            whole = msgspec.structs.replace(whole, version=f"page{v}")
        store.pages.finish(lease, work, dump(whole))


class Sink:
    """A queue downstream that drops what it has by its id."""

    def __init__(self) -> None:
        self.taken: dict[str, None] = {}

    def take(self, entries: Iterable[DeskEntry], room: int | None, *, tells: bool) -> None:
        """Take events, at most `room` of them; then fail, and tell how many were taken or not."""
        for count, entry in enumerate(entries):
            if count == room:
                raise SinkError("takes no more", taken=count if tells else 0)
            self.taken.setdefault(entry.id)
            if isinstance(actor := getcurrent(), Actor):
                actor.stop("sending")


class _Attempt:
    """A sink as one relay has it open."""

    def __init__(self, sink: Sink, room: int | None, *, tells: bool) -> None:
        self._sink, self._room, self._tells = sink, room, tells

    def send(self, entries: Iterable[DeskEntry]) -> None:
        self._sink.take(entries, self._room, tells=self._tells)

    def close(self) -> None:
        """The sink outlives it."""


def relay(
    store: RedisStore,
    desk: str,
    sink: Sink,
    clock: Callable[[], float],
    room: int | None,
    *,
    tells: bool,
) -> None:
    """A relay that stands by, leads, and stops after some turns. Its sink fails once, where it has
    room for so many events alone.
    """
    with DeskLease(store.desks, desk, clock) as lease:
        for _ in range(8):
            if lease.is_held:
                with suppress(LeaseLost, SinkError):
                    relay_once(store.desks, desk, _Attempt(sink, room, tells=tells), lease, limit=3)
                room = None
            if isinstance(actor := getcurrent(), Actor):
                actor.stop("idle")


def relay_all(store: RedisStore, desk: str, sink: Sink, lease: DeskLease) -> None:
    """Send what a desk still has, if no other relay seems to live."""
    lease.renew()
    if lease.is_held:
        while relay_once(store.desks, desk, _Attempt(sink, None, tells=True), lease):
            pass


def is_quiet(sizes: Mapping[str, int], pages: int) -> bool:
    """True where nothing is on its way any more."""
    return not (sizes["inbox"] or sizes["held"] or pages)
