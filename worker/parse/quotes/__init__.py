"""Quotations and their speakers.

`find_quotes` leads a text through these steps:

1. `quotation_marks` finds the runs of text between quotation marks;
2. `attribution.contexts` reads the sentences around each run and their noun phrases;
3. `attribution.ranking` scores the noun phrases as sources;
4. `attribution.classifier` drops titles and scare quotes;
5. `coreference.resolver` resolves each source to the name of a speaker.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from worker.model import Dateline, EntityLabel, Quote, Span
from worker.parse.entity_registry import Registry
from worker.parse.quotes.attribution.classifier import find_works, is_quotation, is_work
from worker.parse.quotes.attribution.contexts import QuoteContext, find_contexts
from worker.parse.quotes.attribution.ranking import (
    ScoredSource,
    best_reporting_source,
    best_source,
    find_turns,
    rank_sources,
    score,
)
from worker.parse.quotes.confidence import confidence_features, estimate_confidence
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.indefinites import is_unnamed_source
from worker.parse.quotes.coreference.labels import resolve_label
from worker.parse.quotes.coreference.ranking import mention_kind
from worker.parse.quotes.coreference.resolver import SpeakerResolver
from worker.parse.quotes.lexicon.noun_classes import is_person_noun
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.quotation_marks import remove_glosses
from worker.parse.quotes.syntax import CueStrength, MentionType, SyntacticRole
from worker.parse.quotes.text_sentences import TextSentences
from worker.parse.text import WireText

__all__ = ["find_quotes"]


_CLOSING_ROLES = frozenset((SyntacticRole.SUBJECT_INVERTED, SyntacticRole.ACCORDING_TO))
_REPORTED_SHARE = 0.7


@dataclass(slots=True)
class _Quotation:
    """A quotation and its likeliest source, None for that of the quotation before.

    `share` is the source's share of the likelihood of all candidates. With `answers` the speaker is
    whoever the quotation before was said to.
    """

    context: QuoteContext
    source: NounPhrase | None
    share: float
    answers: bool = False


def find_quotes(
    text: WireText,
    registry: Registry,
    dateline: Dateline | None,
    sentences: TextSentences | None = None,
) -> tuple[Quote, ...]:
    """Return the quotations of a text in order, each with its speaker as far as the text tells.

    `sentences` are those of the text, where another stage reads them too.

    >>> text = WireText('"It is so," Ann Lee said.')
    >>> quotes = find_quotes(text, Registry(), None)
    >>> [(quote.contents.of(text.full), quote.speaker) for quote in quotes]
    [('"It is so,"', 'Ann Lee')]
    """
    sentences = sentences or TextSentences(text)
    runs = sentences.runs
    quotations = list(_find_quotations(sentences, registry, dateline)) if runs else []
    if not quotations:
        return ()
    _share_sources_in_chains(quotations)
    paragraphs = {
        quotation.context.run.paragraph: quotation.context.paragraph for quotation in quotations
    }
    model = DiscourseModel(
        text,
        registry,
        runs,
        dateline,
        paragraphs,
        descriptions=sentences.descriptions,
        read_plain=sentences.plain_paragraph,
    )
    return tuple(_resolve_speakers(quotations, model))


def _find_quotations(
    sentences: TextSentences, registry: Registry, dateline: Dateline | None
) -> Iterator[_Quotation]:
    """Yield the runs that are quotations, each with its likeliest source."""
    text = sentences.text
    full = text.full
    works = find_works(registry)
    previous: QuoteContext | None = None
    for context in find_contexts(sentences.runs, sentences.paragraph):
        if dateline and context.run.span.overlaps(dateline.span):
            continue
        ranked = rank_sources(full, context)
        best = best_reporting_source(ranked)
        if not is_quotation(full, context, best) or is_work(full, context, works, best):
            continue
        ranked += [
            ScoredSource(score(turn.features), None, turn.answers)
            for turn in find_turns(full, context, previous)
        ]
        yield _Quotation(context, *(_find_reported_before(context) or _choose_source(ranked)))
        previous = context


def _find_reported_before(context: QuoteContext) -> tuple[NounPhrase, float, bool] | None:
    """`Others doubt it, said Ann Lee, a lecturer. "It would help."`: return the reported speaker.

    The quotation is a sentence by itself, and the sentence before ends with its speaker.
    """
    sentence, number = context.sentence, context.number
    if len(sentence) > 1 or not number or context.paragraph.sentences[number - 1].runs:
        return None
    for phrase in context.paragraph.phrases(number - 1):
        is_last = phrase.role in _CLOSING_ROLES and phrase.strength is CueStrength.STRONG
        if is_last and phrase.type is not MentionType.NOMINAL:
            return phrase, _REPORTED_SHARE, False
    return None


def _choose_source(ranked: list[ScoredSource]) -> tuple[NounPhrase | None, float, bool]:
    """Return the likeliest source, its share of the likelihood, and whether it is a listener."""
    if not ranked:
        return None, 0.0, False
    best = best_source(ranked)
    share = 1.0 / sum([math.exp(source.score - best.score) for source in ranked])
    return best.phrase, share, best.answers


def _share_sources_in_chains(quotations: list[_Quotation]) -> None:
    """Give the first piece of a speech over several paragraphs the source of a later piece.

    `"So it is.` ends a paragraph; `"It will be so," Ms. Lee said` begins the next.
    """
    first = 0
    for index in range(1, len(quotations) + 1):
        if index < len(quotations) and _is_same_chain(quotations[first], quotations[index]):
            continue
        pieces = quotations[first:index]
        named = next((piece for piece in pieces if _is_named_beside(piece)), None)
        if named and not _is_named_beside(pieces[0]):
            pieces[0].source, pieces[0].share = named.source, named.share
        first = index


def _is_named_beside(quotation: _Quotation) -> bool:
    """Return True where the source stands in the quotation's own sentence."""
    return quotation.source is not None and quotation.source.sentence is quotation.context.sentence


