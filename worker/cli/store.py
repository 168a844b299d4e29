"""The store of a subcommand, and queries that several subcommands share."""

import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import msgspec

from worker.errors import SettingsError
from worker.model.publishing import DeskEntry
from worker.ports import Store
from worker.services import open_store
from worker.settings import Settings

__all__ = ["desk_lengths", "find_broker", "last_events", "open_cli_store"]

_CONNECT_S = 1.0
_PAGE = 500
_FIRST_WINDOW = timedelta(seconds=1)
_WINDOW_GROWTH = 8
"""Growth of the window, which is read whole: it should hold few events more than are asked for."""


@contextmanager
def open_cli_store(settings: Settings) -> Iterator[Store]:
    """Open the store of COPYTASTER_REDIS_URL, else that of the running embedded broker.

    Raises:
        SettingsError: The variable is not set and no embedded broker runs. None is started.
    """
    store = open_store(msgspec.structs.replace(settings, redis_url=find_broker(settings)))
    try:
        yield store
    finally:
        store.close()


def find_broker(settings: Settings) -> str:
    """Return the URL of the broker, secrets included.

    Raises:
        SettingsError: COPYTASTER_REDIS_URL is not set and no embedded broker runs.
    """
    return settings.redis_url or _running_broker(settings.data_path)


def _running_broker(data_path: Path) -> str:
    """Return the URL of the embedded broker of a data directory, according to the files there."""
    path = data_path.resolve() / "broker.sock"
    try:
        path = Path((data_path / "broker.socket").read_text(encoding="utf-8"))
        exists = path.is_socket()
    except FileNotFoundError:
        exists = path.is_socket()
    except (OSError, UnicodeDecodeError):
        exists = False
    if not exists or _is_stale(path):
        raise _not_running(data_path)
    return f"unix://{quote(str(path))}?db=0"


def _is_stale(path: Path) -> bool:
    """Return True if the server of a socket has ended; a hung server still accepts connections.

    A connection is enough, and a PING would be refused by a server whose disk is full.
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_CONNECT_S)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


def _not_running(data_path: Path) -> SettingsError:
    return SettingsError(
        f"not set, and no service runs in {data_path}; start it with `copytaster up`, or name a "
        "Redis or Valkey server (redis://host:6379/0)",
        subject="COPYTASTER_REDIS_URL",
    )


def desk_lengths(store: Store) -> dict[str, int]:
    """Return the number of events on each desk's stream, by name."""
    return {
        name.removeprefix("desk:"): count
        for name, count in sorted(store.stats.sizes().items())
        if name.startswith("desk:")
    }


def last_events(store: Store, desk: str, count: int) -> tuple[DeskEntry, ...]:
    """Return the newest `count` events of a desk, oldest first; fewer if there are no more.

    The store reads a desk forwards only. Stream ids begin with the time in milliseconds, so the
    events are searched in growing windows before the present. If the clock differs from the
    server's, more reads are needed, but no event is missed: the last window covers the whole
    stream.
    """
    now = datetime.now(UTC)
    window = _FIRST_WINDOW
    while True:
        since_ms = int((now - window).timestamp() * 1000)
        events = _events_since(store, desk, f"{since_ms}-0" if since_ms > 0 else "0-0", count)
        if len(events) == count or since_ms <= 0:
            return events
        window = min(window * _WINDOW_GROWTH, now - datetime.fromtimestamp(0, UTC))


def _events_since(store: Store, desk: str, after: str, count: int) -> tuple[DeskEntry, ...]:
    newest: deque[DeskEntry] = deque(maxlen=count)
    while page := store.desks.read(desk, after=after, limit=_PAGE):
        newest.extend(page)
        after = page[-1].entry_id
    return tuple(newest)
