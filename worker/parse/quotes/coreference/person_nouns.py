"""Nouns for a person: whom "the diplomat", "Ghana's finance minister" or "the Swede" stands for."""

import re

from worker.parse.entity_registry import Gender
from worker.parse.quotes.attribution.roles import Mention
from worker.parse.quotes.coreference.descriptions import Portrait
from worker.parse.quotes.coreference.discourse import NOBODY, Scene, Verdict
from worker.parse.quotes.coreference.pronouns import find_person, find_salient, find_subject, may_be
from worker.parse.quotes.lexicon.function_words import DETERMINERS, POSSESSIVE
from worker.parse.quotes.lexicon.noun_classes import (
    BODIES,
    CLASSES,
    COLLECTIVES,
    DOCUMENTS,
    EPITHETS,
    OFFICES,
    PARTIES,
    is_person_noun,
)
from worker.parse.quotes.sentences import CAPITAL

__all__ = ["brought_in_unnamed", "find_described", "find_epithet", "find_person_noun", "is_unnamed"]

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


def find_person_noun(scene: Scene, mention: Mention) -> Verdict:
    """The person that a common noun stands for."""
    head = mention.head
    if scene.introduced and scene.introduced.start == mention.start:
        return Verdict(scene.actors[scene.introduced.actor].canonical, 0.5)
    first = mention.frame.low[mention.lo]
    if first in _INDEFINITE or head.endswith("s") or head in _SOURCES or head in COLLECTIVES:
        return NOBODY
    if head in _TOLD:
        return _last_speaker(scene, mention.start)
    if head in PARTIES and (member := _politician_before(scene, mention)) is not None:
        return Verdict(scene.actors[member].canonical, 0.6)
    unnamed = brought_in_unnamed(scene, head, mention.start)
    described = find_described(scene, mention)
    if described is not None:
        index, sure = described
        known = scene.named_since(index, mention.start)
        if known < 0 and not scene.is_heading(mention.start):
            return NOBODY
        if unnamed < max(known, 0) or unnamed < 0:
            return Verdict(scene.actors[index].canonical, sure)
    if unnamed >= 0 or first != "the" or not is_person_noun(head):
        return NOBODY
    return _find_in_mind(scene, mention)


def _find_in_mind(scene: Scene, mention: Mention) -> Verdict:
    """Whom a noun stands for that describes nobody, if it says little enough."""
    frame, head = mention.frame, mention.head
    words = frame.low[mention.lo : mention.hi]
    undescribed = _undescribed_subject(scene, mention)
    if undescribed is not None:
        return Verdict(scene.actors[undescribed].canonical, 0.4)
    owned = any(word.endswith(POSSESSIVE) or word in _OF_OFFICES for word in words[:-1])
    foreign = any(kind == CAPITAL for kind in frame.kind[mention.lo + 1 : mention.hi])
    if owned or (foreign and head not in EPITHETS and "-" not in words[1]):
        return NOBODY
    if head in OFFICES and head not in EPITHETS and len(words) > 2:
        return NOBODY
    return find_epithet(scene, mention)


def _rivals(head: str) -> frozenset[str]:
    """The other parties, where a noun is a member of one."""
    return PARTIES - {head} if head in PARTIES else frozenset()


def _politician_before(scene: Scene, mention: Mention) -> int | None:
    """The subject just before who holds an office and is of no other party: "the Ohio Democrat"."""
    rivals = _rivals(mention.head)

    def fits(index: int) -> bool:
        words = scene.portrait(index).words
        return not rivals.isdisjoint(words) or not words.isdisjoint(CLASSES["politician"])

    found = find_subject(scene, mention, fits)
    if found is None or found < 0 or not rivals.isdisjoint(scene.portrait(found).words):
        return None
    return found if scene.last_person(mention.start) == found else None


def _undescribed_subject(scene: Scene, mention: Mention) -> int | None:
    """The subject just before, where the text has not said yet what that person is.

    `Ann Lee would do it again. "At once," the former minister said`: the noun describes her.
    """
    stranger = _stranger(scene, mention)
    plain = may_be(scene, _barred_by(mention.head))
    found = find_subject(scene, mention, lambda index: plain(index) and not stranger(index))
    if found is None or found < 0:
        return None
    words = scene.portrait(found).words
    if not OFFICES.isdisjoint(words) or any(is_person_noun(word) for word in words):
        return None
    return found if scene.last_person(mention.start) == found else None


def is_unnamed(mention: Mention | None, verdict: Verdict) -> bool:
    """True for a speaker whom the text leaves without a name: "a spokesman", "the source"."""
    if verdict.name or mention is None or mention.kind != "l":
        return False
    if mention.head in DOCUMENTS or mention.head in BODIES:
        return False
    return mention.frame.low[mention.lo] in _INDEFINITE or mention.head in _SOURCES


def find_epithet(scene: Scene, mention: Mention) -> Verdict:
    """The person whom a noun that describes nobody stands for: who is in mind."""
    barred = _barred_by(mention.head)
    plain = may_be(scene, barred)
    stranger = _stranger(scene, mention)
    rivals = _rivals(mention.head)

    def fits(index: int) -> bool:
        of_rivals = not rivals.isdisjoint(scene.portrait(index).words)
        return plain(index) and not stranger(index) and not of_rivals

    verdict = find_person(scene, mention, fits, find_described)
    return Verdict(verdict.name, 0.5 * verdict.confidence) if verdict.name else NOBODY


