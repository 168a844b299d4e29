"""Xinhua: `KIEV, Nov. 4 (Xinhua) --`, the same frame in all its languages.

Source: xinhuanet.com, in English and French; relays.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["XINHUA"]

XINHUA = Style(name="xinhua", agencies=frozenset({"Xinhua"}), closings=DASHES | {"", "_"})
