"""PTI: no dash, the text follows at once, `Mumbai, Dec 9 (PTI) Two ...`.

Source: relays of the agency's copy.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["PTI"]

PTI = Style(name="pti", agencies=frozenset({"PTI"}), closings=DASHES | {"", ":"})
