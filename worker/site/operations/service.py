"""The page of the service: processes, queues, desks, memory, retention, versions and settings."""

import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from worker import __version__
from worker.broker.check import BrokerReport, find_problems, inspect_broker
from worker.broker.queues import queue_lengths
from worker.errors import BrokerError
from worker.model.backlog import Backlog, ReaderBacklog, Retention
from worker.model.redaction import redact, without_secrets
from worker.polling.backpressure import Throttle, find_throttle
from worker.render.feeds import say_wait
from worker.settings import ENV_PREFIX, Settings
from worker.site.context import SiteContext
from worker.site.operations.forms import Forms
from worker.site.pages.frame import render
from worker.store.connection import Connection

__all__ = ["service_routes"]

_SILENT_AFTER_S = 30
"""The age of a heartbeat after which health checks call a process unhealthy (docs/deploy.md)."""

_FORGOTTEN_AFTER_S = 86_400
_YEAR_S = 365 * 86_400
_MINUTE_S = 60

_COUNTS = {
    "feeds": ("feed", "feeds"),
    "due": ("feed due now", "feeds due now"),
    "paused": ("feed paused", "feeds paused"),
    "failing": ("feed failing", "feeds failing"),
    "slowed": ("feed asked to wait", "feeds asked to wait"),
    "gone": ("feed gone", "feeds gone"),
    "empty": ("feed without entries", "feeds without entries"),
    "moved": ("feed moved", "feeds moved"),
    "held": ("item held by an embargo", "items held by an embargo"),
    "dead": ("dead letter", "dead letters"),
}
"""The labels of counts, in the singular and the plural."""

_ALWAYS = {"feeds", "due", "dead"}
"""Counts that are shown even if they are zero."""

_LINKS = {
    "feeds": "/feeds",
    "dead": "/dead",
    **{name: f"/feeds?state={name}" for name in list(_COUNTS)[1:8]},
}
_KEPT = {
    "copies": ("Copies of items", "replays, and what a new version changes"),
    "firsts": ("Originals", "duplicates are recognised"),
    "dead": ("Dead letters", "they can be retried"),
}


class ProcessRow(Struct, frozen=True, kw_only=True):
    """A process of this machine; `age` is the time since it last touched its heartbeat file."""

    name: str
    age: str
    is_well: bool


class QueueRow(Struct, frozen=True, kw_only=True):
    """A queue; empty values are not known."""

    name: str
    waiting: int
    at_work: str = ""
    oldest: str = ""


class DeskState(Struct, frozen=True, kw_only=True):
    """A desk with its readers; `per_minute` is the rate from its hundredth-last event until now."""

    name: str
    events: int
    per_minute: str
    kept_for: str
    readers: tuple[ReaderBacklog, ...]


class KeptRow(Struct, frozen=True, kw_only=True):
    """A part of the store that is bounded in number or in bytes."""

    name: str
    purpose: str
    size: str
    limit: str
    oldest: str
    kept_for: str


class Count(Struct, frozen=True, kw_only=True):
    """A number of feeds or items, and the page that lists them."""

    number: int
    label: str
    link: str = ""
    remark: str = ""


def service_routes(context: SiteContext, forms: Forms) -> list[BaseRoute]:
    """Return the route of the page."""
    return [forms.page("/service", partial(_show, context))]


def _show(context: SiteContext, request: Request) -> Response:
    settings, stats = context.settings, context.store.stats
    sizes, backlog, retention = stats.sizes(), stats.backlog(), stats.retention()
    report = _report(settings)
    queues, trouble = _queues(settings, backlog)
    return render(
        request,
        "service.html.j2",
        counts=list(_counts(sizes, backlog.late_s)),
        throttle=_said(find_throttle(backlog)),
        heartbeats=_heartbeats(settings.data_path / "heartbeats"),
        pages=context.store.pages.waiting(),
        queues=queues,
        trouble=trouble,
        desks=list(_desks(sizes, backlog, retention)),
        report=report,
        problems=find_problems(report),
        memory=_memory(backlog),
        kept=[_kept(row) for row in retention if row.name in _KEPT],
        windows=list(_windows(settings)),
        versions=_versions(report),
        settings=list(_settings(settings)),
        now=context.now(),
    )


def _report(settings: Settings) -> BrokerReport:
    with closing(Connection(settings.redis_url)) as server:
        return inspect_broker(server)


def _said(throttle: Throttle) -> str:
    return "" if throttle.state == "free" else f"Polling is {throttle.state}: {throttle.reason}."


def _counts(sizes: Mapping[str, int], late_s: float) -> Iterator[Count]:
    late = say_wait(round(late_s)) if late_s >= 1 else ""
    for name, (singular, plural) in _COUNTS.items():
        if (number := sizes[name]) or name in _ALWAYS:
            label = singular if number == 1 else plural
            remark = f"overdue by up to {late}" if name == "due" and late else ""
            yield Count(number=number, label=label, link=_LINKS.get(name, ""), remark=remark)


