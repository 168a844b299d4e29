"""What we add to a Celery worker's own steps: silence, a sign of life, children and slots replaced.

Imported by a worker alone: dispatch has a Celery app too, and none of Celery's worker.
"""

from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.worker import state

__all__ = ["ChildWatch", "HeartbeatFile", "Quiet", "SlotWatch"]

HEARTBEAT_S = 2.0
LOOK_S = 0.25
"""A look is some system calls; it also wakes the main loop, which sees a SIGTERM only then."""


class Quiet(bootsteps.Step):  # type: ignore[misc]  # celery has no types
    """Takes --without-gossip, --without-mingle and --without-heartbeat as said.

    Without them a worker tells all others of itself every two seconds and listens to what they say:
    nobody here asks, and the broker's ACL (worker/broker/acl.py) gives nobody a channel.
    """

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        names = ("without_gossip", "without_mingle", "without_heartbeat")
        parent.options.update(dict.fromkeys(names, True))


class HeartbeatFile(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Touches COPYTASTER_HEARTBEAT from the worker's main loop: fresh means that the loop turns.

    `celery inspect ping` would cost seconds of CPU a check, and remote control is off.
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
        """Take the file away: a stopped worker is not a slow one."""
        if self.entry is not None:
            self.entry.cancel()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class ChildWatch(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Replaces a child that has died, within LOOK_S.

    Seen with Celery 5.7: it is woken when the child's files close, mostly a moment before the
    kernel says that the child has ended. It then sees it at its next look, one in five seconds;
    until then a worker of one process does nothing, and what the child was at is not given back.
    """

    requires = ("celery.worker.components:Timer", "celery.worker.components:Pool")

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        """Look every LOOK_S seconds."""
        self.entry = parent.timer.call_repeatedly(LOOK_S, parent.pool.maintain_pool)

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        """Look no more."""
        if self.entry is not None:
            self.entry.cancel()


class SlotWatch(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Reconnects a worker whose prefetch slots are held by messages that it no longer has.

    Seen with kombu 5.7: an acknowledgement that fails because the broker is away is logged and
    forgotten, and its slot stays taken. With two slots, two such messages stop the worker for good
    while its loop turns on. A connection error raised from a timer makes the consumer reconnect,
    which clears the slots; the hints that were not acknowledged come back and find their work done.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.entry: Any = None
        self.suspects: frozenset[str] = frozenset()

    def start(self, parent: Any) -> None:
        """Look every LOOK_S seconds."""
        self.entry = parent.timer.call_repeatedly(LOOK_S, self.look, (parent,))

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        """Look no more."""
        if self.entry is not None:
            self.entry.cancel()

    def look(self, parent: Any) -> None:
        """Raise a connection error for a slot that nobody has held for two looks.

        Raises:
            ConnectionResetError: The consumer catches it and reconnects.
        """
        held = _slots_held_for_nothing(parent.consumer)
        stuck, self.suspects = held & self.suspects, held
        if stuck:
            self.suspects = frozenset()
            raise ConnectionResetError(f"{len(stuck)} acknowledgements were lost with the broker")


def _slots_held_for_nothing(consumer: Any) -> frozenset[str]:
    """Delivery tags that count against the prefetch limit and belong to no request of ours."""
    task_consumer = getattr(consumer, "task_consumer", None)
    qos: Any = getattr(getattr(task_consumer, "channel", None), "qos", None)
    delivered = getattr(qos, "_delivered", None)
    if not delivered:
        return frozenset()
    owned = {request.message.delivery_tag for request in state.reserved_requests}
    return frozenset(set(delivered) - set(qos._dirty) - owned)  # noqa: SLF001  # kombu shows no more
