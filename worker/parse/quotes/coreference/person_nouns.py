"""Passes for common nouns for a person: `the diplomat`, `Ghana's finance minister`, `the Swede`."""

import re

from worker.parse.quotes.coreference.antecedents import (
    UNNAMED,
    Fits,
    find_antecedent,
    find_described_person,
    find_subject,
    may_be_person,
)
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.indefinites import (
    ANONYMOUS_SOURCES,
    INDEFINITES,
    find_indefinite,
)
from worker.parse.quotes.coreference.person_matching import excluded_gender, is_of_other_country
from worker.parse.quotes.lexicon.function_words import POSSESSIVE_ENDINGS
from worker.parse.quotes.lexicon.noun_classes import (
    COLLECTIVE_NOUNS,
    COMPANY_NOUNS,
    DEMONYMS,
    EPITHETS,
    OFFICES,
    PARTY_MEMBERS,
    PERSON_NOUNS,
    is_person_noun,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import CAPITAL, MentionType

__all__ = [
    "resolve_company_noun_to_person",
    "resolve_demonym",
    "resolve_described_person",
    "resolve_epithet",
    "resolve_interlocutor",
    "resolve_latter",
    "resolve_party_member",
    "resolve_undescribed_subject",
    "resolve_unnamed_people",
]

_FORMER = frozenset("former ex then acting deputy".split())
_INTERLOCUTORS = frozenset("interlocutor interviewee".split())
"""Nouns for anyone whom an agency has spoken to, named or not."""
_ANONYMOUS = re.compile(r"\b[Aa] (?:[\w-]+ ){0,3}source\b|\b[Ss]ources\b|\binsider\b")
_HELD_OFFICES = frozenset(
    "minister premier president secretary governor mayor chairman chairwoman director head chief"
    " speaker chancellor commissioner prosecutor commander spokesman spokeswoman spokesperson"
    " ambassador envoy official judge general senator".split()
)
"""Nouns that stay open until their holder is named; `the economist` may be anyone named before."""
_DETERMINER_AND_NOUN = 2
_PAIR = 2
_LOOK_BACK_CHARS = 1500
"""Characters before an interlocutor in which an anonymous source may be brought in."""


def resolve_demonym(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`the Swede said`: resolve to the most salient person."""
    is_demonym = mention.type is MentionType.PROPER and mention.head in DEMONYMS
    if is_demonym and mention.first_word == "the" and len(mention.words) == 2:
        return _find_by_epithet(model, mention)
    return None


def resolve_company_noun_to_person(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`the developer said`: resolve to a person whom the text calls so, before any company."""
    if mention.head not in COMPANY_NOUNS:
        return None
    described = find_described_person(model, mention)
    if described and mention.head in model.description(described[0]).words:
        return model.resolution(described[0], 0.6)
    return None


def resolve_unnamed_people(_model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`a spokesman`, `officials`, `the source`, `the crowd`: leave unresolved."""
    head = mention.head
    is_plural = head.endswith("s") or head in COLLECTIVE_NOUNS
    is_unnamed = mention.first_word in INDEFINITES or head in ANONYMOUS_SOURCES
    return UNRESOLVED if is_plural or is_unnamed else None


def resolve_interlocutor(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`the interlocutor said`: resolve to the last speaker, if the text names that speaker."""
    if mention.head not in _INTERLOCUTORS:
        return None
    last = model.last_speaker
    if last is None or model.last_was_unnamed or not model.is_person(last):
        return UNRESOLVED
    begin = model.text.paragraphs[model.last_speaker_paragraph].start
    floor = max(begin, mention.start - _LOOK_BACK_CHARS)
    if _ANONYMOUS.search(model.text.full, floor, mention.start):
        return UNRESOLVED
    return model.resolution(last, 0.5)


def resolve_latter(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`Lee and Roe agree. "It is so," the latter said`: resolve to the second of two people."""
    if mention.head not in ("latter", "former") or len(mention.words) != _DETERMINER_AND_NOUN:
        return None
    for sentence, _ in model.sentences_before(mention.start):
        names = model.between(sentence.starts[0], min(sentence.ends[-1], mention.start))
        people = list(dict.fromkeys([name.actor for name in names if model.is_person(name.actor)]))
        if len(people) == _PAIR:
            return model.resolution(people[mention.head == "latter"], 0.7)
    return UNRESOLVED


def resolve_party_member(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`the Ohio Democrat said`: resolve to the politician who is the nearest subject.

    The text seldom says the party of every politician, so a member of no named party will do.
    """
    if mention.head not in PARTY_MEMBERS:
        return None
    rivals = _rival_parties(mention.head)

    def fits(index: int) -> bool:
        words = model.description(index).words
        return not rivals.isdisjoint(words) or not words.isdisjoint(PERSON_NOUNS["politician"])

    subject = find_subject(model, mention, fits)
    if subject is None or subject == UNNAMED:
        return None
    if not rivals.isdisjoint(model.description(subject).words):
        return None
    is_nearest = model.last_person(mention.start) == subject
    return model.resolution(subject, 0.6) if is_nearest else None


def resolve_described_person(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`Ghana's finance minister said`: resolve to the person whose description allows the noun.

    None where nobody is described so; unresolved where `a minister` without a name is nearer.
    """
    at = mention.start
    indefinite = find_indefinite(model, mention.head, at)
    described = find_described_person(model, mention)
    if described is not None:
        index, confidence = described
        last = model.last_mention(index, at)
        # A name that comes only later is no antecedent, but for a noun in the headline.
        if last < 0 and not model.is_heading(at):
            return UNRESOLVED if mention.head in _HELD_OFFICES else None
        if indefinite < max(last, 0):
            return model.resolution(index, confidence)
    return UNRESOLVED if indefinite >= 0 else None


def resolve_undescribed_subject(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """Resolve to the nearest subject, where the text has not described that person yet.

    `Ann Lee would do it again. "At once," the former minister said`: the noun describes her.
    """
    if not _may_be_epithet(mention):
        return None
    subject = find_subject(model, mention, _fits_noun(model, mention))
    if subject is None or subject == UNNAMED:
        return None
    words = model.description(subject).words
    if not OFFICES.isdisjoint(words) or any(is_person_noun(word) for word in words):
        return None
    is_nearest = model.last_person(mention.start) == subject
    return model.resolution(subject, 0.4) if is_nearest else None


def resolve_epithet(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`the striker said`: resolve a noun that describes nobody to the most salient person."""
    if not _may_be_epithet(mention) or _says_too_much(mention):
        return None
    return _find_by_epithet(model, mention)


def _may_be_epithet(mention: NounPhrase) -> bool:
    """Return True for a definite noun for a single person."""
    return mention.first_word == "the" and is_person_noun(mention.head)


def _says_too_much(mention: NounPhrase) -> bool:
    """Return True for a phrase that describes more than any person whom the text has."""
    words, head = mention.words, mention.head
    # `the company's lawyer`, `the former striker`
    if any(word.endswith(POSSESSIVE_ENDINGS) or word in _FORMER for word in words[:-1]):
        return True
    # `the Norwegian diplomat`, but not `the Norwegian striker`, `the Oslo-born diplomat`
    kinds = mention.sentence.kinds[mention.start_token + 1 : mention.end_token]
    if any(kind is CAPITAL for kind in kinds) and head not in EPITHETS and "-" not in words[1]:
        return True
    # `the finance minister`
    return head in OFFICES and head not in EPITHETS and len(words) > 2


def _find_by_epithet(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """Return the antecedent of a noun that describes nobody, at half the confidence."""
    rivals = _rival_parties(mention.head)
    fits_noun = _fits_noun(model, mention)
    resolution = find_antecedent(
        model,
        mention,
        lambda index: fits_noun(index) and rivals.isdisjoint(model.description(index).words),
    )
    if not resolution.name:
        return UNRESOLVED
    return Resolution(resolution.name, 0.5 * resolution.confidence)


def _fits_noun(model: DiscourseModel, mention: NounPhrase) -> Fits:
    """Return a test for people of the noun's gender who are of no other country."""
    fits_gender = may_be_person(model, excluded_gender(mention.head))
    countries = model.countries_between(mention.start, mention.end)

    def fits(index: int) -> bool:
        return fits_gender(index) and not is_of_other_country(model, countries, index)

    return fits


def _rival_parties(head: str) -> frozenset[str]:
    """Return the nouns for members of the other parties, none for a noun that is no member."""
    return PARTY_MEMBERS - {head} if head in PARTY_MEMBERS else frozenset()
