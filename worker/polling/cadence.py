"""The cadence of a feed, learnt from its polls, and its phase, which spreads polls over time."""

import zlib
from dataclasses import dataclass

__all__ = ["START_S", "Cadence", "phase_of"]

START_S = 900.0
"""Interval of a feed without a past."""

_POLLS_PER_GAP = 2
"""Polls from one new entry to the next: an entry is found late by half the gap at most."""

_ENTRIES_LIMIT = 8.0
"""Entries that count at most, so that a poll that finds a day's entries at once, after an outage,
does not set the cadence for long."""

_HALF_LIFE_S = 2 * 86_400
"""Time in which the past loses half its weight: a feed may fall silent, or wake up."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """A number of new entries and the seconds in which they came; both lose weight with time.

    >>> Cadence(8.0, 8 * 3600.0).interval_s(60, 86_400)
    1800.0
    """

    entries: float = 1.0
    watched_s: float = START_S * _POLLS_PER_GAP

    def after(self, elapsed_s: float, entries: int) -> "Cadence":
        """Return the cadence after a poll with new entries, `elapsed_s` after the last poll."""
        elapsed_s = max(0.0, elapsed_s)
        weight = 0.5 ** (elapsed_s / _HALF_LIFE_S)
        found_entries = self.entries * weight + min(max(entries, 0), _ENTRIES_LIMIT)
        watched_s = self.watched_s * weight + elapsed_s
        # Rounded, since the state of each feed is stored as text; never zero, since it divides.
        share = min(1.0, _ENTRIES_LIMIT / max(found_entries, 1e-9))
        return Cadence(
            round(max(found_entries * share, 1e-6), 6), round(max(watched_s * share, 1.0), 1)
        )

    def interval_s(self, floor_s: float, ceiling_s: float) -> float:
        """Return half the usual gap between entries, within the bounds; the floor prevails."""
        return max(min(self.watched_s / self.entries / _POLLS_PER_GAP, ceiling_s), floor_s)


def phase_of(feed_id: str) -> float:
    """Return the phase of a feed in [0, 1), the same in every process.

    >>> phase_of("0123456789ab") == phase_of("0123456789ab") != phase_of("0123456789ac")
    True
    """
    return zlib.crc32(feed_id.encode("utf-8", "replace")) / 2**32
