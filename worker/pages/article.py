"""Joins the text of an article page with the item of its feed or link. Pure."""

import re
from datetime import datetime

import msgspec

from worker.model import NewsItem, content_digest
from worker.model.item import BLANK_LINE

__all__ = ["PageText", "full_item", "linked_item", "with_note"]

_WORD = re.compile(r"\w{4,60}")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that leave no spaces between words."""
_SAMPLE_WORDS = 60
_FEWEST_WORDS = 6
"""Words below which a summary is too short to compare."""
_SHARED = 0.3
"""Share of the summary's words that the text of the same story repeats, even if it is rewritten."""
_LEADS = 3
"""Paragraphs at the top of a page that may repeat its headline, its deck or its summary."""


class PageText(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a page; `paragraphs` is empty if the page holds no article."""

    paragraphs: tuple[str, ...] = ()
    title: str = ""
    language: str = ""
    published: datetime | None = None


def full_item(item: NewsItem, page: PageText) -> NewsItem | None:
    """Return the feed's item with the text of its page.

    None if the page holds another text or a shorter one. The item keeps its uri and version, which
    identify the version of the entry, and an embargo or a hold of its own text. A summary that the
    page does not repeat becomes the deck.
    """
    body = _without_lead(page.paragraphs, item)
    text = BLANK_LINE.join(body)
    summary = " ".join(part for part in (item.deck, item.body_text) if part)
    # A page behind a paywall often holds less than the feed.
    if len(text) <= len(item.body_text) or not _is_same_story(f"{item.headline} {summary}", text):
        return None
    # Feeds cut a summary off with a full stop or an ellipsis.
    is_repeated = _plain(summary).rstrip(". …") in _plain(text)
    deck = item.deck or ("" if is_repeated else " ".join(summary.split()))
    from worker.parse.editorial import find_life  # noqa: PLC0415  # fifty patterns to be compiled
    from worker.parse.text import WireText  # noqa: PLC0415

    life = find_life(WireText(item.text), item)
    return msgspec.structs.replace(
        item, deck=deck, body_text=text, embargoed=life.embargoed, pubstatus=life.pubstatus
    )


def linked_item(request: NewsItem, page: PageText) -> NewsItem | None:
    """Return the item of a page to which a link was sent; None if the page holds no article.

    The fields that the sender gave prevail over those of the page.
    """
    text = BLANK_LINE.join(_without_lead(page.paragraphs, request, page.title))
    if not text:
        return None
    return msgspec.structs.replace(
        request,
        version=content_digest(page.title, "", text),
        headline=page.title,
        body_text=text,
        language=request.language or page.language,
        versioncreated=request.versioncreated or page.published,
    )


def with_note(item: NewsItem, note: str) -> NewsItem:
    """Return the item with a note after the editorial notes of its provider."""
    return msgspec.structs.replace(item, ednote="; ".join(filter(None, (item.ednote, note))))


def _without_lead(paragraphs: tuple[str, ...], item: NewsItem, title: str = "") -> tuple[str, ...]:
    """Return the paragraphs without a headline and deck that stand above the text once more."""
    known = {_plain(text) for text in (item.headline, title, item.deck, item.body_text)} - {""}
    start = 0
    # The last paragraph stays: a page may hold no more text than its feed.
    while start < min(_LEADS, len(paragraphs) - 1) and _plain(paragraphs[start]) in known:
        start += 1
    return paragraphs[start:]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_same_story(known: str, text: str) -> bool:
    """Return True if the text shares words with the summary; a consent or login page does not."""
    words = dict.fromkeys(_WORD.findall(known.casefold()))
    sample = list(words)[:_SAMPLE_WORDS]
    if len(sample) < _FEWEST_WORDS or _UNSPACED.search(known):
        return True
    text_words = set(_WORD.findall(text.casefold()))
    return sum(word in text_words for word in sample) >= _SHARED * len(sample)
