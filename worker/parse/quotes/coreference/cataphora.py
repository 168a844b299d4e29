"""Pass for cataphora: a noun in the lead whose name comes in a later paragraph.

`A nurse told the court ...` stands in the lead; `Ann Moe, 44, denies theft` comes after it. A full
name with neither an office nor an apposition is that of a person whom the lead introduced.
"""

from worker.parse.quotes.coreference.discourse import (
    DiscourseModel,
    Introduction,
    NamedMention,
    Resolution,
)
from worker.parse.quotes.lexicon.function_words import POSSESSIVE_S
from worker.parse.quotes.lexicon.noun_classes import OFFICES, PERSON_NOUNS, is_person_noun
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import MentionType, SyntacticRole

__all__ = ["find_introduction", "resolve_introduced_noun"]

_SUBJECTS = frozenset(
    role for role in SyntacticRole if role.startswith(("subj", "appos", "rel", "init", "pas"))
)
_PARAGRAPHS = 2
"""Paragraphs after the lead in which the name may come."""
_MAX_OPENING_CHARS = 60
"""Characters from the start of its paragraph, or the end of a quotation, to the name."""


def resolve_introduced_noun(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`A nurse told the court`: resolve the lead's noun to the person named after it."""
    introduction = model.introduction
    if introduction and introduction.start == mention.start:
        return model.resolution(introduction.actor, 0.5)
    return None


def find_introduction(model: DiscourseModel) -> Introduction | None:
    """Return the noun that the lead introduces a person by; None where the lead has a name."""
    lead = model.lead_paragraph
    paragraphs = model.text.paragraphs
    if lead + 1 >= len(paragraphs):
        return None
    span = paragraphs[lead]
    if any(model.is_person(name.actor) for name in model.between(span.start, span.end)):
        return None
    name = _find_first_name(model, lead)
    if name is None or not _is_unexplained(model, name):
        return None
    noun = _find_subject_noun(model, lead)
    if noun is None:
        return None
    words = noun.sentence.words[noun.start_token + 1 : noun.complement_end]
    return Introduction(noun.start, name.actor, frozenset(words))


def _find_subject_noun(model: DiscourseModel, lead: int) -> NounPhrase | None:
    """Return the noun for a single person that is the subject of the lead's first sentence."""
    paragraph = model.paragraph(lead)
    begin = model.dateline.span.end if model.dateline else 0
    for phrase in paragraph.phrases(0) if paragraph.sentences else ():
        is_noun = phrase.type in (MentionType.NOMINAL, MentionType.PROPER)
        if phrase.start >= begin and is_noun and phrase.role in _SUBJECTS:
            return phrase if _denotes_one_person(phrase) else None
    return None


def _denotes_one_person(phrase: NounPhrase) -> bool:
    """Return True for `a nurse`, `the Leeds nurse`, `Norland's premier`."""
    head, first = phrase.head, phrase.first_word
    is_singular = first in ("a", "an", "the") or first.endswith(POSSESSIVE_S)
    if not is_singular or head.endswith("s") or len(phrase.words) < 2:
        return False
    return head in PERSON_NOUNS or is_person_noun(head)


def _find_first_name(model: DiscourseModel, lead: int) -> NamedMention | None:
    """Return the first person named after the lead, at the start of a paragraph or a sentence."""
    paragraphs = model.text.paragraphs
    last = paragraphs[min(lead + _PARAGRAPHS, len(paragraphs) - 1)]
    for name in model.between(paragraphs[lead].end, last.end):
        if model.is_person(name.actor):
            # `"I did not," Ann Moe said`: the distance counts from the quotation.
            before = model.text.full[paragraphs[name.paragraph].start : name.start]
            quotation_end = max(before.rfind(mark) for mark in ('"', "”", "»", "''"))
            distance = len(before) - quotation_end - 1
            return name if distance <= _MAX_OPENING_CHARS else None
    return None


def _is_unexplained(model: DiscourseModel, name: NamedMention) -> bool:
    """Return True for a full name without an office or a clause beside it."""
    actor = model.actors[name.actor]
    if actor.descriptors or " " not in actor.canonical:
        return False
    if model.text.full.startswith((", who ", " who "), name.end):
        return False
    return OFFICES.isdisjoint(model.description(name.actor).words)
