"""Desks: downstream queues, each with the items that it takes and the shape of its events.

A desk names conditions on an item's annotations, all of which must hold; a condition with several
words holds if any of them does. Pure: no clock, no queue.
"""

from worker.desks.desk import ARCHIVE, DEFAULT_DESKS, OWN_STREAM, Desk, Shape, read_desks
from worker.desks.match import Check, Match, is_near
from worker.desks.shapes import events_for

__all__ = [
    "ARCHIVE",
    "DEFAULT_DESKS",
    "OWN_STREAM",
    "Check",
    "Desk",
    "Match",
    "Shape",
    "events_for",
    "is_near",
    "read_desks",
]
