"""`copytaster status`: the counts at a glance."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import click
import msgspec
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.store import find_broker, open_cli_store
from worker.cli.terminal import one_line, open_console, print_json, quiet_end, table
from worker.log import redact
from worker.model import HEALTH
from worker.ports import Store
from worker.settings import Settings

__all__ = ["status"]

_EVERY_S = 2.0
_LATENESS_FEEDS = 1000
"""With more feeds than this, looking at each for the latest one would be work."""

_WORDS = {
    "feeds": "feeds",
    "due": "feeds due now",
    "paused": "feeds that are paused",
    "failing": "feeds that fail",
    "slowed": "feeds that were asked to wait",
    "gone": "feeds that are gone",
    "empty": "feeds without an entry",
    "moved": "feeds that moved",
    "inbox": "messages on the inbox",
    "inbox_pending": "of these, being worked on",
    "pages": "pages that shall be read",
    "held": "items that wait for their time",
    "dead": "dead letters",
}


@click.command(short_help="Say how much is where.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
@click.option("--watch", is_flag=True, help="Go on, every two seconds. Ctrl-C ends it.")
@pass_settings
def status(settings: Settings, *, as_json: bool, watch: bool) -> None:
    """Say how much is where: feeds and how they are, inbox, desks, dead letters.

    The first line is the broker's URL, for COPYTASTER_REDIS_URL of programs of your own; a password
    is left out.
    """
    with quiet_end(), open_cli_store(settings) as store:
        broker = redact(find_broker(settings))
        if not watch:
            _show(broker, _counts(store), as_json=as_json)
            return
        if as_json or not open_console().is_terminal:
            while True:
                _show(broker, _counts(store), as_json=as_json)
                time.sleep(_EVERY_S)
        console = open_console()
        with Live(_render(broker, _counts(store)), console=console, auto_refresh=False) as live:
            while True:
                time.sleep(_EVERY_S)
                live.update(_render(broker, _counts(store)), refresh=True)


def _show(broker: str, counts: Mapping[str, float], *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.json.encode({"broker": broker, **counts}))
    else:
        open_console().print(_render(broker, counts))


def _counts(store: Store) -> dict[str, float]:
    """The store's sizes, and how many seconds the feed that waits longest is late."""
    counts: dict[str, float] = dict(store.sizes())
    if waiting := store.pages.waiting():
        counts["pages"] = waiting
    if counts.get("due", 0) and counts.get("feeds", 0) <= _LATENESS_FEEDS:
        polled = (feed.id for feed in store.feeds() if not store.is_paused(feed.id))
        moments = [store.feed_state(feed_id).due_at for feed_id in polled]
        due = [moment for moment in moments if moment is not None]
        if due:
            late_s = (datetime.now(UTC) - min(due)).total_seconds()
            counts["late_s"] = round(max(0.0, late_s), 1)
    return counts


def _render(broker: str, counts: Mapping[str, float]) -> RenderableType:
    whole = Table.grid(padding=(0, 2, 0, 0))
    whole.add_column(justify="right")
    for name, words in _WORDS.items():
        if name in counts and (counts[name] or name not in {"paused", *HEALTH}):
            alarming = name == "dead" and counts[name]
            whole.add_row(str(counts[name]), Text(words), style="bold red" if alarming else "")
    if "late_s" in counts:
        whole.add_row(str(counts["late_s"]), Text("seconds late: the feed that waits longest"))
    desks = table("Desk", "Events")
    for name, count in sorted(counts.items()):
        if name.startswith("desk:"):
            desks.add_row(Text(one_line(name.removeprefix("desk:"))), str(count))
    head = Text.assemble(("broker  ", "dim"), one_line(broker), overflow="fold")
    shown: list[RenderableType] = [head, Text(""), whole]
    if desks.row_count:
        shown += [Text(""), desks]
    return Group(*shown)
