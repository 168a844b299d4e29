"""Documents that speak: who issued "the report", "its statement"."""

import re

from worker.model import EntityLabel
from worker.parse.quotes.attribution.roles import Mention
from worker.parse.quotes.coreference.discourse import NOBODY, Scene, Verdict
from worker.parse.quotes.coreference.organisation_nouns import find_body, find_it
from worker.parse.quotes.lexicon.noun_classes import BODIES
from worker.parse.quotes.noun_phrases import find_phrases

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


def find_issuer(scene: Scene, mention: Mention) -> Verdict:
    """Who speaks in a document: who it is by, whose it is, or whoever said it there."""
    span = mention.span
    for one in reversed(scene.between(span.start, span.end)):
        if scene.actors[one.actor].label is EntityLabel.ORG:
            return Verdict(scene.actors[one.actor].canonical, 0.8)
    if mention.frame.low[mention.lo] == "its":
        return find_it(scene, mention)
    full = scene.text.full
    if (after := _ISSUED_AFTER.match(full, span.end)) and (
        issuer := _issuer_named(scene, mention, after.end())
    ):
        return Verdict(issuer, 0.7)
    for match in reversed([*_ISSUED.finditer(full, max(0, span.start - _LOOK_BACK), span.start)]):
        issuer = _named_after(scene, match.end())
        if issuer:
            return Verdict(issuer, 0.6)
    return NOBODY


def _issuer_named(scene: Scene, mention: Mention, start: int) -> str | None:
    """The body or person named there, or the one that `the central bank` there stands for."""
    named = _named_after(scene, start)
    if named:
        return named
    for phrase in find_phrases(mention.frame):
        if phrase.start == start and phrase.head in BODIES:
            return find_body(scene, phrase).name
    return None


def _named_after(scene: Scene, start: int) -> str | None:
    """The body or person whose name begins there; `Portugal's safety office` names itself."""
    full = scene.text.full
    start += 4 if full.startswith("the ", start) else 0
    for one in scene.between(start, start + 40)[:1]:
        actor = scene.actors[one.actor]
        if actor.label in (EntityLabel.ORG, EntityLabel.PERSON):
            return actor.canonical
        own = _OWN_BODY.match(full, one.end) if one.start == start else None
        if own and own["head"] in BODIES:
            return full[start : own.end()]
    return None
