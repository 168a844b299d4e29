"""AAP: no brackets and hardly a comma, `SYDNEY March 22 AAP -`.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.parsed import Mark
from worker.parse.dateline.style import DASHES, Style

__all__ = ["AAP"]

AAP = Style(
    name="aap",
    agencies=frozenset({"AAP"}),
    marks=frozenset({Mark.BARE, Mark.ROUND}),
    closings=DASHES | {"", ".-"},
)
