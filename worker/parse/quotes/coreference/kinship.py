"""Kin: who "her father" or "Moe's nephew" is, from what the text says of who belongs to whom."""

import re

from worker.parse.entity_registry import Gender
from worker.parse.quotes.coreference.discourse import (
    UNRESOLVED,
    DiscourseModel,
    NamedMention,
    Resolution,
)
from worker.parse.quotes.coreference.pronouns import Nouns, find_person, may_be
from worker.parse.quotes.noun_phrases import NounPhrase

__all__ = ["find_kin", "is_kin"]

_MALE = frozenset(
    "father dad son brother husband ex-husband widower nephew uncle grandfather grandson stepfather"
    " stepson father-in-law brother-in-law son-in-law half-brother boyfriend fiance fiancé".split()
)
_FEMALE = frozenset(
    "mother mom mum daughter sister wife ex-wife widow niece aunt grandmother granddaughter"
    " stepmother stepdaughter mother-in-law sister-in-law daughter-in-law half-sister girlfriend"
    " fiancee fiancée".split()
)
_EITHER = frozenset("cousin child spouse partner sibling parent grandchild twin".split())
_KIN = _MALE | _FEMALE | _EITHER
_BEFORE = re.compile(r"(?P<kin>[a-zé]+(?:-[a-z]+)*),? (?:the )?(?:[A-Z][a-z]*\. )?\Z")
"""`her son, ` before a name, maybe with a title."""
_AFTER = re.compile(r"(?:,| and| is| was|['’]s)[^.!?;:\"“”«»]*")
"""`, who is Moe's former wife` after one."""
_WORD = re.compile(r"[a-zé]+(?:-[a-z]+)*")
_REACH = 45
"""How many characters on either side of a name may say whose kin it is."""
_MEMORY = 60
_OWNERS = {"his": (Gender.FEMALE, "m"), "her": (Gender.MALE, "f")}
"""What a possessor rules out and stands for."""


def is_kin(mention: NounPhrase) -> bool:
    """True for "her father", "Moe's former wife"."""
    low = mention.sentence.words
    owned = low[mention.start_token] in _OWNERS or low[mention.end_token - 2].endswith(
        ("'s", "’s", "s'", "s’")
    )
    return mention.head in _KIN and mention.end_token - mention.start_token > 1 and owned


def find_kin(model: DiscourseModel, mention: NounPhrase, nouns: Nouns) -> Resolution:
    """Who is meant by such a phrase; UNRESOLVED where the text names no such one."""
    owner = _owner(model, mention, nouns)
    if owner is None:
        return UNRESOLVED
    head = mention.head
    fits = may_be(model, _barred_by(head))
    family = model.actors[owner].canonical.rpartition(" ")[2]
    bound = any(_is_kin_there(model, one) for one in model.places(owner))
    best: tuple[int, int] | None = None
    for one in model.before(mention.start, _MEMORY):
        if one.actor == owner or not fits(one.actor):
            continue
        of_kin = 2 * (bound and _is_kin_there(model, one))
        value = of_kin + model.actors[one.actor].canonical.endswith(f" {family}")
        if value and (best is None or value >= best[0]):
            best = value, one.actor
    return Resolution(model.actors[best[1]].canonical, 0.6) if best else UNRESOLVED


def _owner(model: DiscourseModel, mention: NounPhrase, nouns: Nouns) -> int | None:
    """Whose kin it is."""
    sentence = mention.sentence
    if sentence.words[mention.start_token] in _OWNERS:
        fits = may_be(model, _OWNERS[sentence.words[mention.start_token]][0])
        name = find_person(model, mention, fits, nouns).name
        return model.by_name.get(name) if name else None
    start, end = sentence.starts[mention.start_token], sentence.starts[mention.end_token - 1]
    people = [one.actor for one in model.between(start, end) if model.is_person(one.actor)]
    return people[-1] if people else None


def _barred_by(head: str) -> Gender | None:
    if head in _MALE:
        return Gender.FEMALE
    return Gender.MALE if head in _FEMALE else None


def _is_kin_there(model: DiscourseModel, one: NamedMention) -> bool:
    """True where the words beside a name say that it is somebody's kin, or somebody its."""
    full = model.text.full
    paragraph = model.text.paragraphs[one.paragraph]
    before = _BEFORE.search(full[max(paragraph.start, one.start - _REACH) : one.start])
    after = _AFTER.match(full[one.end : min(paragraph.end, one.end + _REACH)])
    return (before is not None and before["kin"] in _KIN) or (
        after is not None and not _KIN.isdisjoint(_WORD.findall(after.group()))
    )
