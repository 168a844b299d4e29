"""KCNA: title case, `Pyongyang, June 26 (KCNA) --`.

Source: the agency's published copy.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["KCNA"]

KCNA = Style(
    name="kcna",
    agencies=frozenset({"KCNA"}),
    closings=DASHES | {""},
)
