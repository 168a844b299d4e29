"""Antecedents: the search for the person that a pronoun or a common noun refers to.

First the sentences before the mention are read backwards: a subject that fits, or the speaker of a
quotation there, is the antecedent, so that no pronoun jumps over a named subject. Where they name
nobody who fits, the most salient person is: recently named, named first in a paragraph, the last to
speak. Several passes share this search.
"""

import re
from collections.abc import Callable, Sequence

from worker.parse.entity_registry import Gender
from worker.parse.quotes.coreference.discourse import (
    NAMES_IN_MEMORY,
    UNRESOLVED,
    DiscourseModel,
    Resolution,
)
from worker.parse.quotes.coreference.person_matching import excluded_gender, match_people
from worker.parse.quotes.lexicon.function_words import PREPOSITIONS
from worker.parse.quotes.lexicon.noun_classes import OFFICES
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import SUBJECTS, MentionType, SyntacticRole

__all__ = [
    "UNNAMED",
    "Fits",
    "find_antecedent",
    "find_described_person",
    "find_salient",
    "find_subject",
    "may_be_person",
]

Fits = Callable[[int], bool]
"""A test whether an actor, by its index, may be the antecedent."""
UNNAMED = -1
"""Stands for a speaker without a name, in place of an actor's index."""

_MAX_OPENING_CHARS = 40
"""A name that begins so near the start of a paragraph is taken for its subject."""
_POST_NOMINAL = re.compile(r",? ?[A-Z][A-Za-z]{0,2}")
"""Letters after a name in its phrase: KC, MP, PhD."""
_SUBJECT_SCORE = 4.5
"""Worth of the nearest subject, of several people whom a noun fits: more than most else."""


def may_be_person(model: DiscourseModel, excluded: Gender | None) -> Fits:
    """Return a test for people who are not of the excluded gender."""

    def fits(index: int) -> bool:
        return model.is_person(index) and (excluded is None or model.gender(index) is not excluded)

    return fits


def find_antecedent(model: DiscourseModel, mention: NounPhrase, fits: Fits) -> Resolution:
    """Return the person that a mention refers to, UNRESOLVED for none or for an unnamed speaker."""
    subject = find_subject(model, mention, fits, reads_nouns=True)
    if subject is not None:
        return model.resolution(subject, 0.8) if subject != UNNAMED else UNRESOLVED
    salient = find_salient(model, mention.start, {}, fits)
    if salient is not None:
        return model.resolution(salient, 0.6)
    # `"We have agreed," he said. ... Kamal added`: nobody is named before.
    later = _find_later_person(model, mention.start, fits)
    return model.resolution(later, 0.4) if later is not None else UNRESOLVED


def _find_later_person(model: DiscourseModel, at: int, fits: Fits) -> int | None:
    """Return the person named first in this or the next paragraph, None for none."""
    paragraphs = model.text.paragraphs
    last = min(model.text.paragraph_index(at) + 1, len(paragraphs) - 1)
    names = model.between(at, paragraphs[last].end)
    return next((name.actor for name in names if fits(name.actor)), None)


def find_described_person(model: DiscourseModel, mention: NounPhrase) -> tuple[int, float] | None:
    """Return the person whose own description allows a noun, with a confidence."""
    at = mention.start
    fits_gender = may_be_person(model, excluded_gender(mention.head))
    scores = {
        index: value for index, value in match_people(model, mention).items() if fits_gender(index)
    }
    if len(scores) > 1:
        subject = find_subject(model, mention, scores.__contains__)
        if subject is not None and subject != UNNAMED:
            scores[subject] += _SUBJECT_SCORE
        best = find_salient(model, at, scores, scores.__contains__)
    else:
        best = next(iter(scores), None)
    if best is None:
        return None
    return best, 0.7 if model.first_mention(best) < at else 0.5


def find_subject(
    model: DiscourseModel, mention: NounPhrase, fits: Fits, *, reads_nouns: bool = False
) -> int | None:
    """Return the subject or speaker of the nearest earlier sentence with an actor that fits.

    `UNNAMED` stands for a speaker without a name, None for no subject at all. With `reads_nouns`
    the subject may be a common noun too: `The minister shrugged.`
    """
    at = mention.start
    for sentence, phrases in model.sentences_before(at):
        earlier = [phrase for phrase in phrases if phrase.start < at]
        subject = _subject_of(model, earlier, fits, reads_nouns=reads_nouns)
        if subject is not None:
            return subject
        # Without a subject the sentence may still have a speaker: `"Yes," came the answer.`
        for start in sorted((run.start for run in sentence.runs.values()), reverse=True):
            if start >= at or start not in model.speakers:
                continue
            speaker = model.speakers[start]
            if speaker is None:
                return UNNAMED
            if fits(speaker):
                return speaker
    return None


