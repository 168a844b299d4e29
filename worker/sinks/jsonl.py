"""Events in a file, a line of JSON each.

Target: the file's path, where `~` is the home directory, with the size at which it is rotated and
the number of full files that are kept: `/var/wire.jsonl?rotate_bytes=100000000&keep=30`.

A full file is renamed to `wire.jsonl.000001`, the next to `wire.jsonl.000002`; a number is never
used again while a higher one exists. A single process writes a file and holds a lock on it.
"""

import contextlib
import fcntl
import glob
import os
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import msgspec

from worker.errors import SettingsError, SinkError
from worker.model.publishing import DeskEntry
from worker.model.target_url import TargetOptions

__all__ = ["JsonLinesSink", "open_jsonl"]

REMEMBERED_IDS = 10_000
"""Ids by which repeated events are dropped: many times what a relay has unconfirmed at once."""
TAIL_BYTES = 32 << 20
"""The bytes at the end of a file that are read for ids when it is opened."""

_OPTIONS = {"rotate_bytes": str(1 << 30), "keep": "0"}
_DIGITS = 6


class _Line(msgspec.Struct):
    id: str = ""


_decoder = msgspec.json.Decoder(_Line)


def open_jsonl(target: str, desk: str) -> "JsonLinesSink":  # noqa: ARG001  every sink is told
    """Open the sink for a path.

    Raises:
        SettingsError: The path is empty, or an option is wrong.
    """
    path, _, query = target.partition("?")
    if not path.strip():
        raise SettingsError("name the file", subject="jsonl")
    options = TargetOptions.read(query, _OPTIONS, path)
    return JsonLinesSink(
        Path(path).expanduser(),
        rotate_bytes=options.count("rotate_bytes"),
        keep=options.count("keep"),
    )


class JsonLinesSink:
    """A `worker.ports.Sink` on a file. The last ids are read again after a restart.

    Events that `send` has taken are on the disk. A line that a crash left half written was never
    taken: it is cut off when the file is opened again.
    """

    def __init__(self, path: Path, *, rotate_bytes: int = 0, keep: int = 0) -> None:
        """
        Args:
            path: The file to write.
            rotate_bytes: Largest size; a batch that would exceed it begins a new file. 0: no limit.
            keep: Full files to keep; older ones are removed. 0: keep all.
        """
        self._path = path
        self._rotate_bytes = rotate_bytes
        self._keep = keep
        self._file: int | None = None
        self._ids: OrderedDict[str, None] = OrderedDict()

    def send(self, entries: Iterable[DeskEntry]) -> None:
        try:
            file = self._in_place()
            if file is None:
                file = self._open()
            new: dict[str, bytes] = {}
            for entry in entries:
                if entry.id not in self._ids:
                    new.setdefault(entry.id, _line(entry))
            lines = b"".join(new.values())
            if self._is_full(file, len(lines)):
                file = self._rotate(file)
            _append(file, lines)
        except OSError as error:
            self.close()
            reason = f"the file took no events: {error.strerror or error}"
            raise SinkError(reason, subject=str(self._path)) from error
        self._remember(new)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _in_place(self) -> int | None:
        """Return the open file, or None if no file is open or another program moved it away."""
        if self._file is not None:
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._file), self._path.stat()):
                    return self._file
            self.close()
        return None

    def _open(self) -> int:
        file = self._open_locked()
        try:
            full = self._full_files()
            if full:  # a file that was just begun holds few of the ids taken before
                self._remember(_ids_at_end(full[-1]))
            _mend(file)
            os.fsync(file)  # its lines count as taken from here on
            self._remember(_ids_at_end(self._path))
        except OSError:
            os.close(file)
            raise
        self._file = file
        return file

    def _open_locked(self) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another process may have rotated the file between its opening and the lock.
            if not os.path.samestat(os.fstat(file), self._path.stat()):
                raise BlockingIOError
            _sync_directory(self._path)
        except BlockingIOError as error:
            os.close(file)
            raise BlockingIOError(error.errno, "another process writes it") from error
        except OSError:
            os.close(file)
            raise
        return file

    def _is_full(self, file: int, more: int) -> bool:
        size = os.fstat(file).st_size
        return bool(self._rotate_bytes and size and size + more > self._rotate_bytes)

    def _rotate(self, file: int) -> int:
        """Rename the full file and begin another, locked before the old lock is released."""
        full = self._full_files()
        number = int(full[-1].suffix[1:]) + 1 if full else 1
        self._path.rename(f"{self._path}.{number:0{_DIGITS}}")
        new = self._open_locked()
        os.close(file)
        self._file = new
        for oldest in self._full_files()[: -self._keep or None] if self._keep else ():
            oldest.unlink(missing_ok=True)
        return new

    def _full_files(self) -> list[Path]:
        """Return the full files, the oldest first."""
        beside = self._path.parent.glob(f"{glob.escape(self._path.name)}.*")
        return sorted(
            (path for path in beside if path.suffix[1:].isdecimal()),
            key=lambda path: int(path.suffix[1:]),
        )

    def _remember(self, ids: Iterable[str]) -> None:
        self._ids.update(dict.fromkeys(ids))
        while len(self._ids) > REMEMBERED_IDS:
            self._ids.popitem(last=False)


def _mend(file: int) -> None:
    """Cut off a last line that a crash left half written; end a whole line that lacks its end."""
    size = os.fstat(file).st_size
    start = max(0, size - TAIL_BYTES)
    rest = os.pread(file, size - start, start).rpartition(b"\n")[2]
    if rest.startswith(b"{") and _id_of(rest) is None:
        os.ftruncate(file, size - len(rest))
    elif rest:
        os.write(file, b"\n")


def _append(file: int, lines: bytes) -> None:
    """Write lines to the disk: all of them, or none if an error is raised."""
    size = os.fstat(file).st_size  # asked each time: another program may empty the file
    try:
        left = memoryview(lines)
        while left:
            left = left[os.write(file, left) :]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)  # a full disk leaves no half line
        raise


def _ids_at_end(path: Path) -> list[str]:
    """Return the ids of a file's last lines."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = file.read().split(b"\n")
    return [event_id for line in lines[-REMEMBERED_IDS:] if (event_id := _id_of(line))]


def _sync_directory(path: Path) -> None:
    """Write the directory to the disk, so that the file's name survives a crash too."""
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _line(entry: DeskEntry) -> bytes:
    """Return the event as a line: line ends in JSON text are white space and become spaces."""
    return entry.body.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n"


def _id_of(line: bytes) -> str | None:
    """Return the event's id, "" if it has none, or None if the line is not JSON."""
    try:
        return _decoder.decode(line).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
