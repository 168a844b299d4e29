"""Ticker and intake: what is due and what has come in, as hints for Celery.

Both loops may run in any number of processes: feeds are leased by one script, inbox entries are
given out by the stream's consumer group. Neither holds anything that is lost when it is killed.
"""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import structlog
from celery import Celery
from msgspec import Struct

from worker.broker.queues import CONFIRM_S, declare, refusals_as_broker_errors
from worker.errors import BrokerError, CopytasterError, MessageError
from worker.inbox.messages import PageRequest, is_urgent, read_message
from worker.model.inbox import DeadLetter, DoorDecision, DoorMessage, FeedRequest, InboxEntry
from worker.model.redaction import redact
from worker.polling.backpressure import PAUSE_CAP_S, Watch
from worker.ports import Store
from worker.runtime.heartbeat import touch_heartbeat
from worker.settings import Settings

__all__ = ["InboxConsumer", "Scheduler", "TaskSender", "run_dispatch", "split_batches"]

log = structlog.get_logger(__name__)

TICK_S = 0.25
IDLE_S = 0.05
GATHER_S = 0.15
"""While tasks wait, messages gather: one task with many costs less than many tasks."""
HELD_BACK_S = 0.2
OUTAGE_S = 0.25
DOOR_MESSAGES = 200
"""Messages at the doors that one step decides about: some 30 ms."""
URGENT_DOOR = "inbox:urgent"
BESIDE_BYTES = 16 * 1024
"""What the fields beside the message may take."""
HELD = 100
"""Items whose time has come that one step puts back."""
PAGES = 20
"""Pages that one task reads."""
RESEND_AFTER_S = 1.5
"""A hint to poll that nobody has begun for so long may be lost, and its feeds are hinted again: the
first hint that comes does the work, and the others cost a question each.
"""
HEARTBEAT_S = 2.0


class Batch(Struct, frozen=True, kw_only=True):
    """Entries of one work stream that one parse task shall do."""

    stream: str
    ids: tuple[str, ...]

    @property
    def urgent(self) -> bool:
        """True for entries that overtake the others."""
        return self.stream.endswith(":urgent")


class TaskQueues(Protocol):
    """The Celery side of dispatch."""

    def depth(self, queue: str) -> int: ...
    def poll(self, leases: Sequence[tuple[str, str]]) -> None: ...
    def read_pages(self, leases: Sequence[tuple[str, str]]) -> None: ...
    def parse(self, batch: Batch) -> None: ...


