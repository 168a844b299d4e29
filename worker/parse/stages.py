"""The stages: dateline, language, what the language finds, editorial status."""

from collections.abc import Sequence
from itertools import groupby

from worker.model import NewsItem, ParsedItem
from worker.parse.dateline import find_dateline
from worker.parse.editorial import find_life
from worker.parse.languages import ItemDraft, Reading, is_supported, reader_of
from worker.parse.languages.identification import language_of
from worker.parse.text import WireText

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

    The items of a language are read together, which takes less time than reading each alone.
    """
    drafts = [_draft(item) for item in items]
    languages = [language_of(draft.text.full, draft.item.language) for draft in drafts]
    return [
        ParsedItem(
            item=draft.item,
            language=language,
            is_supported=is_supported(language),
            dateline=reading.dateline,
            quotes=reading.quotes,
            statements=reading.statements,
            entities=reading.entities,
            life=find_life(draft.text, draft.item),
        )
        for draft, language, reading in zip(
            drafts, languages, _read_all(drafts, languages), strict=True
        )
    ]


def _draft(item: NewsItem) -> ItemDraft:
    text = WireText(item.text)
    day = item.published.date() if item.published else None
    return ItemDraft(item=item, text=text, dateline=find_dateline(text, day))


def _read_all(drafts: Sequence[ItemDraft], languages: Sequence[str]) -> list[Reading]:
    """Return the readings in the order of the drafts; those of a language are read together."""
    readings: dict[int, Reading] = {}
    # `groupby` joins neighbours only, so the numbers are sorted by language first.
    order = sorted(range(len(drafts)), key=languages.__getitem__)
    for language, numbers in groupby(order, key=languages.__getitem__):
        of = list(numbers)
        readings |= zip(of, reader_of(language)([drafts[n] for n in of]), strict=True)
    return [readings[number] for number in range(len(drafts))]
