"""The copy itself: headline, deck and paragraphs with everything that was read marked in them."""

from collections.abc import Iterator, Mapping, Sequence

from worker.model import Entity, EntityLabel, ParsedItem, Span
from worker.parse.text import find_paragraphs
from worker.render.html.markup import Markup, element
from worker.render.html.nesting import Mark, nest
from worker.render.html.places import say_country
from worker.render.html.speakers import Speaker, say_how
from worker.render.terminal import say_dateline

__all__ = ["KINDS", "entity_id", "quote_id", "render_copy", "row_ids"]

KINDS = {
    EntityLabel.PERSON: "person",
    EntityLabel.ORG: "body",
    EntityLabel.NORP: "body",
    EntityLabel.GPE: "place",
    EntityLabel.LOC: "place",
    EntityLabel.FAC: "place",
    EntityLabel.EVENT: "work",
    EntityLabel.PRODUCT: "work",
    EntityLabel.LAW: "work",
}
"""What the line under an entity looks like: one for people, for bodies, for places, for works."""

_DATELINE, _QUOTE, _MENTION, _CUE, _ENTITY = range(5)
"""Ranks: of two marks with one span, which is outside."""


def render_copy(parsed: ParsedItem, speakers: Mapping[str, Speaker]) -> Markup:
    """The article. Its text is the item's own, to the character."""
    item, text = parsed.item, parsed.item.text
    marks = [*_dateline(parsed), *_quotes(parsed, speakers), *_entities(parsed)]
    blocks = _blocks(parsed)
    parts: list[str] = []
    at = 0
    pieces = nest(text, [block for _, _, block in blocks], marks)
    for (name, style, block), words in zip(blocks, pieces, strict=True):
        parts += [text[at : block.start], element(name, words, class_=style, dir="auto")]
        at = block.end
    parts.append(text[at:])
    return element("article", *parts, lang=item.language)


def quote_id(number: int) -> str:
    """Where the quote of that number stands."""
    return f"quote-{number}"


def entity_id(number: int) -> str:
    """Where the mention of that number stands."""
    return f"mention-{number}"


def row_ids(entities: Sequence[Entity]) -> Mapping[tuple[EntityLabel, str], str]:
    """Where the table has the row of each name, by label and name."""
    names = dict.fromkeys((entity.label, entity.canonical) for entity in entities)
    return {name: f"name-{number}" for number, name in enumerate(names, 1)}


def _blocks(parsed: ParsedItem) -> list[tuple[str, str, Span]]:
    """Element, class and span of each block; between them is white space only."""
    item, text = parsed.item, parsed.item.text
    body_at = len(text) - len(item.body_text)
    blocks: list[tuple[str, str, Span]] = []
    at = 0
    if item.headline:
        blocks.append(("h1", "", Span(0, len(item.headline))))
        at = len(item.headline) + 2
    if item.deck:
        blocks.append(("p", "deck", Span(at, at + len(item.deck))))
    paragraphs = find_paragraphs(item.body_text)
    return blocks + [("p", "", Span(one.start + body_at, one.end + body_at)) for one in paragraphs]


def _dateline(parsed: ParsedItem) -> Iterator[Mark]:
    if parsed.dateline:
        yield Mark(
            span=parsed.dateline.span,
            rank=_DATELINE,
            style="dateline",
            id="dateline",
            tip=f"Dateline: {say_dateline(parsed.dateline) or 'nothing more is known'}",
        )


def _quotes(parsed: ParsedItem, speakers: Mapping[str, Speaker]) -> Iterator[Mark]:
    """Quotes, and once each the mentions and the cues beside them: one cue may serve two quotes."""
    text = parsed.item.text
    beside: set[tuple[int, Span]] = set()
    for number, quote in enumerate(parsed.quotes, 1):
        speaker = speakers[quote.speaker or ""]
        how = say_how(quote, text)
        sure = f"{quote.confidence:.0%} sure" if quote.speaker and quote.confidence else ""
        yield Mark(
            span=quote.contents,
            rank=_QUOTE,
            style=f"quote {speaker.style}",
            id=quote_id(number),
            note=str(number),
            note_tip=" — ".join(words for words in (speaker.name, how, sure) if words),
            note_link=f"#{speaker.id}",
        )
        for rank, style, span in ((_MENTION, "mention", quote.source), (_CUE, "cue", quote.cue)):
            if span and (rank, span) not in beside:
                beside.add((rank, span))
                tip = f"{style.capitalize()}: {speaker.name}"
                yield Mark(span=span, rank=rank, style=f"{style} {speaker.style}", tip=tip)


def _entities(parsed: ParsedItem) -> Iterator[Mark]:
    rows = row_ids(parsed.entities)
    for number, entity in enumerate(parsed.entities, 1):
        facts = (entity.canonical, entity.role or "", say_country(entity.iso))
        yield Mark(
            span=entity.span,
            rank=_ENTITY,
            style=f"entity {KINDS[entity.label]}",
            id=entity_id(number),
            label=entity.label.value,
            link=f"#{rows[entity.label, entity.canonical]}",
            tip=f"{entity.label.value}: {' — '.join(fact for fact in facts if fact)}",
        )
