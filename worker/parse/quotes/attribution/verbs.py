"""Reporting verbs in a sentence: the strength and form of the verb at a token."""

from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import LOWER, CueForm, CueStrength

__all__ = ["verb_form", "verb_strength"]

_UNLISTED = CueStrength.UNLISTED
_FINITE = CueForm.FINITE


def verb_strength(sentence: Sentence, index: int) -> CueStrength | None:
    """Return the strength of the verb at `index`, None for any other token or none."""
    kinds = sentence.kinds
    if not 0 <= index < len(kinds) or kinds[index] is not LOWER:
        return None
    word = sentence.words[index]
    cue = CUES.get(word)
    if cue:
        return cue.strength
    return _UNLISTED if len(word) > 4 and word.endswith("ed") else None


def verb_form(sentence: Sentence, index: int) -> CueForm:
    """Return the form of the verb at `index`; a verb outside the lexicon is a past form."""
    cue = CUES.get(sentence.words[index])
    return cue.form if cue else _FINITE
