"""Sources: messages on other servers or in a folder, which are moved into the inbox.

    source      the interface of a source, and its deliveries
    file        the sources file, sources.toml
    reading     a queue's message as an entry of the inbox
    intake      moves deliveries: put on the inbox, then acknowledged
    claims      the files of a folder, and the renames by which they are claimed

Each kind of source has a module of its name. A source has a `url`, whose scheme decides its kind,
or a `folder`. To add a kind, write its module and add it to `SOURCES`.
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
    """Open a source of the sources file. It connects with the first `take`.

    Args:
        row: The source.
        limit_bytes: The longest message that the inbox accepts.

    Raises:
        SettingsError: The scheme is unknown, the URL is not valid for it, or an extra is missing.
    """
    scheme = "folder" if row.folder else row.url.partition(":")[0]
    for schemes, open_kind in SOURCES:
        if scheme in schemes:
            return open_kind(row, limit_bytes)
    known = ", ".join(f"{name}://" for schemes, _ in SOURCES[1:] for name in schemes)
    raise SettingsError(f"begins with none of: {known}", subject=redact_target(row.url))
