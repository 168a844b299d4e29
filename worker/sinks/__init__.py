"""Queues on other servers: one file a sink, and their names.

A desk names its sink as `<kind>:<target>`; the target, a URL or a path, says where.
To add a kind, write its file and name it in `SINKS`.
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


def open_sink(spec: str) -> Sink:
    """The sink that a desk names: `jsonl:/var/wire.jsonl`, `redis-stream:redis://host/0?stream=wire`.

    Nothing is connected or opened before the first event.

    Raises:
        SettingsError: There is no such kind of sink, or the target is none for it.
    """
    kind, _, target = spec.partition(":")
    for name, open_one in SINKS:
        if name == kind:
            return open_one(target)
    known = ", ".join(name for name, _ in SINKS)
    raise SettingsError(f"no such sink; there are: {known}", subject=kind)
