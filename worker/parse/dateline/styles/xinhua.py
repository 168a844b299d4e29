"""Xinhua: `KIEV, Nov. 4 (Xinhua) --`, the same frame in all its languages."""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["XINHUA"]

XINHUA = Style(name="xinhua", agencies=frozenset({"Xinhua"}), closings=DASHES | {"", "_"})
