"""Antecedents: whom a pronoun, or a noun that describes nobody, stands for.

First the sentences before are read backwards: whoever is the subject of one, or said what is quoted
in it, is meant, so that no pronoun jumps over a named subject. Where they name nobody who fits,
whoever is most in mind is: recently named, named first in a paragraph, the last to speak.
"""

import re
from collections.abc import Callable

from worker.parse.entity_registry import Gender
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.noun_phrases import NounPhrase

__all__ = ["Fits", "find_person", "find_salient", "find_subject", "may_be"]

Fits = Callable[[int], bool]
"""Whether an actor, by its number, may be meant."""
Nouns = Callable[[DiscourseModel, NounPhrase], tuple[int, float] | None]
"""The actor that a common noun describes, and how surely."""

_SUBJECTS = ("subj", "inv", "appos", "acc", "init", "rel", "colon", "pas")
"""How the places begin that a sentence's subject or speaker has."""
_OPENING_CHARS = 40
"""A name within so many characters of its paragraph's start is taken for the subject."""
_LETTERS = re.compile(r",? ?[A-Z][A-Za-z]{0,2}")
"""What may follow a name in its phrase: KC, MP, PhD."""
_MEMORY = 60
"""How many names back a pronoun looks."""


def find_person(model: DiscourseModel, mention: NounPhrase, fits: Fits, nouns: Nouns) -> Resolution:
    """The person in mind at a mention; UNRESOLVED where there is none, or one without a name."""
    found = find_subject(model, mention, fits, nouns)
    if found is not None:
        return Resolution(model.actors[found].canonical, 0.8) if found >= 0 else UNRESOLVED
    best = find_salient(model, mention.start, {}, fits)
    return Resolution(model.actors[best].canonical, 0.6) if best is not None else UNRESOLVED


def find_subject(
    model: DiscourseModel, mention: NounPhrase, fits: Fits, nouns: Nouns | None = None
) -> int | None:
    """The subject or speaker of the nearest sentence before that has one who fits.

    -1 for a speaker without a name; None where the sentences say nothing. With `nouns` a subject
    may be a common noun as well ("The minister shrugged").
    """
    at = mention.start
    for sentence, mentions in model.sentences_before(at):
        named = _named_subject(model, [one for one in mentions if one.start < at], fits, nouns)
        if named is not None:
            return named
        for start in sorted((run.start for run in sentence.runs.values()), reverse=True):
            if start >= at or start not in model.said:
                continue
            speaker = model.said[start]
            if speaker is None:
                return -1
            if fits(speaker):
                return speaker
    return None


def _named_subject(
    model: DiscourseModel, mentions: list[NounPhrase], fits: Fits, nouns: Nouns | None
) -> int | None:
    """The actor that a sentence has for its subject, None for none or another word."""
    later: int | None = None
    for mention in mentions:
        place = mention.role
        subject = place.startswith(_SUBJECTS)
        if not subject and place not in ("other ,", "other"):
            continue
        if mention.type in "mf" and subject:
            return later
        if mention.type == "l":
            noun = nouns and subject and mention.sentence.words[mention.start_token] == "the"
            described = nouns(model, mention) if nouns and noun else None
            actor = described[0] if described else None
        else:
            actor = _actor_of(model, mention) if mention.type == "C" else None
        if actor is None or not fits(actor):
            continue
        if subject:
            return actor
        if later is None and place == "other ,":
            later = actor
    return later


def _actor_of(model: DiscourseModel, mention: NounPhrase) -> int | None:
    """The actor that the last word of a name phrase names."""
    end = mention.span.end
    for one in reversed(model.between(mention.start, end)):
        if one.end >= end - 1 or _LETTERS.fullmatch(model.text.full, one.end, end):
            return one.actor
    family = model.text.full[mention.sentence.starts[mention.end_token - 1] : end]
    for index in model.named_like(family):
        if model.is_person(index) and model.actors[index].canonical.endswith(f" {family}"):
            return index
    return None


def find_salient(model: DiscourseModel, at: int, fit: dict[int, float], fits: Fits) -> int | None:
    """The actor most in mind at an offset among those that fit; `fit` adds to what each weighs."""
    paragraph = model.text.paragraph_index(at)
    scores: dict[int, float] = {}
    for one in model.before(at, _MEMORY):
        if one.end == at or not fits(one.actor):
            continue
        value = 3.0 - 0.7 * (paragraph - one.paragraph)
        if one.start - model.text.paragraphs[one.paragraph].start < _OPENING_CHARS:
            value += 2.0 if paragraph == one.paragraph else 0.6
        scores[one.actor] = max(scores.get(one.actor, -9.0), value) + 0.1
    last = model.last
    if last is not None and fits(last):
        bonus = 2.0 if paragraph - model.last_paragraph <= 2 else 1.0
        scores[last] = max(scores.get(last, 0.0), 0.0) + bonus
    for index, value in fit.items():
        scores[index] = scores.get(index, -3.0) + value
    if not scores:
        return None
    return max(scores, key=lambda index: (scores[index], -index))


def may_be(model: DiscourseModel, barred: Gender | None) -> Fits:
    """A test for persons who are not of the gender that is barred."""

    def fits(index: int) -> bool:
        return model.is_person(index) and (barred is None or model.gender(index) is not barred)

    return fits
