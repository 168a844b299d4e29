"""`copytaster explain`: the schedule of a feed, or the history of an item."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click
import msgspec
from rich.table import Table
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.sources import WORDS
from worker.cli.store import open_cli_store
from worker.model import Feed, FeedState, feed_id, poll_url
from worker.model.inbox import DeadLetter
from worker.model.polling import HostSlot
from worker.model.publishing import ItemTrace
from worker.model.redaction import redact
from worker.polling.explain import describe_cadence, describe_publisher_terms, explain_due_time
from worker.ports import Store
from worker.render.console import Failure, one_line, open_console, print_json
from worker.render.feeds import feed_json, history_table, name_of_feed, say_due, say_wait
from worker.render.subscriptions import hub_rows
from worker.settings import Settings

__all__ = ["explain"]

_LETTERS = 100


@click.command()
@click.argument("name", metavar="FEED|URI", type=WORDS)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_settings
def explain(settings: Settings, *, name: str, as_json: bool) -> None:
    """Explain the schedule of a feed, or the history of an item.

    For a feed, given by id or URL: its last polls, the reason for the time of the next poll, and
    the interval that the publisher asked for. For an item, given by uri: the version in progress,
    the published version, its desks and its dead letters.
    """
    with open_cli_store(settings) as store:
        feed = store.feeds.get(feed_id(name) if "://" in name else name) or store.feeds.get(
            feed_id(name)
        )
        if feed is not None:
            _explain_feed(settings, store, feed, as_json=as_json)
        else:
            _explain_item(store, name, as_json=as_json)


def _explain_feed(settings: Settings, store: Store, feed: Feed, *, as_json: bool) -> None:
    state, is_paused = store.feeds.state(feed.id), store.feeds.is_paused(feed.id)
    # Without wait and spacing the slot is only looked at, not taken.
    host = store.hosts.take_slot(urlsplit(poll_url(feed, state)).hostname or "", 0, 0)
    # In the JSON "asked" and "rhythm" keep their names, which programs know; the rows below use the
    # terms of the glossary.
    explained = {
        "why": "a person paused it" if is_paused else explain_due_time(feed, state),
        "asked": describe_publisher_terms(state),
        "rhythm": describe_cadence(state),
        "health": list(state.health),
        "host": _say_host(host),
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
        ("publisher", f"asks for {explained['asked']}"),
        ("cadence", str(explained["rhythm"]).removeprefix("its rhythm: ")),
        ("host", str(explained["host"])),
        *hub_rows(state, store.subscriptions.get(feed.id), settings),
    ]
    history = store.feeds.history(feed.id)
    _print(rows)
    if history:
        open_console().print(Text(""), history_table(history), sep="\n")


def _say_last(state: FeedState) -> str:
    if state.polled_at is None:
        return "not polled yet"
    return f"{state.error or f'HTTP {state.status}'}, {state.polled_at:%Y-%m-%d %H:%M:%S %Z}"


def _say_host(host: HostSlot) -> str:
    strikes = f", {host.strikes} strikes" if host.strikes else ""
    if host.is_slowed:
        return f"asked us to wait, {say_wait(round(host.wait_s))} more{strikes}"
    return f"may be asked{strikes}"


def _explain_item(store: Store, uri: str, *, as_json: bool) -> None:
    trace, letters = store.publications.trace(uri), tuple(_letters(store, uri))
    shown = store.feeds.showing(uri)
    if trace == ItemTrace() and not letters and not shown:
        raise Failure(f"neither a feed nor a remembered item: {one_line(redact(uri), 200)!r}")
    if as_json:
        dead = [{"id": letter.id, "reason": redact(letter.reason)} for letter in letters]
        print_json(
            msgspec.json.encode(
                {"uri": uri, **msgspec.to_builtins(trace), "on_feeds": shown, "dead_letters": dead}
            )
        )
        return
    _print([("item", uri), *_item_rows(store, trace, shown, letters)])


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


def _letters(store: Store, uri: str) -> Iterator[DeadLetter]:
    """Yield the dead letters of a uri, newest first.

    All letters are read, since the store has no index of them by uri.
    """
    letters = store.dead_letters.list(_LETTERS)
    while letters:
        yield from (letter for letter in letters if letter.item == uri)
        letters = store.dead_letters.list(_LETTERS, before=letters[-1].id)


def _print(rows: list[tuple[str, str]]) -> None:
    facts = Table.grid(padding=(0, 2, 0, 0))
    for name, value in rows:
        facts.add_row(Text(name, style="dim"), Text(one_line(redact(value))))
    open_console().print(facts)
