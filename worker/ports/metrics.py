"""The interface of metrics: sums over all processes, and the heartbeats of these."""

from collections.abc import Mapping
from typing import Protocol

from worker.model.metrics import Heartbeat, Sums

__all__ = ["MetricSums"]


class MetricSums(Protocol):
    """Integers that all processes add to, by metric and labels."""

    def add(self, sums: Sums, limits: Mapping[str, int]) -> None:
        """Add to the sums, all of them or none.

        Args:
            sums: The increments.
            limits: The most series of each metric of `sums`. The increments of further series are
                added to a series whose labels are all `other`.
        """
        ...

    def read(self, metrics: tuple[str, ...]) -> Sums:
        """Return the sums of these metrics; those that nothing was added to are empty."""
        ...

    def beat(self, role: str, host: str, process: int) -> None:
        """Record by the server's clock that a process is well."""
        ...

    def leave(self, role: str, host: str, process: int) -> None:
        """Forget a process that stops."""
        ...

    def heartbeats(self) -> tuple[Heartbeat, ...]:
        """Return the last heartbeats of the last hour, of at most a thousand processes."""
        ...
