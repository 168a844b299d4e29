"""Passes for documents: the issuer of `the report`, `its statement`, `the decree`."""

import re

from worker.model import EntityLabel
from worker.parse.quotes.coreference.discourse import (
    FIRST_SPEAKER,
    UNRESOLVED,
    DiscourseModel,
    NamedMention,
    Resolution,
)
from worker.parse.quotes.coreference.organisation_matching import is_listener
from worker.parse.quotes.coreference.organisations import find_it_antecedent, find_organisation
from worker.parse.quotes.lexicon.noun_classes import DOCUMENT_NOUNS, ORGANISATION_NOUNS
from worker.parse.quotes.noun_phrases import NounPhrase, find_noun_phrases
from worker.parse.quotes.syntax import CueStrength

__all__ = ["resolve_document_by_issuer", "resolve_statement_by_last_speaker"]

_STATEMENT_NOUNS = frozenset(
    "statement release communique communiqué message post tweet letter announcement commentary "
    "report bulletin declaration note".split()
)
"""Documents that the last speaker is taken to have issued, where the text names no other."""
_STATEMENT = re.compile(r"\b(?:statement|communique|declaration|letter|message|release)\b")
_PAPER = re.compile(
    r"\b(?:document|decree|bill|law|resolution|order|treaty|agreement|plan|draft|report|ruling)s?\b"
)
"""Papers that `the document` may be, apart from a statement."""
_ISSUED = re.compile(
    r"\b(?:statement|report|document|study|survey|letter|release|message|poll|article|bulletin)\b"
    r"(?: (?:published|issued|prepared|written|compiled|signed|drawn up)(?: \w+)?)?"
    r" (?:by|from|of) ",
)
_ISSUED_AFTER = re.compile(
    r"(?: in question)?,? (?:(?:published|issued|prepared|written|compiled|signed|released) )?by "
)
"""The words between a document and its issuer: `the report, issued by`."""
_OWN_ORGANISATION = re.compile(r"(?:['’]s)?(?: [a-z-]+){0,3} (?P<head>[a-z-]+)")
_LOOK_BACK_CHARS = 1500
"""Characters before a mention in which its issuer may be named."""
_ISSUER_CHARS = 40


def resolve_document_by_issuer(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`the report by Lake Bank`, `its statement`: resolve to the issuer.

    A document that is no statement and has no issuer stays unresolved.
    """
    if mention.head not in DOCUMENT_NOUNS:
        return None
    # `a report said`
    is_indefinite = mention.first_word in ("a", "an")
    if is_indefinite and mention.complement_end == mention.end_token:
        return UNRESOLVED
    issuer = _find_issuer(model, mention)
    if issuer.name:
        return issuer
    return None if _is_statement(model, mention) else UNRESOLVED


def resolve_statement_by_last_speaker(
    model: DiscourseModel, mention: NounPhrase
) -> Resolution | None:
    """`the statement said`: resolve to the last speaker, or to the first if nobody has spoken."""
    if mention.head not in DOCUMENT_NOUNS:
        return None
    issuer = _find_last_reported(model, mention)
    if issuer is not None:
        return model.resolution(issuer, 0.6)
    if model.last_speaker is not None and not model.last_was_unnamed:
        return model.resolution(model.last_speaker, 0.5)
    if not model.speakers:
        return FIRST_SPEAKER
    last = model.last_organisation
    return Resolution(last, 0.4) if last else UNRESOLVED


def _find_last_reported(model: DiscourseModel, mention: NounPhrase) -> int | None:
    """Return the organisation that the sentences since the last quotation report, None for none.

    `The talks go on, the Foreign Ministry stated. "...," the statement reads`.
    """
    for sentence, phrases in model.sentences_before(mention.start):
        if sentence is mention.sentence or sentence.starts[0] == mention.sentence.starts[0]:
            continue
        if sentence.runs:
            return None
        for phrase in reversed(phrases):
            names = model.inside(phrase) if phrase.strength is CueStrength.STRONG else []
            issuers = [name.actor for name in names if _is_issuer(model, name)]
            if issuers:
                return issuers[-1]
    return None


def _is_issuer(model: DiscourseModel, name: NamedMention) -> bool:
    """Return True for an organisation that is not told something."""
    return model.label(name) is EntityLabel.ORG and not is_listener(model, name)


def _is_statement(model: DiscourseModel, mention: NounPhrase) -> bool:
    """Return True for a statement, and for `the document` where it means an earlier statement."""
    head, at = mention.head, mention.start
    if head in _STATEMENT_NOUNS:
        return True
    full, begin = model.text.full, max(0, at - _LOOK_BACK_CHARS)
    # `the document` after the words of an organisation is theirs, unless the reporter has spoken
    # of a decree, a bill or another paper.
    if head == "document" and model.last_speaker_is_organisation:
        papers = _PAPER.finditer(full, begin, at)
        return all(model.is_quoted(paper.start()) for paper in papers)
    return head in ("document", "text", "paper") and bool(_STATEMENT.search(full, begin, at))


def _find_issuer(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """Return the issuer that the phrase, the words after it or an earlier place names."""
    span = mention.span
    # `the Lake Bank report`
    for name in reversed(model.inside(mention)):
        if model.label(name) is EntityLabel.ORG:
            return model.resolution(name.actor, 0.8)
    if mention.first_word == "its":
        return find_it_antecedent(model, mention)
    full = model.text.full
    # `the report, issued by Lake Bank`
    if (after := _ISSUED_AFTER.match(full, span.end)) and (
        issuer := _issuer_after(model, mention, after.end())
    ):
        return Resolution(issuer, 0.7)
    # `a report by Lake Bank`, before
    floor = max(0, span.start - _LOOK_BACK_CHARS)
    for match in reversed([*_ISSUED.finditer(full, floor, span.start)]):
        if issuer := _name_at(model, match.end()):
            return Resolution(issuer, 0.6)
    return UNRESOLVED


def _issuer_after(model: DiscourseModel, mention: NounPhrase, start: int) -> str | None:
    """Return the name at an offset, or that which `the central bank` there refers to."""
    name = _name_at(model, start)
    if name:
        return name
    for phrase in find_noun_phrases(mention.sentence):
        if phrase.start == start and phrase.head in ORGANISATION_NOUNS:
            return find_organisation(model, phrase).name
    return None


def _name_at(model: DiscourseModel, start: int) -> str | None:
    """Return the name of the organisation or person that begins at an offset."""
    full = model.text.full
    start += 4 if full.startswith("the ", start) else 0
    for name in model.between(start, start + _ISSUER_CHARS)[:1]:
        actor = model.actors[name.actor]
        if actor.label in (EntityLabel.ORG, EntityLabel.PERSON):
            return actor.canonical
        # `Portugal's safety office`: its own words are the name.
        own = _OWN_ORGANISATION.match(full, name.end) if name.start == start else None
        if own and own["head"] in ORGANISATION_NOUNS:
            return full[start : own.end()]
    return None
