"""The scheduler and the inbox consumer, which send due feeds and incoming messages to workers.

Both loops may run in any number of processes: a script leases the feeds, and the consumer groups of
the streams give each entry to a single process. A killed process loses nothing, since all state is
in the store.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import structlog
from celery import Celery
from msgspec import Struct
from msgspec.structs import replace

from worker.broker.queues import (
    CONFIRM_S,
    RedisQueueLengths,
    declare,
    limited_waits,
    refusals_as_broker_errors,
)
from worker.errors import BrokerError, BrokerRefused, CopytasterError, MessageError
from worker.inbox.messages import PageRequest, check_entry_size, is_urgent, read_message
from worker.metrics import Presence
from worker.model.inbox import DeadLetter, DoorDecision, DoorMessage, FeedRequest, InboxEntry
from worker.model.redaction import redact
from worker.polling.backpressure import PAUSE_CAP_S, BacklogWatch
from worker.ports import Store
from worker.runtime.heartbeat import touch_heartbeat
from worker.settings import Settings
from worker.telemetry import tracing
from worker.telemetry.tracing import Kind

__all__ = ["InboxConsumer", "Scheduler", "TaskSender", "run_dispatch", "split_batches"]

log = structlog.get_logger(__name__)

TICK_S = 0.25
IDLE_S = 0.05
GATHER_S = 0.15
"""Interval of the inbox consumer while task messages wait. A task of many entries costs less than
many tasks, and with small batches Celery's own work would keep the workers busy."""
BACKLOG_S = 0.2
"""Interval of the inbox consumer while a queue is long."""
OUTAGE_S = 0.25
DOOR_MESSAGES = 200
"""Messages at the doors that a step of the inbox consumer classifies, in some 30 ms."""
CLASSIFY_S = 1.0
"""Time after which a step leaves the other messages to the next step. Long texts may take seconds,
and the messages before them are not to wait for that long."""
URGENT_DOOR = "inbox:urgent"
RELEASES = 100
"""Held items that a step of the scheduler releases."""
PAGES = 20
"""Pages of a task message."""
RESEND_AFTER_S = 1.5
"""Duration of a lease until a poller begins with it. If the task message is lost, the feed is sent
again; if both arrive, the second costs its poller a question to the store."""
HEARTBEAT_S = 2.0
BEATS_MISSED = 10
"""Heartbeats without a step after which a loop counts as hung."""


class Batch(Struct, frozen=True, kw_only=True):
    """The entries of a work stream that a task message names."""

    stream: str
    ids: tuple[str, ...]

    @property
    def urgent(self) -> bool:
        """True for entries of the urgent work stream."""
        return self.stream.endswith(":urgent")


class TaskQueues(Protocol):
    """The task queues, as dispatch uses them."""

    def lengths(self, *queues: str) -> Mapping[str, int]: ...
    def poll(self, leases: Sequence[tuple[str, str]]) -> None: ...
    def read_pages(self, leases: Sequence[tuple[str, str]]) -> None: ...
    def parse(self, batch: Batch) -> None: ...


