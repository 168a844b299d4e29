"""Parsing of plain texts, one at a time or in batches."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from copytaster._article import Article, to_article
from worker.model import NewsItem, content_digest
from worker.parse import annotate, annotate_all
from worker.parse.layout import lay_out

__all__ = ["parse_text", "parse_texts"]

_BATCH_SIZE = 32
"""Texts that the tagger reads together. More need more memory and gain no speed."""


def parse_text(
    text: str,
    *,
    published: datetime.date | str | None = None,
    language: str = "",
    source: str = "",
    uri: str = "",
) -> Article:
    r"""Parse a news text: find its dateline, quotes and entities.

    Paragraphs are separated by blank lines; a headline, a deck and a byline before the story are
    recognised. Any string can be parsed, the empty one included.

    >>> article = parse_text('"The ice holds," Mayor Pavel Sedov said. "We measured it."')
    >>> for quote in article.quotes:
    ...     print(quote.speaker, quote.text)
    Pavel Sedov "The ice holds,"
    Pavel Sedov "We measured it."

    Args:
        text: English news copy.
        published: The day or moment of publication: a date, a datetime, or either in ISO 8601
            ("2026-01-12"). It gives a dateline its year. UTC if it names no time zone.
        language: The language's BCP 47 tag, such as "en", for the article to keep.
        source: The origin of the text, such as a file name, for the article to keep.
        uri: The article's identifier. By default it is derived from the content.

    Raises:
        TypeError: An argument has the wrong type, such as bytes or a list for `text`.
        ValueError: `published` is neither a date nor a date and time.
    """
    options = _Options.checked(published=published, language=language, source=source)
    _require_str("uri", uri)
    return to_article(annotate(options.to_item(text, name="text", uri=uri)))


def parse_texts(
    texts: Iterable[str],
    *,
    published: datetime.date | str | None = None,
    language: str = "",
    source: str = "",
    batch_size: int = _BATCH_SIZE,
) -> Iterator[Article]:
    """Parse many texts lazily and in order; short ones in half the time of single calls or less.

    A batch of texts is taken from the iterable when the first of its articles is asked for.
    `published`, `language` and `source` apply to every text and are as in `parse_text`.

    >>> articles = parse_texts(["Pavel Sedov left Moscow.", "NATO met in Brussels."])
    >>> [[entity.text for entity in article.entities] for article in articles]
    [['Pavel Sedov', 'Moscow'], ['NATO', 'Brussels']]

    Raises:
        TypeError: An argument has the wrong type, such as a single string for `texts`; also while
            iterating, at a batch that contains anything but strings.
        ValueError: `published` is neither a date nor a date and time, or `batch_size` is below 1.
    """
    if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        raise TypeError(f"texts must be an iterable of strings, not {_type_name(texts)}")
    if not isinstance(batch_size, int):
        raise TypeError(f"batch_size must be an integer, not {_type_name(batch_size)}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    options = _Options.checked(published=published, language=language, source=source)
    return _parse_batches(texts, options, batch_size)


def _parse_batches(texts: Iterable[str], options: "_Options", batch_size: int) -> Iterator[Article]:
    items = (options.to_item(text, name=f"texts[{at}]") for at, text in enumerate(texts))
    while batch := list(islice(items, batch_size)):
        yield from map(to_article, annotate_all(batch))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """The circumstances of a text that the text itself does not tell."""

    published: datetime.datetime | None
    language: str
    source: str

    @classmethod
    def checked(cls, *, published: object, language: str, source: str) -> "_Options":
        """Return the options of a call, or raise TypeError or ValueError."""
        _require_str("language", language)
        _require_str("source", source)
        return cls(published=_read_moment(published), language=language, source=source)

    def to_item(self, text: str, *, name: str, uri: str = "") -> NewsItem:
        """Return the item that the service would make of this text; `name` is for errors."""
        _require_str(name, text)
        layout = lay_out(text)
        digest = content_digest(layout.headline, layout.deck, layout.body)
        return NewsItem(
            uri=uri or f"urn:copytaster:text:{digest}",
            version=digest,
            headline=layout.headline,
            byline=layout.byline,
            deck=layout.deck,
            body_text=layout.body,
            language=self.language,
            versioncreated=self.published,
            source=self.source,
        )


def _read_moment(published: object) -> datetime.datetime | None:
    """Return the moment with its time zone; a day is its midnight."""
    if published is None:
        return None
    if isinstance(published, datetime.date):
        # Through its text, a subclass such as pandas' Timestamp becomes a plain datetime, and
        # pandas' NaT, which claims to be a datetime, is refused.
        written = published.isoformat()
    elif isinstance(published, str):
        written = published
    else:
        raise TypeError(f"published must be a date or a string, not {_type_name(published)}")
    try:
        moment = datetime.datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(
            "published must be a date (2026-01-12) or a date and time (2026-01-12T09:30:00Z), "
            f"not {written[:60]!r}"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _require_str(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, not {_type_name(value)}")


def _type_name(value: object) -> str:
    return "None" if value is None else type(value).__name__
