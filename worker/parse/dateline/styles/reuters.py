"""Reuters: `DAMASCUS (Reuters) -`, `KYIV, Jan 24 (Reuters) -`, several places at once."""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["REUTERS"]

REUTERS = Style(name="reuters", agencies=frozenset({"Reuters"}), closings=DASHES | {""})
