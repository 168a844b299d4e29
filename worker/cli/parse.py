"""`copytaster parse`: annotate a text, without a broker."""

import datetime
import sys

import click
import msgspec

from worker.cli.jsonl import Refusal, reply_to_all
from worker.cli.sources import name_of, open_bytes, read_text, waiting_lines
from worker.inbox.messages import read_message
from worker.model import NewsItem
from worker.model.codec import dump
from worker.parse import annotate
from worker.render.console import open_console, print_html, print_json, quiet_end
from worker.render.terminal import render_item

__all__ = ["parse"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@click.command()
@click.argument("source", metavar="[FILE|-]", default="-")
@click.option(
    "--published",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Date of publication, which gives a dateline its year.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the annotated item as JSON.")
@click.option("--html", "as_html", is_flag=True, help="Print the annotated item as an HTML page.")
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read an item from each line, {"id": ..., "text": ...} and perhaps "published", and print '
    "a line for each, in the same order.",
)
def parse(
    source: str,
    published: datetime.datetime | None,
    *,
    as_json: bool,
    as_html: bool,
    jsonl: bool,
) -> None:
    """Annotate a news item: dateline, quotes and statements with their speakers, people, places.

    FILE is plain text: headline, perhaps a deck, then paragraphs separated by blank lines. Without
    FILE, standard input is read.
    """
    if jsonl and (as_json or as_html or published):
        raise click.UsageError("--jsonl cannot be combined with --json, --html or --published")
    if as_json and as_html:
        raise click.UsageError("--json cannot be combined with --html")
    if jsonl:
        _answer_lines(source)
        return
    text = read_text(source)
    if _is_json_lines(text):
        click.echo(
            f"copytaster: {name_of(source)} is annotated as plain text, but has an item as JSON "
            "on its first line, as --jsonl reads it",
            err=True,
        )
    parsed = annotate(_item_of(text, published))
    if as_json:
        print_json(dump(parsed))
    elif as_html:
        from worker.render.html import render_page  # late: it imports Jinja2

        print_html(render_page(parsed))
    else:
        open_console().print(render_item(parsed))


def _is_json_lines(text: str) -> bool:
    line = text.lstrip().partition("\n")[0]
    try:
        return line.startswith("{") and "text" in msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return False


def _item_of(text: str, published: datetime.datetime | None) -> NewsItem:
    """Return the item that the inbox would make of the same text."""
    message: dict[str, object] = {"text": text}
    if published:
        message["published"] = published.date()
    encoded = msgspec.json.encode(message).decode()
    # No limit: that of the inbox protects the service from its senders.
    item = read_message({"message": encoded}, limit_bytes=sys.maxsize)
    assert isinstance(item, NewsItem)
    return item


def _answer_lines(source: str) -> None:
    """Answer the lines that are there, then wait, so that a program can write and read in turn."""
    read = refused = first_refused = 0
    with quiet_end(), open_bytes(source) as stream:
        for lines in waiting_lines(stream):
            if not read:
                lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
            asked = {number: line for number, line in enumerate(lines, read + 1) if line.strip()}
            replies = reply_to_all([*asked.values()])
            for number, reply in zip(asked, replies, strict=True):
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