class TaskSender:
    """The task queues of a Celery app. Its task messages carry ids only."""

    def __init__(self, settings: Settings, app: Celery) -> None:
        self._app = app
        self._redis = None if settings.celery_url else RedisQueueLengths(settings)

    def lengths(self, *queues: str) -> Mapping[str, int]:
        """Return the number of task messages that wait on each queue, in a single round trip."""
        if self._redis is not None:
            return self._redis.read(queues)
        with self._connection() as connection:
            channel = connection.default_channel
            return {queue: declare(self._app.amqp.queues[queue], channel) for queue in queues}

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        """Yield a connection of Celery's pool."""
        with (
            refusals_as_broker_errors(self._app.connection()),
            self._app.connection_or_acquire() as connection,
            limited_waits(connection),
        ):
            yield connection

    def poll(self, leases: Sequence[tuple[str, str]]) -> None:
        """Send pairs of feed id and lease token to a poller.

        Celery's `expires` is not set: it compares the clocks of two machines, and a difference of a
        minute would end all polling. A late message is not lost work: if its feed was leased
        again meanwhile, whichever message comes first polls it.
        """
        self._send("tasks.poll.poll_feeds", [list(map(list, leases))], queue="poll")

    def read_pages(self, leases: Sequence[tuple[str, str]]) -> None:
        """Send pairs of page id and lease token to a poller."""
        self._send("tasks.pages.read_pages", [list(map(list, leases))], queue="poll")

    def parse(self, batch: Batch) -> None:
        """Send the ids of a batch to a worker."""
        queue = "urgent" if batch.urgent else "parse"
        self._send("tasks.parse.parse_items", [batch.stream, list(batch.ids)], queue=queue)

    def _send(self, task: str, args: list[Any], *, queue: str) -> None:
        """Send a task message to a queue; on RabbitMQ, to one that `lengths` declared.

        The queue is not declared again (`declare=[]`): if the connection breaks during a
        declaration, kombu goes on with the closed channel. Nor is a message for RabbitMQ sent again
        after an error: the loop does that, and a wait for each attempt would look like a loop that
        hangs. Redis answers at once, and a master that became a replica is left for the next.
        """
        with self._connection() as connection:
            self._app.send_task(
                task,
                args=args,
                queue=queue,
                argsrepr="",
                kwargsrepr="",
                declare=[],
                connection=connection,
                retry=connection.transport.driver_type != "amqp",
                confirm_timeout=CONFIRM_S,
            )


