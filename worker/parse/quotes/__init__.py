"""Quotes and who said them: marks, then cues and mentions, then names.

`find_quotes` pairs the marks (marks.py), reads the sentences round them (frames.py), finds the noun
phrases that may be the source (phrases.py, sources.py), ranks them (sites.py, ranking.py), tells
quotations from titles and scare quotes (quotehood.py) and resolves the source to a name
(speakers.py).
"""

import math
from dataclasses import dataclass

from worker.model import Dateline, Quote, Span
from worker.parse.quotes.marks import Run, find_runs
from worker.parse.quotes.quotehood import best_near, is_quotation
from worker.parse.quotes.ranking import score
from worker.parse.quotes.sites import Site, find_candidates, find_sites
from worker.parse.quotes.sources import Mention
from worker.parse.quotes.speakers import NOBODY, Cast, Verdict
from worker.parse.registry import Registry
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
    said = _attribute(text, runs, dateline)
    if not said:
        return ()
    _join_chains(said)
    cast = Cast(text, registry, runs, dateline)
    return tuple(_name_all(said, cast))


def _attribute(text: WireText, runs: tuple[Run, ...], dateline: Dateline | None) -> list[_Said]:
    """The runs that are quotations, each with its likeliest mention."""
    said: list[_Said] = []
    last: Site | None = None
    for site in find_sites(text, runs):
        if dateline and site.run.span.overlaps(dateline.span):
            continue
        best, top = best_near(text.full, site)
        if not is_quotation(text.full, site, best, top):
            continue
        mention, share = _choose(text.full, site, last)
        said.append(_Said(site, mention, share))
        last = site
    return said


def _choose(full: str, site: Site, last: Site | None) -> tuple[Mention | None, float]:
    """The likeliest source and its share of the likelihood."""
    scored = [(score(names), mention) for mention, names in find_candidates(full, site, last)]
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


def _name_all(said: list[_Said], cast: Cast) -> list[Quote]:
    """Every quotation with its speaker, left to right."""
    quotes: list[Quote] = []
    source: Span | None = None
    cue: Span | None = None
    verdict = NOBODY
    chain = -1
    for one in said:
        named = cast.resolve(one.mention) if one.mention else verdict
        floats = _floats(one, cast, named, first=not quotes)
        if floats or not _goes_on(one, quotes, source, cast):
            chain += 1
        if floats:
            source, cue, verdict = None, None, cast.lead()
        elif one.mention is not None:
            source, cue, verdict = one.mention.span, _cue_span(one.mention), named
            cast.note(verdict, one.site.run.paragraph)
        cast.last_quoted = one.site.run.paragraph
        cast.last_chain = one.site.run.chain
        quotes.append(
            Quote(
                contents=one.site.run.span,
                cue=cue,
                source=source,
                speaker=verdict.name,
                chain=chain,
                confidence=round(verdict.confidence * one.share, 3) if verdict.name else 0.0,
            )
        )
    return quotes


def _goes_on(one: _Said, quotes: list[Quote], source: Span | None, cast: Cast) -> bool:
    """True when a quotation carries on the speech of the one before.

    Either its marks say so, over paragraphs, or it has the same source: the second half of a split
    quotation, the next sentence of the same speech.
    """
    if not quotes:
        return False
    if one.site.run.chain == cast.last_chain or one.mention is None:
        return True
    return source is not None and one.mention.span == source


def _floats(one: _Said, cast: Cast, named: Verdict, *, first: bool) -> bool:
    """True when nothing near says who spoke: neither a verb nor a person, nor a speech going on."""
    site = one.site
    if one.mention is None:
        begins = site.run.start <= cast.text.paragraphs[site.run.paragraph].start
        return first or not (begins or site.run.paragraph == cast.last_quoted)
    if one.mention.reports:
        return False
    return one.mention.kind == "l" or not cast.is_person(named)


def _cue_span(mention: Mention) -> Span | None:
    """The reporting words that tie the mention to its quotation."""
    if mention.cue < 0:
        return None
    frame = mention.frame
    end = mention.lo - 1 if mention.place == "acc" else mention.cue
    return Span(frame.start[mention.cue], frame.end[end])
