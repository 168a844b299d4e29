"""Schedules: drawn from a seed step by step, or done again from their steps."""

import random
from collections.abc import Sequence

import msgspec
from artist import Artist
from drain import drain
from judge import judge
from server import Server, Silent
from service import Parser
from steps import Step, Traits
from world import World

__all__ = ["Schedule", "again", "draw"]

STEPS = 140


class Schedule(msgspec.Struct, frozen=True):
    """What happened; `bad` are the promises that it broke, `log` what each step led to."""

    traits: Traits
    steps: tuple[Step, ...]
    bad: tuple[str, ...] = ()
    log: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The promise that it broke first, in a word."""
        return self.bad[0].partition(":")[0]

    def __str__(self) -> str:
        """As a person reads it."""
        verdict = [f"BROKEN {line[:300]}" for line in self.bad[:3]] or ["all promises kept"]
        return "\n".join(f"  {line}" for line in (str(self.traits), *self.log, *verdict))


def again(server: Server, parser: Parser, traits: Traits, steps: Sequence[Step]) -> Schedule:
    """Do these steps, drain, and judge."""
    try:
        world = World(server, parser, traits)
        for step in steps:
            world.do(step)
        return _judged(world, traits, steps)
    except Silent as error:
        return Schedule(traits, tuple(steps), (f"silent: {error}",))


def _judged(world: World, traits: Traits, steps: Sequence[Step]) -> Schedule:
    drain(world)
    return Schedule(traits, tuple(steps), tuple(judge(world)), tuple(world.log))


def draw(server: Server, parser: Parser, seed: int) -> Schedule:
    """The schedule of a seed."""
    rng = random.Random(seed)
    artist = Artist(rng)
    steps: list[Step] = []
    try:
        world = World(server, parser, artist.traits)
        for _ in range(rng.choice((40, STEPS, STEPS))):
            if (step := artist.next(world)) is not None:
                steps.append(step)
                world.do(step)
        return _judged(world, artist.traits, steps)
    except Silent as error:
        return Schedule(artist.traits, tuple(steps), (f"silent: {error}",))
