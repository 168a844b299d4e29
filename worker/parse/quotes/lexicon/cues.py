"""Reporting verbs: the cue lexicon, each form with the likelihood that it reports speech."""

from importlib.resources import files
from typing import NamedTuple

from worker.parse.quotes.syntax import CueForm, CueStrength

__all__ = ["CUES", "LISTENER_VERBS", "Cue"]

_STRONG_WEIGHT = 0.55
_MEDIUM_WEIGHT = 0.25
"""Least weight of a strong and of a medium cue, which the features of the ranking name."""


class Cue(NamedTuple):
    """A form of a reporting verb; `weight`, from 0 to 1, is how often it reports."""

    weight: float
    form: CueForm
    strength: CueStrength


def _load_cues() -> dict[str, Cue]:
    table = files("worker.parse").joinpath("data/cues.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {
        word: Cue(float(weight), CueForm(form), _strength(float(weight)))
        for word, weight, form in rows
    }


def _strength(weight: float) -> CueStrength:
    if weight >= _STRONG_WEIGHT:
        return CueStrength.STRONG
    return CueStrength.MEDIUM if weight >= _MEDIUM_WEIGHT else CueStrength.WEAK


CUES = _load_cues()
"""Every form of every reporting verb, in lower case."""

LISTENER_VERBS = frozenset(
    "told tells tell telling asked asks ask asking urged urges warned informed reminded "
    "assured advised thanked praised called accused blamed criticized slammed quoted "
    "quotes cited quoting citing".split()
)
"""Verbs whose object does not speak: `told TASS`, `accused Mr. Roe`."""