def find_described(scene: Scene, mention: Mention) -> tuple[int, float] | None:
    """The person whose own description allows a noun, and how sure that is."""
    fit = _fitting(scene, mention)
    if not fit:
        return None
    at = mention.start
    plain = may_be(scene, _barred_by(mention.head))
    fit = {index: value for index, value in fit.items() if plain(index)}
    if len(fit) < 2:
        return next(((index, 0.7 if scene.first_named(index) < at else 0.5) for index in fit), None)
    subject = find_subject(scene, mention, lambda index: index in fit)
    if subject is not None and subject >= 0:
        fit[subject] += _SUBJECT
    best = find_salient(scene, at, fit, lambda index: index in fit)
    return None if best is None else (best, 0.7 if scene.first_named(best) < at else 0.5)


def _fitting(scene: Scene, mention: Mention) -> dict[int, float]:
    """The persons whose description allows the noun, each with how well it fits.

    Those whom every word before the noun describes leave the others no chance, and the holder of an
    office leaves its deputies none.
    """
    words = mention.frame.low[mention.lo : mention.hi]
    classes = _classes_of(mention)
    nations = scene.nations(mention.start, mention.span.end)
    stranger = _stranger(scene, mention)
    fitting: dict[int, float] = {}
    told: set[int] = set()
    deputies: set[int] = set()
    second = not _SECOND.isdisjoint(words)
    before = [word for word in words[:-1] if word not in _SECOND and word not in DETERMINERS]
    for index in scene.people_near(mention.start):
        if stranger(index):
            continue
        portrait = scene.portrait(index)
        ranks = [rank for rank, word in enumerate(classes) if word in portrait.words]
        if not ranks and "counterpart" in portrait.words and nations & portrait.nations:
            ranks = [len(classes)]  # "met his Russian counterpart Ivan Orlov"
        is_second = not _SECOND.isdisjoint(portrait.words)
        if not ranks or not _may_own(scene, mention, portrait) or is_second < second:
            continue
        if is_second > second and mention.head in _HELD_BY_ONE:
            deputies.add(index)
        known = sum(_akin(word, portrait.words) for word in before)
        if known and known == len(before):
            told.add(index)
        fitting[index] = 2.0 - 0.1 * ranks[0] + 1.2 * (known + _known_else(mention, portrait))
    kept = told or fitting.keys() - deputies
    return {index: fitting[index] for index in kept} if kept else fitting


def _may_own(scene: Scene, mention: Mention, portrait: Portrait) -> bool:
    """False where somebody else's office is meant: "Moe's lawyer" for Lind's."""
    words = mention.frame.low[mention.lo : mention.hi - 1]
    owned = [word[:-2] for word in words if word.endswith(("'s", "’s"))]
    strange = any(word not in BODIES and not _akin(word, portrait.words) for word in owned)
    return not strange or (_is_of_place(scene, mention) and not portrait.nations)


def _known_else(mention: Mention, portrait: Portrait) -> int:
    """How much else of the phrase a description has: what hangs on the noun, an office for now."""
    frame = mention.frame
    hanging = frame.low[mention.hi : mention.tail]
    known = any(len(word) > 3 and _akin(word, portrait.words) for word in hanging)
    interim = not _INTERIM.isdisjoint(frame.low[mention.lo : mention.hi])
    return known + (interim and not _INTERIM.isdisjoint(portrait.words))


def _classes_of(mention: Mention) -> tuple[str, ...]:
    """The words of a description that a noun may stand for, likeliest first."""
    words = mention.frame.low[mention.lo : mention.hi]
    hanging = mention.frame.low[mention.hi : mention.tail]
    if words[-2:] == ["press", "secretary"]:
        return CLASSES["spokesman"]
    if words[-2:] == ["prime", "minister"]:
        return CLASSES["premier"]
    if words[-3:-1] == ["foreign", "policy"]:
        return CLASSES["diplomat"]
    if mention.head == "head" and hanging[-1:] in (["state"], ["government"]):
        return CLASSES[f"{hanging[-1]}-head"]
    return CLASSES.get(mention.head, (mention.head,))


def _is_of_place(scene: Scene, mention: Mention) -> bool:
    """True where a country or town owns the noun: "Ghana's finance minister"."""
    frame = mention.frame
    return any(
        frame.kind[at] == CAPITAL
        and frame.low[at].endswith(("'s", "’s"))
        and scene.nations(frame.start[at], frame.end[at])
        for at in range(mention.lo, mention.hi - 1)
    )


def _stranger(scene: Scene, mention: Mention) -> "_Stranger":
    return _Stranger(scene, scene.nations(mention.start, mention.span.end))


class _Stranger:
    """A test for those whom the text gives to another country than the noun's."""

    __slots__ = ("nations", "scene")

    def __init__(self, scene: Scene, nations: frozenset[str]) -> None:
        self.scene = scene
        self.nations = nations

    def __call__(self, index: int) -> bool:
        if not self.nations:
            return False
        own = self.scene.portrait(index).nations
        return bool(own) and not self.nations & own


def _last_speaker(scene: Scene, at: int) -> Verdict:
    """The person who spoke last, where a person has."""
    if scene.last is None or scene.said_unnamed or not scene.is_person(scene.last):
        return NOBODY
    begin = scene.text.paragraphs[scene.last_paragraph].start
    if _SOURCE.search(scene.text.full, max(begin, at - _LOOK_BACK), at):
        return NOBODY
    return Verdict(scene.actors[scene.last].canonical, 0.5)


def brought_in_unnamed(scene: Scene, head: str, at: int) -> int:
    """Where the text last brings in such a one without a name ("a senior official"), or -1."""
    full = scene.text.full
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
