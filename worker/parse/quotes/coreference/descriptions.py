"""Descriptions: the words beside the names of people and organisations.

The entity stage gives the offices of each person. A description adds the phrase before a name
(`counselor at the embassy in Beirut Ivan Orlov`), the trade of a person without an office (`Swedish
sprinter`), and for organisations the nouns on either side (`state utility Elcom`, `the Delta
concern`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.model import EntityLabel, Span
from worker.parse.entity_registry import Actor, Gender
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import PREPOSITIONS, STOPS
from worker.parse.quotes.lexicon.noun_classes import FEMALE_RELATIVES, MALE_RELATIVES, OFFICES
from worker.parse.quotes.syntax import CueForm
from worker.parse.text import WireText

__all__ = ["Description", "describe_entity", "gender_of_words", "without_possessive"]

_WORD = re.compile(r"[^\W_][\w’'&-]*")
_EDGE = re.compile(r"[,;:!?()\"“”«»/]\.?|(?<=[a-z]{3})\.|\s[-–—]+\s")
_REACH_CHARS = 110
"""Characters before a name that are read."""
_MAX_MENTIONS = 4
"""Mentions of an actor that are read."""
_LINKS = frozenset("of at in for to under on and".split())
"""Words between an office and the name of its holder."""
_ARTICLES = frozenset("the a an its his her their".split())
# `the Delta concern`, `Delta's press office`
_NOUNS_AFTER = re.compile(r"(?:[’']s?)?(?: [a-z][\w-]*){1,3}")
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
"""The predicate after a name: `is a Republican, a rancher and her only child`."""
# `Ann Lee is running for mayor`; the short pattern spares most names the long one.
_RUN = re.compile(r"\br[au]n")
_RUNS = re.compile(r"[^.;:\"“”«»]{0,90}\b(?:run|runs|running|ran) (?:for|against)\b")
_OWNER_BEFORE = re.compile(
    r"(?:\b(?:[Hh]is|[Hh]er|[Ii]ts|[Tt]heir)|\w['’]s|(?:\A|[.!?] |\bbut |\band )[Tt]he) \Z"
)
"""The start of a noun phrase that a name between commas explains: `his opponent, Ann Lee,`."""
_OWNER_FIRST = re.compile(r"[A-Z][\w-]*['’]s ")
_POST_NOMINALS = {"KC": "barrister", "QC": "barrister", "MP": "mp", "MSP": "mp", "MEP": "mep"} | {
    "D": "democrat",
    "R": "republican",
}
_POST_NOMINAL = re.compile(r",? \(?(?P<letters>KC|QC|MP|MSP|MEP|[DR](?=-[A-Z]))\b")
"""Letters after a name: `Ann Lee MP`, `Ann Lee (D-Ohio)`."""
# The parts of `a Republican, a rancher and her only child who lives in Oslo`
_PARTS = re.compile(r", (?:and )?| and | (?:who|whose|which|that|when|where) .*")


@dataclass(frozen=True, slots=True)
class Description:
    """The lower-case words that describe an actor, and the ISO codes of countries among them."""

    words: frozenset[str]
    countries: frozenset[str]


def describe_entity(
    text: WireText,
    actor: Actor,
    spans: Sequence[Span],
    countries_between: Callable[[int, int], frozenset[str]],
) -> Description:
    """Return the description of an actor that is named at `spans`."""
    words = {word.lower() for phrase in actor.descriptors for word in _WORD.findall(phrase)}
    first, _, rest = actor.canonical.lower().partition(" ")
    if rest and first in OFFICES:
        words.add(first)  # Pope Clement, King Haakon
    countries: frozenset[str] = frozenset()
    full = text.full
    for span in spans[:_MAX_MENTIONS]:
        start, end = span.start, span.end
        floor = max(text.paragraphs[text.paragraph_index(start)].start, start - _REACH_CHARS)
        begin, before = _read_before(full, floor, start)
        words |= before
        apposed, before = _read_apposed(full, floor, span)
        words |= before
        begin = min(begin, apposed)
        # `the Polish maker Ursus`, `the Polish foreign ministry`
        inside = end if actor.label is EntityLabel.ORG else start
        if begin < inside:
            countries |= countries_between(begin, inside)
        words |= _read_after(full, end, actor.label)
    return Description(frozenset(words), countries)


def gender_of_words(words: frozenset[str]) -> Gender:
    """Return the gender that a description shows: `wife`, `businessman`."""
    is_female = any(word in FEMALE_RELATIVES or word.endswith("woman") for word in words)
    is_male = any(word in MALE_RELATIVES or word.endswith("sman") for word in words)
    if is_female == is_male:
        return Gender.UNKNOWN
    return Gender.FEMALE if is_female else Gender.MALE


def without_possessive(word: str) -> str:
    """Return a word without a possessive `'s`."""
    return word.removesuffix("'s").removesuffix("’s")


def _read_apposed(full: str, floor: int, name: Span) -> tuple[int, set[str]]:
    """Return the start and the words of the noun that a name explains: `his opponent, Ann Lee,`.

    In a list, `the mayor, Ann Lee, and the judge`, the noun may be another person; so its phrase
    has to begin with an owner, or to open the clause. `Denmark's second bank, Sundbank has` may
    lack the second comma.
    """
    if not full.endswith(", ", floor, name.start):
        return name.start, set()
    begin, words = _read_before(full, floor, name.start - 2)
    is_enclosed = full.startswith(",", name.end) and _OWNER_BEFORE.search(full[floor:begin])
    if is_enclosed or _OWNER_FIRST.match(full, begin):
        return begin, words
    return name.start, set()


def _read_after(full: str, end: int, label: EntityLabel) -> set[str]:
    """Return the words right after a name."""
    # `the Delta concern`
    if label is EntityLabel.ORG and (nouns := _NOUNS_AFTER.match(full, end)):
        return {word for word in nouns.group().split() if word not in STOPS}
    if label is not EntityLabel.PERSON:
        return set()
    words: set[str] = set()
    # `Ann Lee, 38, is a rancher`
    if predicate := _PREDICATE.match(full, end):
        words = _read_predicate(predicate["is"] or predicate["apposed"])
    # `Ann Lee MP`
    if letters := _POST_NOMINAL.match(full, end):
        words.add(_POST_NOMINALS[letters["letters"]])
    # `Ann Lee is running for mayor`
    if _RUN.search(full, end, end + _REACH_CHARS) and _RUNS.match(full, end):
        words.add("candidate")
    return words


def _read_predicate(predicate: str) -> set[str]:
    """Return the nouns of a predicate with the words before them, without complements."""
    words: set[str] = set()
    for part in _PARTS.split(predicate):
        for word in _WORD.findall(part.lower()):
            if word in PREPOSITIONS:
                break
            if _is_nominal(word):
                words.add(word)
    return words


def _read_before(full: str, floor: int, start: int) -> tuple[int, set[str]]:
    """Return the start of the phrase before a name, and its words."""
    for edge in _EDGE.finditer(full, floor, start):
        floor = edge.end()
    tokens = [
        (match.start(), match.group().lower()) for match in _WORD.finditer(full, floor, start)
    ]
    first = len(tokens)
    while first and _is_nominal(tokens[first - 1][1]):
        first -= 1
    if not any(word in OFFICES for _, word in tokens[first:]):
        first = _office_start(tokens, first)
    begin = tokens[first][0] if first < len(tokens) else start
    return begin, {without_possessive(word) for _, word in tokens[first:]}


def _office_start(tokens: list[tuple[int, str]], direct: int) -> int:
    """Return the token at which an office with its complements begins, else `direct`.

    `counselor at the embassy in Beirut Ivan Orlov`: prepositions lead back to `counselor`.
    """
    first = direct
    office = direct
    while first and _is_linked(tokens[first - 1][1]):
        first -= 1
        if tokens[first][1] in OFFICES:
            office = first
    if office == direct:
        return direct
    while office and _is_nominal(tokens[office - 1][1]):
        office -= 1
    return office


def _is_linked(word: str) -> bool:
    """Return True for a word between an office and a name."""
    return word == "the" or word in _LINKS or _is_nominal(word)


def _is_nominal(word: str) -> bool:
    """Return True for a word that may stand in a noun phrase before a name."""
    if word in STOPS or word in PREPOSITIONS or word in _ARTICLES:
        return False
    cue = CUES.get(word)
    if cue is not None and cue.form is not CueForm.BARE:
        return False
    is_verbal = word.endswith(("ed", "ing", "ly")) and len(word) > 5
    return not is_verbal or word == "retired"
