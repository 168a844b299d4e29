"""The stages: dateline, entities, places, quotes, statements, values, editorial status."""

from collections.abc import Sequence

from worker.model import Dateline, NewsItem, ParsedItem
from worker.parse.dateline import find_dateline
from worker.parse.editorial import find_life
from worker.parse.entities import find_all_entities
from worker.parse.entity_registry import Registry
from worker.parse.places import refine
from worker.parse.quotes import find_quotes
from worker.parse.quotes.text_sentences import TextSentences
from worker.parse.statements import find_all_statements
from worker.parse.text import WireText
from worker.parse.values import with_values

__all__ = ["annotate", "annotate_all"]


def annotate(item: NewsItem) -> ParsedItem:
    """Return the item with its dateline, entities, quotes, statements and editorial status.

    >>> from worker.model import NewsItem
    >>> text = "KIEV, January 12. /TASS/. All is calm."
    >>> item = NewsItem(uri="urn:x", version="1", body_text=text)
    >>> annotate(item).dateline.agency
    'TASS'
    """
    return annotate_all([item])[0]


def annotate_all(items: Sequence[NewsItem]) -> list[ParsedItem]:
    """Return each item annotated, as `annotate` does it alone.

    The tagger reads the sentences of all items together: thirty short items in a batch take half
    the time that they take separately.
    """
    texts = [WireText(item.text) for item in items]
    datelines = [
        find_dateline(text, item.published.date() if item.published else None)
        for text, item in zip(texts, items, strict=True)
    ]
    registries = find_all_entities(texts, datelines, [item.byline for item in items])
    sentences = [TextSentences(text) for text in texts]
    quotes = [
        find_quotes(*parts) for parts in zip(texts, registries, datelines, sentences, strict=True)
    ]
    statements = find_all_statements(sentences, registries, datelines, quotes)
    return [
        ParsedItem(
            item=item,
            dateline=_refine(dateline, registry),
            quotes=marked,
            statements=said,
            entities=with_values(
                text.full,
                registry.entities,
                dateline,
                item.published.date() if item.published else None,
            ),
            life=find_life(text, item),
        )
        for item, text, dateline, registry, marked, said in zip(
            items, texts, datelines, registries, quotes, statements, strict=True
        )
    ]


def _refine(dateline: Dateline | None, registry: Registry) -> Dateline | None:
    """Return the dateline with its places decided by the countries that the item names."""
    return dateline and refine(dateline, _countries_beside(registry, dateline))


def _countries_beside(registry: Registry, dateline: Dateline) -> tuple[str, ...]:
    """Return the countries that the item names outside its dateline."""
    return tuple(
        entity.iso
        for entity in registry.entities
        if entity.iso and not entity.span.overlaps(dateline.span)
    )
