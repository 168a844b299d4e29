"""The process that reads pages: one after another from standard input, until there are no more.

A frame is a length, four bytes, and so many bytes. In come two a page, its Content-Type and its
body; out goes one, a `PageText` as JSON, empty where the page could not be read.
"""

import contextlib
import logging
import resource
import select
import signal
import struct
import sys
from typing import BinaryIO

import msgspec

from worker.pages.article import PageText

__all__ = ["IDLE_S", "LENGTH", "LIMIT_MEMORY_BYTES", "PAGE_S", "main"]

LENGTH = struct.Struct(">I")

IDLE_S = 60.0
"""A process that has had no page for so long ends."""

PAGE_S = 10
"""For one page. We wait no longer; and the process does not outlive it, should we be gone."""

LIMIT_MEMORY_BYTES = 768 * 1024 * 1024


def main() -> None:
    """Read pages until standard input ends or nothing comes."""
    logging.disable(logging.CRITICAL)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT_MEMORY_BYTES, LIMIT_MEMORY_BYTES))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process, in the midst of C too
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for those who started us
    coming, going = sys.stdin.buffer, sys.stdout.buffer
    while (page := _next_page(coming)) is not None:
        signal.alarm(2 * PAGE_S)
        answer = _read(*page)
        signal.alarm(0)
        going.write(LENGTH.pack(len(answer)) + answer)
        going.flush()


def _next_page(coming: BinaryIO) -> tuple[str, bytes] | None:
    if not select.select([coming], [], [], IDLE_S)[0]:
        return None
    media_type, body = _frame(coming), _frame(coming)
    return None if media_type is None or body is None else (media_type.decode(), body)


def _frame(coming: BinaryIO) -> bytes | None:
    head = coming.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = coming.read(length)
    return body if len(body) == length else None


def _read(media_type: str, body: bytes) -> bytes:
    # Loaded with the first page, under its time limit.
    from worker.pages.extract import read_page  # noqa: PLC0415

    try:
        return msgspec.json.encode(read_page(body, media_type))
    except (Exception, RecursionError):  # noqa: BLE001  # lxml's and trafilatura's are many
        return msgspec.json.encode(PageText())


if __name__ == "__main__":
    main()
