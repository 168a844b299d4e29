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
from worker.parse.quotes.noun_phrases import NounPhrase

__all__ = ["resolve_kinship_noun"]

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
_KINSHIP_NOUNS = _MALE | _FEMALE | _EITHER
_NOUN_BEFORE = re.compile(r"(?P<kin>[a-zé]+(?:-[a-z]+)*),? (?:the )?(?:[A-Z][a-z]*\. )?\Z")
"""A noun right before a name, maybe with a title: `her son, Dr. Moe`."""
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
        return None
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
    if noun in _MALE:
        return Gender.FEMALE
    return Gender.MALE if noun in _FEMALE else None


def _is_called_kin(model: DiscourseModel, name: NamedMention) -> bool:
    """Return True where a kinship noun stands beside a name."""
    full = model.text.full
    paragraph = model.text.paragraphs[name.paragraph]
    before = _NOUN_BEFORE.search(full[max(paragraph.start, name.start - _REACH_CHARS) : name.start])
    if before is not None and before["kin"] in _KINSHIP_NOUNS:
        return True
    after = _CLAUSE_AFTER.match(full[name.end : min(paragraph.end, name.end + _REACH_CHARS)])
    return after is not None and not _KINSHIP_NOUNS.isdisjoint(_WORD.findall(after.group()))
