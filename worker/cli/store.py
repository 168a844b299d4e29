"""The store that a verb works with, and what the verbs read from it."""

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


@contextmanager
def open_cli_store(settings: Settings) -> Iterator[Store]:
    """The store of COPYTASTER_REDIS_URL, else of the embedded broker that runs here.

    Raises:
        SettingsError: The variable is not set and no embedded broker runs; none is started.
    """
    store = open_store(msgspec.structs.replace(settings, redis_url=find_broker(settings)))
    try:
        yield store
    finally:
        store.close()


def find_broker(settings: Settings) -> str:
    """The URL of the broker that verbs talk to, secrets included.

    Raises:
        SettingsError: None is named and no embedded broker runs.
    """
    return settings.redis_url or _running_broker(settings.data_path)


def _running_broker(data_path: Path) -> str:
    """The URL of the broker of a data directory, as far as its files tell."""
    path = data_path.resolve() / "broker.sock"
    try:
        path = Path((data_path / "broker.socket").read_text(encoding="utf-8"))
        found = path.is_socket()
    except FileNotFoundError:
        found = path.is_socket()
    except (OSError, UnicodeDecodeError):
        found = False
    if not found or _is_left_behind(path):
        raise _not_running(data_path)
    return f"unix://{quote(str(path))}?db=0"


def _is_left_behind(path: Path) -> bool:
    """True for a socket whose server has ended; one that is ill still takes connections."""
    with socket.socket(socket.AF_UNIX) as tried:
        tried.settimeout(_CONNECT_S)
        try:
            tried.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


def _not_running(data_path: Path) -> SettingsError:
    return SettingsError(
        f"not set, and no service runs in {data_path}; start one with `copytaster up`, or name a "
        "Redis or Valkey server (redis://host:6379/0)",
        subject="COPYTASTER_REDIS_URL",
    )


def desk_lengths(store: Store) -> dict[str, int]:
    """How many events each desk with a stream holds, by name."""
    return {
        name.removeprefix("desk:"): count
        for name, count in sorted(store.stats.sizes().items())
        if name.startswith("desk:")
    }


def last_events(store: Store, desk: str, count: int) -> tuple[DeskEntry, ...]:
    """The newest `count` events of a desk, oldest first; fewer where it holds fewer.

    A stream's ids begin with the time in milliseconds, so the end is found by looking ever further
    back. A clock that differs from the server's costs reads, never events: the last look is at all.
    """
    now = datetime.now(UTC)
    window = _FIRST_WINDOW
    while True:
        since_ms = int((now - window).timestamp() * 1000)
        found = _events_since(store, desk, f"{since_ms}-0" if since_ms > 0 else "0-0", count)
        if len(found) == count or since_ms <= 0:
            return found
        window = min(window * _WINDOW_GROWTH, now - datetime.fromtimestamp(0, UTC))


def _events_since(store: Store, desk: str, after: str, count: int) -> tuple[DeskEntry, ...]:
    kept: deque[DeskEntry] = deque(maxlen=count)
    while page := store.desks.read(desk, after=after, limit=_PAGE):
        kept.extend(page)
        after = page[-1].entry_id
    return tuple(kept)