def _subject_of(
    model: DiscourseModel, phrases: Sequence[NounPhrase], fits: Fits, *, reads_nouns: bool
) -> int | None:
    """Return the actor that is the subject of a sentence, None for none or a pronoun."""
    topic: int | None = None
    for phrase in phrases:
        is_subject = phrase.role in SUBJECTS
        # `He rose`: the sentence's own pronoun refers further back.
        if is_subject and phrase.type in (MentionType.HE, MentionType.SHE):
            return topic
        if is_subject:
            actor = _holder_of(model, phrase, phrases)
            if actor is None:
                actor = _actor_of(model, phrase, reads_nouns=reads_nouns)
        # `In May, Ms. Lee of the union rose`: a name after a comma will do where no subject fits.
        elif topic is None and phrase.role is SyntacticRole.OTHER_AFTER_COMMA:
            actor = _actor_of(model, phrase, reads_nouns=False)
        else:
            continue
        if actor is None or not fits(actor):
            continue
        if is_subject:
            return actor
        topic = actor
    return topic


def _holder_of(
    model: DiscourseModel, phrase: NounPhrase, phrases: Sequence[NounPhrase]
) -> int | None:
    """`Iraq's representative to the UN Ali Rubai was brief`: return the holder of the office."""
    if phrase.type is not MentionType.NOMINAL or phrase.head not in OFFICES:
        return None
    end = phrase.end_token
    for complement in phrases:
        is_next = complement.start_token == end + 1
        if is_next and complement.sentence.words[end] in PREPOSITIONS:
            end = complement.end_token
            actor = _named_actor(model, complement)
            if actor is not None and model.is_person(actor):
                return actor
    return None


def _actor_of(model: DiscourseModel, phrase: NounPhrase, *, reads_nouns: bool) -> int | None:
    """Return the actor that a name refers to, or a definite noun with `reads_nouns`."""
    if phrase.type is MentionType.PROPER:
        return _named_actor(model, phrase)
    # `The minister shrugged.`
    if reads_nouns and phrase.type is MentionType.NOMINAL and phrase.first_word == "the":
        described = find_described_person(model, phrase)
        return described[0] if described else None
    return None


def _named_actor(model: DiscourseModel, phrase: NounPhrase) -> int | None:
    """Return the actor that the last word of a name refers to."""
    full = model.text.full
    end = phrase.end
    for name in reversed(model.between(phrase.start, end)):
        if name.end >= end - 1 or _POST_NOMINAL.fullmatch(full, name.end, end):
            return name.actor
    # `Lee`, which the entity stage did not list, of an actor Ann Lee.
    family = full[phrase.sentence.starts[phrase.end_token - 1] : end]
    for index in model.namesakes(family):
        if model.is_person(index) and model.actors[index].canonical.endswith(f" {family}"):
            return index
    return None


def find_salient(
    model: DiscourseModel, at: int, bonuses: dict[int, float], fits: Fits
) -> int | None:
    """Return the most salient actor that fits; `bonuses` add to the salience of each."""
    paragraph = model.text.paragraph_index(at)
    scores: dict[int, float] = {}
    for name in model.before(at, NAMES_IN_MEMORY):
        if name.end == at or not fits(name.actor):
            continue
        # A name fades within four paragraphs. To stand at the start of the paragraph, or to have
        # spoken last, weighs as much as three paragraphs of distance.
        value = 3.0 - 0.7 * (paragraph - name.paragraph)
        opening = name.start - model.text.paragraphs[name.paragraph].start
        if opening < _MAX_OPENING_CHARS:
            value += 2.0 if paragraph == name.paragraph else 0.6
        # Each further mention adds a little.
        scores[name.actor] = max(scores.get(name.actor, -9.0), value) + 0.1
    last = model.last_speaker
    if last is not None and fits(last):
        bonus = 2.0 if paragraph - model.last_speaker_paragraph <= 2 else 1.0
        scores[last] = max(scores.get(last, 0.0), 0.0) + bonus
    for index, bonus in bonuses.items():
        scores[index] = scores.get(index, -3.0) + bonus
    # Of equals, the first named.
    return max(scores, key=lambda index: (scores[index], -index), default=None)
