"""Files that other programs put into a folder, for example an FTP server.

A file that has not changed for `settle_s` is read by `worker.inbox.wire_files`. It is moved to
`done` when the broker has its messages, or to `failed` with the reason beside it. Links are
ignored, and so are names that begin with a dot or end with `.part`, `.tmp` and the like.
"""

import errno
import time
from collections.abc import Sequence

import structlog

from worker.errors import FormatError, SourceError
from worker.inbox.wire_files import read_wire_file
from worker.model import Feed, feed_id
from worker.sources.claims import DONE, FAILED, Claim, Folder, shown_name
from worker.sources.file import SourceRow
from worker.sources.source import Delivery

__all__ = ["FolderSource", "open_folder"]

log = structlog.get_logger(__name__)

_PROBLEMS_MAX = 50
_UNREADABLE = frozenset({errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO})
"""Errors of a single file: no right to read it, a symbolic link, a socket."""


def open_folder(row: SourceRow, limit_bytes: int) -> "FolderSource":
    """Open the source for a folder, which need not exist yet."""
    return FolderSource(row, limit_bytes)


class FolderSource:
    """A `worker.sources.source.Source` on a folder, which delivers a file at a time."""

    def __init__(self, row: SourceRow, limit_bytes: int) -> None:
        self._row = row
        self._limit_bytes = limit_bytes
        self._origin = Feed(
            id=feed_id(f"folder:{row.name}"),
            url=f"folder:{row.name}",
            name=row.sender or row.name,
            agency=row.agency,
            language=row.language,
        )
        self._folder: Folder | None = None
        self._claims: list[Claim] = []
        self._ready: list[str] = []
        self._stands_by = False

    def take(self, wait_s: float) -> Sequence[Delivery]:
        try:
            folder = self._folder or self._open()
            if folder is None or not (claim := self._next(folder)):
                time.sleep(wait_s)
                return ()
            return self._read(folder, claim)
        except OSError as error:
            raise self._failed(error) from error

    def acknowledge(self, delivery: Delivery) -> None:
        claim, problems = delivery.receipt
        assert self._folder is not None
        try:
            self._folder.move(claim, DONE, reason="\n".join(problems[:_PROBLEMS_MAX]))
        except OSError as error:
            raise self._failed(error) from error
        log.info(
            "file_taken",
            source=self._row.name,
            file=shown_name(claim.name),
            messages=len(delivery.entries),
            problems=len(problems),
        )

    def close(self) -> None:
        folder, self._folder = self._folder, None
        self._claims, self._ready = [], []
        if folder is not None:
            folder.close()

    def _open(self) -> Folder | None:
        """Return the folder, and note the claims of an earlier process.

        None if another process has the folder: this process stands by until that one ends.
        """
        folder = Folder(self._row.folder, self._row.settle_s)
        if not folder.is_ours():
            folder.close()
            if not self._stands_by:
                log.info("source_stands_by", source=self._row.name)
            self._stands_by = True
            return None
        self._stands_by = False
        self._folder = folder
        self._claims = list(folder.claims())
        return folder

    def _next(self, folder: Folder) -> Claim | None:
        """Return the next file: a file claimed earlier, else the oldest that has settled."""
        if self._claims:
            return self._claims.pop(0)
        self._ready = self._ready or folder.settled()[::-1]
        while self._ready:
            if claim := folder.claim(self._ready.pop()):
                return claim
        return None

    def _read(self, folder: Folder, claim: Claim) -> Sequence[Delivery]:
        """Return the delivery of a file; move a file that cannot be used to `failed`."""
        before = folder.stamp(claim)
        if before is None:  # another program removed it
            return ()
        try:
            body = folder.read(claim, self._row.limit_bytes)
        except OSError as error:
            if error.errno not in _UNREADABLE:
                raise
            return self._refuse(folder, claim, error.strerror or "cannot be read")
        if body is None:
            reason = f"not a regular file, or larger than {self._row.limit_bytes} bytes"
            return self._refuse(folder, claim, reason)
        # A writer that paused for longer than `settle_s` goes on writing after the rename, since
        # its file stays open: read it again later.
        if folder.stamp(claim) != before:
            self._claims.append(claim)
            time.sleep(min(1.0, self._row.settle_s))
            return ()
        try:
            # The time of the claim: a message in which the time is stays the same after a crash.
            read = read_wire_file(body, self._origin, limit_bytes=self._limit_bytes, now=claim.at)
        except FormatError as error:
            return self._refuse(folder, claim, error.reason)
        except Exception as error:  # noqa: BLE001  # a bug must not stop at this file for ever
            return self._refuse(folder, claim, f"reading it failed: {type(error).__name__}")
        entries = tuple({"source": self._origin.name, **entry} for entry in read.entries)
        return [Delivery(entries=entries, key=claim.token, receipt=(claim, read.problems))]

    def _refuse(self, folder: Folder, claim: Claim, reason: str) -> Sequence[Delivery]:
        folder.move(claim, FAILED, reason=reason)
        log.warning(
            "file_refused", source=self._row.name, file=shown_name(claim.name), reason=reason
        )
        return ()

    def _failed(self, error: OSError) -> SourceError:
        name = shown_name(str(error.filename)) if error.filename else ""
        reason = f"{name}: {error.strerror}" if name else str(error.strerror or error)
        return SourceError(reason, subject=self._row.folder)
