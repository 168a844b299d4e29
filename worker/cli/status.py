"""`copytaster status`: the counts at a glance."""

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

from worker.broker.check import BrokerReport, find_problems, look_at
from worker.broker.queues import QueueLength, queue_lengths
from worker.cli.root import pass_settings
from worker.cli.store import find_broker, open_cli_store
from worker.errors import BrokerError
from worker.log import redact
from worker.model import HEALTH
from worker.model.backlog import Backlog, ReaderBacklog, Retention
from worker.polling.backpressure import find_brake
from worker.ports import Store
from worker.render.console import one_line, open_console, print_json, quiet_end, table
from worker.render.feeds import say_wait
from worker.settings import Settings
from worker.store.connection import Connection

__all__ = ["status"]

_EVERY_S = 2.0
_YEAR_S = 365 * 86_400

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


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
@click.option("--watch", is_flag=True, help="Go on, every two seconds. Ctrl-C ends it.")
@pass_settings
def status(settings: Settings, *, as_json: bool, watch: bool) -> None:
    """Say how much is where: feeds and how they are, inbox, hints, desks and who reads them.

    The first line is the broker's URL, for COPYTASTER_REDIS_URL of programs of your own; a password
    is left out.
    """
    with quiet_end(), open_cli_store(settings) as store:
        look = partial(_look, msgspec.structs.replace(settings, redis_url=find_broker(settings)))
        console = open_console()
        if not watch:
            _show(look(store), as_json=as_json)
            return
        if as_json or not console.is_terminal:
            while True:
                _show(look(store), as_json=as_json)
                time.sleep(_EVERY_S)
        with Live(_render(look(store)), console=console, auto_refresh=False) as live:
            while True:
                time.sleep(_EVERY_S)
                live.update(_render(look(store)), refresh=True)


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found. `queues` is None where Celery's broker does not answer: `trouble`."""

    broker: str
    report: BrokerReport
    counts: Mapping[str, int]
    pages: int
    backlog: Backlog
    retention: tuple[Retention, ...]
    queues: Mapping[str, QueueLength] | None
    trouble: str = ""


