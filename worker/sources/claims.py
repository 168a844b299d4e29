"""Claims the files of a watched folder by renames, and moves them on when they are read.

    FOLDER/name               delivered by another program, perhaps still being written
    FOLDER/work/TOKEN/name    claimed; the token identifies the claim
    FOLDER/done/name          its messages are in the inbox
    FOLDER/failed/name        not usable; `name.reason` beside it gives the reason

A rename within a file system is atomic, so a file is in exactly one of these places, whenever the
process dies. The folder may be writable by strangers (an FTP server's users): all names are opened
relative to directories that are held open, and symbolic links are not followed, so that a swapped
directory or link leads nowhere else. An flock, which ends with its process, keeps a second process
from the folder.
"""

import contextlib
import datetime
import fcntl
import heapq
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator

import msgspec

__all__ = ["Claim", "Folder", "shown_name"]

DONE, FAILED, WORK = "done", "failed", "work"

WAITING_MAX = 10_000
"""The most files that a look at the folder remembers, the oldest first."""

EMPTY_SETTLES_S = 60.0
"""The time after which an empty file is taken.

Some servers create a file when its transfer is announced, long before its first byte.
"""

_UNFINISHED = re.compile(
    r"\.(?:part|partial|filepart|tmp|temp|crdownload|swp|lock|writing|uploading)\Z|~\Z",
    re.IGNORECASE,
)
_LONGEST_NAME = 230
"""Bytes of a name that gets a suffix; the system permits 255."""

