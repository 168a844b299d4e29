"""Which fault strikes when: made from a seed, so that a run can be had again."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

ROLES = ("dispatch", "worker", "poller")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """At `at_s` after the start, `kind` happens to `victim` for `lasts_s`; `amount` is its size."""

    at_s: float
    kind: str
    victim: str = ""
    lasts_s: float = 0.0
    amount: float = 0.0

    def __str__(self) -> str:
        told = f"{self.at_s:6.1f} s  {self.kind}"
        told += f" {self.victim}" if self.victim else ""
        told += f" by {self.amount:.2f} s" if self.amount else ""
        return told + (f" for {self.lasts_s:.1f} s" if self.lasts_s else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of fault: how often beside the others, whom it strikes, how long and how much."""

    name: str
    weight: int
    victims: tuple[str, ...] = ("",)
    lasts_s: tuple[float, float] = (0.0, 0.0)
    amount: tuple[float, float] = (0.0, 0.0)


KINDS = (
    Kind(name="kill-child", weight=6, victims=("worker", "poller")),
    Kind(name="kill", weight=8, victims=ROLES),
    Kind(name="freeze", weight=6, victims=ROLES, lasts_s=(1.0, 8.0)),
    Kind(name="freeze-child", weight=4, victims=("worker", "poller"), lasts_s=(1.0, 8.0)),
    Kind(name="slow", weight=2, victims=ROLES, lasts_s=(3.0, 6.0)),
    Kind(name="terminate", weight=2, victims=ROLES),
    Kind(name="terminate-all", weight=1),
    Kind(name="kill-broker", weight=3),
    Kind(name="terminate-broker", weight=1),
    Kind(name="freeze-broker", weight=2, lasts_s=(0.5, 3.0)),
    Kind(name="cut", weight=4, victims=ROLES),
    Kind(name="delay", weight=3, victims=ROLES, lasts_s=(2.0, 6.0), amount=(0.02, 0.2)),
    Kind(name="silence", weight=2, victims=ROLES, lasts_s=(1.0, 4.0)),
    Kind(name="feeds-503", weight=2, lasts_s=(1.0, 4.0)),
    Kind(name="feeds-cut", weight=2, lasts_s=(1.0, 4.0)),
)
"""Everything that may happen to a healthy installation, more than once a minute."""

ZOMBIE = Kind(name="freeze", weight=0, victims=("worker",), lasts_s=(32.0, 34.0))
"""Longer than Celery waits for an acknowledgement: the worker comes back to what is done."""


SCENARIOS = {
    "faults": "faults as they come",
    "power-cut": "three times the broker loses what it wrote in the last second",
    "wiped": "the broker loses everything",
}


def plan_of(
    scenario: str, seed: int, count: int, during_s: float, *, healthy_feeds: bool = False
) -> list[Fault]:
    """The faults of a scenario; none of a feed's where those are `healthy_feeds`."""
    if scenario == "power-cut":
        return [Fault(at_s=during_s * part, kind="cut-power-of-broker") for part in (0.3, 0.5, 0.8)]
    if scenario == "wiped":
        return [Fault(at_s=during_s / 2, kind="wipe-broker")]
    kinds = [kind for kind in KINDS if not (healthy_feeds and kind.name.startswith("feeds-"))]
    return make_plan(seed, count, during_s, kinds)


def make_plan(seed: int, count: int, during_s: float, among: Sequence[Kind]) -> list[Fault]:
    """`count` faults over `during_s` seconds; every kind comes before one comes again."""
    chance = random.Random(seed)
    times = sorted(chance.uniform(0, during_s) for _ in range(count))
    kinds = list(among)
    chance.shuffle(kinds)
    kinds += chance.choices(among, [kind.weight for kind in among], k=count)
    if during_s > 120:
        kinds[0] = ZOMBIE
    return [_strike(chance, at, kind) for at, kind in zip(times, kinds, strict=False)]


def _strike(chance: random.Random, at_s: float, kind: Kind) -> Fault:
    return Fault(
        at_s=at_s,
        kind=kind.name,
        victim=chance.choice(kind.victims),
        lasts_s=chance.uniform(*kind.lasts_s),
        amount=chance.uniform(*kind.amount),
    )
