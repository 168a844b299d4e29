"""A page's text and what we knew before, as one item. Pure."""

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
_SHARED = 0.3
_LEADS = 3


class PageText(msgspec.Struct, frozen=True, kw_only=True):
    """What a page holds. `paragraphs` is empty where there is no article in it."""

    paragraphs: tuple[str, ...] = ()
    title: str = ""
    language: str = ""
    published: datetime | None = None


def full_item(item: NewsItem, page: PageText) -> NewsItem | None:
    """The feed's item with the page's text; None where the page is another text, or a shorter one.

    The identity is the feed's: it stands for this version of the entry. So are an embargo and a
    hold that the feed's own text says. A summary that the text does not repeat is the deck.
    """
    body = _without_lead(page.paragraphs, item)
    text = BLANK_LINE.join(body)
    summary = " ".join(part for part in (item.deck, item.body_text) if part)
    if len(text) <= len(item.body_text) or not _is_same_story(f"{item.headline} {summary}", text):
        return None
    is_told = _plain(summary).rstrip(". …") in _plain(text)
    deck = item.deck or ("" if is_told else " ".join(summary.split()))
    from worker.parse.life import find_life  # noqa: PLC0415  # fifty patterns to be compiled
    from worker.parse.text import WireText  # noqa: PLC0415

    life = find_life(WireText(item.text), item)
    return msgspec.structs.replace(
        item, deck=deck, body_text=text, embargoed=life.embargoed, pubstatus=life.pubstatus
    )


def linked_item(request: NewsItem, page: PageText) -> NewsItem | None:
    """The item of a page that somebody sent a link to; None where there is no article in it.

    What the sender said goes before what the page says.
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
    """The item with a note of ours behind those of its provider."""
    return msgspec.structs.replace(item, ednote="; ".join(filter(None, (item.ednote, note))))


def _without_lead(paragraphs: tuple[str, ...], item: NewsItem, title: str = "") -> tuple[str, ...]:
    """The paragraphs without headline and deck where they stand above the text once more."""
    above = {_plain(one) for one in (item.headline, title, item.deck, item.body_text)} - {""}
    start = 0
    # The last paragraph is never a headline: a page may hold no more than its feed.
    while start < min(_LEADS, len(paragraphs) - 1) and _plain(paragraphs[start]) in above:
        start += 1
    return paragraphs[start:]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_same_story(known: str, text: str) -> bool:
    """Does the text speak of what the feed announced? A consent page or a login does not."""
    words = dict.fromkeys(_WORD.findall(known.casefold()))
    sample = list(words)[:_SAMPLE_WORDS]
    if len(sample) < _FEWEST_WORDS or _UNSPACED.search(known):
        return True
    there = set(_WORD.findall(text.casefold()))
    return sum(word in there for word in sample) >= _SHARED * len(sample)
