"""Additional steps of a Celery worker: no gossip, a heartbeat file, and watches.

Only workers import this module: dispatch has a Celery app too, but does not load Celery's worker.
"""

from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.worker import state

from worker.desks.file import open_desks_file
from worker.metrics import Presence

__all__ = ["ChildWatch", "DesksWatch", "HeartbeatFile", "PresenceBeat", "Quiet", "SlotWatch"]

HEARTBEAT_S = 2.0
DESKS_S = 1.0
_ROLES = {"poller": {"poll"}, "worker": {"urgent", "parse"}}
CHECK_S = 0.25
"""Interval of the watches. A check costs a few system calls; it also wakes the main loop, which
notices a SIGTERM only then."""


class Quiet(bootsteps.Step):  # type: ignore[misc]  # celery has no types
    """Sets the options --without-gossip, --without-mingle and --without-heartbeat.

    Celery has no settings for them, and workers may be started by its own command, without options.
    Otherwise each worker announces itself to all others every two seconds. Nothing here uses these
    events, and the broker's ACL (worker/broker/acl.py) gives no user a channel for them.
    """

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        names = ("without_gossip", "without_mingle", "without_heartbeat")
        parent.options.update(dict.fromkeys(names, True))


class HeartbeatFile(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Touches the file COPYTASTER_HEARTBEAT from the main loop: a fresh file proves that it runs.

    `celery inspect ping` would cost seconds of CPU per check, and remote control is off.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.path: Path | None = parent.app.conf.get("copytaster_heartbeat")
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        """Touch the file now and every HEARTBEAT_S seconds."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        self.entry = parent.timer.call_repeatedly(HEARTBEAT_S, self.path.touch)

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        """Remove the file, so that a stopped worker is not mistaken for a hung worker."""
        if self.entry is not None:
            self.entry.cancel()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class PresenceBeat(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Sends the heartbeats of a worker to the store.

    From the main loop, which they are to prove, and from no thread: this process forks. If the
    store does not answer, a heartbeat holds up the loop for a second.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.presence: Presence | None = None
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        """Send a heartbeat now, and then whenever one is due."""
        consumed = {queue.alias for queue in parent.app.amqp.queues.consume_from.values()}
        roles = [role for role, queues in _ROLES.items() if queues & consumed]
        self.presence = Presence(*parent.app.conf["copytaster_store"], *roles)
        self.presence.beat()
        self.entry = parent.timer.call_repeatedly(HEARTBEAT_S, self.presence.beat)

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        """Say that the worker stops."""
        if self.entry is not None:
            self.entry.cancel()
        if self.presence is not None:
            self.presence.leave()

    def terminate(self, parent: Any) -> None:
        """As `stop`: Celery calls only this one if tasks are not to be waited for."""
        self.stop(parent)


class ChildWatch(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Replaces a dead child process within CHECK_S.

    Seen with Celery 5.7: the worker is woken when the child's files are closed, usually a moment
    before the kernel reports the child's end, so it only notices the death at its next check, every
    five seconds. Until then a worker with one child is idle, and the child's task is not returned
    to the queue.
    """

    requires = ("celery.worker.components:Timer", "celery.worker.components:Pool")

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        """Check the pool every CHECK_S seconds."""
        self.entry = parent.timer.call_repeatedly(CHECK_S, parent.pool.maintain_pool)

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        """End the checks."""
        if self.entry is not None:
            self.entry.cancel()


class DesksWatch(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Reads the desks file in the parent process when it changes, for children that start later."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.path: str = parent.app.conf.get("copytaster_desks") or ""
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        """Look at the file every DESKS_S seconds, if the worker has one."""
        if self.path:
            look = open_desks_file(self.path).present
            self.entry = parent.timer.call_repeatedly(DESKS_S, look)

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        """End the looks."""
        if self.entry is not None:
            self.entry.cancel()


class SlotWatch(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Reconnects a worker whose prefetch slots are held by messages that it no longer has.

    Seen with kombu 5.7: an acknowledgement that fails because the broker is away is logged and
    forgotten, and its slot stays occupied. With two slots, two of these messages stop the worker
    for good, although its main loop runs. A connection error raised from a timer makes the consumer
    reconnect, which frees the slots; the unacknowledged messages are redelivered and find their
    work done.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.entry: Any = None
        self.suspects: frozenset[str] = frozenset()

    def start(self, parent: Any) -> None:
        """Check the slots every CHECK_S seconds."""
        self.entry = parent.timer.call_repeatedly(CHECK_S, self.check, (parent,))

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        """End the checks."""
        if self.entry is not None:
            self.entry.cancel()

    def check(self, parent: Any) -> None:
        """Raise a connection error if a slot has had no owner at two checks in a row.

        Raises:
            ConnectionResetError: The consumer catches it and reconnects.
        """
        held = _slots_held_for_nothing(parent.consumer)
        # Twice: a message that has just come in has no request yet.
        stuck, self.suspects = held & self.suspects, held
        if stuck:
            self.suspects = frozenset()
            raise ConnectionResetError(f"{len(stuck)} acknowledgements were lost with the broker")


def _slots_held_for_nothing(consumer: Any) -> frozenset[str]:
    """Return the delivery tags that occupy a prefetch slot but belong to no request."""
    task_consumer = getattr(consumer, "task_consumer", None)
    qos: Any = getattr(getattr(task_consumer, "channel", None), "qos", None)
    delivered = getattr(qos, "_delivered", None)  # kombu keeps it for Redis, not for RabbitMQ
    if not delivered:
        return frozenset()
    owned = {request.message.delivery_tag for request in state.reserved_requests}
    return frozenset(set(delivered) - set(qos._dirty) - owned)  # noqa: SLF001  # kombu has no public access
