"""`copytaster status`: counts, ages and problems of the whole pipeline."""

import time
from collections.abc import Mapping
from contextlib import closing
from functools import partial

import click
import msgspec
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from worker.broker.check import BrokerReport, find_problems, inspect_broker
from worker.broker.queues import QueueLength, queue_lengths
from worker.cli.root import pass_settings
from worker.cli.store import find_broker, open_cli_store
from worker.errors import BrokerError
from worker.model import HEALTH
from worker.model.backlog import Backlog, ReaderBacklog, Retention
from worker.model.redaction import redact, without_secrets
from worker.polling.backpressure import find_throttle
from worker.ports import Store
from worker.render.console import one_line, open_console, print_json, quiet_end, table
from worker.render.feeds import say_wait
from worker.settings import Settings
from worker.store.connection import Connection

__all__ = ["status"]

_EVERY_S = 2.0
_YEAR_S = 365 * 86_400
"""Longer times are extrapolated from few entries, and are shown as over a year."""

_LABELS = {
    "feeds": "feeds",
    "due": "feeds due now",
    "paused": "feeds paused",
    "failing": "feeds failing",
    "slowed": "feeds asked to wait",
    "gone": "feeds gone",
    "empty": "feeds without entries",
    "moved": "feeds moved",
    "inbox": "messages on the inbox",
    "inbox_pending": "of these, in progress",
    "pages": "pages to read",
    "held": "items held by an embargo",
    "dead": "dead letters",
}

_ONE_LABELS = {
    "feeds": "feed",
    "due": "feed due now",
    "paused": "feed paused",
    "failing": "feed failing",
    "slowed": "feed asked to wait",
    "gone": "feed gone",
    "empty": "feed without entries",
    "moved": "feed moved",
    "inbox": "message on the inbox",
    "inbox_pending": "of these, in progress",
    "pages": "page to read",
    "held": "item held by an embargo",
    "dead": "dead letter",
}
"""The labels of a single one."""

_KEPT_LABELS = {"copies": "archived items", "firsts": "originals", "dead": "dead letters"}
"""The labels of bounded stores whose names in the JSON differ from the glossary."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the counts as a JSON object.")
@click.option("--watch", is_flag=True, help="Refresh every two seconds, until Ctrl-C.")
@pass_settings
def status(settings: Settings, *, as_json: bool, watch: bool) -> None:
    """Show the feeds and their health, the inbox, the task queues, the desks and their readers.

    The first line is the broker's URL, for COPYTASTER_REDIS_URL of other programs, without the
    password.
    """
    with quiet_end(), open_cli_store(settings) as store:
        collect = partial(
            _collect, msgspec.structs.replace(settings, redis_url=find_broker(settings))
        )
        console = open_console()
        if not watch:
            _show(collect(store), as_json=as_json)
            return
        # `Live` moves the cursor, which would fill a file or a pipe with control characters.
        if as_json or not console.is_terminal:
            while True:
                _show(collect(store), as_json=as_json)
                time.sleep(_EVERY_S)
        with Live(_live(collect(store)), console=console, auto_refresh=False) as live:
            while True:
                time.sleep(_EVERY_S)
                live.update(_live(collect(store)), refresh=True)


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot of the pipeline.

    `queues` is None if Celery's broker does not answer; `trouble` is then the reason.
    """

    broker: str
    report: BrokerReport
    counts: Mapping[str, int]
    pages: int
    backlog: Backlog
    retention: tuple[Retention, ...]
    queues: Mapping[str, QueueLength] | None
    trouble: str = ""


def _collect(settings: Settings, store: Store) -> _Status:
    queues, trouble = None, ""
    # If RabbitMQ does not answer, everything else is on the store's server, and still worth seeing.
    try:
        queues = queue_lengths(settings)
    except BrokerError as error:
        trouble = redact(str(error))
    return _Status(
        broker=without_secrets(settings.redis_url),
        report=_report(settings),
        counts=store.stats.sizes(),
        pages=store.pages.waiting(),
        backlog=store.stats.backlog(),
        retention=store.stats.retention(),
        queues=queues,
        trouble=trouble,
    )


def _report(settings: Settings) -> BrokerReport:
    with closing(Connection(settings.redis_url)) as server:
        return inspect_broker(server)


def _show(snapshot: _Status, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.json.encode(_as_object(snapshot)))
    else:
        console = open_console()
        console.print(_broker(snapshot), soft_wrap=True)  # a folded URL would be none
        console.print(_render(snapshot))


def _as_object(snapshot: _Status) -> dict[str, object]:
    """Return the object of --json; docs/deploy.md describes its members."""
    backlog, throttle = snapshot.backlog, find_throttle(snapshot.backlog)
    return {
        "broker": snapshot.broker,
        "broker_checks": {
            **msgspec.structs.asdict(snapshot.report),
            "problems": find_problems(snapshot.report),
        },
        **snapshot.counts,
        "pages": snapshot.pages,
        "late_s": _late_s(snapshot),
        "polls": throttle.state,
        "polls_reason": throttle.reason,
        "memory": {"used_bytes": backlog.memory_used, "limit_bytes": backlog.memory_limit},
        "inboxes": backlog.inboxes,
        "queues": snapshot.queues,
        "readers": backlog.readers,
        "retention": snapshot.retention,
        "dead_dropped": backlog.dead_dropped,
    }


def _late_s(snapshot: _Status) -> float:
    return round(snapshot.backlog.late_s, 1)


