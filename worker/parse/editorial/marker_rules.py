"""The kinds of markers, and the form of the rules that read them."""

import re
from dataclasses import dataclass
from enum import Enum, auto

__all__ = ["CLOSED", "GLUED", "TITLED", "Marker", "MarkerRule", "marker_rule"]


class Marker(Enum):
    """The kinds of markers."""

    KILL = auto()
    HOLD = auto()
    CORRECTION = auto()
    UPDATE = auto()
    PRIORITY = auto()
    EMBARGO = auto()


CLOSED = r"(?=\s*(?:[:.!(–—_*]|-+(?:\s|$)|\++|\#|$))"
"""A mark sets the marker off, or the line ends: FLASH FLOODS and KILL-SWITCH are news."""

GLUED = r"(?=\s*(?:[-–—:.!(_]|$))"
"""Reuters prints no space behind its hyphen: CORRECTED-Talks resume."""

TITLED = r"(?=\s*(?:[:(–—]|$)|\s+-\s)"
"""In small letters the same word needs a clearer mark: "Correction in shares" is news."""


@dataclass(frozen=True, slots=True)
class MarkerRule:
    """A pattern for markers at the beginning of a line.

    Attributes:
        marker: The kind of marker.
        first_words: All words with which the pattern may begin, casefolded.
        pattern: The marker.
        is_dated: Only a marker if a day or a time follows it.
        is_note: The marker is the whole note: `(Adds quotes, background)`.
    """

    marker: Marker
    first_words: str
    pattern: re.Pattern[str]
    is_dated: bool = False
    is_note: bool = False


def marker_rule(
    marker: Marker, first_words: str, *parts: str, is_dated: bool = False, is_note: bool = False
) -> MarkerRule:
    """Return the rule of the parts of a pattern, any of which makes a marker."""
    pattern = re.compile("|".join(f"(?:{part})" for part in parts))
    return MarkerRule(marker, first_words, pattern, is_dated, is_note)
