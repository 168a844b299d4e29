"""Delayed names: a lead that says what somebody is, and a name that comes in the next paragraph.

`A nurse told the court ...` stands in the lead; `Ann Moe, 44, denies theft` comes after it. A full
name that comes with neither office nor apposition is one that the reader has been told of.
"""

from worker.parse.quotes.coreference.discourse import Introduction, Named, Scene
from worker.parse.quotes.lexicon.noun_classes import CLASSES, OFFICES, is_person_noun
from worker.parse.quotes.noun_phrases import Mention

__all__ = ["find_introduction"]

_PLACES = ("subj", "appos", "rel", "init", "pas")
_PARAGRAPHS = 2
"""How many paragraphs after the lead the name may come in."""
_OPENING_CHARS = 60
"""How far from its paragraph's start, or from a quotation's end, the name may stand."""


def find_introduction(scene: Scene) -> Introduction | None:
    """Whom the lead speaks of without a name; None where it names somebody itself."""
    lead = scene.lead_paragraph
    paragraphs = scene.text.paragraphs
    if lead + 1 >= len(paragraphs):
        return None
    span = paragraphs[lead]
    if any(scene.is_person(one.actor) for one in scene.between(span.start, span.end)):
        return None
    named = _first_name(scene, lead)
    noun = _first_noun(scene, lead) if named and _is_bare(scene, named) else None
    if named is None or noun is None:
        return None
    low = noun.frame.low
    return Introduction(noun.start, named.actor, frozenset(low[noun.lo + 1 : noun.tail]))


def _first_noun(scene: Scene, lead: int) -> Mention | None:
    """The noun for one person that is the subject of the lead's first sentence."""
    passage = scene.passage(lead)
    begin = scene.dateline.span.end if scene.dateline else 0
    for mention in passage.mentions(0) if passage.frames else ():
        if (
            mention.start < begin
            or not mention.place.startswith(_PLACES)
            or mention.kind not in "lC"
        ):
            continue
        first = mention.frame.low[mention.lo]
        one = first in ("a", "an", "the") or first.endswith(("'s", "’s"))
        fits = mention.head in CLASSES or is_person_noun(mention.head)
        one = one and not mention.head.endswith("s") and mention.hi - mention.lo > 1
        return mention if one and fits else None
    return None


def _first_name(scene: Scene, lead: int) -> Named | None:
    """The first person named after the lead, who begins a paragraph or speaks after a quotation."""
    span = scene.text.paragraphs[lead]
    last = scene.text.paragraphs[min(lead + _PARAGRAPHS, len(scene.text.paragraphs) - 1)]
    for one in scene.between(span.end, last.end):
        if scene.is_person(one.actor):
            begin = scene.text.paragraphs[one.paragraph].start
            text = scene.text.full[begin : one.start]
            outside = max(text.rfind(mark) for mark in ('"', "”", "»", "''"))
            near = len(text) - outside - 1 if outside >= 0 else len(text)
            return one if near <= _OPENING_CHARS else None
    return None


def _is_bare(scene: Scene, named: Named) -> bool:
    """True for a full name that neither an office nor a clause stands beside."""
    actor = scene.actors[named.actor]
    if actor.descriptors or " " not in actor.canonical:
        return False
    if scene.text.full.startswith((", who ", " who "), named.end):
        return False
    return OFFICES.isdisjoint(scene.portrait(named.actor).words)
