"""Documents that speak: who issued "the report", "its statement"."""

import re

from worker.model import EntityLabel
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.organisation_nouns import find_it, find_organisation
from worker.parse.quotes.lexicon.noun_classes import ORGANISATION_NOUNS
from worker.parse.quotes.noun_phrases import NounPhrase, find_noun_phrases

__all__ = ["find_issuer"]

_ISSUED = re.compile(
    r"\b(?:statement|report|document|study|survey|letter|release|message|poll|article|bulletin)\b"
    r"(?: (?:published|issued|prepared|written|compiled|signed|drawn up)(?: \w+)?)?"
    r" (?:by|from|of) ",
)
_ISSUED_AFTER = re.compile(
    r"(?: in question)?,? (?:(?:published|issued|prepared|written|compiled|signed|released) )?by "
)
"""What stands between a document and whoever issued it."""
_OWN_BODY = re.compile(r"(?:['’]s)?(?: [a-z-]+){0,3} (?P<head>[a-z-]+)")
_LOOK_BACK = 1500
"""How many characters back the issuer may have been named."""


def find_issuer(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """Who speaks in a document: who it is by, whose it is, or whoever said it there."""
    span = mention.span
    for one in reversed(model.between(span.start, span.end)):
        if model.actors[one.actor].label is EntityLabel.ORG:
            return Resolution(model.actors[one.actor].canonical, 0.8)
    if mention.sentence.words[mention.start_token] == "its":
        return find_it(model, mention)
    full = model.text.full
    if (after := _ISSUED_AFTER.match(full, span.end)) and (
        issuer := _issuer_named(model, mention, after.end())
    ):
        return Resolution(issuer, 0.7)
    for match in reversed([*_ISSUED.finditer(full, max(0, span.start - _LOOK_BACK), span.start)]):
        issuer = _named_after(model, match.end())
        if issuer:
            return Resolution(issuer, 0.6)
    return UNRESOLVED


def _issuer_named(model: DiscourseModel, mention: NounPhrase, start: int) -> str | None:
    """The body or person named there, or the one that `the central bank` there stands for."""
    named = _named_after(model, start)
    if named:
        return named
    for phrase in find_noun_phrases(mention.sentence):
        if phrase.start == start and phrase.head in ORGANISATION_NOUNS:
            return find_organisation(model, phrase).name
    return None


def _named_after(model: DiscourseModel, start: int) -> str | None:
    """The body or person whose name begins there; `Portugal's safety office` names itself."""
    full = model.text.full
    start += 4 if full.startswith("the ", start) else 0
    for one in model.between(start, start + 40)[:1]:
        actor = model.actors[one.actor]
        if actor.label in (EntityLabel.ORG, EntityLabel.PERSON):
            return actor.canonical
        own = _OWN_BODY.match(full, one.end) if one.start == start else None
        if own and own["head"] in ORGANISATION_NOUNS:
            return full[start : own.end()]
    return None
