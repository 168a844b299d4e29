"""Checks of the work: processes, queues, readers, dead letters and feeds."""

import contextlib
import time
from collections.abc import Iterable
from itertools import islice

from worker.broker.queues import queue_lengths
from worker.doctor.files import BEAT_S
from worker.doctor.finding import Finding, Installation, broker_of, ok, warning, wrong
from worker.errors import BrokerError, SettingsError
from worker.model import Feed, FeedState
from worker.model.redaction import redact
from worker.polling.backpressure import find_throttle
from worker.ports import Store
from worker.services import relayed_desks, with_kept_archive

__all__ = [
    "check_dead_letters",
    "check_desk_readers",
    "check_feeds",
    "check_inbox",
    "check_polling",
    "check_processes",
    "check_task_queues",
]

_ACTIVE_S = 10.0
"""The time without any script after which dispatch, which runs several a second, is not running."""

_LATE_S = 60.0
_VERY_LATE_S = 600.0
_FEEDS = 2000
"""The most feeds whose state is read, so that the check takes only seconds."""

_SHOWN = 5


def check_processes(name: str, installation: Installation) -> Finding:
    """Check that dispatch runs, and that the processes of `copytaster up` send heartbeats."""
    broker = broker_of(installation)
    seconds, microseconds = broker.server.call("TIME")
    idle_s = int(seconds) + int(microseconds) / 1e6 - broker.active_ms / 1000
    ages_s = _beats_s(installation)
    if idle_s > _ACTIVE_S:
        since = f"for {idle_s:,.0f} s" if broker.active_ms else "yet"
        advice = "start the service (`copytaster up`), or dispatch, pollers and workers"
        return wrong(name, f"no process has worked on the broker {since}", advice)
    # Heartbeat files that are all old are left over: another machine runs the service now.
    if any(age_s <= BEAT_S for age_s in ages_s.values()):
        silent = sorted(member for member, age_s in ages_s.items() if age_s > BEAT_S)
        if silent:
            advice = "look at the log of `copytaster up`, and restart it"
            return wrong(name, f"no heartbeat of {', '.join(silent)}", advice)
        return ok(name, f"heartbeats of {', '.join(sorted(ages_s))}")
    return ok(name, f"the broker was used {max(0.0, idle_s):.0f} s ago")


def _beats_s(installation: Installation) -> dict[str, float]:
    """Return the age of the heartbeat of each process that `copytaster up` runs, in seconds."""
    settings = installation.settings
    # Those that `copytaster up` starts with these settings (`worker.cli.service.members`).
    expected = ["worker", "poller", "dispatch", "web"]
    with contextlib.suppress(SettingsError):
        if relayed_desks(with_kept_archive(settings)):
            expected.append("relay")
    if settings.sources:
        expected.append("source")
    ages_s = {}
    for member in expected:
        with contextlib.suppress(OSError):
            changed = (settings.data_path / "heartbeats" / member).stat().st_mtime
            ages_s[member] = time.time() - changed
    return ages_s


def check_polling(name: str, installation: Installation) -> Finding:
    """Check that feeds are polled when they are due."""
    backlog = broker_of(installation).store.stats.backlog()
    throttle = find_throttle(backlog)
    if throttle.is_held:
        return wrong(name, f"held: {throttle.reason}", "docs/deploy.md, Backpressure")
    if backlog.late_s > _LATE_S:
        say = wrong if backlog.late_s > _VERY_LATE_S else warning
        found = f"a feed has been due for {backlog.late_s:,.0f} s"
        return say(name, found, "check that dispatch and a poller run, or start another poller")
    if throttle.state != "free":
        return warning(name, f"slowed: {throttle.reason}", "start more workers")
    return ok(name, "no feed is overdue")


def check_inbox(name: str, installation: Installation) -> Finding:
    """Check how long messages wait at the doors and on the work streams."""
    inboxes = broker_of(installation).store.stats.backlog().inboxes.values()
    waiting = sum(inbox.waiting + inbox.at_work for inbox in inboxes)
    oldest_s = max((inbox.oldest_s or 0.0 for inbox in inboxes), default=0.0)
    found = f"{waiting:,} messages" + (f", the oldest {oldest_s:,.0f} s old" if waiting else "")
    if oldest_s <= _LATE_S:
        return ok(name, found)
    say = wrong if oldest_s > _VERY_LATE_S else warning
    return say(name, found, "check that dispatch and workers run, or start more workers")


