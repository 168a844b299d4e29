"""The stages of annotation, in order: dateline, entities, places, quotes, editorial status."""

from collections.abc import Sequence

from worker.model import Dateline, NewsItem, ParsedItem
from worker.parse.dateline import find_dateline
from worker.parse.editorial import find_life
from worker.parse.entities import find_all_entities
from worker.parse.entity_registry import Registry
from worker.parse.places import refine
from worker.parse.quotes import find_quotes
from worker.parse.text import WireText

__all__ = ["annotate", "annotate_all"]


def annotate(item: NewsItem) -> ParsedItem:
    """Return the item with its dateline, entities, quotes and editorial status.

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
    registries = find_all_entities(texts, datelines)
    return [_finish(*parts) for parts in zip(items, texts, datelines, registries, strict=True)]


def _finish(
    item: NewsItem, text: WireText, dateline: Dateline | None, registry: Registry
) -> ParsedItem:
    """Return the item with the annotations that need its registry: places, quotes and status."""
    if dateline is not None:
        dateline = refine(dateline, _countries_beside(registry, dateline))
    return ParsedItem(
        item=item,
        dateline=dateline,
        quotes=find_quotes(text, registry, dateline),
        entities=registry.entities,
        life=find_life(text, item),
    )


def _countries_beside(registry: Registry, dateline: Dateline) -> tuple[str, ...]:
    """Return the countries that the item names outside its dateline."""
    return tuple(
        entity.iso
        for entity in registry.entities
        if entity.iso and not entity.span.overlaps(dateline.span)
    )