def _look(settings: Settings, store: Store) -> _Status:
    queues, trouble = None, ""
    try:
        queues = queue_lengths(settings)
    except BrokerError as error:
        trouble = redact(str(error))
    return _Status(
        broker=redact(settings.redis_url),
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
        return look_at(server)


def _show(found: _Status, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.json.encode(_as_object(found)))
    else:
        open_console().print(_render(found))


def _as_object(found: _Status) -> dict[str, object]:
    """The object of --json; docs/deploy.md names its members."""
    backlog, brake = found.backlog, find_brake(found.backlog)
    return {
        "broker": found.broker,
        "broker_checks": {
            **msgspec.structs.asdict(found.report),
            "problems": find_problems(found.report),
        },
        **found.counts,
        "pages": found.pages,
        "late_s": _late_s(found),
        "polls": brake.word,
        "polls_reason": brake.reason,
        "memory": {"used_bytes": backlog.memory_used, "limit_bytes": backlog.memory_limit},
        "inboxes": backlog.inboxes,
        "queues": found.queues,
        "readers": backlog.readers,
        "retention": found.retention,
        "dead_dropped": backlog.dead_dropped,
    }


def _late_s(found: _Status) -> float:
    return round(found.backlog.late_s, 1)


def _render(found: _Status) -> RenderableType:
    parts: list[RenderableType] = [_head(found), _counts(found), _ways(found)]
    if any(name.startswith("desk:") for name in found.counts):
        parts.append(_desks(found))
    if found.retention:
        parts.append(_kept(found))
    spaced = [one for part in parts for one in (Text(""), part)]
    return Group(*spaced[1:])


def _head(found: _Status) -> Text:
    """Broker, its memory where that has a limit, and how polling is held back if it is."""
    backlog, brake = found.backlog, find_brake(found.backlog)
    head = Text.assemble(("broker  ", "dim"), one_line(found.broker), overflow="fold")
    head.append(f"\nserver  {one_line(f'{found.report.server} {found.report.version}')}")
    for problem in find_problems(found.report):
        head.append(f"\n        {one_line(problem.reason)}", style="bold red")
    if backlog.memory_limit:
        share = backlog.memory_used / backlog.memory_limit
        head.append(f"\nmemory  {100 * share:.0f} % of {backlog.memory_limit / 2**20:,.0f} MiB")
    if brake.word != "free":
        head.append(f"\npolls   {brake.word}: {brake.reason}", style="bold yellow")
    if found.trouble:
        head.append(f"\nhints   {one_line(found.trouble)}", style="bold red")
    if backlog.dead_dropped:
        words = f"\ndead    {backlog.dead_dropped:,} letters made room for others, ever"
        head.append(words, style="bold yellow")
    return head


def _counts(found: _Status) -> Table:
    whole = Table.grid(padding=(0, 2, 0, 0))
    whole.add_column(justify="right")
    counts = dict(found.counts) | ({"pages": found.pages} if found.pages else {})
    for name, words in _WORDS.items():
        if name in counts and (counts[name] or name not in {"paused", *HEALTH}):
            late = (
                f", the latest for {_late_s(found):g} s" if name == "due" and counts["due"] else ""
            )
            alarming = name == "dead" and counts[name]
            whole.add_row(
                str(counts[name]), Text(words + late), style="bold red" if alarming else ""
            )
    return whole


def _ways(found: _Status) -> Table:
    """The inbox streams and Celery's queues, in the order of the way."""
    rows = table("Way", "Waiting", "At work", "Oldest")
    _justify(rows, 1, 2, 3)
    for name, inbox in sorted(found.backlog.inboxes.items(), reverse=True):
        oldest = "" if inbox.oldest_s is None else f"{inbox.oldest_s:.0f} s"
        rows.add_row(name, str(inbox.waiting), str(inbox.at_work), oldest)
    for name, length in (found.queues or {}).items():
        at_work = length.unacknowledged
        rows.add_row(f"hints {name}", str(length.waiting), "" if at_work is None else str(at_work))
    return rows


def _desks(found: _Status) -> Table:
    """Each desk, with a row for each of its durable readers."""
    rows = table("Desk", "Events", "Reader", "Behind", "Taken", "Lost")
    _justify(rows, 1, 3, 4, 5)
    for name, count in sorted(found.counts.items()):
        if not name.startswith("desk:"):
            continue
        desk = name.removeprefix("desk:")
        first = (Text(one_line(desk)), str(count))
        readers = [one for one in found.backlog.readers if one.desk == desk]
        for one in readers:
            words = (str(one.behind), str(one.unconfirmed), _lost(one))
            style = "bold red" if one.lost else ""
            rows.add_row(*first, Text(one_line(one.reader)), *words, style=style)
            first = (Text(""), "")
        if not readers:
            rows.add_row(*first)
    return rows


def _kept(found: _Status) -> Table:
    """What is kept in a bounded number or size, and how long it lasts at the present rate."""
    rows = table("Kept", "Holds", "At most", "Oldest", "Lasts, at this rate")
    _justify(rows, 1, 2, 3, 4)
    for one in found.retention:
        show = _mebibytes if one.name == "copies" else _count
        words = (show(one.held), show(one.most), say_wait(round(one.oldest_s)))
        lasts = say_wait(round(one.lasts_s)) if one.lasts_s < _YEAR_S else "over a year"
        rows.add_row(Text(one_line(one.name)), *words, lasts)
    return rows


def _count(number: int) -> str:
    return f"{number:,}"


def _mebibytes(number: int) -> str:
    return f"{number / 2**20:,.1f} MiB"


def _lost(reader: ReaderBacklog) -> str:
    """How many events the reader has ever lost, and when it last lost some."""
    if reader.lost_s is None:
        return ""
    return f"{reader.lost}, last {say_wait(round(reader.lost_s))} ago"


def _justify(rows: Table, *columns: int) -> None:
    """Numbers stand under each other."""
    for number in columns:
        rows.columns[number].justify = "right"
