"""Events in a file, one line of JSON each.

Target: the file's path; `~` is the home directory. One process writes a file and holds a lock on
it.
"""

import fcntl
import os
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from worker.errors import SettingsError, SinkError
from worker.ports import DeskEntry

__all__ = ["JsonLinesSink", "open_jsonl"]

REMEMBERED_IDS = 10_000
TAIL_BYTES = 32 << 20
"""How far back a file is read at the start for the ids that it holds."""


class _Line(msgspec.Struct):
    id: str = ""


_decoder = msgspec.json.Decoder(_Line)


def open_jsonl(target: str) -> "JsonLinesSink":
    """The sink for a path.

    Raises:
        SettingsError: The path is empty.
    """
    if not target.strip():
        raise SettingsError("name the file", subject="jsonl")
    return JsonLinesSink(Path(target).expanduser())


class JsonLinesSink:
    """`worker.ports.Sink` on a file that grows. The last ids are known again after a restart.

    What `send` has taken is on the disk. A line that a crash left half written was never taken: it
    is cut off when the file is opened again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._size = 0
        self._ids: OrderedDict[str, None] = OrderedDict()

    def send(self, entries: Sequence[DeskEntry]) -> None:
        try:
            file = self._open() if self._file is None else self._file
            new: dict[str, bytes] = {}
            for entry in entries:
                if entry.id not in self._ids:
                    new.setdefault(entry.id, _line(entry))
            self._append(file, b"".join(new.values()))
        except OSError as error:
            self.close()
            reason = f"the file took no events: {error.strerror or error}"
            raise SinkError(reason, subject=str(self._path)) from error
        self._remember(new)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._read_tail(file)
        except BlockingIOError as error:
            os.close(file)
            raise BlockingIOError(error.errno, "another process writes it") from error
        except OSError:
            os.close(file)
            raise
        self._file = file
        return file

    def _read_tail(self, file: int) -> None:
        size = os.fstat(file).st_size
        start = max(0, size - TAIL_BYTES)
        tail = os.pread(file, size - start, start)
        *lines, rest = tail.split(b"\n")
        if rest.startswith(b"{") and _id_of(rest) is None:
            os.ftruncate(file, size - len(rest))
        elif rest:
            os.write(file, b"\n")
            lines.append(rest)
        self._size = os.fstat(file).st_size
        self._ids.clear()
        self._remember(found for line in lines[-REMEMBERED_IDS:] if (found := _id_of(line)))

    def _append(self, file: int, lines: bytes) -> None:
        try:
            left = memoryview(lines)
            while left:
                left = left[os.write(file, left) :]
            os.fsync(file)
        except OSError:
            os.ftruncate(file, self._size)  # a full disk leaves no half line
            raise
        self._size += len(lines)

    def _remember(self, ids: Iterable[str]) -> None:
        self._ids.update(dict.fromkeys(ids))
        while len(self._ids) > REMEMBERED_IDS:
            self._ids.popitem(last=False)


def _line(entry: DeskEntry) -> bytes:
    """The event on a line of its own: a line end in JSON text is only ever white space."""
    return entry.body.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n"


def _id_of(line: bytes) -> str | None:
    """The event's id, "" where there is none; None for what is not JSON."""
    try:
        return _decoder.decode(line).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
