"""Metrics as the store keeps them: sums by name and labels, and heartbeats of processes."""

from collections.abc import Mapping

import msgspec

__all__ = ["OTHER", "Heartbeat", "Sums"]

OTHER = "other"
"""The label of all series that a metric has no room for."""

Sums = Mapping[str, Mapping[tuple[str, ...], int]]
"""Integers by the name of a metric and its labels, in order.

The labels of a histogram are followed by the number of a bucket, or by `sum`, whose integer is in
microseconds; so are the integers of a counter in seconds.
"""


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """The last heartbeat of a process; `age_s` is its age by the server's clock."""

    role: str
    host: str
    process: int
    age_s: float
