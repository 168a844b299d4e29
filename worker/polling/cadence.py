"""How often a feed brings something new, learnt from its polls, and its place among the others."""

import zlib
from dataclasses import dataclass

__all__ = ["START_S", "Rhythm", "phase_of"]

START_S = 900.0
"""The interval of a feed of which nothing is known."""

_ASKS_A_GAP = 2
"""Polls between one new entry and the next: an entry is found half a gap late at most."""

_MEMORY = 8.0
"""So many of the last entries make the rhythm; a day's worth in one poll counts as no more."""

_HALF_LIFE_S = 2 * 86_400
"""Old days count less, so that a feed that falls silent, or wakes up, is taken at its word."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """New entries, and the seconds in which they came, both fading.

    >>> Rhythm(8.0, 8 * 3600.0).interval_s(60, 86_400)
    1800.0
    """

    entries: float = 1.0
    watched_s: float = START_S * _ASKS_A_GAP

    def after(self, elapsed_s: float, entries: int) -> "Rhythm":
        """The rhythm after a poll that found so many new entries, so long after the one before."""
        elapsed_s = max(0.0, elapsed_s)
        kept = 0.5 ** (elapsed_s / _HALF_LIFE_S)
        found = self.entries * kept + min(max(entries, 0), _MEMORY)
        watched_s = self.watched_s * kept + elapsed_s
        share = min(1.0, _MEMORY / max(found, 1e-9))
        return Rhythm(round(max(found * share, 1e-6), 6), round(max(watched_s * share, 1.0), 1))

    def interval_s(self, floor_s: float, ceiling_s: float) -> float:
        """Half the usual gap between entries, within these bounds; the floor is the stronger."""
        return max(min(self.watched_s / self.entries / _ASKS_A_GAP, ceiling_s), floor_s)


def phase_of(feed_id: str) -> float:
    """Return the phase of a feed in [0, 1), which spreads feeds; equal in every process.

    >>> phase_of("0123456789ab") == phase_of("0123456789ab") != phase_of("0123456789ac")
    True
    """
    return zlib.crc32(feed_id.encode("utf-8", "replace")) / 2**32
