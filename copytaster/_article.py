"""The results of parsing: an article, its dateline, its quotes and its entities.

Results are frozen; they can be compared, hashed and pickled. Offsets (`start`, `end`) count code
points of `Article.text` and are half-open: `article.text[quote.start : quote.end] == quote.text`.
"""

import datetime
import html
from dataclasses import dataclass
from typing import Any

import msgspec

from worker.model import (
    EntityLabel,
    NewsItem,
    ParsedItem,
    Place,
    PubStatus,
    Signal,
    Span,
    StatementKind,
    Value,
)

__all__ = ["Article", "Dateline", "Entity", "Quote", "Statement", "StatementPart", "to_article"]

_EXCERPT_LIMIT = 60
"""Code points of a text that a repr shows."""

_PLACE_LABELS = frozenset({EntityLabel.GPE, EntityLabel.LOC, EntityLabel.FAC})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Dateline:
    """The opening of a wire story, which says where and when it was filed and by which agency.

    >>> from copytaster import parse_text
    >>> dateline = parse_text("KIEV, January 12. /TASS/. All is calm.").dateline
    >>> dateline
    <Dateline 'KIEV, January 12. /TASS/'>
    >>> dateline.agency, dateline.places[0].name, dateline.places[0].iso
    ('TASS', 'KIEV', 'UA')
    """

    text: str
    """The dateline as written."""
    start: int
    end: int
    places: tuple[Place, ...]
    """The places named, each with its country and coordinates if the place table knows them."""
    date: datetime.date | None
    """The printed day. None if there is none, or if its year cannot be known: pass `published`."""
    month_day: str | None
    """The printed day without its year, as "--01-12"."""
    agency: str | None
    """The usual name of the agency, such as "TASS" or "AP"."""
    credit: str | None
    """The agency as printed, such as "Corr. TASS Ivan Moe"."""
    style: str
    """The agency style by which the line was read."""
    correspondent: str | None
    """The reporter, if the line names one."""
    mismatch: bool
    """True if the printed day and `published` are more than three days apart."""

    def __repr__(self) -> str:
        return f"<Dateline {_excerpt(self.text)}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the dateline in the fields of the published `item` schema, with its text."""
        fields = _to_fields(self)
        span = {"start": fields.pop("start"), "end": fields.pop("end")}
        return {"text": fields.pop("text"), "span": span, **fields}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Quote:
    """A quotation, its speaker and the words that attribute it.

    >>> from copytaster import parse_text
    >>> [quote] = parse_text('"We are close," envoy Ines Marceau said on Friday.').quotes
    >>> quote
    <Quote '"We are close,"' by 'Ines Marceau'>
    >>> quote.mention, quote.cue
    ('envoy Ines Marceau', 'said')
    """

    text: str
    """The quotation as written, from the opening to the closing mark."""
    start: int
    end: int
    speaker: str | None
    """The speaker's full name. None if the text does not tell."""
    mention: str | None
    """The words beside the quotation that stand for the speaker, such as "he" or "the mayor"."""
    cue: str | None
    """The reporting words, such as "said" or "told reporters"."""
    chain: int
    """A number that the quotations of one uninterrupted speech share."""
    confidence: float
    """The certainty of the speaker, from 0 to 1."""
    unglossed: str | None
    """The text without an editor's insertions in square brackets. None if there are none."""

    def __repr__(self) -> str:
        by = f"by {self.speaker!r}" if self.speaker is not None else "without a known speaker"
        return f"<Quote {_excerpt(self.text)} {by}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the quotation in the fields of the published `quote` schema."""
        return _to_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPart:
    """A part of what a statement says."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Statement:
    """Something said, written or thought, word for word or in the reporter's words.

    >>> from copytaster import parse_text
    >>> [statement] = parse_text("Envoy Ines Marceau said on Friday that talks fail.").statements
    >>> statement
    <Statement indirect 'talks fail' by 'Ines Marceau'>
    >>> statement.mention, statement.cue
    ('Envoy Ines Marceau', 'said')
    """

    kind: StatementKind
    """The form of the report; compares equal to its name: "direct", "mixed" or "indirect"."""
    contents: tuple[StatementPart, ...]
    """What is said, in parts where the words that attribute it stand between them."""
    speaker: str | None
    """The speaker's full name. None if the text does not tell."""
    mention: str | None
    """The words beside the content that stand for the speaker, such as "he" or "the mayor"."""
    cue: str | None
    """The words that attribute, such as "said" or "according to"."""
    confidence: float
    """The certainty of the speaker, from 0 to 1."""

    @property
    def text(self) -> str:
        """What is said, with an ellipsis between its parts."""
        return " … ".join(part.text for part in self.contents)

    def __repr__(self) -> str:
        by = f"by {self.speaker!r}" if self.speaker is not None else "without a known speaker"
        return f"<Statement {self.kind} {_excerpt(self.text)} {by}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the statement in the fields of the published `statement` schema."""
        return _to_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Entity:
    """A mention of a person, an organisation, a place, another named thing or a value.

    >>> from copytaster import parse_text
    >>> article = parse_text("Mayor Pavel Sedov spoke in Yakutsk. Sedov left for Moscow.")
    >>> article.entities[2]
    <Entity PERSON 'Sedov'>
    >>> article.entities[2].canonical
    'Pavel Sedov'
    """

    text: str
    """The mention as written, without a leading "the" and a trailing "'s"."""
    start: int
    end: int
    label: EntityLabel
    """The kind of entity; compares equal to its name, such as "PERSON"."""
    canonical: str
    """The name that all mentions of this entity in the article share."""
    iso: str | None
    """The country of a place or a nationality, as ISO 3166-1 alpha-2."""
    role: str | None
    """A person's title or office, as the text gives it."""
    ticker: str | None
    """The instrument code behind a company's name, such as "NVDA.O"."""
    value: Value | None
    """The range that a sum of money, a percentage or a date stands for. None if it is unknown."""
    latin: str | None
    """The canonical name as English copy writes it, of a name in another script."""

    def __repr__(self) -> str:
        return f"<Entity {self.label} {_excerpt(self.text)}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the mention in the fields of the published `entities` schema, group included."""
        return _to_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Article:
    r"""A text with everything that was read in it. `parse_text` makes articles.

    >>> from copytaster import parse_text
    >>> article = parse_text("Talks fail\n\nPARIS, May 2. /TASS/. Envoy Ines Marceau left Geneva.")
    >>> article
    <Article 'Talks fail': 0 quotes, 5 entities>
    >>> article.headline, article.body.split(". ")[-1]
    ('Talks fail', 'Envoy Ines Marceau left Geneva.')
    """

    text: str
    """The full text, in which all offsets count: headline, deck and body, joined by blank lines.

    The byline and the rubric are not part of it, and white space at the edges of paragraphs is
    removed; offsets may therefore differ from those in the text that was passed in.
    """
    dateline: Dateline | None
    quotes: tuple[Quote, ...]
    entities: tuple[Entity, ...]
    statements: tuple[Statement, ...]
    _parsed: ParsedItem

    @property
    def headline(self) -> str:
        """The headline, "" if the text has none."""
        return self._item.headline

    @property
    def deck(self) -> str:
        """The line under the headline, "" if the text has none."""
        return self._item.deck

    @property
    def body(self) -> str:
        """The story itself, with a blank line between paragraphs."""
        return self._item.body_text

    @property
    def byline(self) -> str:
        """The author as printed, such as "By ANNA MOE", "" if the text names none."""
        return self._item.byline

    @property
    def uri(self) -> str:
        """The identifier that was passed in, or one made from the content."""
        return self._item.uri

    @property
    def source(self) -> str:
        """The origin that was passed in."""
        return self._item.source

    @property
    def language(self) -> str:
        """The language of the text, a BCP 47 primary language; "und" if it is unknown."""
        return self._parsed.language

    @property
    def is_supported(self) -> bool:
        """False in a language of which only the dateline and the quotation marks are read."""
        return self._parsed.is_supported

    @property
    def published(self) -> datetime.datetime | None:
        """The moment of publication that was passed in, with its time zone."""
        return self._item.published

    @property
    def people(self) -> tuple[Entity, ...]:
        """The mentions of people."""
        return tuple(entity for entity in self.entities if entity.label is EntityLabel.PERSON)

    @property
    def organizations(self) -> tuple[Entity, ...]:
        """The mentions of organisations."""
        return tuple(entity for entity in self.entities if entity.label is EntityLabel.ORG)

    @property
    def places(self) -> tuple[Entity, ...]:
        """The mentions of places, with or without a government, and of buildings.

        The places where the story was filed are `article.dateline.places`.
        """
        return tuple(entity for entity in self.entities if entity.label in _PLACE_LABELS)

    @property
    def urgency(self) -> int:
        """The urgency that the text claims, from 1 (flash) to 9; 5 if it claims none."""
        return self._parsed.life.urgency

    @property
    def signal(self) -> Signal:
        """The relation to an earlier article: created, updated, corrected or withdrawn (a kill)."""
        return self._parsed.life.signal

    @property
    def pubstatus(self) -> PubStatus:
        """The permission to publish: usable, withheld or canceled."""
        return self._parsed.life.pubstatus

    @property
    def _item(self) -> NewsItem:
        return self._parsed.item

    def __repr__(self) -> str:
        counts = f"{_count(self.quotes, 'quote')}, {_count(self.entities, 'entity', 'entities')}"
        return f"<Article {_excerpt(self.headline or self.text)}: {counts}>"

    def _repr_html_(self) -> str | None:
        """Return the article as a framed page for a notebook, None without the page's libraries."""
        try:
            # Imported here, since only notebooks show pages and only `service` brings Jinja.
            from worker.render.html import render_page  # noqa: PLC0415
        except ImportError:
            return None
        # The frame keeps the styles of the page and those of the notebook apart.
        return (
            f'<iframe srcdoc="{html.escape(render_page(self._parsed))}" sandbox="allow-popups"'
            ' style="width: 100%; height: 36em; border: 0; resize: vertical"></iframe>'
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the article as dicts, lists, strings and numbers, ready for `json.dumps`.

        `item`, `dateline` and `life` have the fields of the published `item` schema; `quotes`,
        `statements` and `entities` are as the `to_dict` of each returns them.
        """
        return {
            "item": _to_fields(self._item),
            "text": self.text,
            "dateline": self.dateline and self.dateline.to_dict(),
            "quotes": [quote.to_dict() for quote in self.quotes],
            "statements": [statement.to_dict() for statement in self.statements],
            "entities": [entity.to_dict() for entity in self.entities],
            "life": _to_fields(self._parsed.life),
        }


def to_article(parsed: ParsedItem) -> Article:
    """Return the article of a parsed item: its spans, with their words."""
    text = parsed.item.text
    return Article(
        text=text,
        dateline=_to_dateline(parsed, text),
        quotes=tuple(_to_quotes(parsed, text)),
        statements=tuple(_to_statements(parsed, text)),
        entities=tuple(_to_entities(parsed, text)),
        _parsed=parsed,
    )


def _to_dateline(parsed: ParsedItem, text: str) -> Dateline | None:
    dateline = parsed.dateline
    if dateline is None:
        return None
    fields = msgspec.structs.asdict(dateline)
    span: Span = fields.pop("span")
    return Dateline(text=span.of(text), start=span.start, end=span.end, **fields)


def _to_quotes(parsed: ParsedItem, text: str) -> list[Quote]:
    return [
        Quote(
            text=quote.contents.of(text),
            start=quote.contents.start,
            end=quote.contents.end,
            speaker=quote.speaker,
            mention=quote.source.of(text) if quote.source else None,
            cue=quote.cue.of(text) if quote.cue else None,
            chain=quote.chain,
            confidence=quote.confidence,
            unglossed=quote.unglossed,
        )
        for quote in parsed.quotes
    ]


def _to_statements(parsed: ParsedItem, text: str) -> list[Statement]:
    return [
        Statement(
            kind=statement.kind,
            contents=tuple(
                StatementPart(text=part.of(text), start=part.start, end=part.end)
                for part in statement.contents
            ),
            speaker=statement.speaker,
            mention=statement.source.of(text) if statement.source else None,
            cue=statement.cue.of(text) if statement.cue else None,
            confidence=statement.confidence,
        )
        for statement in parsed.statements
    ]


def _to_entities(parsed: ParsedItem, text: str) -> list[Entity]:
    return [
        Entity(
            text=entity.span.of(text),
            start=entity.span.start,
            end=entity.span.end,
            label=entity.label,
            canonical=entity.canonical,
            iso=entity.iso,
            role=entity.role,
            ticker=entity.ticker,
            value=entity.value,
            latin=entity.latin,
        )
        for entity in parsed.entities
    ]


def _to_fields(value: object) -> dict[str, Any]:
    """Return the fields of a result in the types that JSON has; msgspec alone leaves tuples."""
    return {name: _with_lists(inner) for name, inner in msgspec.to_builtins(value).items()}


def _with_lists(value: object) -> Any:
    if isinstance(value, dict):
        return {name: _with_lists(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_lists(inner) for inner in value]
    return value


def _excerpt(text: str) -> str:
    """Return the beginning of the text, quoted and on one line."""
    line = " ".join(text.split())
    cut = line if len(line) <= _EXCERPT_LIMIT else line[: _EXCERPT_LIMIT - 1].rstrip() + "…"
    return repr(cut)


def _count(things: tuple[object, ...], singular: str, plural: str = "") -> str:
    return f"{len(things)} {singular if len(things) == 1 else plural or singular + 's'}"
