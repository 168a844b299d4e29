"""An item before and after a language has read it."""

from dataclasses import dataclass

from worker.model import Dateline, Entity, NewsItem, Quote, Statement
from worker.parse.entity_registry import Registry
from worker.parse.places import refine
from worker.parse.text import WireText

__all__ = ["ItemDraft", "Reading", "refine_by_countries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    """An item with its text, and the dateline that agencies print alike in all languages."""

    item: NewsItem
    text: WireText
    dateline: Dateline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a language finds in an item, in text order.

    `dateline` is that of the draft, its places decided by the countries that the item names.
    """

    dateline: Dateline | None
    quotes: tuple[Quote, ...] = ()
    statements: tuple[Statement, ...] = ()
    entities: tuple[Entity, ...] = ()


def refine_by_countries(dateline: Dateline | None, registry: Registry) -> Dateline | None:
    """Return the dateline with its places decided by the countries that the item names elsewhere.

    `BIRMINGHAM, May 2.` above a text that names the US and not Britain is in Alabama.
    """
    if dateline is None:
        return None
    countries = tuple(
        entity.iso
        for entity in registry.entities
        if entity.iso and not entity.span.overlaps(dateline.span)
    )
    return refine(dateline, countries)
