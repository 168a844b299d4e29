"""`copytaster feeds`: what is polled, and what polling has taught us."""

from datetime import UTC, datetime

import click
import msgspec
from rich.table import Table
from rich.text import Text

from worker.cli.feeds_opml import export_feeds, load_feeds
from worker.cli.feeds_read import read
from worker.cli.feeds_try import try_feed
from worker.cli.root import pass_settings
from worker.cli.sources import WORDS
from worker.cli.store import open_cli_store
from worker.cli.unsubscribe import end_subscription
from worker.inbox.messages import FeedRequest, read_message
from worker.log import redact
from worker.model import Feed, FeedState, feed_id
from worker.polling.explain import say_why
from worker.render.console import Failure, one_line, open_console, print_json, table
from worker.render.feeds import (
    feed_json,
    find_feed,
    history_table,
    name_of_feed,
    say_due,
    shown_feed,
)
from worker.render.subscriptions import hub_rows
from worker.settings import Settings

__all__ = ["feeds"]


@click.group()
def feeds() -> None:
    """The feeds that are polled: add, list, show, poll now, pause, remove, import, export."""


feeds.add_command(read)
feeds.add_command(export_feeds)


@feeds.command("add")
@click.argument("url", type=WORDS)
@click.option("--name", type=WORDS, help="What people call it.")
@click.option("--agency", type=WORDS, help="The agency whose copy it carries.")
@click.option("--language", type=WORDS, help="As an IETF tag: en, uk, pt-BR.")
@click.option(
    "--interval-s",
    type=click.IntRange(1),
    help="Seconds between polls. [default: as its rhythm asks]",
)
@click.option(
    "--full-text/--no-full-text",
    default=None,
    help="Read the page behind each entry, for a feed that has summaries only.",
)
@pass_settings
def add_feed(settings: Settings, *, url: str, **said: str | int | None) -> None:
    """Add a feed, or change what we were told of it; what is not said stays as it is."""
    told = {name: value for name, value in said.items() if value is not None}
    with open_cli_store(settings) as store:
        known = store.feeds.get(feed_id(url))
        before = {} if known is None else msgspec.to_builtins(known)
        before.pop("id", None)
        before.pop("url", None)
        feed = _checked({**before, **told, "feed": url}, settings)
        store.feeds.add([feed])
    click.echo(f"{feed.id} {'added' if known is None else 'changed'}: {redact(feed.url)}")


def _checked(message: dict[str, object], settings: Settings) -> Feed:
    """The feed, held to the same rules as one that comes in a message."""
    encoded = msgspec.json.encode(message).decode()
    request = read_message({"message": encoded}, limit_bytes=settings.message_limit_bytes)
    assert isinstance(request, FeedRequest)
    return request.feed


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a feed.")
@pass_settings
def list_feeds(settings: Settings, *, as_json: bool) -> None:
    """List all feeds: when each is due and what the last poll said."""
    rows = table("Id", "Feed", "Agency", "Due", "Last", "Items")
    rows.columns[0].no_wrap = True
    now = datetime.now(UTC)
    with open_cli_store(settings) as store:
        for feed in store.feeds.all():
            state, is_paused = store.feeds.state(feed.id), store.feeds.is_paused(feed.id)
            if as_json:
                print_json(msgspec.json.encode(shown_feed(feed, state, is_paused=is_paused)))
                continue
            rows.add_row(
                feed.id,
                Text(one_line(name_of_feed(feed))),
                Text(one_line(feed.agency)),
                say_due(state, now, is_paused=is_paused),
                Text(_say_last(feed, state), style="red" if state.failures else ""),
                str(state.items_seen),
            )
    if not as_json:
        open_console().print(
            rows if rows.row_count else Text("no feeds; `copytaster feeds add URL`")
        )


