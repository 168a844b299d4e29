"""What an item does to the ones before it, once the store has said which those are. All pure."""

from worker.lifecycle.changes import find_change
from worker.lifecycle.targets import describe, find_targets, wires_of

__all__ = ["describe", "find_change", "find_targets", "wires_of"]
