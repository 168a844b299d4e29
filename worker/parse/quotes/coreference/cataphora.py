"""Delayed names: a lead that says what somebody is, and a name that comes in the next paragraph.

`A nurse told the court ...` stands in the lead; `Ann Moe, 44, denies theft` comes after it. A full
name that comes with neither office nor apposition is one that the reader has been told of.
"""

from worker.parse.quotes.coreference.discourse import DiscourseModel, Introduction, NamedMention
from worker.parse.quotes.lexicon.noun_classes import OFFICES, PERSON_NOUNS, is_person_noun
from worker.parse.quotes.noun_phrases import NounPhrase

__all__ = ["find_introduction"]

_PLACES = ("subj", "appos", "rel", "init", "pas")
_PARAGRAPHS = 2
"""How many paragraphs after the lead the name may come in."""
_OPENING_CHARS = 60
"""How far from its paragraph's start, or from a quotation's end, the name may stand."""


def find_introduction(model: DiscourseModel) -> Introduction | None:
    """Whom the lead speaks of without a name; None where it names somebody itself."""
    lead = model.lead_paragraph
    paragraphs = model.text.paragraphs
    if lead + 1 >= len(paragraphs):
        return None
    span = paragraphs[lead]
    if any(model.is_person(one.actor) for one in model.between(span.start, span.end)):
        return None
    named = _first_name(model, lead)
    noun = _first_noun(model, lead) if named and _is_bare(model, named) else None
    if named is None or noun is None:
        return None
    low = noun.sentence.words
    return Introduction(
        noun.start, named.actor, frozenset(low[noun.start_token + 1 : noun.complement_end])
    )


def _first_noun(model: DiscourseModel, lead: int) -> NounPhrase | None:
    """The noun for one person that is the subject of the lead's first sentence."""
    paragraph_sentences = model.paragraph_sentences(lead)
    begin = model.dateline.span.end if model.dateline else 0
    for mention in paragraph_sentences.mentions(0) if paragraph_sentences.sentences else ():
        if (
            mention.start < begin
            or not mention.role.startswith(_PLACES)
            or mention.type not in "lC"
        ):
            continue
        first = mention.sentence.words[mention.start_token]
        one = first in ("a", "an", "the") or first.endswith(("'s", "’s"))
        fits = mention.head in PERSON_NOUNS or is_person_noun(mention.head)
        one = one and not mention.head.endswith("s") and mention.end_token - mention.start_token > 1
        return mention if one and fits else None
    return None


def _first_name(model: DiscourseModel, lead: int) -> NamedMention | None:
    """The first person named after the lead, who begins a paragraph or speaks after a quotation."""
    span = model.text.paragraphs[lead]
    last = model.text.paragraphs[min(lead + _PARAGRAPHS, len(model.text.paragraphs) - 1)]
    for one in model.between(span.end, last.end):
        if model.is_person(one.actor):
            begin = model.text.paragraphs[one.paragraph].start
            text = model.text.full[begin : one.start]
            outside = max(text.rfind(mark) for mark in ('"', "”", "»", "''"))
            near = len(text) - outside - 1 if outside >= 0 else len(text)
            return one if near <= _OPENING_CHARS else None
    return None


def _is_bare(model: DiscourseModel, named: NamedMention) -> bool:
    """True for a full name that neither an office nor a clause stands beside."""
    actor = model.actors[named.actor]
    if actor.descriptors or " " not in actor.canonical:
        return False
    if model.text.full.startswith((", who ", " who "), named.end):
        return False
    return OFFICES.isdisjoint(model.description(named.actor).words)
