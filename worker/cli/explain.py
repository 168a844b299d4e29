"""`copytaster explain`: the schedule of a feed, or the history of an item."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import msgspec
from rich.table import Table
from rich.text import Text

from worker.cli.item_history import Item, Step, look_up, read_history
from worker.cli.item_search import MOST, Seen, find_items, open_past
from worker.cli.root import pass_settings
from worker.cli.sources import WORDS
from worker.cli.store import desk_lengths, open_cli_store
from worker.desks.file import load_desks
from worker.model import Feed, FeedState, feed_id, poll_url
from worker.model.inbox import DeadLetter
from worker.model.moments import in_utc
from worker.model.publishing import ItemTrace
from worker.model.redaction import redact
from worker.polling.explain import describe_cadence, describe_publisher_terms, explain_due_time
from worker.ports import Store
from worker.render.console import Failure, one_line, open_console, print_json, table
from worker.render.feeds import feed_json, history_table, name_of_feed, say_due, say_host
from worker.render.subscriptions import hub_rows
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.archive import Archive

__all__ = ["explain"]


@click.command()
@click.argument("words", metavar="FEED|ITEM...", type=WORDS, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_settings
def explain(settings: Settings, *, words: tuple[str, ...], as_json: bool) -> None:
    """Explain the schedule of a feed, or the history of an item.

    For a feed, given by id or URL: its last polls, the reason for the time of the next poll, and
    the interval that the publisher asked for. For an item, given by its uri or guid, its link, the
    id of one of its events, or words of its headline: the version in progress, the published
    version, its desks, and its history with times. If several items match, they are listed.
    """
    name = " ".join(words)
    with open_cli_store(settings) as store:
        # An id, a URL, or a URL without a scheme (`news.example/rss`).
        feed = store.feeds.get(feed_id(name) if "://" in name else name) or store.feeds.get(
            feed_id(name)
        )
        if feed is not None:
            _explain_feed(settings, store, feed, as_json=as_json)
            return
        with open_past(settings) as past:
            _explain_item(store, past, _desks(settings, store), name, as_json=as_json)


def _desks(settings: Settings, store: Store) -> tuple[str, ...]:
    """Return the names of the desks that are configured or still have events."""
    configured = (desk.name for desk in load_desks(settings.desks))
    return tuple(dict.fromkeys((*configured, *desk_lengths(store))))


def _explain_feed(settings: Settings, store: Store, feed: Feed, *, as_json: bool) -> None:
    state, is_paused = store.feeds.state(feed.id), store.feeds.is_paused(feed.id)
    # With a wait and a spacing of 0 s this reads the state of the host and takes no slot.
    host = store.hosts.take_slot(urlsplit(poll_url(feed, state)).hostname or "", 0, 0)
    # The members "asked" and "rhythm" keep their names, since programs read them; the rows below
    # use the terms of the glossary.
    explained = {
        "why": "a person paused it" if is_paused else explain_due_time(feed, state),
        "asked": describe_publisher_terms(state),
        "rhythm": describe_cadence(state),
        "health": list(state.health),
        "host": say_host(host),
    }
    if as_json:
        print_json(msgspec.json.encode({**feed_json(store, feed, state), "explained": explained}))
        return
    rows = [
        ("feed", f"{name_of_feed(feed)} ({feed.id})"),
        ("polled at", poll_url(feed, state)),
        ("health", ", ".join(state.health) or "OK"),
        ("last", _say_last(state)),
        ("next", f"{say_due(state, datetime.now(UTC), is_paused=is_paused)}: {explained['why']}"),
        ("publisher", _say_terms(str(explained["asked"]))),
        ("cadence", str(explained["rhythm"]).removeprefix("its rhythm: ")),
        ("host", str(explained["host"])),
        *hub_rows(state, store.subscriptions.get(feed.id), settings),
    ]
    history = store.feeds.history(feed.id)
    _print(rows)
    if history:
        open_console().print(Text(""), history_table(history), sep="\n")


def _say_terms(asked: str) -> str:
    return "asks for nothing" if asked == "nothing" else asked


def _say_last(state: FeedState) -> str:
    if state.polled_at is None:
        return "not polled yet"
    return f"{state.error or f'HTTP {state.status}'}, {state.polled_at:%Y-%m-%d %H:%M:%S %Z}"


def _explain_item(
    store: Store, past: "Archive | None", desks: tuple[str, ...], name: str, *, as_json: bool
) -> None:
    item = look_up(store, name)
    if not item.is_known:
        found = find_items(store, past, desks, name)
        if not found:
            shown = one_line(redact(name), 200)
            raise Failure(f"neither a feed nor a remembered item: {shown!r}")
        if len(found) > 1:
            _list(found, as_json=as_json)
            return
        item = look_up(store, found[0].uri)
    steps = read_history(store, past, item, desks)
    if as_json:
        _print_json(item, steps)
        return
    _print([("item", item.uri), *_item_rows(store, item.trace, item.shown, item.letters)])
    if steps:
        open_console().print(Text(""), _history(steps), sep="\n")


def _print_json(item: Item, steps: tuple[Step, ...]) -> None:
    dead = [{"id": letter.id, "reason": redact(letter.reason)} for letter in item.letters]
    known = {**msgspec.to_builtins(item.trace), "on_feeds": item.shown, "dead_letters": dead}
    print_json(msgspec.json.encode({"uri": item.uri, **known, "history": steps}))


def _list(found: tuple[Seen, ...], *, as_json: bool) -> None:
    """Print the items that match, to choose from."""
    if as_json:
        print_json(msgspec.json.encode({"matches": found[:MOST]}))
        return
    rows = table("Seen", "Item")
    for seen in found[:MOST]:
        item = Text(one_line(seen.headline or seen.uri, 200), style="bold")
        item.append(f"\n{one_line(redact(seen.uri))}", style="not bold dim")
        rows.add_row(f"{seen.at:%Y-%m-%d %H:%M:%S}", item)
    console = open_console()
    console.print(rows)
    more = ", and more" if len(found) > MOST else ""
    console.print(f"{min(len(found), MOST)} items match{more}; give the uri of one of them")


def _history(steps: tuple[Step, ...]) -> Table:
    """Return a table with a row per step, in the order of time."""
    rows = table("Time (UTC)", "Step", "Version", "Details")
    for step in steps:
        ids = [
            f"desk {step.desk}" if step.desk else "",
            f"event {step.event_id}" if step.event_id else "",
            f"entry {step.entry_id}" if step.entry_id else "",
        ]
        details = ", ".join(part for part in (*ids, step.detail) if part)
        rows.add_row(
            f"{in_utc(step.at):%Y-%m-%d %H:%M:%S.%f}"[:-3],
            step.what,
            Text(one_line(step.version, 40)),
            Text(one_line(redact(details))),
        )
    return rows


def _item_rows(
    store: Store, trace: ItemTrace, shown: tuple[str, ...], letters: tuple[DeadLetter, ...]
) -> Iterator[tuple[str, str]]:
    if trace.is_held:
        yield "waits", "for the end of its embargo"
    if trace.admitted is not None:
        yield "in progress", f"version {trace.admitted}, which a poll put on a work stream"
    yield "published", "nothing yet" if trace.version is None else f"version {trace.version}"
    yield "desks", ", ".join(trace.desks) or "none"
    if trace.is_withdrawn:
        yield "kill", "withdrawn by a kill"
    if trace.withheld:
        yield "withheld", f"version {trace.withheld}, by the kill {trace.withheld_by}"
    for feed_id_ in shown:
        feed = store.feeds.get(feed_id_)
        yield "on feed", f"{name_of_feed(feed)} ({feed_id_})" if feed else f"{feed_id_}, removed"
    for letter in letters:
        yield "dead letter", f"{letter.id}: {letter.reason}"


def _print(rows: list[tuple[str, str]]) -> None:
    facts = Table.grid(padding=(0, 2, 0, 0))
    for name, value in rows:
        facts.add_row(Text(name, style="dim"), Text(one_line(redact(value))))
    open_console().print(facts)
