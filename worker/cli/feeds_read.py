"""`copytaster feeds read`: what is in a feed's document, one document a line, without a broker.

Documents are read in a child process with limits on memory and time, so that none of them, however
hostile, ends the command; a child that a document has killed is replaced.
"""

import gc
import resource
import signal
import stat
import sys
import zlib
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import click
import msgspec

from worker.cli.sources import open_bytes
from worker.errors import FormatError, reason_of
from worker.feeds import ListedEntry, list_feed
from worker.render.console import print_json, quiet_end

__all__ = ["read"]

LIMIT_BODY_BYTES = 64 * 1024 * 1024
LIMIT_MEMORY_BYTES = 380 * 1024 * 1024
"""What reading may take on top of the interpreter, so that all of it stays under 512 MiB."""
LIMIT_S = 60.0

_LARGE_BODY_BYTES = 4 * 1024 * 1024
"""After such a document the child is replaced: Python does not hand all memory back."""

_GZIP = b"\x1f\x8b\x08"


class _Request(msgspec.Struct):
    path: str
    headers: dict[str, object] | list[tuple[str, object]] | None = None
    url: str | None = None


class _Found(msgspec.Struct, kw_only=True):
    ok: bool = True
    entries: tuple[ListedEntry, ...]


class _Refusal(msgspec.Struct, kw_only=True):
    ok: bool = False
    error: str


_encode = msgspec.json.Encoder().encode


@click.command("read", short_help="List the entries of documents, one a line.")
@click.option("--jsonl", is_flag=True, required=True, help="Read JSON lines, answer with lines.")
@click.argument("source", metavar="[FILE|-]", default="-")
def read(source: str, *, jsonl: bool) -> None:  # noqa: ARG001  # the only form there is
    """List what documents hold: id, title, link and date of each entry.

    Each line names one: {"path": FILE, "headers": {"content-type": ...}, "url": WHERE FROM}. The
    answers come in the same order.
    """
    child = _Child()
    try:
        with quiet_end(), open_bytes(source) as lines:
            for line in lines:
                if line.strip():
                    print_json(child.ask(line))
    finally:
        child.stop()


class _Child:
    """The process that reads; started when asked first, and again after it died."""

    def __init__(self) -> None:
        self._context = get_context("fork")
        self._start()

    def _start(self) -> None:
        self._ours, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=_serve, args=(theirs, self._ours), daemon=True, name="feeds-read"
        )
        self._process.start()
        theirs.close()

    def ask(self, line: bytes) -> bytes:
        """The answer to one line, as JSON, whatever becomes of the child."""
        reason = "reading it ended the process: too much memory"
        try:
            self._ours.send_bytes(line)
            if self._ours.poll(LIMIT_S):
                answer = self._ours.recv_bytes()
                if answer.startswith(_LAST):
                    self._restart()
                return answer[1:]
            reason = f"not read within {LIMIT_S:g} s"
        except (EOFError, OSError):
            pass
        self._restart()
        return _encode(_Refusal(error=reason))

    def _restart(self) -> None:
        self.stop()
        self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._ours.close()


_MORE, _LAST = b"+", b"-"
"""Before each answer of the child: whether it takes another line."""


def _serve(pipe: Connection, parents: Connection) -> None:
    """Answer line by line until the parent goes away."""
    parents.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    _bound_memory()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)  # a feed's elements are many and hold no cycles
    while True:
        try:
            line = pipe.recv_bytes()
        except EOFError:
            return
        answer, is_large = _answer(line)
        pipe.send_bytes((_LAST if is_large else _MORE) + answer)


def _bound_memory() -> None:
    """A limit on the address space above what is in use; systems without one have none."""
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + LIMIT_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _answer(line: bytes) -> tuple[bytes, bool]:
    """The answer, and whether reading took much memory."""
    try:
        request = msgspec.json.decode(line, type=_Request)
        body = _body(request.path)
        headers = _headers(request)
        url = request.url or headers.get("content-location") or ""
        entries = list_feed(body, headers.get("content-type", ""), url, datetime.now(UTC))
        answer = _encode(_Found(entries=entries))
        return answer, len(body) + len(answer) > _LARGE_BODY_BYTES
    except MemoryError:
        return _encode(_Refusal(error="too large to be read in the memory allowed")), True
    except (msgspec.DecodeError, FormatError) as error:
        return _encode(_Refusal(error=reason_of(error, 500))), False
    except (OSError, ValueError, zlib.error, EOFError) as error:
        return _encode(_Refusal(error=reason_of(error, 500))), False
    except Exception as error:  # noqa: BLE001  # a fault of ours in one document costs that one only
        return _encode(_Refusal(error=f"reading it failed: {reason_of(error, 500)}")), True


def _headers(request: _Request) -> dict[str, str]:
    named = request.headers or {}
    pairs = named.items() if isinstance(named, dict) else named
    return {name.lower(): value for name, value in pairs if isinstance(value, str) and value}


def _body(path: str) -> bytes:
    """The file's bytes, unpacked if they are gzip's.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no plain file, or too large.
    """
    file = Path(path)
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("not a plain file")
    if found.st_size > LIMIT_BODY_BYTES:
        raise ValueError(f"more than {LIMIT_BODY_BYTES:,} bytes")
    body = file.read_bytes()
    if not body.startswith(_GZIP):
        return body
    unpacked = zlib.decompressobj(wbits=31).decompress(body, LIMIT_BODY_BYTES + 1)
    if len(unpacked) > LIMIT_BODY_BYTES:
        raise ValueError(f"unpacks to more than {LIMIT_BODY_BYTES:,} bytes")
    return unpacked
