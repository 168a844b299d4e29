"""What goes to the terminal: consoles, and text from outside made safe to show."""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

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
    r"\ud800-\udfff]"  # halves of pairs, which cannot be written at all
)


class Failure(click.ClickException):
    """The verb cannot do what was asked; one line says why, begun as all our errors are."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"copytaster: {self.format_message()}", file=file, err=file is None)


def visible(text: str) -> str:
    r"""The text with every character that a terminal would obey replaced, one for one.

    >>> visible("all \x1b[31mclear")
    'all \ufffd[31mclear'
    """
    return _UNSAFE.sub("\ufffd", text)


def one_line(text: str, limit: int = 0) -> str:
    r"""The text, safe to show, on one line; cut to `limit` code points where that is not 0.

    >>> one_line("Talks\n\nfail  again", 10)
    'Talks fai…'
    """
    line = " ".join(visible(text).split())
    return f"{line[: limit - 1].rstrip()}…" if 0 < limit < len(line) else line


def open_console(*, stderr: bool = False) -> Console:
    """A console that takes text as it is: no markup, no guessed highlights."""
    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # a Latin-1 terminal shows ?, and no traceback
    return Console(file=stream, markup=False, highlight=False, emoji=False)


def table(*columns: str) -> Table:
    """An empty table that folds, not cuts, what does not fit."""
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


def print_json(line: bytes) -> None:
    """One JSON value on a line of its own, at once."""
    out = sys.stdout.buffer
    out.write(line + b"\n")
    out.flush()


def print_html(page: str) -> None:
    """An HTML page, in UTF-8 whatever the terminal's own: that is what the page says it is."""
    out = sys.stdout.buffer
    out.write(page.encode())
    out.flush()


@contextmanager
def quiet_end() -> Iterator[None]:
    """Ctrl-C ends what is inside with exit code 130 and no more words."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