class Scheduler:
    """Leases due feeds and pages, and sends them to pollers."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        queues: TaskQueues,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._store = store
        self._queues = queues
        self._watch = BacklogWatch(store.stats, clock)
        self._clock = clock
        # So that no throttle delays the first poll.
        self._sent_at = clock() - PAUSE_CAP_S

    def step(self) -> float:
        """Release held items and send due work; return the seconds until the next step.

        Held items do not wait for the queues: an embargo ends on time, however long they are.
        """
        released = self._store.inbox.release_held(RELEASES)
        if released:
            log.info("held_released", items=released)
        has_more = self._may_poll() and self._send_due()
        return 0.0 if has_more or released == RELEASES else TICK_S

    def _may_poll(self) -> bool:
        throttle = self._watch.check()
        if throttle.is_held:
            self._make_room()
        is_early = self._clock() - self._sent_at < throttle.pause_s
        if throttle.is_held or is_early:
            return False
        # Leases of longer queues would end before a poller sees them, and be sent twice.
        return self._queues.lengths("poll")["poll"] < self._settings.queue_high

    def _make_room(self) -> None:
        """Trim what exceeds the limits: publishing does, but without polls nothing may come."""
        with contextlib.suppress(BrokerRefused):  # a full server does not count losses
            self._store.publications.trim()

    def _send_due(self) -> bool:
        """Lease due pages and feeds and send them; return True if more may be due."""
        lease_s = min(RESEND_AFTER_S, self._settings.poll_lease_s)
        # Pages first: an item waits for each of them, and for no feed.
        pages = self._store.pages.claim(PAGES, lease_s)
        if pages:
            self._queues.read_pages([(lease.subject_id, lease.token) for lease in pages])
        feeds = self._store.polls.claim_due(self._settings.poll_batch, lease_s)
        if feeds:
            self._queues.poll([(lease.subject_id, lease.token) for lease in feeds])
        if feeds or pages:
            self._sent_at = self._clock()
        return len(feeds) == self._settings.poll_batch or len(pages) == PAGES


class InboxConsumer:
    """Moves messages from the doors to the work streams, and sends their entries to workers."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        queues: TaskQueues,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._store = store
        self._queues = queues
        self._clock = clock
        self._unmoved = ""
        """The first message of the last look, if that look moved none."""

    def step(self) -> float:
        """Empty the doors and send entries to workers; return the seconds until the next step."""
        settings = self._settings
        has_more = self._empty_doors()
        # Idle entries are taken again. Without a limit on the queues, each step would add the same
        # entries once more while no worker runs.
        lengths = self._queues.lengths("urgent", "parse")
        if lengths["urgent"] >= settings.queue_high:
            return 0.0 if has_more else BACKLOG_S
        # Urgent entries have a queue of their own, which a long one does not hold up.
        is_long = lengths["parse"] >= settings.queue_high
        limit, idle_ms = 4 * settings.batch_items, int(settings.reclaim_after_s * 1000)
        taken = self._store.inbox.take_work(limit, idle_ms, urgent_only=is_long)
        work = [entry for entry in taken if self._is_for_workers(entry)]
        for batch in split_batches(work, settings.batch_items, settings.batch_bytes):
            self._queues.parse(batch)
        if has_more or len(taken) == limit:
            return 0.0
        # While workers are busy, entries gather into fuller batches, which cost less an item.
        return GATHER_S if any(lengths.values()) else IDLE_S

    def _empty_doors(self) -> bool:
        """Classify the first messages at the doors; return True if there are more."""
        limit_bytes = self._settings.message_limit_bytes
        messages, has_more = self._store.inbox.read_doors(DOOR_MESSAGES, limit_bytes)
        stop_at = self._clock() + CLASSIFY_S
        decisions: list[DoorDecision] = []
        for message in messages:
            decisions.append(self._classify_traced(message))
            if self._clock() >= stop_at:
                break
        entered = self._store.inbox.enter(self._with_changes(decisions))
        self._note_unmoved(decisions[0].message.id if decisions and not entered else "")
        return has_more or len(decisions) < len(messages)

    def _note_unmoved(self, first: str) -> None:
        """Log that the doors stand still: two looks that began with this message moved none.

        After a single one, another dispatch process may have moved the messages first.
        """
        if first and first == self._unmoved:
            log.warning("doors_stand_still", entry=first)
        self._unmoved = first

    def _with_changes(self, decisions: Sequence[DoorDecision]) -> list[DoorDecision]:
        """Return the decisions; those about feeds with the changes to make."""
        requests = [decision.request for decision in decisions if decision.request]
        changes = iter(self._store.feeds.plan(requests))
        return [
            replace(decision, change=next(changes)) if decision.request else decision
            for decision in decisions
        ]

    def _classify_traced(self, message: DoorMessage) -> DoorDecision:
        with tracing.span("intake", Kind.CONSUMER, sender=message.fields) as traced:
            decision = self._classify(message)
            if traced is None:
                return decision
            traced.note(
                {
                    "messaging.system": "redis",
                    "messaging.operation.type": "process",
                    "messaging.destination.name": message.door,
                    "messaging.message.id": message.id,
                    "messaging.message.body.size": message.size,
                    "copytaster.result": decision.word,
                }
            )
            return replace(decision, trace=traced.context())

    def _classify(self, message: DoorMessage) -> DoorDecision:
        """Return the destination of a message; an invalid message becomes a dead letter."""
        limit_bytes = self._settings.message_limit_bytes
        try:
            check_entry_size(message.size, limit_bytes)  # long fields come shortened
            read = read_message(message.fields, limit_bytes=limit_bytes)
            if isinstance(read, FeedRequest):
                log.info("feed_requested", feed=redact(read.feed.url))
                return DoorDecision(message=message, word="feed", request=read)
            if isinstance(read, PageRequest):
                return DoorDecision(message=message, word="page")
            # An urgent text is urgent by whichever door it came in.
            is_first = message.door == URGENT_DOOR or is_urgent(read)
            return DoorDecision(message=message, word="urgent" if is_first else "work")
        except MessageError as error:
            return self._give_up(message, "message", str(error))
        # The broker failed and not the message, which stays at the door.
        except BrokerError:
            raise
        except Exception as error:  # noqa: BLE001  # a message must never stop those behind it
            reason = f"reading it failed: {type(error).__name__}: {error}"
            return self._give_up(message, "intake", reason)

    def _give_up(self, message: DoorMessage, kind: str, reason: str) -> DoorDecision:
        log.warning("message_dead", entry=message.id, kind=kind, reason=reason)
        letter = DeadLetter(
            reason=reason,
            kind=kind,
            attempts=0,
            payload="",
            source=message.fields.get("source", ""),
        )
        return DoorDecision(message=message, word="dead", letter=letter)

    def _is_for_workers(self, entry: InboxEntry) -> bool:
        """Return True for an entry to parse.

        An entry that still needs its article page is moved to the pages. An entry whose page could
        not be read becomes a dead letter.
        """
        if reason := entry.fields.get("failed"):
            letter = DeadLetter(
                reason=reason,
                kind="page",
                attempts=entry.attempts,
                payload="",
                source=entry.fields.get("source", ""),
            )
            if self._store.inbox.reject(entry, letter):
                log.warning("message_dead", entry=entry.id, kind="page", reason=reason)
            return False
        if "page" in entry.fields:
            self._store.pages.put(entry)
            return False
        return True