def _render(snapshot: _Status) -> RenderableType:
    parts: list[RenderableType] = [_head(snapshot), _counts(snapshot), _queues(snapshot)]
    if any(name.startswith("desk:") for name in snapshot.counts):
        parts.append(_desks(snapshot))
    if snapshot.retention:
        parts.append(_retention(snapshot))
    spaced = [renderable for part in parts for renderable in (Text(""), part)]
    return Group(*spaced[1:])


def _live(snapshot: _Status) -> RenderableType:
    return Group(_broker(snapshot), _render(snapshot))


def _broker(snapshot: _Status) -> Text:
    return Text.assemble(("broker  ", "dim"), one_line(snapshot.broker), overflow="fold")


def _head(snapshot: _Status) -> Text:
    """Render the server, its problems, its memory if limited, and backpressure if there is any."""
    backlog, throttle = snapshot.backlog, find_throttle(snapshot.backlog)
    head = Text(overflow="fold")
    head.append(f"server  {one_line(f'{snapshot.report.server} {snapshot.report.version}')}")
    for problem in find_problems(snapshot.report):
        head.append(f"\n        {one_line(problem.reason)}", style="bold red")
    if backlog.memory_limit:
        share = backlog.memory_used / backlog.memory_limit
        head.append(f"\nmemory  {100 * share:.0f} % of {backlog.memory_limit / 2**20:,.0f} MiB")
    if throttle.state != "free":
        head.append(f"\npolls   {throttle.state}: {throttle.reason}", style="bold yellow")
    if snapshot.trouble:
        head.append(f"\ntasks   {one_line(snapshot.trouble)}", style="bold red")
    if backlog.dead_dropped:
        line = f"\ndead    {backlog.dead_dropped:,} letters have been dropped to make room"
        head.append(line, style="bold yellow")
    return head


def _counts(snapshot: _Status) -> Table:
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(justify="right")
    counts = dict(snapshot.counts) | ({"pages": snapshot.pages} if snapshot.pages else {})
    for name, label in _LABELS.items():
        # Zero paused or failing feeds are not worth a line; any other zero is an answer.
        if name in counts and (counts[name] or name not in {"paused", *HEALTH}):
            age = (
                f", overdue by up to {_late_s(snapshot):g} s"
                if name == "due" and counts[name]
                else ""
            )
            style = "bold red" if name == "dead" and counts[name] else ""
            noun = _ONE_LABELS.get(name, label) if counts[name] == 1 else label
            rows.add_row(str(counts[name]), Text(noun + age), style=style)
    return rows


def _queues(snapshot: _Status) -> Table:
    """Render the inbox streams and Celery's queues, in the order in which an item passes them."""
    rows = table("Queue", "Waiting", "In progress", "Oldest")
    _justify(rows, 1, 2, 3)
    # In reverse, `inbox:urgent` stands before `inbox`.
    for name, inbox in sorted(snapshot.backlog.inboxes.items(), reverse=True):
        oldest = "" if inbox.oldest_s is None else f"{inbox.oldest_s:.0f} s"
        rows.add_row(name, str(inbox.waiting), str(inbox.at_work), oldest)
    for name, length in (snapshot.queues or {}).items():
        unacked = length.unacknowledged
        rows.add_row(f"tasks {name}", str(length.waiting), "" if unacked is None else str(unacked))
    return rows


def _desks(snapshot: _Status) -> Table:
    """Render the desks, with a row for each durable reader."""
    rows = table("Desk", "Events", "Reader", "Lag", "Pending", "Lost")
    _justify(rows, 1, 3, 4, 5)
    for name, count in sorted(snapshot.counts.items()):
        if not name.startswith("desk:"):
            continue
        desk = name.removeprefix("desk:")
        first = (Text(one_line(desk)), str(count))
        readers = [reader for reader in snapshot.backlog.readers if reader.desk == desk]
        for reader in readers:
            cells = (str(reader.behind), str(reader.unconfirmed), _lost(reader))
            style = "bold red" if reader.lost else ""
            rows.add_row(*first, Text(one_line(reader.reader)), *cells, style=style)
            first = (Text(""), "")
        if not readers:
            rows.add_row(*first)
    return rows


def _retention(snapshot: _Status) -> Table:
    """Render the bounded stores: fill level, age, and retention at the present rate."""
    rows = table("Kept", "Size", "Limit", "Oldest", "Kept for, at this rate")
    _justify(rows, 1, 2, 3, 4)
    for kept in snapshot.retention:
        show = _mebibytes if kept.name == "copies" else _count
        cells = (show(kept.held), show(kept.most), say_wait(round(kept.oldest_s)))
        lasts = say_wait(round(kept.lasts_s)) if kept.lasts_s < _YEAR_S else "over a year"
        rows.add_row(Text(one_line(_KEPT_LABELS.get(kept.name, kept.name))), *cells, lasts)
    return rows


def _count(number: int) -> str:
    return f"{number:,}"


def _mebibytes(number: int) -> str:
    return f"{number / 2**20:,.1f} MiB"


def _lost(reader: ReaderBacklog) -> str:
    """Return the number of events that the reader ever lost, and the time of the last loss."""
    if reader.lost_s is None:
        return ""
    return f"{reader.lost}, last {say_wait(round(reader.lost_s))} ago"


def _justify(rows: Table, *columns: int) -> None:
    """Align columns of numbers to the right."""
    for number in columns:
        rows.columns[number].justify = "right"
