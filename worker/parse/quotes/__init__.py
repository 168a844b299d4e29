"""Quotes and who said them: marks, then cues and mentions, then names.

`find_quotes` pairs the marks (marks.py), reads the sentences round them (sentences.py), finds the noun
phrases that may be the source (phrases.py, sources.py), ranks them (sites.py, ranking.py), tells
quotations from titles and scare quotes (quotehood.py) and resolves the source to a name
(speakers.py).
"""

import math
from dataclasses import dataclass

from worker.model import Dateline, EntityLabel, Quote, Span
from worker.parse.entity_registry import Registry
from worker.parse.quotes.attribution.classifier import (
    best_of,
    is_attributed,
    is_quotation,
    score_near,
)
from worker.parse.quotes.attribution.contexts import (
    QuoteContext,
    continuation_features,
    find_contexts,
)
from worker.parse.quotes.attribution.ranking import score
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.person_nouns import is_unnamed
from worker.parse.quotes.coreference.resolver import SpeakerResolver
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.quotation_marks import QuotedRun, find_runs, remove_glosses
from worker.parse.text import WireText

__all__ = ["find_quotes"]


@dataclass(slots=True)
class _Said:
    """One quotation on the way to its speaker; `mention` None is "as the one before"."""

    context: QuoteContext
    mention: NounPhrase | None
    share: float
    resolution: Resolution = UNRESOLVED


def find_quotes(text: WireText, registry: Registry, dateline: Dateline | None) -> tuple[Quote, ...]:
    """The quotations of an item in text order, each with its speaker as far as it can be known.

    >>> text = WireText('"It is so," Ann Lee said.')
    >>> quotes = find_quotes(text, Registry(), None)
    >>> [(quote.contents.of(text.full), quote.speaker) for quote in quotes]
    [('"It is so,"', 'Ann Lee')]
    """
    runs = find_runs(text)
    if not runs:
        return ()
    said = _attribute(text, runs, registry, dateline)
    if not said:
        return ()
    _join_chains(said)
    sentences_by_paragraph = {
        one.context.run.paragraph: one.context.paragraph_sentences for one in said
    }
    model = DiscourseModel(text, registry, runs, dateline, sentences_by_paragraph)
    return tuple(_name_all(said, model))


def _find_works(registry: Registry) -> dict[int, int]:
    """Where the titles of works and the names of events begin and end."""
    return {
        entity.span.start: entity.span.end
        for entity in registry.entities
        if entity.label in (EntityLabel.PRODUCT, EntityLabel.EVENT)
    }


def _is_work(full: str, run: QuotedRun, works: dict[int, int]) -> bool:
    """True where nothing but one title stands between the marks."""
    start = run.start + 1
    end = works.get(start) or (works.get(start + 4) if full.startswith("The ", start) else None)
    return end is not None and run.end - 2 <= end <= run.end and " " in full[start:end]


def _attribute(
    text: WireText, runs: tuple[QuotedRun, ...], registry: Registry, dateline: Dateline | None
) -> list[_Said]:
    """The runs that are quotations, each with its likeliest mention."""
    said: list[_Said] = []
    last: QuoteContext | None = None
    works = _find_works(registry)
    for context in find_contexts(text, runs):
        if dateline and context.run.span.overlaps(dateline.span):
            continue
        scored = score_near(text.full, context)
        best, top = best_of(scored)
        if not is_quotation(text.full, context, best, top):
            continue
        if _is_work(text.full, context.run, works) and not is_attributed(best, context.at):
            continue
        if last is not None:
            scored.append((score(continuation_features(text.full, context, last)), None))
        mention, share = _choose(scored)
        said.append(_Said(context, mention, share))
        last = context
    return said


def _choose(scored: list[tuple[float, NounPhrase | None]]) -> tuple[NounPhrase | None, float]:
    """The likeliest source and its share of the likelihood."""
    if not scored:
        return None, 0.0
    top, best = max(scored, key=lambda pair: pair[0])
    return best, 1.0 / sum(math.exp(value - top) for value, _ in scored)


def _join_chains(said: list[_Said]) -> None:
    """Give the pieces of a chain that have no source of their own the source of one that has."""
    first = 0
    for index in range(1, len(said) + 1):
        if index < len(said) and said[index].context.run.chain == said[first].context.run.chain:
            continue
        pieces = said[first:index]
        sources = [piece for piece in pieces if piece.mention is not None]
        if sources and pieces[0].mention is None and len(pieces) > 1:
            pieces[0].mention, pieces[0].share = sources[0].mention, sources[0].share
        first = index


def _name_all(said: list[_Said], model: DiscourseModel) -> list[Quote]:
    """Every quotation with its speaker, left to right."""
    cast = SpeakerResolver(model)
    quotes: list[Quote] = []
    before: _Said | None = None
    source: NounPhrase | None = None
    resolution = UNRESOLVED
    chain = -1
    for one in said:
        named = cast.resolve(one.mention) if one.mention else resolution
        floats = _is_unattributed(one, before, model, named)
        if floats or not _continues_turn(one, before, source):
            chain += 1
        if floats:
            source, resolution = None, cast.lead(alone=one.context.at == 0)
        elif one.mention is not None:
            source, resolution = one.mention, named
        model.note(resolution, one.context.run, unnamed=is_unnamed(source, resolution))
        before = one
        quotes.append(_make_quote(model.text.full, one, source, resolution, chain))
    return quotes


def _make_quote(
    full: str, one: _Said, source: NounPhrase | None, resolution: Resolution, chain: int
) -> Quote:
    share = one.share if source else 1.0
    return Quote(
        contents=one.context.run.span,
        cue=_cue_span(source) if source else None,
        source=source.span if source else None,
        speaker=resolution.name,
        chain=chain,
        confidence=round(resolution.confidence * share, 3) if resolution.name else 0.0,
        unglossed=remove_glosses(full, one.context.run),
    )


def _continues_turn(one: _Said, before: _Said | None, source: NounPhrase | None) -> bool:
    """True when a quotation carries on the speech of the one before.

    Either its marks say so, over paragraphs, or it has the same source: the second half of a split
    quotation, the next sentence of the same speech.
    """
    if before is None:
        return False
    if one.context.run.chain == before.context.run.chain or one.mention is None:
        return True
    return source is not None and one.mention.span == source.span


def _is_unattributed(
    one: _Said, before: _Said | None, model: DiscourseModel, named: Resolution
) -> bool:
    """True when nothing near says who spoke: neither a verb nor a person, nor a speech going on."""
    context, mention = one.context, one.mention
    if mention is None:
        begins = context.run.start <= model.text.paragraphs[context.run.paragraph].start
        last = before.context.run.paragraph if before else -9
        return before is None or not (begins or context.run.paragraph == last)
    index = model.by_name.get(named.name) if named.name else None
    if mention.reports:
        place = index is not None and model.actors[index].label is EntityLabel.GPE
        return (
            place and mention.sentence is not context.sentence and mention.sentence.words[-1] != ":"
        )
    return mention.type == "l" or not model.is_person(index)


def _cue_span(mention: NounPhrase) -> Span | None:
    """The reporting words that tie the mention to its quotation."""
    if mention.cue < 0:
        return None
    sentence = mention.sentence
    end = mention.start_token - 1 if mention.role == "acc" else mention.cue
    return Span(sentence.starts[mention.cue], sentence.ends[end])
