"""Participles, which are about the name before their comma, and that name.

In the examples: `заявившая` who stated, `добавляющий` who adds, `возглавляющий штаб` who heads the
staff, `ранее возглавлявший` who headed formerly, `призвал` called on, `согласен` agrees.
"""

import re

from worker.model import EntityLabel
from worker.parse.languages.russian.lexicon import nouns_of
from worker.parse.languages.russian.phrases import Phrase
from worker.parse.languages.russian.units import Sentence

__all__ = ["after_participle_clause", "find_owner_of_participle", "find_participle_antecedent"]

_PARTICIPLE = re.compile(r"..[аяуюеи](?:вш|щ)(?:ий|ая|ее|ие|его|ему|им|ем|ей|ую|их|ими)(?:ся)?\Z")
_ADVERBS = frozenset("ранее прежде долго недавно также уже тоже еще давно сейчас".split())
_ADVERB_UNITS = 1


def after_participle_clause(units: Sentence, comma: int, at: int) -> int:
    """`Иванов, возглавляющий штаб, призвал`: return the unit behind the participle's words.

    Without a participle behind the comma that is the unit after it. `at` is the unit to stop at.
    """
    number = comma + 1
    while number < min(at, comma + 1 + _ADVERB_UNITS) and units[number].word in _ADVERBS:
        number += 1
    if number >= at or not _is_participle(units[number].word):
        return comma + 1
    return next((end for end in range(number + 1, at) if units[end].word == ","), comma) + 1


def _is_participle(word: str) -> bool:
    """Return True for an active participle: `возглавляющий`, `занявшая`."""
    return bool(_PARTICIPLE.search(word)) and not nouns_of(word)


def find_owner_of_participle(units: Sentence, at: int) -> Phrase | None:
    """`С ним согласен Иванов, ранее заявивший, что ...`: return the name before the comma."""
    if not _is_participle(units[at].word):
        return None
    comma = at - 1 - (units[at - 1].word in _ADVERBS)
    if comma < 1 or units[comma].word != ",":
        return None
    return find_participle_antecedent(units, comma - 1, comma)


def find_participle_antecedent(units: Sentence, begin: int, number: int) -> Phrase | None:
    """`с Ивановым, который заявил`: return the last name before the pronoun, in any case."""
    for index in range(number - 1, begin - 1, -1):
        unit = units[index]
        if unit.entity and unit.entity.label in {EntityLabel.PERSON, EntityLabel.ORG}:
            return Phrase(kind="name", span=unit.span, end=index + 1, entity=unit.entity)
    return None
