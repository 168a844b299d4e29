"""Nouns for a person: whom "the diplomat", "Ghana's finance minister" or "the Swede" stands for."""

import re

from worker.parse.entity_registry import Gender
from worker.parse.quotes.coreference.descriptions import Description
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.pronouns import find_person, find_salient, find_subject, may_be
from worker.parse.quotes.lexicon.function_words import DETERMINERS, POSSESSIVE_ENDINGS
from worker.parse.quotes.lexicon.noun_classes import (
    COLLECTIVE_NOUNS,
    DOCUMENT_NOUNS,
    EPITHETS,
    OFFICES,
    ORGANISATION_NOUNS,
    PARTY_MEMBERS,
    PERSON_NOUNS,
    is_person_noun,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import CAPITAL

__all__ = [
    "find_described_person",
    "find_epithet",
    "find_indefinite",
    "find_person_noun",
    "is_unnamed",
]

_FEMALE_NOUNS = ("woman", "actress", "queen", "mother", "daughter", "girl", "widow", "duchess")
_MALE_NOUNS = (
    "spokesman",
    "businessman",
    "congressman",
    "chairman",
    "dutchman",
    "englishman",
    "frenchman",
    "irishman",
    "welshman",
    "scotsman",
    "father",
    "son",
    "king",
    "boy",
)
_INDEFINITE = frozenset("a an one some many several two three four another any".split())
_SECOND = frozenset("deputy vice assistant".split())
"""What makes an office another one: "the deputy minister" is not the minister."""
_HELD_BY_ONE = frozenset(
    "minister premier president secretary governor mayor chairman chairwoman director head chief"
    " speaker chancellor commissioner prosecutor commander".split()
)
"""Offices whose plain name is not the deputy's."""
_OF_OFFICES = frozenset("former ex then acting deputy".split())
_SUBJECT = 4.5
"""What being the subject just before is worth, of several whom a noun fits: nearly everything."""
_INTERIM = frozenset("acting interim caretaker".split())
_SOURCES = frozenset("source sources insider eyewitness".split())
_TOLD = frozenset("interlocutor interviewee".split())
"""Whoever an agency has spoken to, named or not."""
_SOURCE = re.compile(r"\b[Aa] (?:[\w-]+ ){0,3}source\b|\b[Ss]ources\b|\binsider\b")
_ARTICLE = re.compile(
    r"""
    (?<![,–—-][ ])                                                  # no apposition
    (?<!\bis[ ]) (?<!\bwas[ ]) (?<!\bas[ ]) (?<!\bwere[ ])          # no predicate
    \b [Aa]n? [ ] (?: (?!the\b|said\b|by\b|to\b) [\w’'-]+ [ ] ){0,5} \Z  # a senior Hamas official
    """,
    re.VERBOSE,
)
_NAMED = re.compile(r",?\ [A-Z]|\ (?:named|called)\b")
_LOOK_BACK = 1500
"""How many characters back an unnamed speaker may have been brought in."""


def find_person_noun(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """The person that a common noun stands for."""
    head = mention.head
    if model.introduced and model.introduced.start == mention.start:
        return Resolution(model.actors[model.introduced.actor].canonical, 0.5)
    first = mention.sentence.words[mention.start_token]
    if first in _INDEFINITE or head.endswith("s") or head in _SOURCES or head in COLLECTIVE_NOUNS:
        return UNRESOLVED
    if head in _TOLD:
        return _last_speaker(model, mention.start)
    if head in PARTY_MEMBERS and (member := _politician_before(model, mention)) is not None:
        return Resolution(model.actors[member].canonical, 0.6)
    unnamed = find_indefinite(model, head, mention.start)
    described = find_described_person(model, mention)
    if described is not None:
        index, sure = described
        known = model.named_since(index, mention.start)
        if known < 0 and not model.is_heading(mention.start):
            return UNRESOLVED
        if unnamed < max(known, 0) or unnamed < 0:
            return Resolution(model.actors[index].canonical, sure)
    if unnamed >= 0 or first != "the" or not is_person_noun(head):
        return UNRESOLVED
    return _find_in_mind(model, mention)


def _find_in_mind(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """Whom a noun stands for that describes nobody, if it says little enough."""
    sentence, head = mention.sentence, mention.head
    words = sentence.words[mention.start_token : mention.end_token]
    undescribed = _undescribed_subject(model, mention)
    if undescribed is not None:
        return Resolution(model.actors[undescribed].canonical, 0.4)
    owned = any(word.endswith(POSSESSIVE_ENDINGS) or word in _OF_OFFICES for word in words[:-1])
    foreign = any(
        kind == CAPITAL for kind in sentence.kinds[mention.start_token + 1 : mention.end_token]
    )
    if owned or (foreign and head not in EPITHETS and "-" not in words[1]):
        return UNRESOLVED
    if head in OFFICES and head not in EPITHETS and len(words) > 2:
        return UNRESOLVED
    return find_epithet(model, mention)


def _rivals(head: str) -> frozenset[str]:
    """The other parties, where a noun is a member of one."""
    return PARTY_MEMBERS - {head} if head in PARTY_MEMBERS else frozenset()


def _politician_before(model: DiscourseModel, mention: NounPhrase) -> int | None:
    """The subject just before who holds an office and is of no other party: "the Ohio Democrat"."""
    rivals = _rivals(mention.head)

    def fits(index: int) -> bool:
        words = model.description(index).words
        return not rivals.isdisjoint(words) or not words.isdisjoint(PERSON_NOUNS["politician"])

    found = find_subject(model, mention, fits)
    if found is None or found < 0 or not rivals.isdisjoint(model.description(found).words):
        return None
    return found if model.last_person(mention.start) == found else None


def _undescribed_subject(model: DiscourseModel, mention: NounPhrase) -> int | None:
    """The subject just before, where the text has not said yet what that person is.

    `Ann Lee would do it again. "At once," the former minister said`: the noun describes her.
    """
    stranger = _stranger(model, mention)
    plain = may_be(model, _barred_by(mention.head))
    found = find_subject(model, mention, lambda index: plain(index) and not stranger(index))
    if found is None or found < 0:
        return None
    words = model.description(found).words
    if not OFFICES.isdisjoint(words) or any(is_person_noun(word) for word in words):
        return None
    return found if model.last_person(mention.start) == found else None


def is_unnamed(mention: NounPhrase | None, resolution: Resolution) -> bool:
    """True for a speaker whom the text leaves without a name: "a spokesman", "the source"."""
    if resolution.name or mention is None or mention.type != "l":
        return False
    if mention.head in DOCUMENT_NOUNS or mention.head in ORGANISATION_NOUNS:
        return False
    return mention.sentence.words[mention.start_token] in _INDEFINITE or mention.head in _SOURCES


def find_epithet(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """The person whom a noun that describes nobody stands for: who is in mind."""
    barred = _barred_by(mention.head)
    plain = may_be(model, barred)
    stranger = _stranger(model, mention)
    rivals = _rivals(mention.head)

    def fits(index: int) -> bool:
        of_rivals = not rivals.isdisjoint(model.description(index).words)
        return plain(index) and not stranger(index) and not of_rivals

    resolution = find_person(model, mention, fits, find_described_person)
    return (
        Resolution(resolution.name, 0.5 * resolution.confidence) if resolution.name else UNRESOLVED
    )


def find_described_person(model: DiscourseModel, mention: NounPhrase) -> tuple[int, float] | None:
    """The person whose own description allows a noun, and how sure that is."""
    fit = _fitting(model, mention)
    if not fit:
        return None
    at = mention.start
    plain = may_be(model, _barred_by(mention.head))
    fit = {index: value for index, value in fit.items() if plain(index)}
    if len(fit) < 2:
        return next(((index, 0.7 if model.first_named(index) < at else 0.5) for index in fit), None)
    subject = find_subject(model, mention, lambda index: index in fit)
    if subject is not None and subject >= 0:
        fit[subject] += _SUBJECT
    best = find_salient(model, at, fit, lambda index: index in fit)
    return None if best is None else (best, 0.7 if model.first_named(best) < at else 0.5)


def _fitting(model: DiscourseModel, mention: NounPhrase) -> dict[int, float]:
    """The persons whose description allows the noun, each with how well it fits.

    Those whom every word before the noun describes leave the others no chance, and the holder of an
    office leaves its deputies none.
    """
    words = mention.sentence.words[mention.start_token : mention.end_token]
    classes = _classes_of(mention)
    nations = model.nations(mention.start, mention.span.end)
    stranger = _stranger(model, mention)
    fitting: dict[int, float] = {}
    told: set[int] = set()
    deputies: set[int] = set()
    second = not _SECOND.isdisjoint(words)
    before = [word for word in words[:-1] if word not in _SECOND and word not in DETERMINERS]
    for index in model.people_near(mention.start):
        if stranger(index):
            continue
        description = model.description(index)
        ranks = [rank for rank, word in enumerate(classes) if word in description.words]
        if not ranks and "counterpart" in description.words and nations & description.nations:
            ranks = [len(classes)]  # "met his Russian counterpart Ivan Orlov"
        is_second = not _SECOND.isdisjoint(description.words)
        if not ranks or not _may_own(model, mention, description) or is_second < second:
            continue
        if is_second > second and mention.head in _HELD_BY_ONE:
            deputies.add(index)
        known = sum(_akin(word, description.words) for word in before)
        if known and known == len(before):
            told.add(index)
        fitting[index] = 2.0 - 0.1 * ranks[0] + 1.2 * (known + _known_else(mention, description))
    kept = told or fitting.keys() - deputies
    return {index: fitting[index] for index in kept} if kept else fitting


def _may_own(model: DiscourseModel, mention: NounPhrase, description: Description) -> bool:
    """False where somebody else's office is meant: "Moe's lawyer" for Lind's."""
    words = mention.sentence.words[mention.start_token : mention.end_token - 1]
    owned = [word[:-2] for word in words if word.endswith(("'s", "’s"))]
    strange = any(
        word not in ORGANISATION_NOUNS and not _akin(word, description.words) for word in owned
    )
    return not strange or (_is_of_place(model, mention) and not description.nations)


def _known_else(mention: NounPhrase, description: Description) -> int:
    """How much else of the phrase a description has: what hangs on the noun, an office for now."""
    sentence = mention.sentence
    hanging = sentence.words[mention.end_token : mention.complement_end]
    known = any(len(word) > 3 and _akin(word, description.words) for word in hanging)
    interim = not _INTERIM.isdisjoint(sentence.words[mention.start_token : mention.end_token])
    return known + (interim and not _INTERIM.isdisjoint(description.words))


def _classes_of(mention: NounPhrase) -> tuple[str, ...]:
    """The words of a description that a noun may stand for, likeliest first."""
    words = mention.sentence.words[mention.start_token : mention.end_token]
    hanging = mention.sentence.words[mention.end_token : mention.complement_end]
    if words[-2:] == ["press", "secretary"]:
        return PERSON_NOUNS["spokesman"]
    if words[-2:] == ["prime", "minister"]:
        return PERSON_NOUNS["premier"]
    if words[-3:-1] == ["foreign", "policy"]:
        return PERSON_NOUNS["diplomat"]
    if mention.head == "head" and hanging[-1:] in (["state"], ["government"]):
        return PERSON_NOUNS[f"{hanging[-1]}-head"]
    return PERSON_NOUNS.get(mention.head, (mention.head,))


def _is_of_place(model: DiscourseModel, mention: NounPhrase) -> bool:
    """True where a country or town owns the noun: "Ghana's finance minister"."""
    sentence = mention.sentence
    return any(
        sentence.kinds[at] == CAPITAL
        and sentence.words[at].endswith(("'s", "’s"))
        and model.nations(sentence.starts[at], sentence.ends[at])
        for at in range(mention.start_token, mention.end_token - 1)
    )


def _stranger(model: DiscourseModel, mention: NounPhrase) -> "_Stranger":
    return _Stranger(model, model.nations(mention.start, mention.span.end))


class _Stranger:
    """A test for those whom the text gives to another country than the noun's."""

    __slots__ = ("model", "nations")

    def __init__(self, model: DiscourseModel, nations: frozenset[str]) -> None:
        self.model = model
        self.nations = nations

    def __call__(self, index: int) -> bool:
        if not self.nations:
            return False
        own = self.model.description(index).nations
        return bool(own) and not self.nations & own


def _last_speaker(model: DiscourseModel, at: int) -> Resolution:
    """The person who spoke last, where a person has."""
    if model.last is None or model.last_was_unnamed or not model.is_person(model.last):
        return UNRESOLVED
    begin = model.text.paragraphs[model.last_paragraph].start
    if _SOURCE.search(model.text.full, max(begin, at - _LOOK_BACK), at):
        return UNRESOLVED
    return Resolution(model.actors[model.last].canonical, 0.5)


def find_indefinite(model: DiscourseModel, head: str, at: int) -> int:
    """Where the text last brings in such a one without a name ("a senior official"), or -1."""
    full = model.text.full
    floor = max(0, at - _LOOK_BACK)
    found = -1
    start = full.find(head, floor, at) if head.isalpha() else -1
    while start >= 0:
        end = start + len(head)
        before = full[max(floor, start - 60) : start]
        article = "a " in before or "n " in before or "A " in before
        if (
            article
            and _ARTICLE.search(before)
            and not full[end : end + 1].isalnum()
            and not _NAMED.match(full, end)
        ):
            found = start
        start = full.find(head, end, at)
    return found


def _barred_by(head: str) -> Gender | None:
    """The gender that a noun rules out."""
    if head.endswith(_FEMALE_NOUNS):
        return Gender.MALE
    return Gender.FEMALE if head.endswith(_MALE_NOUNS) else None


def _akin(word: str, described: frozenset[str]) -> bool:
    """True when a description has the word, or one of the same stem ("russia" and "russian")."""
    word = word.removesuffix("'s").removesuffix("’s")
    return word in described or (
        len(word) > 3 and any(other.startswith(word[:5]) for other in described)
    )
