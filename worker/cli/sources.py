"""The inputs of a subcommand: files, folders, patterns, and `-` for standard input."""

import codecs
import glob
import io
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import cast

import click
import msgspec
from click.shell_completion import CompletionItem

from worker.render.console import Failure, open_console

__all__ = [
    "ENCODING",
    "WORDS",
    "Limit",
    "complete_files",
    "decode_text",
    "find_sources",
    "name_of",
    "open_bytes",
    "progress",
    "read_bytes",
    "waiting_lines",
]

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WAITING_LINES = 50
_WAITING_BYTES = 64 * 1024  # the buffer of a pipe; larger reads are not faster
_BAR_FROM_BYTES = 1024 * 1024  # smaller inputs are read before a bar would show


class _Words(click.ParamType):  # type: ignore[type-arg]  # generic only in late click 8
    """A text that can be stored; Python turns bytes that are not UTF-8 into lone surrogates."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fail(f"{value!r} is not UTF-8", param, ctx)
        return value


class _Encoding(click.ParamType):  # type: ignore[type-arg]  # see _Words
    """The name of an encoding of text that Python knows."""

    name = "encoding"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            _ = value and "a".encode(value).decode(value)  # empty: the default
        except (LookupError, ValueError):  # LookupError: also codecs that are not of text
            self.fail(f"{value!r} is not an encoding of text", param, ctx)
        return value


WORDS = _Words()
"""The click type of arguments that are stored."""


def complete_files(
    ctx: click.Context,  # noqa: ARG001  # click's signature
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Have the shell complete an argument as the path of a file."""
    return [CompletionItem(incomplete, type="file")]


ENCODING = click.option(
    "--encoding",
    type=_Encoding(),
    metavar="NAME",
    default="",
    help="The encoding of the files: windows-1251, cp437. [default: UTF-8, else a sure guess]",
)
"""The click option for the encoding of files."""


class Limit(msgspec.Struct, frozen=True):
    """The most bytes of an input, and the setting with that limit."""

    size_bytes: int
    setting: str

    def refuse(self, name: str) -> Failure:
        """Return the failure for an input that is larger."""
        return Failure(f"{name} is larger than {self.size_bytes:,} bytes ({self.setting})")


def name_of(source: str) -> str:
    """Return the name of the source for messages."""
    return "standard input" if source == "-" else source


def find_sources(names: Sequence[str]) -> list[str]:
    """Return the files of the names, in order; folders and patterns stand for the files in them.

    In folders, files whose names begin with a dot are skipped.

    Raises:
        Failure: A folder has no files, a pattern matches none, or a folder cannot be read.
    """
    found: list[str] = []
    for name in names:
        path = Path(name)
        if name != "-" and path.is_dir():
            files = _files_in(path)
            if not files:
                raise Failure(f"{name}: no file in this folder")
        elif name != "-" and glob.has_magic(name) and not path.exists():
            # pathlib's glob does not accept absolute patterns.
            found_names = glob.glob(name, recursive=True)  # noqa: PTH207
            files = sorted(file for file in found_names if Path(file).is_file())
            if not files:
                raise Failure(f"{name}: no file matches this pattern")
        else:
            files = [name]
        found.extend(files)
    return found


def _files_in(folder: Path) -> list[str]:
    def refuse(error: OSError) -> None:
        raise Failure(f"{error.filename}: {error.strerror or error}") from error

    files: list[str] = []
    for directory, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(directory, name) for name in names if not name.startswith("."))
        files.extend(str(path) for path in paths if path.is_file())
    return sorted(files)


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
    except BrokenPipeError:  # from the caller, who writes to standard output inside the block
        raise
    except OSError as error:
        is_url = source.startswith(("http://", "https://"))
        hint = "; only files are read here: fetch the page first" if is_url else ""
        raise Failure(f"{source}: {error.strerror or error}{hint}") from error


def waiting_lines(stream: io.BufferedIOBase) -> Iterator[list[bytes]]:
    r"""Yield the lines of a stream without their ends, in lists of lines that are there at once.

    A list has at most 50 lines, and at most 64 KiB unless a single line is longer. A line that
    arrives alone is yielded before the next line is waited for.

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
    """Yield the lines in lists within the limits."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if batch and (len(batch) == _WAITING_LINES or size + len(line) > _WAITING_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    yield batch


def read_bytes(source: str, limit_of: Callable[[bytes], Limit]) -> bytes:
    """Return the content of the source; refuse a file over its limit before it is read.

    Args:
        source: A file, or `-`.
        limit_of: Returns the limit for a content, given its first bytes, at most 4 KiB.

    Raises:
        Failure: The source cannot be read, is empty, or is over the limit.
    """
    with open_bytes(source) as stream:
        head = stream.read(_HEAD_BYTES)
        limit = limit_of(head)
        if _size(stream) > limit.size_bytes:
            raise limit.refuse(name_of(source))
        # The size of a pipe is not known: a byte beyond the limit shows that it is too large.
        body = head + stream.read(limit.size_bytes + 1 - len(head)) if head else b""
    if len(body) > limit.size_bytes:
        raise limit.refuse(name_of(source))
    if not body.strip():
        raise Failure(f"{name_of(source)} is empty")
    return body


_HEAD_BYTES = 4096


def _size(stream: io.BufferedIOBase) -> int:
    """Return the size of a regular file in bytes; 0 for anything else."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # a stream in memory, as in tests
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def decode_text(body: bytes, name: str, encoding: str = "") -> str:
    r"""Return bytes as text, with `\n` as line end and without a byte order mark.

    For bytes that are not UTF-8 the encoding is guessed, with a warning on stderr.

    Raises:
        Failure: The bytes are not text in the given encoding, or no encoding is likely.
    """
    text = _decode(body, name, encoding).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Failure(f"{name} is empty")
    return text


def _decode(body: bytes, name: str, encoding: str) -> str:
    given = encoding or ("utf-16" if body.startswith(_UTF16_MARKS) else "")
    try:
        if given:
            return body.decode(given)
        if b"\0" in body:
            raise Failure(f"{name} is not text: it contains zero bytes")
        return body.decode("utf-8-sig")
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        at = f"byte {body[start]:#04x} at {start}"
        if given:
            raise Failure(f"{name} is not {given}: {at}") from error
    from worker.feeds.encoding import decode_undeclared  # late: it is seldom needed

    guess = decode_undeclared(body)
    if guess is None:
        raise Failure(f"{name} is not UTF-8 ({at}); give its encoding with --encoding NAME")
    text, likely = guess
    click.echo(
        f"copytaster: {name} is not UTF-8 ({at}); its encoding is guessed: {likely}", err=True
    )
    return text


@contextmanager
def progress(sources: Sequence[str]) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with the number of bytes read, which moves a bar on a terminal.

    There is no bar for a small input, and none for standard input, whose size is not known.
    """
    sizes = [Path(source).stat().st_size for source in sources if Path(source).is_file()]
    console = open_console(stderr=True)
    if not console.is_terminal or len(sizes) < len(sources) or sum(sizes) < _BAR_FROM_BYTES:
        yield lambda _: None
        return
    from rich.progress import (  # late: it is seldom needed
        BarColumn,
        DownloadColumn,
        Progress,
        TimeRemainingColumn,
    )

    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    # Lines for a terminal go above the bar; those for a pipe must not be redirected.
    bar = Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty())
    with bar:
        task = bar.add_task("", total=sum(sizes))
        yield lambda count: bar.advance(task, count)
