"""`copytaster tail`: the events of a desk as they arrive."""

import re
import sys

import click
from rich.console import Console, RenderableType
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.store import desk_lengths, last_events, open_cli_store
from worker.desks.file import load_desks
from worker.errors import CodecError
from worker.model import EntitiesEvent, Event, ParsedItem, QuoteEvent, StatementEvent
from worker.model.codec import dataschema, load
from worker.model.ninjs import NinjsItem
from worker.model.publishing import DeskEntry
from worker.ports import Store
from worker.render.console import Failure, one_line, open_console, print_json, quiet_end
from worker.render.short import render_line
from worker.render.terminal import render_quote, render_statement, render_uri
from worker.settings import Settings

__all__ = ["tail"]

_START = re.compile(r"(?P<ms>\d{1,19})(?P<rest>-\d{1,19})?", re.ASCII)
_DAY_MS = 24 * 60 * 60 * 1000
"""The time for which a read waits for events before the next read begins; 0 would not wait."""
_PAGE = 100


@click.command()
@click.argument("desk")
@click.option(
    "--from",
    "start",
    metavar="START",
    help="Begin after this entry id or time in ms; 0 is the first event. [default: new events]",
)
@click.option("--last", type=click.IntRange(1), help="Begin with this many past events.")
@click.option("-n", "--count", type=click.IntRange(1), help="End after this many events.")
@click.option("--json", "as_json", is_flag=True, help="Print the CloudEvents, one per line.")
@pass_settings
def tail(
    settings: Settings,
    *,
    desk: str,
    start: str | None,
    last: int | None,
    count: int | None,
    as_json: bool,
) -> None:
    """Print the events of a desk as they arrive, until Ctrl-C."""
    if start and last:
        raise click.UsageError("--from and --last exclude each other")
    after = _position(start)
    with quiet_end(), open_cli_store(settings) as store:
        _check_known(desk, store, settings)
        printer = _Printer(as_json=as_json, left=count)
        # `after` moves on with the past events, so that none is missed or repeated below.
        for entry in last_events(store, desk, last) if last else ():
            after = entry.entry_id
            printer.show(entry)
        if sys.stderr.isatty() and not printer.done:
            click.echo(f"following desk {desk}; Ctrl-C ends it", err=True)
        while not printer.done:
            for entry in store.desks.read(desk, after=after, limit=_PAGE, block_ms=_DAY_MS):
                after = entry.entry_id
                printer.show(entry)


def _position(start: str | None) -> str:
    if start is None:
        return "$"
    match = _START.fullmatch(start)
    if match is None:
        raise click.BadParameter(
            f"{start!r} is not an entry id like 1768210200000-0", param_hint="--from"
        )
    return start if match["rest"] else f"{start}-0"


def _check_known(desk: str, store: Store, settings: Settings) -> None:
    known = {configured.name for configured in load_desks(settings.desks)}
    if desk in known:  # first: a user with rights on desks only may not read the statistics
        return
    known |= desk_lengths(store).keys()
    if desk not in known:
        raise Failure(f"no desk {desk!r}; there are: {', '.join(sorted(known))}")


class _Printer:
    """Prints at most `left` events; None for no limit."""

    __slots__ = ("_as_json", "_console", "_left")

    def __init__(self, *, as_json: bool, left: int | None) -> None:
        self._as_json = as_json
        self._left = left
        self._console = open_console()

    @property
    def done(self) -> bool:
        return self._left == 0

    def show(self, entry: DeskEntry) -> None:
        if self.done:
            return
        if self._as_json:
            # Another program may have written an entry with line breaks; each line is an event.
            print_json(b" ".join(entry.body.splitlines()))
        else:
            _show_event(entry, self._console)
        if self._left is not None:
            self._left -= 1


def _show_event(entry: DeskEntry, console: Console) -> None:
    try:
        rendered, uri = _render_event(load(Event, entry.body))
        console.print(rendered, crop=False)
        console.print(uri, soft_wrap=True)  # never wrapped, so that it can be copied whole
    except CodecError as error:
        console.print(Text(f"{entry.entry_id} is not a valid event: {one_line(str(error))}"))
    console.print()


def _render_event(event: Event) -> tuple[RenderableType, RenderableType]:
    """Return an event and the uri of its item, ready to print.

    Raises:
        CodecError: The event's data does not follow its schema.
    """
    body = bytes(event.data)
    if event.dataschema == dataschema("quote"):
        quote = load(QuoteEvent, body)
        return render_quote(quote), render_uri(quote.item_uri)
    if event.dataschema == dataschema("statement"):
        statement = load(StatementEvent, body)
        return render_statement(statement), render_uri(statement.item_uri)
    if event.dataschema == dataschema("entities"):
        entities = load(EntitiesEvent, body)
        return _render_entities(entities), render_uri(entities.item_uri)
    if event.dataschema == dataschema("ninjs"):
        document = load(NinjsItem, body)
        return _render_ninjs(document), render_uri(document.uri)
    parsed = load(ParsedItem, body)
    return render_line(parsed), render_uri(parsed.item.uri)


def _render_entities(event: EntitiesEvent) -> Text:
    """Render the headline, then each entity with its label and number of mentions."""
    names = [
        f"{one_line(group.canonical, 60)} ({group.label.value}, {len(group.mentions)})"
        for group in event.entities
    ]
    return Text(f"{one_line(event.headline or event.item_uri, 200)}\n  {', '.join(names)}")


def _render_ninjs(item: NinjsItem) -> Text:
    """Render the headline, then status and urgency."""
    headline = item.headlines[0].value if item.headlines else item.uri
    return Text(f"{one_line(headline, 200)}\n  {item.pub_status} · urgency {item.urgency}")
