"""Pass for kinship nouns: `her father`, `Moe's nephew`, by the relatives that the text names."""

import re

from worker.parse.entity_registry import Gender
from worker.parse.quotes.coreference.antecedents import find_antecedent, may_be_person
from worker.parse.quotes.coreference.discourse import (
    NAMES_IN_MEMORY,
    UNRESOLVED,
    DiscourseModel,
    NamedMention,
    Resolution,
)
from worker.parse.quotes.lexicon.function_words import POSSESSIVE_ENDINGS
from worker.parse.quotes.lexicon.noun_classes import FEMALE_RELATIVES, MALE_RELATIVES
from worker.parse.quotes.noun_phrases import NounPhrase

__all__ = ["find_family_names", "resolve_kinship_noun"]

_EITHER = frozenset("cousin child spouse partner sibling parent grandchild twin".split())
_KINSHIP_NOUNS = MALE_RELATIVES | FEMALE_RELATIVES | _EITHER
_NOUN_BEFORE = re.compile(r"(?P<kin>[a-zé]+(?:-[a-z]+)*),? (?:the )?(?:[A-Z][a-z]*\. )?\Z")
"""A noun right before a name, maybe with a title: `her son, Dr. Moe`."""
_OWNED_RELATIVE = re.compile(
    r"(?:\b[Hh]is|\b[Hh]er|\b[Tt]heir|\w['’]s?) (?:[a-z-]+ ){0,2}(?P<kin>[a-z-]+),? \Z"
)
"""A relative with an owner, right before a name: `her younger son, Ole`."""
_SAME_NAME = frozenset(
    "wife husband son daughter brother sister father mother widow widower twin grandson"
    " granddaughter".split()
)
"""Relatives who mostly share the family name."""
_CLAUSE_AFTER = re.compile(r"(?:,| and| is| was|['’]s)[^.!?;:\"“”«»]*")
"""A clause right after a name: `Ann Lee, who is Moe's former wife`."""
_WORD = re.compile(r"[a-zé]+(?:-[a-z]+)*")
_REACH_CHARS = 45
"""Characters on either side of a name that are read for a kinship noun."""
_EXCLUDED_GENDERS = {"his": Gender.FEMALE, "her": Gender.MALE}
"""The gender that a possessive pronoun excludes of the owner."""


def resolve_kinship_noun(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`her father said`: resolve to the person whom the text calls a relative, or a namesake."""
    if not _is_owned_kinship_noun(mention):
        # `the wife of Ole Moe`: nothing says that she is named.
        words = mention.sentence.words
        is_of = mention.head in _KINSHIP_NOUNS and words[mention.end_token :][:1] == ["of"]
        return UNRESOLVED if is_of else None
    owner = _find_owner(model, mention)
    if owner is None:
        return UNRESOLVED
    fits = may_be_person(model, _excluded_gender(mention.head))
    owner_has_kin = any(_is_called_kin(model, name) for name in model.mentions(owner))
    best, best_value = -1, 1
    for name in model.before(mention.start, NAMES_IN_MEMORY):
        if name.actor == owner or not fits(name.actor):
            continue
        is_kin = owner_has_kin and _is_called_kin(model, name)
        value = 2 * is_kin + _shares_family_name(model, owner, name.actor)
        # Of equals, the last named.
        if value >= best_value:
            best, best_value = name.actor, value
    return model.resolution(best, 0.6) if best >= 0 else UNRESOLVED


def _shares_family_name(model: DiscourseModel, owner: int, other: int) -> bool:
    """Return True for Ole Moe, a relative of Anna Moe."""
    family = model.actors[owner].canonical.rpartition(" ")[2]
    return model.actors[other].canonical.endswith(f" {family}")


def _is_owned_kinship_noun(mention: NounPhrase) -> bool:
    """Return True for `her father`, `Moe's former wife`; false for `the father`."""
    words = mention.words
    if mention.head not in _KINSHIP_NOUNS or len(words) < 2:
        return False
    return words[0] in _EXCLUDED_GENDERS or words[-2].endswith(POSSESSIVE_ENDINGS)


def _find_owner(model: DiscourseModel, mention: NounPhrase) -> int | None:
    """Return the person whose relative is meant."""
    # `her father`
    excluded = _EXCLUDED_GENDERS.get(mention.first_word)
    if excluded is not None:
        antecedent = find_antecedent(model, mention, may_be_person(model, excluded))
        return model.find_actor(antecedent)
    # `Moe's nephew`
    head_start = mention.sentence.starts[mention.end_token - 1]
    names = model.between(mention.start, head_start)
    people = [name.actor for name in names if model.is_person(name.actor)]
    return people[-1] if people else None


def _excluded_gender(noun: str) -> Gender | None:
    if noun in MALE_RELATIVES:
        return Gender.FEMALE
    return Gender.MALE if noun in FEMALE_RELATIVES else None


def _is_called_kin(model: DiscourseModel, name: NamedMention) -> bool:
    """Return True where a kinship noun stands beside a name."""
    full = model.text.full
    paragraph = model.text.paragraphs[name.paragraph]
    before = _NOUN_BEFORE.search(full[max(paragraph.start, name.start - _REACH_CHARS) : name.start])
    if before is not None and before["kin"] in _KINSHIP_NOUNS:
        return True
    after = _CLAUSE_AFTER.match(full[name.end : min(paragraph.end, name.end + _REACH_CHARS)])
    return after is not None and not _KINSHIP_NOUNS.isdisjoint(_WORD.findall(after.group()))


def find_family_names(model: DiscourseModel) -> dict[int, str]:
    """`Ann Lee ... her son Ole`: return the full names of relatives whom given names alone name.

    The relative has the family name of the person named last before, if the text calls the relative
    a spouse, a child, a parent or a sibling.
    """
    single = {index for index in model.people if " " not in model.actors[index].canonical}
    names: dict[int, str] = {}
    family = ""
    for name in model.names if single else ():
        canonical = model.actors[name.actor].canonical
        if not model.is_person(name.actor):
            continue
        if name.actor not in single:
            family = canonical.rpartition(" ")[2]
        elif family and name.actor not in names and _is_near_relative(model, name):
            names[name.actor] = f"{canonical} {family}"
    return names


def _is_near_relative(model: DiscourseModel, name: NamedMention) -> bool:
    """Return True for `her son, Ole`, `Lee's wife Ann`: a relative who has an owner."""
    full = model.text.full
    start = model.text.paragraphs[name.paragraph].start
    before = _OWNED_RELATIVE.search(full, max(start, name.start - _REACH_CHARS), name.start)
    return before is not None and before["kin"] in _SAME_NAME
