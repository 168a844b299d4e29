"""Jobs of the service, as actors: what each does, and what its death leaves behind."""

import contextlib
import datetime
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from service import DESKS, poll, read_page, relay
from steps import Step
from wire import Said, item_of, page_url

from worker.errors import MessageError
from worker.model import NewsItem
from worker.publishing.parse_task import parse_entries
from worker.publishing.replay import replay

if TYPE_CHECKING:
    from world import World

__all__ = ["DISPATCHES", "JOBS"]

DISPATCHES = 2
"""Processes that dispatch."""


def _begin_intake(world: "World", step: Step) -> None:
    _begin_loop(world, "intake", step)


def _begin_ticker(world: "World", step: Step) -> None:
    _begin_loop(world, "ticker", step)


def _begin_loop(world: "World", loop: str, step: Step) -> None:
    number = int(step.who[len(loop) :]) % DISPATCHES

    def died() -> None:
        world.dispatches[number] = world.dispatch()
        other = "ticker" if loop == "intake" else "intake"
        if actor := world.actors.pop(f"{other}{number}", None):
            actor.kill()

    world.begin(f"{loop}{number}", world.dispatches[number][loop], died)


def _take(queue: list, step: Step) -> object:
    """What a queue gives out: the task message stays on it where it comes twice."""
    n = step.count % len(queue)
    return queue[n] if "twice" in step.how else queue.pop(n)


def _begin_work(world: "World", step: Step) -> None:
    if not world.batches:
        return
    batch = _take(world.batches, step)
    world.begin(
        step.who,
        lambda: parse_entries(world.services[1].publishing, batch.stream, batch.ids),
        lambda: world.batches.append(batch),
    )


def _begin_poll(world: "World", step: Step) -> None:
    if not world.polls:
        return
    lease = _take(world.polls, step)
    feed = next((n for n, one in enumerate(world.feeds) if one.id == lease.subject_id), None)
    if feed is None:
        return  # a stranger's
    seen: list[Said] = []

    def shown() -> list[NewsItem]:
        seen[:] = world.shown[feed].values()
        full = world.feeds[feed].full_text
        return [
            item_of(
                said.uri,
                said.v,
                world.feeds[feed].url,
                alike=said.alike,
                urgent=said.urgent,
                link=page_url(said.uri, said.v) if full else "",
            )
            for said in seen
        ]

    def work() -> None:
        fails = "fail" in step.how
        if poll(world.services[1], lease, shown, fails=fails):
            _note_admitted(world, feed, seen)

    world.begin(step.who, work, lambda: world.polls.append(lease))


def _note_admitted(world: "World", feed: int, seen: Sequence[Said]) -> None:
    for said in seen:
        shown = [put for put in world.puts if put.feed == feed and put.said == said]
        for put in shown[-1:]:
            put.is_admitted = True


def _begin_page(world: "World", step: Step) -> None:
    if not world.pages:
        return
    lease = _take(world.pages, step)
    how = step.how.partition(" ")[0] or "read"
    world.has_failed_pages |= how == "fail"
    world.begin(
        step.who,
        lambda: read_page(world.services[1], lease, how),
        lambda: world.pages.append(lease),
    )


def _begin_relay(world: "World", step: Step) -> None:
    """`how` names the desk, and how the sink fails."""
    desk, _, failure = step.how.partition(" ")
    store, sink = world.services[1].store, world.sinks[desk]
    room = step.count if failure else None
    world.begin(
        step.who,
        lambda: relay(store, desk, sink, world.seconds, room, tells=failure == "told"),
        lambda: None,
    )


def _begin_replay(world: "World", step: Step) -> None:
    since = world.now() - datetime.timedelta(hours=2)

    def work() -> None:
        for _ in replay(world.services[1].store, DESKS, since, world.now()):
            pass

    world.begin(step.who, work, lambda: None)


def _begin_desk(world: "World", step: Step) -> None:
    """Somebody works at the dead letters, or at the feeds."""
    store = world.services[1].store

    def letters() -> None:
        found = store.dead_letters.list()
        if found:
            world.has_dropped |= step.how == "drop"
            letter = found[step.count % len(found)]
            with contextlib.suppress(MessageError):  # it is too old
                (store.dead_letters.retry if step.how == "retry" else store.dead_letters.drop)(
                    letter.id
                )

    def feeds() -> None:
        if world.feeds:
            feed = world.feeds[step.count % len(world.feeds)]
            world.has_removed |= step.how == "remove"
            if step.how == "add":
                store.feeds.add([feed])
            else:
                getattr(store, f"{step.how}_feed", store.feeds.poll_now)(feed.id)

    world.begin(step.who, letters if step.how in {"retry", "drop"} else feeds, lambda: None)


JOBS: dict[str, Callable[["World", Step], None]] = {
    "intake": _begin_intake,
    "ticker": _begin_ticker,
    "work": _begin_work,
    "poll": _begin_poll,
    "page": _begin_page,
    "relay": _begin_relay,
    "replay": _begin_replay,
    "desk": _begin_desk,
}
"""By the word with which an actor's name begins."""
