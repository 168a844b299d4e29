"""The end of a schedule: without faults the service does all that is left."""

from typing import TYPE_CHECKING

from jobs import DISPATCHES
from service import is_quiet, relay_all
from steps import Step
from wire import Said

if TYPE_CHECKING:
    from world import World

__all__ = ["drain", "finish_all", "settle_down"]

ROUNDS = 24


def drain(world: "World") -> None:
    """Let the service do all that is left, without faults."""
    world.is_long = False
    world.log.append("drain")
    finish_all(world)
    if world.feeds:
        world.store.feeds.add(world.feeds)
        for feed in world.feeds:
            world.store.feeds.resume(feed.id)
    world.move(world.back_ms + _embargo_left_ms(world) + abs(world.traits.skew_ms))
    settle_down(world)
    if any(put.said.entry for put in world.puts):
        # Whatever id was chosen, the doors are to open again.
        for door in ("inbox", "urgent"):
            before = len(world.puts)
            said = Said(kind="item", uri=f"urn:b{door[0]}", v=1, door=door)
            world.do(Step("put", said=said))
            if len(world.puts) == before:
                world.faults.append(f"the {door} door takes nothing more")
        settle_down(world)
    for _ in range(2):
        # The first look may find the lease of a relay that has died.
        world.move(6000)
        for desk, sink in world.sinks.items():
            relay_all(world.store, desk, sink, world.last_relays[desk])


def finish_all(world: "World") -> None:
    """Let every actor end."""
    while world.actors:
        actor = next(iter(world.actors.values()))
        _finish(world, (actor.owner or actor).name)


def settle_down(world: "World") -> None:
    """Let things go on without faults until nothing is on its way any more."""
    was = ""
    for turn in range(ROUNDS):
        world.move(6000)
        _turn(world, turn)
        sizes, pages = world.store.stats.sizes(), world.store.pages.waiting()
        now = repr((sizes, pages))
        if now == was and is_quiet(sizes, pages):
            break
        was = now


def _embargo_left_ms(world: "World") -> int:
    ends = [
        put.at_ms + put.said.embargo_ms
        for put in world.puts
        if put.said.embargo_ms is not None and put.said.embargo_ms < 86_400_000
    ]
    return max(0, max(ends, default=0) - world.server.now_ms)


def _finish(world: "World", name: str) -> None:
    while actor := world.actors.get(name):
        for one in actor.crew:
            world.actors.pop(one.name, None)
        actor.resume()
        world.settle(actor)


def _turn(world: "World", turn: int) -> None:
    for loop in ("ticker", "intake"):
        name = f"{loop}{turn % DISPATCHES}"
        world.do_begin(Step("begin", name))
        _finish(world, name)
    for kind, queue in (("poll", world.polls), ("page", world.pages), ("work", world.batches)):
        while queue:
            world.do_begin(Step("begin", f"{kind}{10_000 + turn}"))
            _finish(world, f"{kind}{10_000 + turn}")
