"""Checks of the settings, and of the files and directories that they name."""

import os
import shutil
import stat
import time
from pathlib import Path

from worker.desks.file import load_desks
from worker.doctor.finding import Finding, Installation, ok, skipped, warning, wrong
from worker.errors import SettingsError
from worker.polling.feeds_file import load_feeds_file
from worker.polling.toml_tables import named_by

__all__ = [
    "BEAT_S",
    "check_data_directory",
    "check_desks_file",
    "check_feeds_file",
    "check_heartbeat",
    "check_settings",
]

BEAT_S = 30.0
"""The age of a heartbeat file from which its process counts as hanging."""

_MIB = 1 << 20
_LITTLE_BYTES = 1024 * _MIB
_FULL_BYTES = 100 * _MIB


def check_settings(name: str, installation: Installation) -> Finding:
    """Check the variables of all settings."""
    if installation.faults:
        found = "; ".join(str(fault) for fault in installation.faults)
        return wrong(name, found, "correct them: docs/settings.md has a row for each")
    if not installation.settings.contact:
        advice = "set COPYTASTER_CONTACT to a page that tells publishers who polls their feeds"
        return warning(name, "all valid; publishers are not told who polls them", advice)
    return ok(name, "all valid")


def check_desks_file(name: str, installation: Installation) -> Finding:
    """Check the desks file."""
    path = installation.settings.desks
    try:
        desks = load_desks(path)
    except SettingsError as error:
        return wrong(name, str(error), "correct the file; workers keep the desks that it had")
    names = ", ".join(desk.name for desk in desks)
    return ok(name, f"{path or 'none, so the default desks'}: {names}")


def check_feeds_file(name: str, installation: Installation) -> Finding:
    """Check the feeds file, which an empty store loads."""
    path = installation.settings.feeds
    if not path:
        return ok(name, "none")
    try:
        with named_by("COPYTASTER_FEEDS"):
            feeds = load_feeds_file(path)
    except SettingsError as error:
        return wrong(name, str(error), "correct the file, which an empty store loads")
    return ok(name, f"{path}: {len(feeds)} feeds")


def check_data_directory(name: str, installation: Installation) -> Finding:
    """Check that the data directory can be written, is private, and has room."""
    path = installation.settings.data_path.absolute()
    # The first start creates it, so the nearest folder that exists is checked.
    present = next(folder for folder in (path, *path.parents) if folder.exists())
    if not _is_writable(present):
        if installation.settings.redis_url and not installation.is_embedded:
            return ok(name, f"{path} cannot be written, and another server has the data")
        advice = "make it writable for this user, or set COPYTASTER_DATA_DIR"
        return wrong(name, f"{present} cannot be written", advice)
    free = shutil.disk_usage(present).free
    room = f"{path}: {free / _MIB:,.0f} MiB free"
    if free < _LITTLE_BYTES:
        say = wrong if free < _FULL_BYTES else warning
        return say(name, room, "make room: a server on a full disk refuses all writes")
    if present == path and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return warning(name, f"{path} is open to other users", f"chmod 700 {path}")
    return ok(name, room if present == path else f"{room}, not created yet")


def check_heartbeat(name: str, installation: Installation) -> Finding:
    """Check the heartbeat file that this environment names."""
    if not installation.settings.heartbeat:
        return skipped(name, "COPYTASTER_HEARTBEAT is not set here")
    path = Path(installation.settings.heartbeat)
    if not path.exists():
        advice = "start the process, and look at its log"
        return warning(name, f"{path} is not there: no process has touched it", advice)
    age_s = time.time() - path.stat().st_mtime
    if age_s > BEAT_S:
        advice = "restart the process whose file it is"
        return wrong(name, f"{path} was touched {age_s:.0f} s ago", advice)
    return ok(name, f"{path} was touched {max(0.0, age_s):.0f} s ago")


def _is_writable(path: Path) -> bool:
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)