def check_task_queues(name: str, installation: Installation) -> Finding:
    """Check that no task queue holds dispatch back."""
    settings = installation.settings
    try:
        lengths = queue_lengths(settings)
    except BrokerError as error:
        if not settings.celery_url:
            raise
        return wrong(name, redact(str(error)), "start RabbitMQ, or correct COPYTASTER_CELERY_URL")
    full = [queue for queue, length in lengths.items() if length.waiting >= settings.queue_high]
    found = ", ".join(f"{queue} {length.waiting}" for queue, length in lengths.items())
    if full:
        worker = "copytaster worker -Q " + ",".join(full)
        return warning(name, f"{found}: dispatch holds back", f"start one more `{worker}`")
    return ok(name, found)


def check_desk_readers(name: str, installation: Installation) -> Finding:
    """Check that the readers of desks keep up, and that none has lost events."""
    broker, settings = broker_of(installation), installation.settings
    readers = broker.store.stats.backlog().readers
    with contextlib.suppress(SettingsError):  # `check_desks_file` reports it
        relayed = {desk.name for desk in relayed_desks(with_kept_archive(settings))}
        known = {reader.desk for reader in readers if reader.reader == "relay"}
        events = broker.store.stats.sizes()
        idle = sorted(desk for desk in relayed - known if events.get(f"desk:{desk}"))
        if idle:
            found = f"desks with a sink that no relay has read: {', '.join(idle)}"
            return wrong(name, found, "start `copytaster relay`")
    lost = [reader for reader in readers if reader.lost]
    if lost:
        shown = ", ".join(f"{late.desk}/{late.reader} {late.lost:,}" for late in lost[:_SHOWN])
        advice = "read faster, or raise COPYTASTER_DESK_LENGTH"
        return warning(name, f"events were trimmed before they were read: {shown}", advice)
    # Half of the stream: the oldest events of these readers are the next to be trimmed.
    behind = [
        reader
        for reader in readers
        if 2 * (reader.behind + reader.unconfirmed) > settings.desk_length
    ]
    if behind:
        shown = ", ".join(f"{late.desk}/{late.reader} {late.behind:,}" for late in behind[:_SHOWN])
        return wrong(name, f"about to lose events: {shown}", "check that these readers run")
    lag = max((reader.behind for reader in readers), default=0)
    return ok(name, f"{len(readers)} readers, at most {lag:,} events behind" if readers else "none")


def check_dead_letters(name: str, installation: Installation) -> Finding:
    """Check that no message was given up."""
    store = broker_of(installation).store
    count = store.stats.sizes().get("dead", 0)
    if not count:
        return ok(name, "none")
    newest = store.dead_letters.list(1)
    reason = f", the newest: {newest[0].reason[:200]}" if newest else ""
    return warning(name, f"{count:,}{redact(reason)}", "copytaster dead list")


def _unpolled(store: Store, states: Iterable[tuple[Feed, FeedState]]) -> list[Feed]:
    never = [feed for feed, state in states if _is_never_polled(state)]
    return [feed for feed in never if not store.feeds.is_paused(feed.id)]


def check_feeds(name: str, installation: Installation) -> Finding:
    """Check that there are feeds, that they answer, and that each has been polled."""
    store = broker_of(installation).store
    sizes = store.stats.sizes()
    count, failing = sizes.get("feeds", 0), sizes.get("failing", 0)
    if not count:
        return warning(name, "none", "copytaster feeds add URL, unless items come by other ways")
    states = [(feed, store.feeds.state(feed.id)) for feed in islice(store.feeds.all(), _FEEDS)]
    # A feed that is gone (410) or paused waits for nothing.
    unpolled = _unpolled(store, states)
    found = f"{count:,}, of which {failing:,} fail and {len(unpolled):,} were never polled"
    if failing == count:
        advice = "check that this network reaches them: copytaster explain FEED"
        return wrong(name, found, advice)
    if failing or unpolled:
        faulty = [*(feed for feed, state in states if state.failures), *unpolled]
        shown = ", ".join(redact(feed.name or feed.url) for feed in faulty[:_SHOWN])
        return warning(name, f"{found}: {shown}", "copytaster feeds list, copytaster explain FEED")
    return ok(name, f"{count:,}, all answer")


def _is_never_polled(state: FeedState) -> bool:
    return state.polled_at is None and not state.gone
