"""Passes for pronouns: `he`, `she`, `it`, and those that refer to nobody in particular."""

from worker.parse.entity_registry import Gender
from worker.parse.quotes.coreference.antecedents import find_antecedent, may_be_person
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.organisations import find_it_antecedent
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import MentionType

__all__ = ["resolve_he_or_she", "resolve_it", "resolve_they"]

_EXCLUDED_GENDERS = {MentionType.HE: Gender.FEMALE, MentionType.SHE: Gender.MALE}


def resolve_he_or_she(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`she said`: resolve to the person that the pronoun refers to."""
    excluded = _EXCLUDED_GENDERS.get(mention.type)
    if excluded is None:
        return None
    return find_antecedent(model, mention, may_be_person(model, excluded))


def resolve_it(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`it said`: resolve to an organisation."""
    return find_it_antecedent(model, mention) if mention.type is MentionType.IT else None


def resolve_they(_model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`they said`, `we say`: leave unresolved, for no single speaker is meant."""
    is_plural = mention.type in (MentionType.THEY, MentionType.I_OR_YOU)
    return UNRESOLVED if is_plural else None
