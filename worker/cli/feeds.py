"""`copytaster feeds`: the feeds, their state and their polls."""

from datetime import UTC, datetime

import click
import msgspec
from rich.table import Table
from rich.text import Text

from worker.cli.feeds_add import add_feed
from worker.cli.feeds_import import import_feeds, suggest_feeds
from worker.cli.feeds_opml import export_feeds
from worker.cli.feeds_read import read
from worker.cli.feeds_try import try_feed
from worker.cli.root import pass_settings
from worker.cli.sources import WORDS
from worker.cli.store import open_cli_store
from worker.cli.unsubscribe import end_subscription
from worker.model import Feed, FeedState
from worker.model.redaction import redact
from worker.polling.explain import explain_due_time
from worker.render.console import Failure, one_line, open_console, print_json
from worker.render.feeds import (
    FeedLine,
    feed_json,
    feeds_table,
    find_feed,
    history_table,
    name_of_feed,
    say_due,
    say_last_answer,
    shown_feed,
)
from worker.render.subscriptions import hub_rows
from worker.services import resume_polls
from worker.settings import Settings

__all__ = ["feeds"]


@click.group()
def feeds() -> None:
    """Add, list, show, poll, pause, remove, suggest, import and export feeds."""


feeds.add_command(add_feed)
feeds.add_command(read)
feeds.add_command(export_feeds)
feeds.add_command(import_feeds)
feeds.add_command(suggest_feeds)


@feeds.command("list", short_help="List all feeds.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per feed.")
@pass_settings
def list_feeds(settings: Settings, *, as_json: bool) -> None:
    """List all feeds with the time of the next poll and the result of the last poll.

    Each feed takes a line, which cuts long URLs in the middle; --json shows them whole.
    """
    rows: list[FeedLine] = []
    now = datetime.now(UTC)
    with open_cli_store(settings) as store:
        for feed in store.feeds.all():
            state, is_paused = store.feeds.state(feed.id), store.feeds.is_paused(feed.id)
            if as_json:
                print_json(msgspec.json.encode(shown_feed(feed, state, is_paused=is_paused)))
                continue
            row = FeedLine(
                id=feed.id,
                name=one_line(name_of_feed(feed)),
                agency=one_line(feed.agency),
                due=say_due(state, now, is_paused=is_paused),
                last=one_line(say_last_answer(feed, state), 100),
                items=str(state.items_seen),
                is_failing=state.failures > 0,
            )
            rows.append(row)
    console = open_console()
    if rows:
        console.print(feeds_table(rows, console.width))
    elif not as_json:
        click.echo("no feeds yet; `copytaster feeds add URL`, or `copytaster feeds suggest`")


@feeds.command("show")
@click.argument("name", metavar="ID|URL", type=WORDS)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@pass_settings
def show_feed(settings: Settings, *, name: str, as_json: bool) -> None:
    """Show a feed with its configuration, its state and its last polls."""
    with open_cli_store(settings) as store:
        feed = find_feed(store, name)
        state = store.feeds.state(feed.id)
        whole, history = feed_json(store, feed, state), store.feeds.history(feed.id)
        hub = dict(hub_rows(state, store.subscriptions.get(feed.id), settings))
    if as_json:
        print_json(msgspec.json.encode(whole))
        return
    configured = {name: getattr(feed, name) for name in feed.__struct_fields__}
    configured |= {"full_text": feed.full_text or None, "paused": whole.get("paused")}
    configured["interval_s"] = feed.interval_s or "by its cadence"
    facts = Table.grid(padding=(0, 2, 0, 0))
    for field, value in (configured | _state_rows(feed, state) | hub).items():
        if value not in ("", None):
            facts.add_row(Text(field, style="dim"), Text(one_line(_say(value))))
    open_console().print(facts, *(["", history_table(history)] if history else []), sep="\n")


def _state_rows(feed: Feed, state: FeedState) -> dict[str, object]:
    """Return the fields of the state to show; a field without information is None."""
    rows: dict[str, object] = {name: getattr(state, name) for name in state.__struct_fields__}
    for field in ("interval_s", "url"):  # the configuration has fields of the same names
        rows[f"{field} now"] = rows.pop(field)
    rows["interval_s now"] = _say_interval(state)
    for field in ("hub", "topic", "pushes", "missed"):  # shown with the subscription
        del rows[field]
    for field in ("fresh_s", "pace_s", "empty", "needs_whole", "new_entries", "watched_s"):
        rows[field] = rows[field] or None
    rows["why"] = explain_due_time(feed, state) if state.polled_at else None
    return rows


def _say_interval(state: FeedState) -> str | None:
    """Return the interval, and the wait for the next poll where it is longer.

    The wait of a new feed is up to twice its interval, so that feeds do not come together.
    """
    if not state.interval_s:
        return None
    if state.due_at is None or state.polled_at is None:
        return str(state.interval_s)
    wait_s = round((state.due_at - state.polled_at).total_seconds())
    longer = f"; this time {wait_s}, to spread the polls" if wait_s > state.interval_s + 1 else ""
    return f"{state.interval_s}{longer}"


def _say(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S %Z}"
    return redact(str(value))


@feeds.command("poll", short_help="Make a feed due now.")
@click.argument("name", metavar="ID|URL", type=WORDS)
@pass_settings
def poll_feed(settings: Settings, *, name: str) -> None:
    """Make a feed due now; it is polled at once while `copytaster dispatch` or `up` runs."""
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
    """Suspend the polls of a feed, and keep its state."""
    with open_cli_store(settings) as store:
        feed = find_feed(store, name)
        # The pause comes first: a poll after the end of the subscription would renew it.
        store.feeds.pause(feed.id)
        end_subscription(settings, store, feed.id)
    click.echo(f"{feed.id} is paused: {redact(feed.url)}")


@feeds.command("resume", short_help="Resume the polls of a paused feed.")
@click.argument("name", metavar="ID|URL", type=WORDS)
@pass_settings
def resume_feed(settings: Settings, *, name: str) -> None:
    """Resume the polls of a paused feed; its due time stays as it was.

    A feed that waited for pushes of its hub is due by its ordinary interval.
    """
    with open_cli_store(settings) as store:
        feed = find_feed(store, name)
        if not resume_polls(settings, store, feed.id):
            raise Failure(f"{feed.id} is not paused")
    click.echo(f"{feed.id} is polled again: {redact(feed.url)}")


@feeds.command("remove")
@click.argument("name", metavar="ID|URL", type=WORDS)
@pass_settings
def remove_feed(settings: Settings, *, name: str) -> None:
    """Remove a feed together with its state."""
    with open_cli_store(settings) as store:
        feed = find_feed(store, name)
        store.feeds.remove(feed.id)
        end_subscription(settings, store, feed.id)
    click.echo(f"{feed.id} removed: {redact(feed.url)}")


feeds.add_command(try_feed)
