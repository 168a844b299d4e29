"""Cuts a schedule down to few steps that break the same promise."""

from collections.abc import Callable, Sequence

import msgspec
from schedule import Schedule, again
from server import Server
from service import Parser
from steps import Step, Traits

__all__ = ["shrink"]


def shrink(server: Server, parser: Parser, failed: Schedule) -> Schedule:
    """A schedule of few steps that breaks the same promise."""
    word, best = failed.kind, failed

    def breaks(steps: Sequence[Step], traits: Traits) -> bool:
        nonlocal best
        found = again(server, parser, traits, steps)
        is_same = any(one.partition(":")[0] == word for one in found.bad)
        if is_same:
            best = found
        return is_same

    size = len(best.steps) // 2
    while size:
        at, was = 0, len(best.steps)
        while at < len(best.steps):
            steps = best.steps[:at] + best.steps[at + size :]
            if not breaks(steps, best.traits):
                at += size
        if len(best.steps) == was or size > 1:
            size //= 2
    _simplify(best, breaks)
    return best


def _simplify(start: Schedule, breaks: Callable[[Sequence[Step], Traits], bool]) -> None:
    """Have fewer faults, smaller steps of the clock and plainer traits."""
    traits, steps = start.traits, list(start.steps)
    for field, plain in (("skew_ms", 0), ("feeds", ()), ("alike", False)):
        if getattr(traits, field) != plain:
            plainer = msgspec.structs.replace(traits, **{field: plain})
            if breaks(steps, plainer):
                traits = plainer
    for n, step in enumerate(steps):
        for plainer in _plainer(step):
            tried = [*steps[:n], plainer, *steps[n + 1 :]]
            if breaks(tried, traits):
                steps = tried
                break


def _plainer(step: Step) -> list[Step]:
    replace = msgspec.structs.replace
    if step.op == "run":
        return [replace(step, how="", count=30), replace(step, how="")]
    if step.op in {"begin", "put"}:
        return [replace(step, how="", count=0), replace(step, count=0)]
    if step.op == "clock":
        return [replace(step, count=count) for count in (10, 2000, 6000) if count < abs(step.count)]
    return []
