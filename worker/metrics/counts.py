"""The counts of a process, and their way to the sums in the store."""

import bisect
import collections
import threading
from collections.abc import Mapping

import structlog

from worker.errors import CopytasterError
from worker.metrics.catalogue import Counter, Histogram, Metric
from worker.model.metrics import OTHER
from worker.ports import MetricSums

__all__ = ["Counts"]

log = structlog.get_logger(__name__)

FLUSH_S = 2.0
"""The time from a count to its addition to the sums; a killed process loses only these counts."""

_LABEL_CHARS = 100

_Labels = tuple[str, ...]


class Counts:
    """The counts of this process since it last added them to the sums; safe to use from threads.

    The first count starts a thread, which adds the counts to the sums two seconds after a count and
    then sleeps until the next. So counting needs no round trip, and idle processes cost nothing.
    While the store is away, the counts wait; `most` of each metric bounds them here as in the
    store.

    Args:
        sums: The sums in the store; None for counts that nothing reads.
    """

    def __init__(self, sums: MetricSums | None = None) -> None:
        self._sums = sums
        self._lock = threading.Lock()
        self._counts: dict[str, dict[_Labels, int]] = {}
        self._rooms: dict[str, int] = {}
        self._has_some = threading.Event()
        self._is_closed = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, metric: Counter, *labels: str, by: int = 1) -> None:
        """Add to a counter."""
        if by:
            self._add(metric.name, _room(metric), {tuple(map(_clean, labels)): by})

    def observe(self, metric: Histogram, *seconds: float, labels: tuple[str, ...] = ()) -> None:
        """Add durations to a histogram."""
        if not seconds:
            return
        # `bisect_left`: a value equal to a bound belongs to its bucket (`le` in OpenMetrics).
        buckets = collections.Counter(bisect.bisect_left(metric.bounds_s, time) for time in seconds)
        series = {(*labels, str(bucket)): number for bucket, number in buckets.items()}
        # Clocks of two machines may give a negative duration, and a sum must not fall.
        series[*labels, "sum"] = round(sum(max(0.0, time) for time in seconds) * 1e6)
        self._add(metric.name, _room(metric), series)

    def flush(self) -> None:
        """Add the counts to the sums; if the store is away, they are kept."""
        if self._sums is None:
            return
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            self._sums.add(counts, self._rooms)
        except CopytasterError as error:
            # If the reply was lost, the counts are added twice: too many rather than too few.
            log.debug("counts_wait", reason=str(error))
            for name, series in counts.items():
                self._add(name, self._rooms[name], series)

    def close(self) -> None:
        """Add the last counts to the sums, and end the thread."""
        self._is_closed.set()
        self._has_some.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _add(self, name: str, room: int, increments: Mapping[_Labels, int]) -> None:
        with self._lock:
            self._rooms[name] = room
            series = self._counts.setdefault(name, {})
            for labels, by in increments.items():
                is_full = labels not in series and len(series) >= room
                known = (OTHER,) * len(labels) if is_full else labels
                series[known] = series.get(known, 0) + by
            if self._sums is None or self._has_some.is_set():
                return
            self._has_some.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="counts", daemon=True)
                self._thread.start()

    def _keep(self) -> None:
        while not self._is_closed.is_set():
            self._has_some.wait()
            if self._is_closed.wait(FLUSH_S):
                return
            self._has_some.clear()
            self.flush()


def _room(metric: Metric) -> int:
    """Return the most fields of a metric: a histogram has a field for each bucket, and a sum."""
    return metric.most * (len(metric.bounds_s) + 2 if isinstance(metric, Histogram) else 1)


def _clean(label: str) -> str:
    """Return a label of bounded length without lone surrogates, since it may come from outside."""
    if len(label) <= _LABEL_CHARS and label.isascii():
        return label
    return label[:_LABEL_CHARS].encode("utf-8", "replace").decode()