def _is_same_chain(first: _Quotation, second: _Quotation) -> bool:
    """Return True for two paragraphs of the same speech, by their quotation marks."""
    return first.context.run.chain == second.context.run.chain


def _resolve_speakers(quotations: list[_Quotation], model: DiscourseModel) -> Iterator[Quote]:
    """Yield each quotation with its speaker, in text order.

    A speaker is recorded in the discourse model before the next quotation is read.
    """
    resolver = SpeakerResolver(model)
    previous: _Quotation | None = None
    source: NounPhrase | None = None
    speaker = UNRESOLVED
    chain = -1
    for quotation in quotations:
        resolution = speaker
        if quotation.source:
            resolution = resolver.resolve(quotation.source)
        elif quotation.answers:
            resolution = resolver.other_speaker(quotation.context.run.start)
        # A source in the text comes before a label above it.
        label = resolve_label(model, quotation.context.run) if not quotation.source else None
        is_unattributed = not label and _is_unattributed(quotation, previous, model, resolution)
        # A new chain is a new turn: its speaker is not that of the quotation before.
        if label or is_unattributed or not _continues_turn(quotation, previous, source):
            chain += 1
        if label:
            source, speaker = None, label
        if is_unattributed:
            is_alone = quotation.context.at == 0
            source, speaker = None, resolver.lead_speaker(is_alone=is_alone)
        elif quotation.source is not None or quotation.answers:
            source, speaker = quotation.source, resolution
        model.record_speaker(
            speaker, quotation.context.run, is_unnamed=is_unnamed_source(source, speaker)
        )
        previous = quotation
        yield _make_quote(model, quotation, source, speaker, chain)


def _is_unattributed(
    quotation: _Quotation,
    previous: _Quotation | None,
    model: DiscourseModel,
    resolution: Resolution,
) -> bool:
    """Return True where no verb, no person and no earlier quotation nearby tells the speaker."""
    source, context = quotation.source, quotation.context
    if source is None:
        return not _follows_speech(quotation, previous, model.text)
    actor = model.find_actor(resolution)
    is_apart = source.sentence is not context.sentence and source.sentence.words[-1] != ":"
    if not source.reports:
        if _is_apposed_organisation(source, model, actor):
            return False
        is_noun = source.type is MentionType.NOMINAL
        return (is_noun and not (is_apart and is_person_noun(source.head))) or not model.is_person(
            actor
        )
    # `Norway says no.` in the sentence before is a deed of the country, which speaks here only
    # by a colon.
    is_place = actor is not None and model.actors[actor].label is EntityLabel.GPE
    return is_place and is_apart


def _is_apposed_organisation(source: NounPhrase, model: DiscourseModel, actor: int | None) -> bool:
    """`Austria's weather service, GeoSphere, said`: return True for the name of a body."""
    noun = source.apposed_to
    if noun is None or noun.complement_end > noun.end_token or is_person_noun(noun.head):
        return False
    return actor is not None and model.actors[actor].label is EntityLabel.ORG


def _follows_speech(quotation: _Quotation, previous: _Quotation | None, text: WireText) -> bool:
    """Return True for a quotation that begins its paragraph or shares the previous quotation's."""
    if previous is None:
        return False
    run = quotation.context.run
    begins_paragraph = run.start <= text.paragraphs[run.paragraph].start
    return begins_paragraph or run.paragraph == previous.context.run.paragraph


def _continues_turn(
    quotation: _Quotation, previous: _Quotation | None, source: NounPhrase | None
) -> bool:
    """Return True for a quotation of the same speech as the previous; `source` is the latter's.

    Its marks say so, over paragraphs, or it has the same source: the second half of a split
    quotation, or the next sentence of the speech.
    """
    if previous is None:
        return False
    if _is_same_chain(quotation, previous):
        return True
    if quotation.source is None:
        return not quotation.answers
    return source is not None and quotation.source.span == source.span


def _make_quote(
    model: DiscourseModel,
    quotation: _Quotation,
    source: NounPhrase | None,
    speaker: Resolution,
    chain: int,
) -> Quote:
    """Return the annotation; its confidence is that of the speaker's name."""
    confidence = 0.0
    if speaker.name:
        features = confidence_features(
            _kind_of_speaker(quotation, source),
            quotation.share,
            speaker.confidence,
            len(model.people),
            has_dateline=model.dateline is not None,
        )
        confidence = round(estimate_confidence(features), 3)
    return Quote(
        contents=quotation.context.run.span,
        cue=_cue_span(source) if source else None,
        source=source.span if source else None,
        speaker=speaker.name,
        chain=chain,
        confidence=confidence,
        unglossed=remove_glosses(model.text.full, quotation.context.run),
    )


def _kind_of_speaker(quotation: _Quotation, source: NounPhrase | None) -> str:
    """Return the kind of the mention, or how the speaker is known without one."""
    if quotation.answers:
        return "answer"
    if source is None:
        return "none"
    if quotation.source is None:
        return "same"
    place = "" if source.sentence is quotation.context.sentence else "apart "
    return place + mention_kind(source)


def _cue_span(source: NounPhrase) -> Span | None:
    """Return the words that attribute the quotation: `said`, `according to`.

    In `said the mayor, Ann Lee` the name is the source, and the noun has the cue.
    """
    if source.cue < 0:
        return _cue_span(source.apposed_to) if source.apposed_to else None
    sentence = source.sentence
    is_according = source.role is SyntacticRole.ACCORDING_TO
    last = source.start_token - 1 if is_according else source.cue
    return Span(sentence.starts[source.cue], sentence.ends[last])
