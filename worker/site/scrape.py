"""Reads the metrics of a scrape: the sums of all processes, and the state of the store."""

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping

import structlog

from worker.archive.retention import size_of
from worker.broker.check import find_problems, inspect_broker
from worker.broker.queues import queue_lengths
from worker.errors import ArchiveAbsent, BrokerAway, CopytasterError
from worker.metrics import catalogue
from worker.metrics.catalogue import Metric
from worker.metrics.presence import FRESH_S
from worker.model import HEALTH
from worker.model.backlog import Backlog
from worker.model.metrics import Sums
from worker.polling.backpressure import find_throttle
from worker.site.context import SiteContext
from worker.store.connection import Connection

__all__ = ["PARTS", "Samples", "scrape"]

log = structlog.get_logger(__name__)

Samples = Mapping[Metric, Mapping[tuple[str, ...], float]]
"""Values by metric and labels."""

_Found = dict[Metric, dict[tuple[str, ...], float]]

_ANSWER_S = 2.0
_ROLES = ("dispatch", "poller", "worker", "relay", "source", "web")
_THROTTLE = {"free": 0, "slowed": 1, "held": 2}


def scrape(context: SiteContext) -> tuple[Sums, Samples]:
    """Return the sums, and the values of all other metrics.

    A part that cannot be read leaves out only its own metrics, and is 0 in `part_up`.
    """
    sums: dict[str, Mapping[tuple[str, ...], int]] = {}
    found: _Found = {}
    parts: dict[tuple[str, ...], float] = {}
    is_away = False

    def read_sums(context: SiteContext) -> _Found:
        sums.update(context.store.metrics.read(tuple(metric.name for metric in catalogue.SUMMED)))
        return {}

    for name, read in {"sums": read_sums, **_READERS}.items():
        if name == "archive" and context.archive is None:
            continue
        parts[name,] = 0
        if is_away and name in _OF_BROKER:
            continue  # each would wait for the same time limit again
        try:
            found |= read(context)
            parts[name,] = 1
        except CopytasterError as error:
            is_away = is_away or isinstance(error, BrokerAway)
            log.debug("part_away", part=name, reason=str(error))
    found[catalogue.PART_UP] = parts
    found[catalogue.UP] = {(): max(parts[name,] for name in _OF_BROKER)}
    return sums, found


def _read_counts(context: SiteContext) -> _Found:
    sizes = context.store.stats.sizes()
    desks = {name.removeprefix("desk:"): n for name, n in sizes.items() if name[:5] == "desk:"}
    most = sorted(desks, key=lambda name: -desks[name])[: catalogue.DESK_EVENTS.most]
    return {
        catalogue.FEEDS: {(): sizes["feeds"]},
        catalogue.FEEDS_IN_STATE: {(state,): sizes[state] for state in ("due", "paused", *HEALTH)},
        catalogue.HELD_ITEMS: {(): sizes["held"]},
        catalogue.DEAD_LETTERS_KEPT: {(): sizes["dead"]},
        catalogue.DESK_EVENTS: {(name,): desks[name] for name in most},
        catalogue.PAGES_WAITING: {(): context.store.pages.waiting()},
    }


def _read_backlog(context: SiteContext) -> _Found:
    backlog = context.store.stats.backlog()
    inboxes = backlog.inboxes.items()
    return {
        catalogue.FEEDS_LATE: {(): backlog.late_s},
        catalogue.THROTTLE: {(): _THROTTLE[find_throttle(backlog).state]},
        catalogue.INBOX_WAITING: {(name,): inbox.waiting for name, inbox in inboxes},
        catalogue.INBOX_AT_WORK: {(name,): inbox.at_work for name, inbox in inboxes},
        catalogue.INBOX_OLDEST: {(name,): inbox.oldest_s or 0 for name, inbox in inboxes},
        catalogue.INBOX_LIMIT: {(): backlog.inbox_limit},
        catalogue.DEAD_LETTERS_DROPPED: {(): backlog.dead_dropped},
        catalogue.MEMORY: {(): backlog.memory_used},
        catalogue.MEMORY_LIMIT: {(): backlog.memory_limit},
        **_readers(backlog),
    }


def _readers(backlog: Backlog) -> _Found:
    """Return the metrics of the readers that lag most.

    The number of series is limited since any client of the broker may create groups.
    """
    most = sorted(backlog.readers, key=lambda reader: -reader.behind)[: catalogue.READER_LAG.most]
    readers = {(reader.desk, reader.reader[:100]): reader for reader in most}.items()
    return {
        catalogue.READER_LAG: {labels: reader.behind for labels, reader in readers},
        catalogue.READER_PENDING: {labels: reader.unconfirmed for labels, reader in readers},
        catalogue.READER_LOST: {labels: reader.lost for labels, reader in readers},
    }


def _read_tasks(context: SiteContext) -> _Found:
    lengths = queue_lengths(context.settings)
    return {catalogue.TASKS_WAITING: {(name,): queue.waiting for name, queue in lengths.items()}}


def _read_server(context: SiteContext) -> _Found:
    with contextlib.closing(Connection(context.settings.redis_url, answer_s=_ANSWER_S)) as server:
        report = inspect_broker(server)
    return {
        catalogue.BROKER_PROBLEMS: {(): len(find_problems(report))},
        catalogue.EVICTED_KEYS: {(): report.evicted_keys or 0},
    }


def _read_processes(context: SiteContext) -> _Found:
    beats = context.store.metrics.heartbeats()
    running = Counter(beat.role for beat in beats if beat.age_s < FRESH_S)
    return {catalogue.PROCESSES: {(role,): running[role] for role in _ROLES}}


def _read_archive(context: SiteContext) -> _Found:
    assert context.archive is not None
    try:
        with context.archive.read() as connection:
            return {catalogue.ARCHIVE_BYTES: {(): size_of(connection)}}
    except ArchiveAbsent:  # before the first item
        return {catalogue.ARCHIVE_BYTES: {(): 0}}


_READERS: Mapping[str, Callable[[SiteContext], _Found]] = {
    "counts": _read_counts,
    "backlog": _read_backlog,
    "tasks": _read_tasks,
    "server": _read_server,
    "processes": _read_processes,
    "archive": _read_archive,
}

PARTS: tuple[tuple[str, ...], ...] = (("sums",), *((name,) for name in _READERS))
"""The labels of `part_up`, one for each part of a scrape."""

_OF_BROKER = ("sums", "counts", "backlog", "server", "processes")
