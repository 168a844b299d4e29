"""Portraits: the words that a text puts beside the names of its people and bodies.

The entity stage gives each person's offices; to them come the whole phrase before a name
("counselor at the embassy in Beirut Ivan Orlov"), the trade of somebody who holds no office
("Swedish sprinter"), and for bodies the nouns on either side ("state utility Elcom", "the Delta
concern").
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.model import EntityLabel, Span
from worker.parse.entity_registry import Actor
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import PREPOSITIONS, STOPS
from worker.parse.quotes.lexicon.noun_classes import OFFICES
from worker.parse.text import WireText

__all__ = ["Description", "describe_entity"]

_WORD = re.compile(r"[^\W_][\w’'&-]*")
_EDGE = re.compile(r"[,;:!?()\"“”«»]|(?<=[a-z]{3})\.|\s[-–—]+\s")
_REACH = 110
"""How many characters before a name are read."""
_MOST_NAMES = 4
"""How many mentions of one actor are read."""
_LINKS = frozenset("of at in for to under on and".split())
"""What may stand between an office and the name of its holder."""
_AFTER = re.compile(r"(?:[’']s?)?(?: [a-z][\w-]*){1,3}")

_PREDICATE = re.compile(
    r"""
    (?: ,[ ]\d{1,3} )?                                # Ann Lee, 38
    (?: ,?[ ] (?: is | was | remains | became ) [ ] (?: also[ ] )?
        (?P<is> (?: an? | the | his | her ) [ ] [^.;:"“”«»()]{3,90} )
      | ,[ ] (?P<apposed> (?: an? | the | his | her ) [ ] [^.,;:"“”«»()]{3,60} ) [,.]
    )
    """,
    re.VERBOSE,
)
"""What a sentence says that somebody is: "is a Republican, a rancher and her only child"."""
_RUN = re.compile(r"\br[au]n")
_RUNS = re.compile(r"[^.;:\"“”«»]{0,90}\b(?:run|runs|running|ran) (?:for|against)\b")
_OWNER_BEFORE = re.compile(
    r"(?:\b(?:[Hh]is|[Hh]er|[Ii]ts|[Tt]heir)|\w['’]s|(?:\A|[.!?] |\bbut |\band )[Tt]he) \Z"
)
"""Whose noun a name between commas explains: "his opponent, Ann Lee,"."""
_LETTERS_MEAN = {"KC": "barrister", "QC": "barrister", "MP": "mp", "MSP": "mp", "MEP": "mep"} | {
    "D": "democrat",
    "R": "republican",
}
_LETTERS = re.compile(r",? \(?(?P<letters>KC|QC|MP|MSP|MEP|[DR](?=-[A-Z]))\b")
"""Letters after a name that say what somebody is."""
_PARTS = re.compile(r", (?:and )?| and | (?:who|whose|which|that|when|where) .*")


@dataclass(frozen=True, slots=True)
class Description:
    """What an actor is called: lower-case words, and the countries that its offices are of."""

    words: frozenset[str]
    nations: frozenset[str]


def describe_entity(
    text: WireText,
    actor: Actor,
    places: Sequence[Span],
    nations_between: Callable[[int, int], frozenset[str]],
) -> Description:
    """The description of one actor, named at `places`; `nations_between` tells countries by place."""
    words = {word.lower() for phrase in actor.descriptors for word in _WORD.findall(phrase)}
    first, _, rest = actor.canonical.lower().partition(" ")
    if rest and first in OFFICES:
        words.add(first)  # Pope Clement, King Haakon
    nations: frozenset[str] = frozenset()
    full = text.full
    for place in places[:_MOST_NAMES]:
        start, end = place.start, place.end
        floor = max(text.paragraphs[text.paragraph_index(start)].start, start - _REACH)
        begin, found = _read_before(full, floor, start)
        words |= found
        if full.endswith(", ", floor, start) and full.startswith(",", end):
            apart, found = _read_before(full, floor, start - 2)
            if _OWNER_BEFORE.search(full[floor:apart]):
                words |= found
        if begin < start:
            nations |= nations_between(begin, start)
        words |= _read_after(full, end, actor.label)
    return Description(frozenset(words), nations)


def _read_after(full: str, end: int, label: EntityLabel) -> set[str]:
    """What stands right after a name: nouns after a body's, a predicate or letters a person's."""
    words: set[str] = set()
    if label is EntityLabel.ORG and (match := _AFTER.match(full, end)):
        words = {word for word in match.group().split() if word not in STOPS}
    if label is not EntityLabel.PERSON:
        return words
    if match := _PREDICATE.match(full, end):
        words = _read_predicate(match["is"] or match["apposed"])
    if match := _LETTERS.match(full, end):
        words.add(_LETTERS_MEAN[match["letters"]])
    if _RUN.search(full, end, end + _REACH) and _RUNS.match(full, end):
        words.add("candidate")
    return words


def _read_predicate(what: str) -> set[str]:
    """The nouns of a predicate with what stands before them, nothing of what hangs on them."""
    words: set[str] = set()
    for part in _PARTS.split(what):
        for word in _WORD.findall(part.lower()):
            if word in PREPOSITIONS:
                break
            if _is_of_a_noun(word):
                words.add(word)
    return words


def _read_before(full: str, floor: int, start: int) -> tuple[int, set[str]]:
    """Where the phrase before a name begins, and its words."""
    for edge in _EDGE.finditer(full, floor, start):
        floor = edge.end()
    tokens = [
        (match.start(), match.group().lower()) for match in _WORD.finditer(full, floor, start)
    ]
    direct = len(tokens)
    while direct and _is_of_a_noun(tokens[direct - 1][1]):
        direct -= 1
    first = direct
    if not any(word in OFFICES for _, word in tokens[direct:]):
        first = _whole_phrase(tokens, direct)
    begin = tokens[first][0] if first < len(tokens) else start
    return begin, {word.removesuffix("'s").removesuffix("’s") for _, word in tokens[first:]}


def _whole_phrase(tokens: list[tuple[int, str]], direct: int) -> int:
    """Where the phrase begins if prepositions lead back to an office; else `direct` itself."""
    first = direct
    office = direct
    while first and (tokens[first - 1][1] in _LINKS or _is_of_a_noun(tokens[first - 1][1], "the")):
        first -= 1
        if tokens[first][1] in OFFICES:
            office = first
    if office == direct:
        return direct
    while office and _is_of_a_noun(tokens[office - 1][1]):
        office -= 1
    return office


def _is_of_a_noun(word: str, *allowed: str) -> bool:
    """True for a word that may stand in a noun phrase before a name."""
    if word in allowed:
        return True
    cue = CUES.get(word)
    return not (
        word in STOPS
        or word in PREPOSITIONS
        or word in ("the", "a", "an", "its", "his", "her", "their")
        or (cue is not None and cue.form != "b")
        or (word.endswith(("ed", "ing", "ly")) and len(word) > 5 and word != "retired")
    )
