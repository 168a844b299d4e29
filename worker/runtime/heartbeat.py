"""The heartbeat file: its time of change tells when the process was last well."""

import errno
import os
from pathlib import Path

from worker.errors import SettingsError

__all__ = ["make_heartbeat_directory", "touch_heartbeat"]


def touch_heartbeat(heartbeat: str) -> None:
    """Touch the heartbeat file, unless its name is empty.

    Raises:
        SettingsError: The file cannot be touched.
    """
    path = make_heartbeat_directory(heartbeat)
    try:
        if path is not None:
            path.touch()
    except OSError as error:
        raise _no_heartbeat(error) from error


def make_heartbeat_directory(heartbeat: str) -> Path | None:
    """Return the path of the heartbeat file, after making its directory; None for an empty name.

    Raises:
        SettingsError: The directory cannot be made or written.
    """
    if not heartbeat:
        return None
    path = Path(heartbeat)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Told at the start: a worker touches the file from a timer, long after that.
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _no_heartbeat(error) from error
    return path


def _no_heartbeat(error: OSError) -> SettingsError:
    return SettingsError(f"cannot be touched: {error.strerror}", subject="COPYTASTER_HEARTBEAT")
