"""The cue lexicon: which words report, and how surely."""

from importlib.resources import files
from typing import NamedTuple

__all__ = ["CUES", "LISTENER_VERBS", "Cue"]


class Cue(NamedTuple):
    """One form of a reporting verb.

    `weight` runs from 0 to 1; `shape` is p for a past or third-person form, i for -ing, b for the
    bare verb, which takes a plural; `grade` is S, M or W: strong, medium, weak.
    """

    weight: float
    form: str
    strength: str


def _load_cues() -> dict[str, Cue]:
    table = files("worker.parse").joinpath("data/cues.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {form: Cue(float(weight), shape, _grade(float(weight))) for form, weight, shape in rows}


def _grade(weight: float) -> str:
    return "S" if weight >= 0.55 else "M" if weight >= 0.25 else "W"


CUES = _load_cues()
"""Every form of every reporting verb, lower case."""

LISTENER_VERBS = frozenset(
    "told tells tell telling asked asks ask asking urged urges warned informed reminded "
    "assured advised thanked praised called accused blamed criticized slammed quoted "
    "quotes cited quoting citing".split()
)
"""Verbs whose first noun after them is not the speaker: "told TASS", "accused Mr. Roe"."""
