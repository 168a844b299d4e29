"""Sources: messages on other servers or in a folder, moved into the inbox; a file for each kind.

    source      the interface, and what a source hands over
    file        the sources file, sources.toml
    reading     the messages of a queue as entries of the inbox
    intake      from a source into the inbox: put, then acknowledge

A source names its server in `url`, whose scheme decides the kind, or its `folder`. To add a kind,
write its file and add it to `SOURCES`.
"""

from collections.abc import Callable

from worker.errors import SettingsError
from worker.model.target_url import redact_target
from worker.sources.file import SourceRow
from worker.sources.folder import open_folder
from worker.sources.kafka import open_kafka
from worker.sources.nats import open_nats
from worker.sources.rabbitmq import open_rabbitmq
from worker.sources.redis import open_redis
from worker.sources.source import Source

__all__ = ["SOURCES", "open_source"]

SOURCES: tuple[tuple[tuple[str, ...], Callable[[SourceRow, int], Source]], ...] = (
    (("folder",), open_folder),
    (("kafka", "kafkas"), open_kafka),
    (("nats", "tls"), open_nats),
    (("amqp", "amqps"), open_rabbitmq),
    (("redis", "rediss", "unix"), open_redis),
)
"""The function that opens each kind, and the schemes of its URLs."""


def open_source(row: SourceRow, limit_bytes: int) -> Source:
    """Open a source of the sources file. Nothing is connected to before the first `take`.

    Args:
        row: The source.
        limit_bytes: The longest message that the inbox takes.

    Raises:
        SettingsError: The scheme is unknown, the URL is not valid for it, or an extra is missing.
    """
    scheme = "folder" if row.folder else row.url.partition(":")[0]
    for schemes, open_kind in SOURCES:
        if scheme in schemes:
            return open_kind(row, limit_bytes)
    known = ", ".join(f"{one}://" for schemes, _ in SOURCES[1:] for one in schemes)
    raise SettingsError(f"is none of: {known}", subject=redact_target(row.url))
