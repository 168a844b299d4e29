"""Names of bodies that go on behind the entity: `Союз автоперевозчиков`, `Совет по зерну`.

A body whose name is a class noun with or without an adjective is told from others of its class by
what the noun governs, so its speaker has that as well.

In the examples: `союз автоперевозчиков` a union of hauliers, `совет по зерну` a council on grain,
`ассоциация сельских врачей` an association of country doctors, `вчера` yesterday.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from worker.model import EntityLabel
from worker.parse.entity_registry import Actor
from worker.parse.languages.russian.lexicon import cue_of, fold, nouns_of

__all__ = ["with_complements"]

_CLASSES = frozenset(
    """союз лига совет ассоциация федерация фонд комитет комиссия палата центр институт агентство
    объединение общество управление департамент служба инспекция""".split()
)
_COMPLEMENT = re.compile(
    r"""
    (?:[ ](?:[а-яё-]+(?:ых|их|ого|его)))?           # `сельских`
    [ ](?P<noun>[а-яё-]+(?:ов|ев|ей|ства|ний|ния|ции|ики|ии))(?![\w-])   # `врачей`
    |
    [ ]по(?:[ ][а-яё-]+(?:ым|им|ой|ому|ему))?       # `по`, `по малому`
    [ ](?P<dative>[а-яё-]+(?:ам|ям|у|ю|е|ии))(?![\w-])                 # `зерну`
    """,
    re.VERBOSE,
)
_MOST_WORDS = 2
_NO_NOUNS = frozenset("итоги итогам словам мнению данным информации оценке просьбе более".split())


def with_complements(full: str, actors: Sequence[Actor]) -> list[Actor]:
    """Return the actors of a text; a body named by its class has what the class noun governs."""
    return [_with_complement(full, actor) for actor in actors]


def _with_complement(full: str, actor: Actor) -> Actor:
    """`Союз` of a text that says `в Союзе автоперевозчиков`."""
    words = actor.canonical.split()
    is_class = len(words) <= _MOST_WORDS and fold(words[-1]) in _CLASSES
    if actor.label is not EntityLabel.ORG or not is_class:
        return actor
    for mention in actor.mentions:
        found = _COMPLEMENT.match(full, mention.span.end)
        noun = fold(found["noun"] or found["dative"]) if found else ""
        if found and noun not in _NO_NOUNS and _may_be_governed(noun):
            return replace(actor, canonical=actor.canonical + found[0])
    return actor


def _may_be_governed(noun: str) -> bool:
    """Return False for a verb and for a nominative."""
    cases = {reading.case[0] for reading in nouns_of(noun)}
    return cue_of(noun) is None and (not cases or cases != {"n"})
