"""The text of an item on the page: headline, deck and paragraphs with their annotations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from worker.model import ParsedItem, Span
from worker.parse.text import find_paragraphs
from worker.render.html.names import KINDS, row_ids
from worker.render.html.nesting import Highlight, Tag, nest
from worker.render.html.places import say_country
from worker.render.html.speakers import Speaker, say_how
from worker.render.terminal import say_dateline

__all__ = ["Article", "ArticleBlock", "read_article"]

_SUBHEAD = 60
"""Longest subhead in code points."""

_DATELINE, _QUOTE, _MENTION, _CUE, _ENTITY = range(5)
"""Ranks of highlights: of two with the same span, the lower rank is outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleBlock:
    """A block element of the article and the white space before it."""

    element: str
    style: str = ""
    span: Span
    before: str = ""
    pieces: tuple[str | Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """The article in blocks, and the white space after the last block."""

    blocks: tuple[ArticleBlock, ...]
    after: str


def read_article(parsed: ParsedItem, speakers: Mapping[str, Speaker]) -> Article:
    """Return the article of an item. Its text is equal to the item's, character by character."""
    text = parsed.item.text
    highlights = [*_dateline(parsed), *_quotes(parsed, speakers), *_entities(parsed)]
    blocks = list(_blocks(parsed))
    at = 0
    pieces = nest(text, [block.span for block in blocks], highlights)
    for number, (block, words) in enumerate(zip(blocks, pieces, strict=True)):
        blocks[number] = replace(block, before=text[at : block.span.start], pieces=words)
        at = block.span.end
    return Article(tuple(blocks), text[at:])


def _blocks(parsed: ParsedItem) -> Iterator[ArticleBlock]:
    """Yield the blocks without their pieces; between their spans there is only white space."""
    item = parsed.item
    body_at = len(item.text) - len(item.body_text)
    at = 0
    if item.headline:
        yield ArticleBlock(element="h1", span=Span(0, len(item.headline)))
        at = len(item.headline) + 2  # a blank line
    if item.deck:
        yield ArticleBlock(element="p", style="deck", span=Span(at, at + len(item.deck)))
    paragraphs = find_paragraphs(item.body_text)
    for paragraph in paragraphs:
        span = Span(paragraph.start + body_at, paragraph.end + body_at)
        is_inside = paragraphs[0] < paragraph < paragraphs[-1]
        if is_inside and _is_subhead(span.of(item.text)):
            yield ArticleBlock(element="h2", style="subhead", span=span)
        else:
            yield ArticleBlock(element="p", span=span)


def _is_subhead(words: str) -> bool:
    """Return True for a line in capitals that does not end a sentence: `A LONG WATCH`."""
    return words.isupper() and len(words) <= _SUBHEAD and words[-1].isalpha()


def _dateline(parsed: ParsedItem) -> Iterator[Highlight]:
    if parsed.dateline:
        yield Highlight(
            span=parsed.dateline.span,
            rank=_DATELINE,
            style="dateline",
            id="dateline",
            tip=f"Dateline: {say_dateline(parsed.dateline) or 'nothing more is known'}",
        )


def _quotes(parsed: ParsedItem, speakers: Mapping[str, Speaker]) -> Iterator[Highlight]:
    """Yield the quotes with their mentions and cues.

    Two quotes may share a mention and a cue (`"Yes," he said. "Now."`), which is marked once.
    """
    text = parsed.item.text
    highlighted: set[tuple[int, Span]] = set()
    for number, quote in enumerate(parsed.quotes, 1):
        speaker = speakers[quote.speaker or ""]
        attribution = say_how(quote, text)
        sure = f"{quote.confidence:.0%} sure" if quote.speaker and quote.confidence else ""
        yield Highlight(
            span=quote.contents,
            rank=_QUOTE,
            style=f"quote {speaker.style}",
            id=f"quote-{number}",
            note=str(number),
            note_tip=" — ".join(words for words in (speaker.name, attribution, sure) if words),
            note_link=f"#{speaker.id}",
        )
        for rank, style, span in ((_MENTION, "mention", quote.source), (_CUE, "cue", quote.cue)):
            if span and (rank, span) not in highlighted:
                highlighted.add((rank, span))
                tip = f"{style.capitalize()}: {speaker.name}"
                yield Highlight(span=span, rank=rank, style=f"{style} {speaker.style}", tip=tip)


def _entities(parsed: ParsedItem) -> Iterator[Highlight]:
    rows = row_ids(parsed.entities)
    for number, entity in enumerate(parsed.entities, 1):
        facts = (entity.canonical, entity.role or "", say_country(entity.iso))
        yield Highlight(
            span=entity.span,
            rank=_ENTITY,
            style=f"entity {KINDS[entity.label]}",
            id=f"mention-{number}",
            label=entity.label.value,
            link=f"#{rows[entity.label, entity.canonical]}",
            tip=f"{entity.label.value}: {' — '.join(fact for fact in facts if fact)}",
        )
