"""An item before and after a language has read it."""

from dataclasses import dataclass

from worker.model import Dateline, Entity, NewsItem, Quote, Statement
from worker.parse.text import WireText

__all__ = ["ItemDraft", "Reading"]


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