@feeds.command("show")
@click.argument("name", metavar="ID|URL", type=WORDS)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_settings
def show_feed(settings: Settings, *, name: str, as_json: bool) -> None:
    """Show all that is known of one feed, and its last polls."""
    with open_cli_store(settings) as store:
        feed = find_feed(store, name)
        state = store.feeds.state(feed.id)
        whole, history = feed_json(store, feed, state), store.feeds.history(feed.id)
        pushed = dict(hub_rows(state, store.subscriptions.get(feed.id), settings))
    if as_json:
        print_json(msgspec.json.encode(whole))
        return
    facts = Table.grid(padding=(0, 2, 0, 0))
    known = {name: getattr(feed, name) for name in feed.__struct_fields__}
    known["full_text"] = feed.full_text or None
    known["paused"] = whole.get("paused")
    learned = {name: getattr(state, name) for name in state.__struct_fields__}
    for field in ("interval_s", "url"):
        learned[f"{field} now"] = learned.pop(field)
    for field in ("hub", "topic", "pushes", "missed"):
        del learned[field]
    for field in ("fresh_s", "pace_s", "empty", "needs_whole", "new_entries", "watched_s"):
        learned[field] = learned[field] or None
    learned["why"] = say_why(feed, state) if state.polled_at else None
    for field, value in (known | learned | pushed).items():
        if value not in ("", None):
            facts.add_row(Text(field, style="dim"), Text(one_line(_say(value))))
    open_console().print(facts, *(["", history_table(history)] if history else []), sep="\n")


def _say(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S %Z}"
    return redact(str(value))


@feeds.command("poll")
@click.argument("name", metavar="ID|URL", type=WORDS)
@pass_settings
def poll_feed(settings: Settings, *, name: str) -> None:
    """Make a feed due now. A running `copytaster dispatch` or `up` then polls it."""
    with open_cli_store(settings) as store:
        feed = find_feed(store, name)
        if store.feeds.is_paused(feed.id):
            raise Failure(f"{feed.id} is paused; `copytaster feeds resume {feed.id}` first")
        store.feeds.poll_now(feed.id)
    click.echo(f"{feed.id} is due now: {redact(feed.url)}")


@feeds.command("pause")
@click.argument("name", metavar="ID|URL", type=WORDS)
@pass_settings
def pause_feed(settings: Settings, *, name: str) -> None:
    """Poll a feed no more until it is resumed. Nothing of it is forgotten."""
    with open_cli_store(settings) as store:
        feed = find_feed(store, name)
        store.feeds.pause(feed.id)
        end_subscription(settings, store, feed.id)
    click.echo(f"{feed.id} is paused: {redact(feed.url)}")


@feeds.command("resume")
@click.argument("name", metavar="ID|URL", type=WORDS)
@pass_settings
def resume_feed(settings: Settings, *, name: str) -> None:
    """Poll a paused feed again, when it would have been due and not before."""
    with open_cli_store(settings) as store:
        feed = find_feed(store, name)
        if not store.feeds.resume(feed.id):
            raise Failure(f"{feed.id} is not paused")
    click.echo(f"{feed.id} is polled again: {redact(feed.url)}")


@feeds.command("remove")
@click.argument("name", metavar="ID|URL", type=WORDS)
@pass_settings
def remove_feed(settings: Settings, *, name: str) -> None:
    """Stop polling a feed and forget what polling it has taught us."""
    with open_cli_store(settings) as store:
        feed = find_feed(store, name)
        store.feeds.remove(feed.id)
        end_subscription(settings, store, feed.id)
    click.echo(f"{feed.id} removed: {redact(feed.url)}")


@feeds.command("import")
@click.argument("file", metavar="FILE")
@pass_settings
def import_feeds(settings: Settings, *, file: str) -> None:
    """Add the feeds of an OPML file or a feeds.toml, or change what we were told of them."""
    found = load_feeds(file)
    with open_cli_store(settings) as store:
        new = store.feeds.add(found)
    click.echo(f"{len(found)} feeds read, {new} of them new")


feeds.add_command(try_feed)


def _say_last(feed: Feed, state: FeedState) -> str:
    if state.polled_at is None:
        return "not polled yet"
    error = redact((state.error or f"HTTP {state.status}").removeprefix(f"{feed.url}: "))
    said = one_line(error.removeprefix(f"{redact(feed.url)}: "), 80)
    return f"{said} ({state.failures} in a row)" if state.failures > 1 else said
