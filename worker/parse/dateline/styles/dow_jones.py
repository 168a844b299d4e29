"""Dow Jones: two hyphens without space, `WELLINGTON (Dow Jones)--`; older `NEW YORK -(Dow Jones)-`.

Source: the agency's copy in news portals.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["DOW_JONES"]

DOW_JONES = Style(
    name="dow_jones",
    agencies=frozenset({"Dow Jones"}),
    closings=DASHES | {""},
)
