"""The desks file: read at the start, and again when it changes."""

import time
from functools import cache
from pathlib import Path

import structlog
from msgspec.structs import replace

from worker.desks import ARCHIVE, DEFAULT_DESKS, Desk, read_desks
from worker.errors import SettingsError

__all__ = ["DesksFile", "load_desks", "open_desks_file"]

log = structlog.get_logger(__name__)

SETTLED_S = 1.0
"""A file that changed less than this ago may be half written: half a desks file can be valid."""


def load_desks(
    path: str, *, is_archived: bool = False, variable: str = "COPYTASTER_DESKS"
) -> tuple[Desk, ...]:
    """Return the desks of a desks file, or the three default desks for an empty path.

    Args:
        path: The desks file.
        is_archived: There is an archive; the default desk `items` has it as its sink.
        variable: The variable that names the file, for the error of a file that cannot be read;
            empty for none.

    Raises:
        SettingsError: The file cannot be read, or a desk in it is wrong.
    """
    if not path:
        items, *others = DEFAULT_DESKS
        return (replace(items, sink=ARCHIVE), *others) if is_archived else DEFAULT_DESKS
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        named = f"; {variable} names it" if variable else ""
        reason = f"cannot be read: {error.strerror or error}{named}"
        raise SettingsError(reason, subject=path) from error
    except UnicodeDecodeError as error:
        raise SettingsError("is not UTF-8 text", subject=path) from error
    return read_desks(text, subject=path)


class DesksFile:
    """A desks file that is checked for changes; an empty path is no file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._stamp = self._look()
        self._desks: tuple[Desk, ...] | None = None

    def present(self) -> tuple[Desk, ...]:
        """Return the desks of the file, or if it is wrong now, its desks when it was last valid.

        Raises:
            SettingsError: The file has not been valid yet.
        """
        if self._desks is None:
            self._stamp = self._look()  # before the file is read, so that no change is missed
            self._desks = load_desks(self._path)
        changed = self.changed()
        if changed is not None:
            self._desks = changed
        return self._desks

    def changed(self) -> tuple[Desk, ...] | None:
        """Return the desks of the file if it changed since the last call, else None.

        A file that cannot be read, or is wrong, is logged once and changes nothing.
        """
        stamp = self._look()
        if stamp == self._stamp or (stamp and _is_fresh(stamp[0])):
            return None
        self._stamp = stamp  # before it is read, so that a wrong file is logged only once
        try:
            desks = load_desks(self._path)
        except SettingsError as error:
            log.error("desks_kept", reason=str(error))
            return None
        log.info("desks_reloaded", desks=[desk.name for desk in desks])
        return desks

    def _look(self) -> tuple[int, int, int] | None:
        """Return the file's time of change, size and inode; None if there is no file.

        A file that is moved into the place of another has another inode, perhaps at an older time.
        """
        if not self._path:
            return None
        try:
            status = Path(self._path).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


@cache
def open_desks_file(path: str) -> DesksFile:
    """Return the desks file of this process, which the processes forked from it have too.

    So a new child of a worker has the desks of the other children, even if the file is wrong now.
    """
    return DesksFile(path)


def _is_fresh(changed_ns: int) -> bool:
    """Return True for a file that may still be written, also by a clock ahead of ours."""
    return abs(time.time_ns() - changed_ns) < SETTLED_S * 1e9
