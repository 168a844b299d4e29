"""`copytaster feeds read`: the entries of feed documents, without a broker.

Documents are read in a sandbox, so that a hostile document cannot end the command.
"""

import asyncio
import stat
import zlib
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from worker.cli.sources import complete_files, open_bytes
from worker.errors import FormatError, reason_of
from worker.feeds import ListedEntry, list_feed
from worker.render.console import print_json, quiet_end
from worker.runtime.sandbox import Limits, Sandbox, SandboxFailure

__all__ = ["read"]

LIMIT_BODY_BYTES = 64 * 1024 * 1024
LIMITS = Limits(
    time_s=60.0,
    memory_bytes=380 * 1024 * 1024,  # with the interpreter, less than 512 MiB
    answer_bytes=380 * 1024 * 1024,
)

_GZIP = b"\x1f\x8b\x08"


class _Request(msgspec.Struct):
    path: str
    headers: dict[str, object] | list[tuple[str, object]] | None = None
    url: str | None = None


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in the answer; a missing text is None."""

    id: str
    title: str | None
    link: str | None
    date: datetime | None

    @classmethod
    def of(cls, listed: ListedEntry) -> "_Entry":
        return cls(
            id=listed.id, title=listed.title or None, link=listed.link or None, date=listed.date
        )


class _Listing(msgspec.Struct, kw_only=True):
    ok: bool = True
    entries: tuple[_Entry, ...]


class _Refusal(msgspec.Struct, kw_only=True):
    ok: bool = False
    error: str


_encode = msgspec.json.Encoder().encode


@click.command("read", short_help="List the entries of feed documents.")
@click.option("--jsonl", is_flag=True, required=True, help="Read and write JSON lines.")
@click.argument("source", metavar="[FILE|-]", default="-", shell_complete=complete_files)
def read(source: str, *, jsonl: bool) -> None:  # noqa: ARG001  # the only format so far
    """List the entries of feed documents: id, title, link and date of each.

    Each line of the input names a document: {"path": FILE, "headers": {"content-type": ...},
    "url": ORIGIN}. The output has a line for each, in the same order.
    """
    sandbox = Sandbox(_answer, LIMITS)
    with asyncio.Runner() as runner, sandbox, quiet_end(), open_bytes(source) as lines:
        for line in lines:
            if line.strip():
                answer = runner.run(sandbox.ask(line))
                print_json(_say(answer) if isinstance(answer, SandboxFailure) else answer)


def _say(failure: SandboxFailure) -> bytes:
    """Return the output line for a document that the sandbox could not read."""
    reasons = {
        SandboxFailure.TIMED_OUT: f"not read within {LIMITS.time_s:g} s",
        SandboxFailure.ENDED: "reading it ended the process: too much memory",
        SandboxFailure.TOO_LONG: f"its entries take more than {LIMITS.answer_bytes:,} bytes",
    }
    return _encode(_Refusal(error=reasons[failure]))


def _answer(line: bytes) -> bytes:
    """Return the entries of a document, or the reason why it cannot be read, as JSON."""
    try:
        request = msgspec.json.decode(line, type=_Request)
        body = _body(request.path)
        headers = _headers(request)
        url = request.url or headers.get("content-location") or ""
        entries = list_feed(body, headers.get("content-type", ""), url, datetime.now(UTC))
        return _encode(_Listing(entries=tuple(map(_Entry.of, entries))))
    except MemoryError:
        reason = "too large to be read in the memory allowed"
    except (msgspec.DecodeError, FormatError, OSError, ValueError, zlib.error, EOFError) as error:
        reason = reason_of(error, 500)
    except Exception as error:  # noqa: BLE001  # a bug must not stop the other documents
        reason = f"reading it failed: {reason_of(error, 500)}"
    return _encode(_Refusal(error=reason))


def _headers(request: _Request) -> dict[str, str]:
    headers = request.headers or {}
    pairs = headers.items() if isinstance(headers, dict) else headers
    return {name.lower(): value for name, value in pairs if isinstance(value, str) and value}


def _body(path: str) -> bytes:
    """Return the bytes of a file, decompressed if it is in gzip format.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is not a regular file, or too large.
    """
    file = Path(path)
    status = file.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    if status.st_size > LIMIT_BODY_BYTES:
        raise ValueError(f"more than {LIMIT_BODY_BYTES:,} bytes")
    body = file.read_bytes()
    if not body.startswith(_GZIP):
        return body
    # wbits=31: gzip format. The limit stops a file that would unpack to gigabytes.
    unpacked = zlib.decompressobj(wbits=31).decompress(body, LIMIT_BODY_BYTES + 1)
    if len(unpacked) > LIMIT_BODY_BYTES:
        raise ValueError(f"unpacks to more than {LIMIT_BODY_BYTES:,} bytes")
    return unpacked
