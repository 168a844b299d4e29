"""Passes for organisations: `the ministry`, `its press service`, `the Russian diplomats`."""

from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.organisations import (
    find_name_at_head,
    find_organisation,
    is_channel,
)
from worker.parse.quotes.lexicon.noun_classes import ORGANISATION_NOUNS
from worker.parse.quotes.noun_phrases import NounPhrase

__all__ = ["resolve_diplomats", "resolve_organisation_noun"]

_DIPLOMATIC_ENDINGS = ("foreign ministry", "embassy", "state department", "foreign office")


def resolve_organisation_noun(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`the ministry said`, `its counterpart said`: resolve to an organisation."""
    is_counterpart = mention.head == "counterpart" and mention.first_word == "its"
    is_named = find_name_at_head(model, mention) is not None
    if mention.head in ORGANISATION_NOUNS or is_counterpart or is_named or is_channel(mention):
        return find_organisation(model, mention)
    return None


def resolve_diplomats(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`the Russian diplomats said`: resolve to the ministry or embassy that spoke last."""
    if mention.head != "diplomats":
        return None
    name = model.last_organisation
    is_diplomatic = name.lower().endswith(_DIPLOMATIC_ENDINGS)
    return Resolution(name, 0.5) if is_diplomatic else UNRESOLVED
