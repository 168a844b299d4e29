"""The input of a subcommand: a file, or `-` for standard input."""

import codecs
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import cast

import click

from worker.render.console import Failure

__all__ = ["WORDS", "name_of", "open_bytes", "read_text", "waiting_lines"]

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WAITING_LINES = 50
_WAITING_BYTES = 64 * 1024  # what a pipe holds; more at once is read no faster


class _Words(click.ParamType):  # type: ignore[type-arg]  # generic only in late click 8
    """A text that can be stored; Python turns bytes that are not UTF-8 into lone surrogates."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fail(f"{value!r} is not UTF-8", param, ctx)
        return value


WORDS = _Words()
"""The click type of arguments that are stored."""


def name_of(source: str) -> str:
    """Return the name of the source for messages."""
    return "standard input" if source == "-" else source


@contextmanager
def open_bytes(source: str) -> Iterator[io.BufferedIOBase]:
    """Open the source for reading bytes.

    Raises:
        Failure: The file does not exist or cannot be read.
    """
    if source == "-" and sys.stdin.isatty():
        click.echo("reading standard input; Ctrl-D ends it", err=True)
    stdin = cast("io.BufferedIOBase", sys.stdin.buffer)
    try:
        with nullcontext(stdin) if source == "-" else Path(source).open("rb") as stream:
            yield stream
    except BrokenPipeError:  # of standard output, to which the caller writes meanwhile
        raise
    except OSError as error:
        raise Failure(f"{source}: {error.strerror or error}") from error


def waiting_lines(stream: io.BufferedIOBase) -> Iterator[list[bytes]]:
    r"""Yield the lines of a stream without their ends, in each list those that can be read at once.

    A list has at most 50 lines, and 64 KiB unless a line alone is longer. A line that comes alone
    is yielded before the next one is waited for.

    >>> list(waiting_lines(io.BytesIO(b"one\ntwo\nthree")))
    [[b'one', b'two'], [b'three']]
    """
    begun: list[bytes] = []  # pieces of a line whose end has not been read
    while piece := stream.read1(_WAITING_BYTES):
        whole, end, rest = piece.rpartition(b"\n")
        if end:
            yield from _split(b"".join((*begun, whole)).split(b"\n"))
            begun.clear()
        begun.append(rest)
    if last := b"".join(begun):
        yield [last]


def _split(lines: list[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines in lists that are within the limits."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if batch and (len(batch) == _WAITING_LINES or size + len(line) > _WAITING_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    yield batch


def read_text(source: str, *, limit_bytes: int = -1) -> str:
    r"""Return the text of the source, with `\n` as line end and without a byte order mark.

    For bytes that are not UTF-8 the encoding is guessed, with a warning on stderr. At most
    `limit_bytes` are read.

    Raises:
        Failure: The source cannot be read, is empty, or is not text.
    """
    with open_bytes(source) as stream:
        body = stream.read(limit_bytes)
    text = _decode(body, name_of(source)).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Failure(f"{name_of(source)} is empty")
    return text


def _decode(body: bytes, name: str) -> str:
    if body.startswith(_UTF16_MARKS):
        return body.decode("utf-16", errors="replace")
    if b"\0" in body:
        raise Failure(f"{name} is not text: it contains zero bytes")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = f"byte {body[error.start]:#04x} at {error.start}"
        click.echo(f"copytaster: {name} is not UTF-8 ({at}); its encoding is guessed", err=True)
        from worker.feeds.encoding import decode_body  # late: it is seldom needed

        return decode_body(body, "text/plain")
