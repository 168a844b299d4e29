"""Quotes and who said them: marks, then cues and mentions, then names.

`find_quotes` pairs the marks (marks.py), reads the sentences round them (frames.py), finds the noun
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
from worker.parse.quotes.attribution.contexts import Site, describe_carry, find_sites
from worker.parse.quotes.attribution.ranking import score
from worker.parse.quotes.attribution.roles import Mention
from worker.parse.quotes.coreference.discourse import NOBODY, Scene, Verdict
from worker.parse.quotes.coreference.person_nouns import is_unnamed
from worker.parse.quotes.coreference.resolver import Cast
from worker.parse.quotes.quotation_marks import Run, find_runs, remove_glosses
from worker.parse.text import WireText

__all__ = ["find_quotes"]


@dataclass(slots=True)
class _Said:
    """One quotation on the way to its speaker; `mention` None is "as the one before"."""

    site: Site
    mention: Mention | None
    share: float
    verdict: Verdict = NOBODY


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
    passages = {one.site.run.paragraph: one.site.passage for one in said}
    scene = Scene(text, registry, runs, dateline, passages)
    return tuple(_name_all(said, scene))


def _find_works(registry: Registry) -> dict[int, int]:
    """Where the titles of works and the names of events begin and end."""
    return {
        entity.span.start: entity.span.end
        for entity in registry.entities
        if entity.label in (EntityLabel.PRODUCT, EntityLabel.EVENT)
    }


def _is_work(full: str, run: Run, works: dict[int, int]) -> bool:
    """True where nothing but one title stands between the marks."""
    start = run.start + 1
    end = works.get(start) or (works.get(start + 4) if full.startswith("The ", start) else None)
    return end is not None and run.end - 2 <= end <= run.end and " " in full[start:end]


def _attribute(
    text: WireText, runs: tuple[Run, ...], registry: Registry, dateline: Dateline | None
) -> list[_Said]:
    """The runs that are quotations, each with its likeliest mention."""
    said: list[_Said] = []
    last: Site | None = None
    works = _find_works(registry)
    for site in find_sites(text, runs):
        if dateline and site.run.span.overlaps(dateline.span):
            continue
        scored = score_near(text.full, site)
        best, top = best_of(scored)
        if not is_quotation(text.full, site, best, top):
            continue
        if _is_work(text.full, site.run, works) and not is_attributed(best, site.at):
            continue
        if last is not None:
            scored.append((score(describe_carry(text.full, site, last)), None))
        mention, share = _choose(scored)
        said.append(_Said(site, mention, share))
        last = site
    return said


def _choose(scored: list[tuple[float, Mention | None]]) -> tuple[Mention | None, float]:
    """The likeliest source and its share of the likelihood."""
    if not scored:
        return None, 0.0
    top, best = max(scored, key=lambda pair: pair[0])
    return best, 1.0 / sum(math.exp(value - top) for value, _ in scored)


def _join_chains(said: list[_Said]) -> None:
    """Give the pieces of a chain that have no source of their own the source of one that has."""
    first = 0
    for index in range(1, len(said) + 1):
        if index < len(said) and said[index].site.run.chain == said[first].site.run.chain:
            continue
        pieces = said[first:index]
        sources = [piece for piece in pieces if piece.mention is not None]
        if sources and pieces[0].mention is None and len(pieces) > 1:
            pieces[0].mention, pieces[0].share = sources[0].mention, sources[0].share
        first = index


def _name_all(said: list[_Said], scene: Scene) -> list[Quote]:
    """Every quotation with its speaker, left to right."""
    cast = Cast(scene)
    quotes: list[Quote] = []
    before: _Said | None = None
    source: Mention | None = None
    verdict = NOBODY
    chain = -1
    for one in said:
        named = cast.resolve(one.mention) if one.mention else verdict
        floats = _floats(one, before, scene, named)
        if floats or not _goes_on(one, before, source):
            chain += 1
        if floats:
            source, verdict = None, cast.lead(alone=one.site.at == 0)
        elif one.mention is not None:
            source, verdict = one.mention, named
        scene.note(verdict, one.site.run, unnamed=is_unnamed(source, verdict))
        before = one
        quotes.append(_make_quote(scene.text.full, one, source, verdict, chain))
    return quotes


def _make_quote(
    full: str, one: _Said, source: Mention | None, verdict: Verdict, chain: int
) -> Quote:
    share = one.share if source else 1.0
    return Quote(
        contents=one.site.run.span,
        cue=_cue_span(source) if source else None,
        source=source.span if source else None,
        speaker=verdict.name,
        chain=chain,
        confidence=round(verdict.confidence * share, 3) if verdict.name else 0.0,
        unglossed=remove_glosses(full, one.site.run),
    )


def _goes_on(one: _Said, before: _Said | None, source: Mention | None) -> bool:
    """True when a quotation carries on the speech of the one before.

    Either its marks say so, over paragraphs, or it has the same source: the second half of a split
    quotation, the next sentence of the same speech.
    """
    if before is None:
        return False
    if one.site.run.chain == before.site.run.chain or one.mention is None:
        return True
    return source is not None and one.mention.span == source.span


def _floats(one: _Said, before: _Said | None, scene: Scene, named: Verdict) -> bool:
    """True when nothing near says who spoke: neither a verb nor a person, nor a speech going on."""
    site, mention = one.site, one.mention
    if mention is None:
        begins = site.run.start <= scene.text.paragraphs[site.run.paragraph].start
        last = before.site.run.paragraph if before else -9
        return before is None or not (begins or site.run.paragraph == last)
    index = scene.by_name.get(named.name) if named.name else None
    if mention.reports:
        place = index is not None and scene.actors[index].label is EntityLabel.GPE
        return place and mention.frame is not site.frame and mention.frame.low[-1] != ":"
    return mention.kind == "l" or not scene.is_person(index)


def _cue_span(mention: Mention) -> Span | None:
    """The reporting words that tie the mention to its quotation."""
    if mention.cue < 0:
        return None
    frame = mention.frame
    end = mention.lo - 1 if mention.place == "acc" else mention.cue
    return Span(frame.start[mention.cue], frame.end[end])
