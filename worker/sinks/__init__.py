"""Queues on other servers: one file a sink, and their names.

A sink is opened from a target, a string that says where: a URL or a path. To add one, write its
file and name it in `SINKS`.
"""

from collections.abc import Callable

from worker.errors import SettingsError
from worker.ports import Sink
from worker.sinks.jsonl import open_jsonl
from worker.sinks.redis_stream import open_redis_stream

__all__ = ["SINKS", "open_sink"]

SINKS: tuple[tuple[str, Callable[[str], Sink]], ...] = (
    ("jsonl", open_jsonl),
    ("redis-stream", open_redis_stream),
)


def open_sink(kind: str, target: str) -> Sink:
    """The sink of that kind, on its target. Nothing is connected or opened before the first event.

    Raises:
        SettingsError: There is no such kind, or the target is none for it.
    """
    for name, open_one in SINKS:
        if name == kind:
            return open_one(target)
    known = ", ".join(name for name, _ in SINKS)
    raise SettingsError(f"no such sink; there are: {known}", subject=kind)