_NS_DIGITS = 19
"""Digits of the time in nanoseconds with which a token begins."""

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_Stamp = tuple[int, int, int]
"""A file's inode, size and time of change."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the folder `work/TOKEN`."""

    token: str
    name: str

    @property
    def at(self) -> datetime.datetime:
        """The time of the claim, which a crash does not change.

        A folder that another program made names no time: then it is the present one.
        """
        ns = self.token.partition("-")[0]
        if ns.isascii() and ns.isdigit() and len(ns) == _NS_DIGITS:
            return datetime.datetime.fromtimestamp(int(ns) // 10**9, datetime.UTC)
        return datetime.datetime.now(datetime.UTC)


class Folder:
    """A folder from which only this process takes files.

    Raises:
        OSError: The folder or a folder in it is missing, is a link, or cannot be written.
    """

    def __init__(self, path: str, settle_s: float) -> None:
        self._settle_s = settle_s
        self._looks: dict[str, tuple[_Stamp, float]] = {}
        self._open = contextlib.ExitStack()
        with contextlib.ExitStack() as opened:
            self._at = _directory(opened, path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._in = {name: self._make(opened, name) for name in (DONE, FAILED, WORK)}
            self._lock = os.open(
                ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=self._in[WORK]
            )
            opened.callback(os.close, self._lock)
            self._open = opened.pop_all()

    def close(self) -> None:
        self._open.close()

    def is_ours(self) -> bool:
        """Lock the folder until `close`; return False if another process has the lock."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def claims(self) -> Iterator[Claim]:
        """Yield the files that an earlier process claimed and did not move on, the oldest first.

        Tokens begin with the time of their claim, so they sort in its order.
        """
        with os.scandir(self._in[WORK]) as entries:
            tokens = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        for token in tokens:
            with self._claimed(token) as at:
                names = os.listdir(at)  # noqa: PTH208  relative to a directory
            for name in names:
                yield Claim(token=token, name=name)
            if not names:  # it died between `mkdir` and `rename`, or between `rename` and `rmdir`
                self._forget(token)

    def settled(self) -> list[str]:
        """Return the names of the files that have not changed for a while, the oldest first.

        Two looks of this process are compared, and not the file's time with the clock: a transfer
        may set the time of the original, and the clock of a file server may be wrong.
        """
        now, looks = time.monotonic(), {}
        for changed, name, found in heapq.nsmallest(WAITING_MAX, self._files()):
            stamp = (found.st_ino, found.st_size, changed)
            before, since = self._looks.get(name, (None, now))
            looks[name] = (stamp, since if stamp == before else now)
        self._looks = looks
        return [name for name, (stamp, since) in looks.items() if now - since >= self._wait(stamp)]

    def claim(self, name: str) -> Claim | None:
        """Move a file to a folder of its own in `work`; return None if it is gone.

        With a folder for each claim, a second file of the same name is no conflict, and the token
        stays the same after a crash, so that its messages are put once.
        """
        token = f"{time.time_ns():0{_NS_DIGITS}d}-{secrets.token_hex(4)}"
        os.mkdir(token, 0o700, dir_fd=self._in[WORK])
        try:
            with self._claimed(token) as at:
                os.rename(name, name, src_dir_fd=self._at, dst_dir_fd=at)
        except FileNotFoundError:
            self._forget(token)
            return None
        return Claim(token=token, name=name)

    def read(self, claim: Claim, limit_bytes: int) -> bytes | None:
        """Return the content of a file; None if it is no regular file, or exceeds the limit.

        Raises:
            OSError: It cannot be read.
        """
        # O_NONBLOCK: opening a named pipe would wait for a writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with self._claimed(claim.token) as at:
            number = os.open(claim.name, flags, dir_fd=at)
        with open(number, "rb", buffering=0) as file:  # noqa: PTH123  a descriptor
            found = os.fstat(number)
            if not stat.S_ISREG(found.st_mode) or found.st_size > limit_bytes:
                return None
            # The file may grow while it is read, so the limit holds for the bytes too.
            parts, left = [], limit_bytes + 1
            while left > 0 and (part := file.read(min(left, 1 << 20))):
                parts.append(part)
                left -= len(part)
        return b"".join(parts) if left > 0 else None

    def stamp(self, claim: Claim) -> _Stamp | None:
        """Return the stamp of a file; None if it is gone."""
        try:
            with self._claimed(claim.token) as at:
                found = os.stat(claim.name, dir_fd=at, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def move(self, claim: Claim, to: str, reason: str = "") -> None:
        """Move a file on to `done` or `failed`, with a file beside it that gives the reason."""
        name = self._free_name(claim, to, reason)
        if reason:  # before the rename: a file in `failed` never lacks its reason
            self._write(to, _reason_name(name), reason)
        with self._claimed(claim.token) as at, contextlib.suppress(FileNotFoundError):
            os.rename(claim.name, name, src_dir_fd=at, dst_dir_fd=self._in[to])
        self._forget(claim.token)

    def _make(self, opened: contextlib.ExitStack, name: str) -> int:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, dir_fd=self._at)
        return _directory(opened, name, _OPEN, self._at)

    def _files(self) -> Iterator[tuple[int, str, os.stat_result]]:
        """Yield the time of change, name and status of each file that may be taken."""
        with os.scandir(self._at) as entries:
            for entry in entries:
                if entry.name.startswith(".") or _UNFINISHED.search(entry.name):
                    continue
                with contextlib.suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        yield found.st_mtime_ns, entry.name, found

    def _wait(self, stamp: _Stamp) -> float:
        return self._settle_s if stamp[1] else max(self._settle_s, EMPTY_SETTLES_S)

    @contextlib.contextmanager
    def _claimed(self, token: str) -> Iterator[int]:
        number = os.open(token, _OPEN, dir_fd=self._in[WORK])
        try:
            yield number
        finally:
            os.close(number)

    def _forget(self, token: str) -> None:
        with contextlib.suppress(OSError):  # not empty: another program put a file there
            os.rmdir(token, dir_fd=self._in[WORK])

    def _free_name(self, claim: Claim, to: str, reason: str) -> str:
        """Return the file's name, with the token before it if the name or its reason's is taken.

        A file may itself be called `story.reason`, which a reason for `story` must not overwrite.
        """
        try:
            os.stat(claim.name, dir_fd=self._in[to], follow_symlinks=False)
        except FileNotFoundError:
            beside = _reason_name(
                claim.name
            )  # of a long name that ends in `.reason`, the name itself
            if beside != claim.name and self._has_room(to, beside, reason):
                return claim.name
        return f"{claim.token}-{_cut(claim.name, _LONGEST_NAME - len(claim.token))}"

    def _has_room(self, to: str, name: str, reason: str) -> bool:
        """Return True if no file has the name, or one with just this reason.

        A file that was moved back to be tried again left its reason behind.
        """
        content = _content(reason)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            number = os.open(name, flags, dir_fd=self._in[to])
            with open(number, "rb", buffering=0) as file:  # noqa: PTH123  a descriptor
                return bool(reason) and file.read(len(content) + 1) == content
        except FileNotFoundError:
            return True
        except OSError:  # a link or a folder
            return False

    def _write(self, to: str, name: str, reason: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        number = os.open(name, flags, 0o644, dir_fd=self._in[to])
        with open(number, "wb") as file:  # noqa: PTH123  a descriptor
            file.write(_content(reason))


def shown_name(name: str) -> str:
    r"""Return a file's name for people: bytes that are not UTF-8 as `\xff`, no control characters.

    >>> shown_name("caf\udce9\n.txt")
    'caf\\xe9\\n.txt'
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _cut(name: str, longest: int = _LONGEST_NAME) -> str:
    return os.fsdecode(os.fsencode(name)[:longest])


def _reason_name(name: str) -> str:
    return f"{_cut(name)}.reason"


def _content(reason: str) -> bytes:
    return f"{reason}\n".encode("utf-8", "replace")


def _directory(opened: contextlib.ExitStack, path: str, flags: int, at: int | None = None) -> int:
    number = os.open(path, flags, dir_fd=at)
    opened.callback(os.close, number)
    return number
