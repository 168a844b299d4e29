"""Text to annotations: pure, total, deterministic.

`annotate` reads one item; the stages are written out in it, in order. Each stage takes any text at
all and answers with annotations whose spans lie inside it; none raises, sleeps, reads a clock or
touches a file after its tables are loaded.
"""

from worker.model import Dateline, NewsItem, ParsedItem
from worker.parse.dateline import find_dateline
from worker.parse.entities import find_entities
from worker.parse.life import find_life
from worker.parse.places import refine
from worker.parse.quotes import find_quotes
from worker.parse.registry import Registry
from worker.parse.text import WireText

__all__ = ["annotate"]


def annotate(item: NewsItem) -> ParsedItem:
    """The item with its dateline, entities, quotes and signs of life.

    >>> from worker.model import NewsItem
    >>> text = "KIEV, January 12. /TASS/. All is calm."
    >>> item = NewsItem(uri="urn:x", version="1", body_text=text)
    >>> annotate(item).dateline.agency
    'TASS'
    """
    text = WireText(item.text)
    published = item.published
    dateline = find_dateline(text, published.date() if published else None)
    registry = find_entities(text, dateline)
    if dateline is not None:
        dateline = refine(dateline, _countries_beside(registry, dateline))
    quotes = find_quotes(text, registry, dateline)
    return ParsedItem(
        item=item,
        dateline=dateline,
        quotes=quotes,
        entities=registry.entities,
        life=find_life(text, item),
    )


def _countries_beside(registry: Registry, dateline: Dateline) -> tuple[str, ...]:
    """The countries that the item names, its dateline's own words left out."""
    return tuple(
        entity.iso
        for entity in registry.entities
        if entity.iso and not entity.span.overlaps(dateline.span)
    )
