"""Output on a terminal: consoles, tables, and the sanitising of text from outside."""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, TextIO, cast

import click
from rich import box
from rich.console import Console
from rich.table import Table

__all__ = [
    "Failure",
    "one_line",
    "open_console",
    "print_html",
    "print_json",
    "quiet_end",
    "table",
    "visible",
]

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, which can rewrite a terminal; tab and newline stay
    r"\u202a-\u202e\u2066-\u2069"  # bidirectional overrides, which can disguise a line
    r"\ud800-\udfff]"  # lone surrogates, which cannot be encoded
)


_TRAILING = re.compile(r"(?<! ) +(?=\n)")


class Failure(click.ClickException):
    """A failure of a subcommand, shown on a line like all other errors."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"copytaster: {self.format_message()}", file=file, err=file is None)


def visible(text: str) -> str:
    r"""Return the text with each control character replaced, so that a terminal obeys none.

    >>> visible("all \x1b[31mclear")
    'all \ufffd[31mclear'
    """
    return _UNSAFE.sub("\ufffd", text)


def one_line(text: str, limit: int = 0) -> str:
    r"""Return the text sanitised and on a single line, cut to `limit` code points unless it is 0.

    >>> one_line("Talks\n\nfail  again", 10)
    'Talks fai…'
    """
    line = " ".join(visible(text).split())
    return f"{line[: limit - 1].rstrip()}…" if 0 < limit < len(line) else line


def open_console(*, stderr: bool = False) -> Console:
    """Return a console that prints text as it is, without markup and automatic highlighting."""
    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # "?" on a Latin-1 terminal instead of a traceback
    file = stream if stream.isatty() else cast("IO[str]", _Trimmed(stream))
    return Console(file=file, markup=False, highlight=False, emoji=False)


class _Trimmed(io.TextIOBase):
    """A stream without the trailing blanks with which tables fill their lines.

    A file or a pipe gets clean lines, which can be compared and searched.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read-only here
        return self._stream.encoding

    def write(self, text: str) -> int:
        self._stream.write(_TRAILING.sub("", text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()


def table(*columns: str) -> Table:
    """Return an empty table that wraps long cells instead of truncating them."""
    rows = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="dim",
    )
    for column in columns:
        rows.add_column(column, overflow="fold")
    return rows


def print_json(*lines: bytes) -> None:
    """Print JSON values, each on its own line, and flush, since a program may wait for them."""
    out = sys.stdout.buffer
    out.write(b"".join(line + b"\n" for line in lines))
    out.flush()


def print_html(page: str) -> None:
    """Print an HTML page in UTF-8, as the page declares, whatever the terminal's encoding."""
    out = sys.stdout.buffer
    out.write(page.encode())
    out.flush()


@contextmanager
def quiet_end() -> Iterator[None]:
    """End the block with exit code 130, without a message, at Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
