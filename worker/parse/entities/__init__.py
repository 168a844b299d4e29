"""Placeholder, replaced below."""

from worker.model import Dateline
from worker.parse.registry import Registry
from worker.parse.text import WireText


def find_entities(text: WireText, dateline: Dateline | None) -> Registry:
    return Registry()