def _heartbeats(directory: Path) -> list[ProcessRow]:
    """Return the processes that touched a heartbeat file here within a day, by name."""
    found = []
    try:
        paths = sorted(directory.iterdir())
    except OSError:  # no process of this machine keeps heartbeats there
        return []
    for path in paths:
        try:
            age_s = round(max(0.0, time.time() - path.stat().st_mtime))
        except OSError:
            continue
        if age_s < _FORGOTTEN_AFTER_S:
            is_well = age_s < _SILENT_AFTER_S
            found.append(ProcessRow(name=path.name, age=say_wait(age_s), is_well=is_well))
    return found


def _queues(settings: Settings, backlog: Backlog) -> tuple[list[QueueRow], str]:
    """Return the queues in the order in which an item passes them, and why some are left out."""
    rows = []
    for name, inbox in sorted(backlog.inboxes.items(), reverse=True):
        oldest = "" if inbox.oldest_s is None else say_wait(round(inbox.oldest_s))
        rows.append(
            QueueRow(name=name, waiting=inbox.waiting, at_work=str(inbox.at_work), oldest=oldest)
        )
    try:
        lengths = queue_lengths(settings)
    except BrokerError as error:  # RabbitMQ is away; without it, the queues are in the store
        return rows, redact(str(error))
    for name, length in lengths.items():
        unacked = length.unacknowledged
        at_work = "" if unacked is None else str(unacked)
        rows.append(QueueRow(name=f"tasks {name}", waiting=length.waiting, at_work=at_work))
    return rows, ""


def _desks(
    sizes: Mapping[str, int], backlog: Backlog, retention: tuple[Retention, ...]
) -> Iterator[DeskState]:
    kept = {row.name: row for row in retention}
    for name, count in sorted(sizes.items()):
        if not name.startswith("desk:"):
            continue
        desk, row = name.removeprefix("desk:"), kept.get(name)
        yield DeskState(
            name=desk,
            events=count,
            per_minute=_per_minute(row),
            kept_for=_say_kept_for(row) if row else "",
            readers=tuple(reader for reader in backlog.readers if reader.desk == desk),
        )


def _per_minute(row: Retention | None) -> str:
    """Return the events of a desk per minute: at its rate, `most` events take `lasts_s`."""
    if row is None or not row.lasts_s:
        return "0"
    rate = row.most / row.lasts_s * _MINUTE_S
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}" if rate >= 0.05 else "under 0.1"


def _say_kept_for(row: Retention) -> str:
    return say_wait(round(row.lasts_s)) if row.lasts_s < _YEAR_S else "over a year"


def _kept(row: Retention) -> KeptRow:
    name, purpose = _KEPT[row.name]
    show = _mebibytes if row.name == "copies" else _number
    return KeptRow(
        name=name,
        purpose=purpose,
        size=show(row.held),
        limit=show(row.most),
        oldest=say_wait(round(row.oldest_s)),
        kept_for=_say_kept_for(row),
    )


def _number(number: int) -> str:
    return f"{number:,}"


def _mebibytes(number: int) -> str:
    return f"{number / 2**20:,.1f} MiB"


def _memory(backlog: Backlog) -> str:
    if not backlog.memory_used:
        return "not known"
    if not backlog.memory_limit:
        return f"{_mebibytes(backlog.memory_used)}, without a limit"
    share = backlog.memory_used / backlog.memory_limit
    return f"{100 * share:.0f} % of {_mebibytes(backlog.memory_limit)}"


def _windows(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the kinds of records, and the time for which the service keeps each."""
    yield (
        "An item's version and desks, after its last change",
        say_wait(round(settings.known_for_s)),
    )
    yield "Items that a kill can name, and open kills", say_wait(round(settings.kill_window_s))
    yield "Originals, for duplicates", say_wait(round(settings.firsts_for_s))
    yield "Copies of last versions", say_wait(round(settings.copies_for_s))
    if settings.archive_url:
        days = settings.archive_days
        yield "Events in the archive", f"{days} d" if days else "for ever"


def _versions(report: BrokerReport) -> list[tuple[str, str]]:
    return [
        ("copytaster", __version__),
        ("Python", platform.python_version()),
        (report.server.capitalize(), f"{report.version}, {report.role}"),
    ]


def _settings(settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Yield each variable, its value without secrets, and True if it is not the default."""
    default = Settings()
    for field in settings.__struct_fields__:
        value = getattr(settings, field)
        shown = redact(without_secrets(value)) if isinstance(value, str) else str(value)
        yield f"{ENV_PREFIX}{field.upper()}", shown, value != getattr(default, field)