def split_batches(
    work: Sequence[InboxEntry], limit_items: int, limit_bytes: int
) -> tuple[Batch, ...]:
    """Split entries into batches of a single stream each, in order and within both limits.

    An entry that a worker began before and did not finish is in a batch of its own, so that a
    message that kills its worker takes no other entry with it twice.
    """
    batches: list[Batch] = []
    open_ids: dict[str, list[str]] = {}
    open_bytes: dict[str, int] = {}

    def close(stream: str) -> None:
        ids = open_ids.pop(stream, [])
        open_bytes.pop(stream, None)
        if ids:
            batches.append(Batch(stream=stream, ids=tuple(ids)))

    for entry in work:
        if entry.attempts:
            batches.append(Batch(stream=entry.stream, ids=(entry.id,)))
            continue
        if len(open_ids.get(entry.stream, ())) >= limit_items or (
            open_bytes.get(entry.stream, 0) + entry.size > limit_bytes
        ):
            close(entry.stream)
        open_ids.setdefault(entry.stream, []).append(entry.id)
        open_bytes[entry.stream] = open_bytes.get(entry.stream, 0) + entry.size
    for stream in list(open_ids):
        close(stream)
    # Sorting is stable: urgent batches come first, and each stream keeps its order.
    return tuple(sorted(batches, key=lambda batch: not batch.urgent))


def run_dispatch(
    settings: Settings,
    store: Store,
    app: Celery,
    stopping: threading.Event,
    *,
    watch: Callable[[], float] | None = None,
    presence: Presence | None = None,
) -> None:
    """Run both loops, and `watch` as a third, until `stopping` is set; return when all have ended.

    Raises:
        CopytasterError: A loop ended with a fault, which is in the log.
        SettingsError: The heartbeat file cannot be touched.
    """
    beats: dict[str, float] = {}
    queues = TaskSender(settings, app)
    loops = {
        "scheduler": Scheduler(settings, store, queues).step,
        "consumer": InboxConsumer(settings, store, queues).step,
    }
    if watch is not None:
        loops["watch"] = watch
    failed: list[str] = []
    # Threads suffice: the loops wait for the broker nearly all the time.
    threads = [
        threading.Thread(target=_loop, args=(name, step, stopping, beats, failed), name=name)
        for name, step in loops.items()
    ]
    for thread in threads:
        thread.start()
    log.info("dispatch_started")
    try:
        while not stopping.wait(HEARTBEAT_S):
            _touch_while_alive(settings, beats, threads, presence)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
        if presence is not None:
            presence.leave()
        log.info("dispatch_stopped")
    if failed:
        raise CopytasterError("ended by a fault; see the log", subject=failed[0])


def _loop(
    name: str,
    step: Callable[[], float],
    stopping: threading.Event,
    beats: dict[str, float],
    failed: list[str],
) -> None:
    """Repeat the step until `stopping` is set.

    The loop waits for a broker that is away, and counts as alive meanwhile. Any other error stops
    all loops and so ends the process.
    """
    is_away = False
    try:
        while not stopping.is_set():
            try:
                wait_s = step()
                if is_away:
                    log.info("broker_back", loop=name)
                is_away = False
            except BrokerError as error:
                if not is_away:
                    log.error("broker_away", loop=name, reason=str(error))
                is_away, wait_s = True, OUTAGE_S
            beats[name] = time.monotonic()
            stopping.wait(wait_s)
    except Exception:
        failed.append(name)
        log.exception("dispatch_failed", loop=name)
    finally:
        stopping.set()


def _touch_while_alive(
    settings: Settings,
    beats: dict[str, float],
    threads: Sequence[threading.Thread],
    presence: Presence | None,
) -> None:
    """Send a heartbeat if every loop made a step within BEATS_MISSED heartbeats."""
    oldest = time.monotonic() - BEATS_MISSED * HEARTBEAT_S
    if all(beats.get(thread.name, 0) > oldest for thread in threads):
        touch_heartbeat(settings.heartbeat)
        if presence is not None:
            presence.beat()