class TaskSender:
    """`TaskQueues` on a Celery app: tasks are named by string and carry ids alone."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def depth(self, queue: str) -> int:
        """Tasks that wait on a queue."""
        with self._broker(), self._app.connection_or_acquire() as connection:
            return declare(self._app.amqp.queues[queue], connection.default_channel)

    def _broker(self) -> AbstractContextManager[None]:
        return refusals_as_broker_errors(self._app.connection())

    def poll(self, leases: Sequence[tuple[str, str]]) -> None:
        """Ask a poller to poll these (feed id, lease token).

        Without Celery's `expires`, which compares the clocks of two machines: a minute between them
        would end all polling. A hint that comes late does the work of those after it.
        """
        self._send("tasks.poll.poll_feeds", [list(map(list, leases))], queue="poll")

    def read_pages(self, leases: Sequence[tuple[str, str]]) -> None:
        """Ask a poller to read these (page id, lease token)."""
        self._send("tasks.pages.read_pages", [list(map(list, leases))], queue="poll")

    def parse(self, batch: Batch) -> None:
        """Ask a worker to parse these entries."""
        queue = "urgent" if batch.urgent else "parse"
        self._send("tasks.parse.parse_items", [batch.stream, list(batch.ids)], queue=queue)

    def _send(self, task: str, args: list[Any], *, queue: str) -> None:
        """Send a task to a queue that `depth` declared.

        It is not declared again: where a connection breaks as kombu declares, it goes on with the
        closed channel.
        """
        with self._broker():
            self._app.send_task(
                task,
                args=args,
                queue=queue,
                argsrepr="",
                kwargsrepr="",
                declare=[],
                confirm_timeout=CONFIRM_S,
            )


class Scheduler:
    """Leases due feeds and hints them to the pollers, a batch a task."""

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
        self._watch = Watch(store.stats, clock)
        self._clock = clock
        self._hinted_at = clock() - PAUSE_CAP_S

    def step(self) -> float:
        """Hint what is due now; seconds to wait before the next step.

        Items that waited for their time go on the urgent inbox, however long the queues are.
        """
        settings = self._settings
        if released := self._store.inbox.release_held(HELD):
            log.info("held_released", items=released)
        wait_s = 0.0 if released == HELD else TICK_S
        brake = self._watch.look()
        is_early = self._clock() - self._hinted_at < brake.pause_s
        if brake.is_held or is_early or self._queues.depth("poll") >= settings.queue_high:
            return wait_s
        hint_s = min(RESEND_AFTER_S, settings.poll_lease_s)
        pages = self._store.pages.claim(PAGES, hint_s)
        if pages:
            self._queues.read_pages([(lease.feed_id, lease.token) for lease in pages])
        leases = self._store.polls.claim_due(settings.poll_batch, hint_s)
        if leases:
            self._queues.poll([(lease.feed_id, lease.token) for lease in leases])
        if leases or pages:
            self._hinted_at = self._clock()
        is_more = len(leases) == settings.poll_batch or len(pages) == PAGES
        return 0.0 if is_more else wait_s


class InboxConsumer:
    """Moves messages from the doors to the work streams, and hints what is there to the workers."""

    def __init__(self, settings: Settings, store: Store, queues: TaskQueues) -> None:
        self._settings = settings
        self._store = store
        self._queues = queues

    def step(self) -> float:
        """Empty the doors and hint what there is to do; seconds to wait before the next step."""
        settings = self._settings
        is_more = self._empty_doors()
        # Without workers each round hints the same entries again: either queue holds us back.
        depths = {queue: self._queues.depth(queue) for queue in ("urgent", "parse")}
        if depths["urgent"] >= settings.queue_high:
            return 0.0 if is_more else HELD_BACK_S
        is_long = depths["parse"] >= settings.queue_high
        limit, idle_ms = 4 * settings.batch_items, int(settings.reclaim_after_s * 1000)
        taken = self._store.inbox.take_work(limit, idle_ms, urgent_only=is_long)
        work = [entry for entry in taken if self._is_for_workers(entry)]
        for batch in split_batches(work, settings.batch_items, settings.batch_bytes):
            self._queues.parse(batch)
        if is_more or len(taken) == limit:
            return 0.0
        return GATHER_S if any(depths.values()) else IDLE_S

    def _empty_doors(self) -> bool:
        """Decide about the messages at the doors; are there more?"""
        limit_bytes = self._settings.message_limit_bytes
        messages, has_more = self._store.inbox.read_doors(DOOR_MESSAGES, limit_bytes)
        self._store.inbox.enter([self._decide(message) for message in messages])
        return has_more

    def _decide(self, message: DoorMessage) -> DoorDecision:
        """Return what becomes of a message. Whatever is wrong with it is its own fault alone."""
        limit_bytes = self._settings.message_limit_bytes
        try:
            if message.size > limit_bytes + BESIDE_BYTES:
                raise MessageError(f"the entry is larger than {limit_bytes + BESIDE_BYTES} bytes")
            read = read_message(message.fields, limit_bytes=limit_bytes)
            if isinstance(read, FeedRequest):
                log.info("feed_requested", feed=redact(read.feed.url))
                return DoorDecision(
                    message=message, word="feed", change=self._store.feeds.plan(read)
                )
            if isinstance(read, PageRequest):
                return DoorDecision(message=message, word="page")
            is_first = message.door == URGENT_DOOR or is_urgent(read)
            return DoorDecision(message=message, word="urgent" if is_first else "work")
        except MessageError as error:
            return self._bury(message, "message", str(error))
        except BrokerError:
            raise
        except Exception as error:  # noqa: BLE001  # a message must never stop the ones behind it
            reason = f"reading it failed: {type(error).__name__}: {error}"
            return self._bury(message, "intake", reason)

    def _bury(self, message: DoorMessage, kind: str, reason: str) -> DoorDecision:
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
        """False for a page that is to be read, and for one that could not be."""
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
    """The entries in batches of one stream, within both limits, in order.

    An entry that a worker began before and did not finish travels alone, so that a message that
    kills its worker takes no other with it twice.
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
    return tuple(sorted(batches, key=lambda batch: not batch.urgent))


def run_dispatch(
    settings: Settings,
    store: Store,
    app: Celery,
    *,
    watch: Callable[[], float] | None = None,
) -> None:
    """Run both loops until SIGTERM or SIGINT, and `watch` beside them; return when all have ended.

    Raises:
        CopytasterError: A loop met a fault of ours, and said so in the log.
        SettingsError: The heartbeat file cannot be touched.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    beats: dict[str, float] = {}
    loops = {
        "ticker": Scheduler(settings, store, TaskSender(app)).step,
        "intake": InboxConsumer(settings, store, TaskSender(app)).step,
    }
    if watch is not None:
        loops["watch"] = watch
    failed: list[str] = []
    threads = [
        threading.Thread(target=_loop, args=(name, step, stopping, beats, failed), name=name)
        for name, step in loops.items()
    ]
    for thread in threads:
        thread.start()
    log.info("dispatch_started")
    try:
        while not stopping.wait(HEARTBEAT_S):
            _touch_while_alive(settings, beats, threads)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
        log.info("dispatch_stopped")
    if failed:
        raise CopytasterError("ended by a fault of ours; the log has it", subject=failed[0])


def _loop(
    name: str,
    step: Callable[[], float],
    stopping: threading.Event,
    beats: dict[str, float],
    failed: list[str],
) -> None:
    """Step until told to stop. A broker that is away is waited for, and a loop that waits for it
    is alive; anything else ends the process.
    """
    away = False
    try:
        while not stopping.is_set():
            try:
                wait_s = step()
                if away:
                    log.info("broker_back", loop=name)
                away = False
            except BrokerError as error:
                if not away:
                    log.error("broker_away", loop=name, reason=str(error))
                away, wait_s = True, OUTAGE_S
            beats[name] = time.monotonic()
            stopping.wait(wait_s)
    except Exception:
        failed.append(name)
        log.exception("dispatch_failed", loop=name)
    finally:
        stopping.set()


def _touch_while_alive(
    settings: Settings, beats: dict[str, float], threads: Sequence[threading.Thread]
) -> None:
    """Touch the heartbeat file if every loop has turned in the last ten heartbeats."""
    fresh = time.monotonic() - 10 * HEARTBEAT_S
    if all(beats.get(thread.name, 0) > fresh for thread in threads):
        touch_heartbeat(settings.heartbeat)
