"""Organisation matching: the organisation of the registry that fits a common noun best.

`the lender` fits Lake Bank by its name, `the utility` fits Elcom if the text calls it a utility,
and `the company` fits anything that is not a public institution.
"""

import re
from dataclasses import dataclass

from worker.model import EntityLabel
from worker.parse.quotes.coreference.discourse import (
    NAMES_IN_MEMORY,
    DiscourseModel,
    NamedMention,
)
from worker.parse.quotes.coreference.indefinites import find_indefinite
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.noun_classes import (
    COMPANY_NOUNS,
    GENERIC_ORGANISATION_NOUNS,
    ORGANISATION_SYNONYMS,
    PUBLIC_ORGANISATION_WORDS,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import LOWER, CueStrength

__all__ = ["find_matching_organisation", "is_listener", "match_organisations"]

_BY_NAME = 3.0
_BY_DESCRIPTION = 2.5
_BY_SYNONYM = 2.0
"""Fit of a noun that neither the name nor the description of an organisation has, at most."""
_BY_COMPANY_NOUN = 1.0
_BY_GENERIC_NOUN = 0.7
_MODIFIER_SCORE = 1.5
_REPORTED_SCORE = 0.5
"""Worth of a mention that speaks: `Lakebank said in a report`."""
_DISTANCE_PENALTY = 0.3
"""Cost of each paragraph between a name and the noun. A match by name outweighs a match by kind
that is six paragraphs nearer."""
_MIN_COUNTRY_SCORE = 1.0
"""A noun with a country needs a better match: `the Polish company` may not be named yet."""
_SUPERVISORS = frozenset(("regulator", "watchdog"))
_CENTRAL_BANK = re.compile(
    r"^(?:central|national|state|reserve|people's) bank|^bank of |reserve bank|central bank"
)
"""Banks that supervise others."""
_SPECIFIC_HEADS = frozenset(
    "ministry parliament senate duma court bank university army navy".split()
)
"""Last words of names that `the agency` or `the group` fits only once they have spoken."""
_NEXT_WORD = re.compile(r" ([a-z]+)")
_RELATIVE_CLAUSE = re.compile(r", which (?P<words>[^.,;:\"“”«»]{3,80})")


@dataclass(frozen=True, slots=True)
class _OrganisationNoun:
    """A noun to be matched, with the facts that every comparison needs.

    `own` are the organisations named inside its phrase, which it does not refer to, and
    `indefinite` is where the text introduced the noun without a name, -1 for nowhere.
    """

    word: str
    own: frozenset[int]
    countries: frozenset[str]
    modifiers: frozenset[str]
    indefinite: int


def find_matching_organisation(
    model: DiscourseModel, mention: NounPhrase, noun: str, at: int
) -> int | None:
    """Return the organisation that a noun of `mention`, read at `at`, fits best."""
    scores = match_organisations(model, mention, noun, at)
    if not scores:
        return None
    return max(scores, key=lambda index: (scores[index], -index))


def match_organisations(
    model: DiscourseModel, mention: NounPhrase, noun: str, at: int
) -> dict[int, float]:
    """Return the organisations that a noun of `mention`, read at `at`, fits, each with a score."""
    paragraph = model.text.paragraph_index(at)
    wanted = _read_noun(model, mention, noun, at)
    scores: dict[int, float] = {}
    for name in model.before(at, NAMES_IN_MEMORY):
        fit = _fit_of_mention(model, name, wanted)
        if not fit:
            continue
        spoke_last = model.actors[name.actor].canonical == model.last_organisation
        value = fit - _DISTANCE_PENALTY * (paragraph - name.paragraph) + spoke_last
        value += _MODIFIER_SCORE * _has_modifier(model, name, wanted)
        # `the central bank` is told by its modifier, `the bank` by who has said something.
        value += _REPORTED_SCORE * (not wanted.modifiers and _is_before_cue(model, name.end))
        # Each further mention adds a little.
        scores[name.actor] = max(scores.get(name.actor, -9.0), value) + 0.05
    is_weak = wanted.countries and max(scores.values(), default=0.0) < _MIN_COUNTRY_SCORE
    return {} if is_weak else scores


def is_listener(model: DiscourseModel, name: NamedMention) -> bool:
    """Return True for the item's own agency, and for an organisation that is told something."""
    full = model.text.full
    before = full[max(0, name.start - 9) : name.start]
    return model.is_reporting_agency(name) or before.endswith(("told ", "told the "))


def _read_noun(model: DiscourseModel, mention: NounPhrase, noun: str, at: int) -> _OrganisationNoun:
    # `the Moscow-based company` says where it sits, not which country's it is.
    is_based = any(word.endswith("-based") for word in mention.words)
    span = mention.span
    return _OrganisationNoun(
        word=noun,
        own=frozenset(name.actor for name in model.inside(mention)),
        countries=frozenset() if is_based else model.countries_between(span.start, span.end),
        modifiers=_modifiers(mention, noun),
        indefinite=find_indefinite(model, noun, at),
    )


def _modifiers(mention: NounPhrase, noun: str) -> frozenset[str]:
    """Return the lower-case words before the head: `police` of `the police ministry`."""
    sentence = mention.sentence
    if mention.head != noun:
        return frozenset()
    return frozenset(
        sentence.words[at]
        for at in range(mention.start_token + 1, mention.end_token - 1)
        if sentence.kinds[at] is LOWER and len(sentence.words[at]) > 3
    )


def _fit_of_mention(model: DiscourseModel, name: NamedMention, noun: _OrganisationNoun) -> float:
    """Return how well a noun fits the organisation that is named there, 0 for not at all."""
    if model.label(name) is not EntityLabel.ORG or name.actor in noun.own:
        return 0.0
    if is_listener(model, name):
        return 0.0
    fit = _fit(model, name.actor, noun.word)
    # `A company has failed.`: a later `the company` is the same, unless a name says company too.
    if fit <= _BY_SYNONYM and name.start < noun.indefinite:
        return 0.0
    countries = model.description(name.actor).countries
    is_of_other_country = noun.countries and countries and not noun.countries & countries
    return 0.0 if is_of_other_country else fit


def _is_in_name(noun: str, name: str, words: list[str]) -> bool:
    """Return True for `the ministry` and Foreign Ministry, `the airline` and Norland Airlines."""
    return noun in words or (len(noun) > 5 and noun in name) or words[-1].endswith(noun)


def _fit(model: DiscourseModel, index: int, noun: str) -> float:
    """Return how well a noun fits an organisation by its name, its description or its kind."""
    name = model.actors[index].canonical.lower()
    words = name.split()
    if _is_in_name(noun, name, words):
        return _BY_NAME
    if noun in model.description(index).words:
        return _BY_DESCRIPTION
    # `the regulator`: Bank of Norland, but not Lake Bank
    if noun in _SUPERVISORS and "bank" in words:
        return _BY_SYNONYM if _CENTRAL_BANK.search(name) else 0.0
    # `the lender`: Lake Bank
    if any(word in words for word in ORGANISATION_SYNONYMS.get(noun, ())):
        return _BY_SYNONYM
    return _fit_by_kind(model, index, noun, words)


def _fit_by_kind(model: DiscourseModel, index: int, noun: str, words: list[str]) -> float:
    """Return how well a noun for a kind of organisation fits a name without that word."""
    if noun in COMPANY_NOUNS:
        return 0.0 if PUBLIC_ORGANISATION_WORDS.intersection(words) else _BY_COMPANY_NOUN
    if noun not in GENERIC_ORGANISATION_NOUNS:
        return 0.0
    may_be_generic = _SPECIFIC_HEADS.isdisjoint(words[-1:]) or _has_spoken(model, index)
    return _BY_GENERIC_NOUN if may_be_generic else 0.0


def _has_spoken(model: DiscourseModel, index: int) -> bool:
    """Return True for an organisation whose words the text has given, quoted or reported."""
    actor = model.actors[index]
    if actor.canonical == model.last_organisation:
        return True
    return any(_is_before_cue(model, mention.span.end) for mention in actor.mentions)


def _is_before_cue(model: DiscourseModel, end: int) -> bool:
    """Return True where a verb of speech follows."""
    word = _NEXT_WORD.match(model.text.full, end)
    cue = CUES.get(word.group(1)) if word else None
    return cue is not None and cue.strength is CueStrength.STRONG


def _has_modifier(model: DiscourseModel, name: NamedMention, noun: _OrganisationNoun) -> bool:
    """Return True where the text describes the organisation by a modifier of the noun."""
    return bool(noun.modifiers) and not noun.modifiers.isdisjoint(_words_for(model, name))


def _words_for(model: DiscourseModel, name: NamedMention) -> set[str]:
    """Return the words of a name, of its description and of a relative clause after it."""
    canonical = model.actors[name.actor].canonical.lower()
    words = {*canonical.split(), *model.description(name.actor).words}
    if _CENTRAL_BANK.search(canonical):
        words.add("central")
    # `the Interior Ministry, which is in charge of the police`
    if clause := _RELATIVE_CLAUSE.match(model.text.full, name.end):
        words |= set(clause["words"].split())
    return words
