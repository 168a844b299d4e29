"""Sinks: queues on other servers, a file for each kind.

A desk names its sink as `<kind>:<target>`, where the target is a URL or a path.
To add a kind, write its file and add it to `SINKS`.
"""

from collections.abc import Callable

from worker.desks import ARCHIVE
from worker.errors import SettingsError
from worker.ports import Sink
from worker.sinks.amqp import open_amqp
from worker.sinks.jsonl import open_jsonl
from worker.sinks.kafka import open_kafka
from worker.sinks.nats import open_nats
from worker.sinks.redis_stream import open_redis_stream
from worker.sinks.sql import open_sql
from worker.sinks.webhook import open_webhook

__all__ = ["SINKS", "open_sink"]

SINKS: tuple[tuple[str, Callable[[str, str], Sink]], ...] = (
    ("amqp", open_amqp),
    ("jsonl", open_jsonl),
    ("kafka", open_kafka),
    ("nats", open_nats),
    ("redis-stream", open_redis_stream),
    ("sql", open_sql),
    ("webhook", open_webhook),
)


def open_sink(spec: str, desk: str) -> Sink:
    """Open the sink of a desk: `jsonl:/var/wire.jsonl`, `amqp:amqp://host/vhost?exchange=wire`.

    `desk` is the desk's name, for sinks that route by it. Nothing is connected to or written before
    the first event.

    Raises:
        SettingsError: The kind is unknown, or the target is not valid for it.
        SinkError: A file that the target names cannot be read now.
    """
    kind, _, target = spec.partition(":")
    for name, open_kind in SINKS:
        if name == kind:
            return open_kind(target, desk)
    known = ", ".join([ARCHIVE, *(name for name, _ in SINKS)])
    raise SettingsError(f"no such sink; there are: {known}", subject=kind)
