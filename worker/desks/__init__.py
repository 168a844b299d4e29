"""Desks: which event goes to which queue, and in which shape.

A desk asks for items by what was read in them and says in which shape it wants them. All that is
asked must hold; a list asks for any of its words. Pure: no clock, no queue.
"""

from worker.desks.desk import DEFAULT_DESKS, Desk, Shape, read_desks
from worker.desks.match import Check, Match, is_near
from worker.desks.shapes import events_for

__all__ = [
    "DEFAULT_DESKS",
    "Check",
    "Desk",
    "Match",
    "Shape",
    "events_for",
    "is_near",
    "read_desks",
]
