"""`copytaster parse`: annotate items, without a broker."""

import itertools
import sys
from collections.abc import Iterator
from typing import Literal

import click
import msgspec

from worker.cli.documents import Content, Message, Reading, read_sources
from worker.cli.faults import Faults
from worker.cli.jsonl import Answer, Refusal, reply_to_all
from worker.cli.moments import PUBLISHED
from worker.cli.root import pass_settings
from worker.cli.sources import (
    ENCODING,
    complete_files,
    find_sources,
    name_of,
    open_bytes,
    progress,
    waiting_lines,
)
from worker.model import NewsItem
from worker.model.codec import dump
from worker.parse import annotate_all
from worker.render.console import Failure, open_console, print_html, print_json, quiet_end
from worker.render.terminal import render_item
from worker.settings import Settings

__all__ = ["parse"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BATCH = 50
"""The most items that are annotated together, which is faster than one by one."""


@click.command()
@click.argument("sources", metavar="[FILE|FOLDER|-]...", nargs=-1, shell_complete=complete_files)
@click.option(
    "--published",
    type=PUBLISHED,
    metavar="WHEN",
    help="Time of publication, which gives a dateline its year: 2026-01-12, or "
    "2026-01-12T09:30:00Z.",
)
@click.option("--json", "as_json", is_flag=True, help="Print each annotated item as JSON.")
@click.option("--html", "as_html", is_flag=True, help="Print the annotated item as an HTML page.")
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read an item from each line, {"id": ..., "text": ...} with an optional "published", and '
    "print a line for each, in the same order.",
)
@ENCODING
@pass_settings
def parse(
    settings: Settings,
    *,
    sources: tuple[str, ...],
    published: str | None,
    as_json: bool,
    as_html: bool,
    jsonl: bool,
    encoding: str,
) -> None:
    """Annotate news items: datelines, quotes and statements with their speakers, people, places.

    A FILE is plain text (headline, perhaps a deck, then paragraphs separated by blank lines), or
    anything else that `copytaster ingest` accepts. Without FILE, standard input is read.
    """
    sources = sources or ("-",)
    # --jsonl is a protocol with another program: its lines say all that the options would.
    if jsonl and (as_json or as_html or published or encoding or len(sources) > 1):
        raise click.UsageError("--jsonl reads one source, and goes with no other option")
    if as_json and as_html:
        raise click.UsageError("--json cannot be combined with --html")
    if jsonl:
        _answer_lines(sources[0], settings.message_limit_bytes)
        return
    fields = {"published": published} if published else {}
    files, faults = find_sources(sources), Faults()
    # A bar would be drawn between the items on a terminal, so there is one only for a pipe.
    with progress(files if not sys.stdout.isatty() else ()) as advance:
        reading = Reading(settings=settings, encoding=encoding, is_json=False, advance=advance)
        items = _items(read_sources(files, reading, fields, faults), faults)
        _print(items, "html" if as_html else "json" if as_json else "text")
    faults.end()


def _items(found: Iterator[tuple[Message, Content]], faults: Faults) -> Iterator[NewsItem]:
    for message, content in found:
        if isinstance(content, NewsItem):
            faults.pass_by()
            yield content
        else:
            faults.add(f"{message.place}: requests a feed or a page, and parse fetches nothing")


def _print(items: Iterator[NewsItem], form: Literal["html", "json", "text"]) -> None:
    if form == "html":
        _print_page(items)
        return
    is_first = True
    while batch := list(itertools.islice(items, _BATCH)):
        for parsed in annotate_all(batch):
            if form == "json":
                print_json(dump(parsed))
                continue
            console = open_console()
            if not is_first:
                console.rule(style="dim")
            console.print(render_item(parsed))
            is_first = False


def _print_page(items: Iterator[NewsItem]) -> None:
    from worker.render.html import render_page  # late: it imports Jinja2

    batch = list(itertools.islice(items, 2))
    if len(batch) > 1:
        raise Failure("--html prints a page of one item, and there are several")
    for parsed in annotate_all(batch):
        print_html(render_page(parsed))


def _reply(lines: list[bytes], limit_bytes: int) -> list[Answer | Refusal]:
    """Return the answer to each line; a line over the limit is refused unread."""
    reason = f"the line is larger than {limit_bytes:,} bytes (COPYTASTER_MESSAGE_LIMIT_BYTES)"
    answers = iter(reply_to_all([line for line in lines if len(line) <= limit_bytes]))
    return [next(answers) if len(line) <= limit_bytes else Refusal(None, reason) for line in lines]


def _answer_lines(source: str, limit_bytes: int) -> None:
    """Answer the lines that can be read now, then wait for more.

    A program may write a line, read its answer, and write the next line.
    """
    read = refused = first_refused = 0
    with quiet_end(), open_bytes(source) as stream:
        for lines in waiting_lines(stream):
            if not read:  # only the first line of a file can begin with a byte order mark
                lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
            numbered = {number: line for number, line in enumerate(lines, read + 1) if line.strip()}
            replies = _reply([*numbered.values()], limit_bytes)
            for number, reply in zip(numbered, replies, strict=True):
                if isinstance(reply, Refusal):
                    refused += 1
                    first_refused = first_refused or number
            print_json(*map(msgspec.json.encode, replies))
            read += len(lines)
    if refused:
        click.echo(
            f"copytaster: {refused} of {read} lines of {name_of(source)} could not be read; "
            f"the first is line {first_refused}",
            err=True,
        )
