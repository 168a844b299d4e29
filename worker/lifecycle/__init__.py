"""What an item does to the ones before it, once the store has said which those are. All pure."""

from worker.lifecycle.changes import find_change
from worker.lifecycle.copies import Copy, pack_copy, read_copy, unpack_copy
from worker.lifecycle.likeness import find_first, sign
from worker.lifecycle.targets import (
    came_before,
    describe,
    describe_kill,
    find_targets,
    is_meant,
    most_targets,
    names_target,
    place_of,
    wires_of,
    wires_of_kill,
)

__all__ = [
    "Copy",
    "came_before",
    "describe",
    "describe_kill",
    "find_change",
    "find_first",
    "find_targets",
    "is_meant",
    "most_targets",
    "names_target",
    "pack_copy",
    "place_of",
    "read_copy",
    "sign",
    "unpack_copy",
    "wires_of",
    "wires_of_kill",
]
