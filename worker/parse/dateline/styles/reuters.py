"""Reuters: `DAMASCUS (Reuters) -`, `KYIV, Jan 24 (Reuters) -`, several places at once.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["REUTERS"]

REUTERS = Style(name="reuters", agencies=frozenset({"Reuters"}), closings=DASHES | {""})
