"""India's ANI: the country in square brackets and a colon, `New Delhi [India], June 26 (ANI):`.

Source: aninews.in.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["ANI"]

ANI = Style(
    name="ani",
    agencies=frozenset({"ANI"}),
    closings=DASHES | {"", ":"},
)
