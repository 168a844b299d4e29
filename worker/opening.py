"""What a process of any role opens from its settings: store, desks, feeds, heartbeat's file."""

import errno
import os
from pathlib import Path

from worker.desks import DEFAULT_DESKS, Desk, read_desks
from worker.errors import SettingsError
from worker.settings import Settings
from worker.store.store import RedisStore

__all__ = ["load_desks", "make_heartbeat_directory", "open_store", "seed_feeds", "touch_heartbeat"]


def open_store(settings: Settings) -> RedisStore:
    """The store behind COPYTASTER_REDIS_URL.

    Raises:
        SettingsError: The variable is not set.
    """
    if not settings.redis_url:
        raise SettingsError(
            "not set; name a Redis or Valkey server (redis://host:6379/0), or start the service "
            "with `copytaster up`, which brings its own",
            subject="COPYTASTER_REDIS_URL",
        )
    return RedisStore(
        settings.redis_url,
        prefix=settings.prefix,
        known_for_s=round(settings.known_for_s),
        kill_window_s=round(settings.kill_window_s),
        near_for_s=round(settings.firsts_for_s),
        near_length=settings.firsts_length,
        inbox_length=settings.inbox_length,
        dead_length=settings.dead_length,
        dead_bytes=settings.dead_bytes,
        desk_length=settings.desk_length,
        copies_for_s=round(settings.copies_for_s),
        copies_bytes=settings.copies_bytes,
    )


def load_desks(settings: Settings) -> tuple[Desk, ...]:
    """The desks of COPYTASTER_DESKS, or the three that every installation has.

    Raises:
        SettingsError: The file cannot be read, or a desk in it is wrong.
    """
    if not settings.desks:
        return DEFAULT_DESKS
    try:
        text = Path(settings.desks).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", subject=settings.desks) from error
    return read_desks(text, subject=settings.desks)


def seed_feeds(settings: Settings, store: RedisStore) -> int:
    """Put the feeds of the feeds file into a store that has none; how many there were to put."""
    from worker.demo.corpus import seeds_directory  # noqa: PLC0415  # seldom needed
    from worker.polling.feeds_file import load_feeds_file  # noqa: PLC0415  # seldom needed

    if next(store.feeds.all(), None) is not None:
        return 0
    path = Path(settings.feeds) if settings.feeds else seeds_directory() / "feeds.toml"
    return store.feeds.add(load_feeds_file(path))


def touch_heartbeat(settings: Settings) -> None:
    """Touch the file of COPYTASTER_HEARTBEAT, if one is named: this process is well.

    Raises:
        SettingsError: It cannot be.
    """
    path = make_heartbeat_directory(settings)
    try:
        if path is not None:
            path.touch()
    except OSError as error:
        raise _no_heartbeat(error) from error


def make_heartbeat_directory(settings: Settings) -> Path | None:
    """The file of COPYTASTER_HEARTBEAT, its directory made; None where none is named.

    Raises:
        SettingsError: The directory cannot be made or written.
    """
    if not settings.heartbeat:
        return None
    path = Path(settings.heartbeat)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _no_heartbeat(error) from error
    return path


def _no_heartbeat(error: OSError) -> SettingsError:
    return SettingsError(f"cannot be touched: {error.strerror}", subject="COPYTASTER_HEARTBEAT")
