"""Rendering of a parsed item for the terminal: an item as a page, an event in two lines.

Text from outside becomes `Text` objects only, never markup. No information is conveyed by colour
alone: quotes have the number of their row in the table.
"""

import calendar
import datetime
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from worker.model import (
    Dateline,
    Entity,
    EntityLabel,
    Life,
    ParsedItem,
    Place,
    PubStatus,
    Quote,
    QuoteEvent,
    Signal,
    StatementEvent,
)
from worker.model.redaction import redact
from worker.render.console import one_line, table, visible
from worker.render.statements import reported_statements

__all__ = [
    "render_item",
    "render_quote",
    "render_statement",
    "render_uri",
    "say_dateline",
    "say_day",
]

_PALETTE = ("cyan", "magenta", "green", "yellow", "blue", "red", "bright_cyan", "bright_magenta")
"""The terminal's own colours, which suit its background."""

_UNKNOWN = "italic"
"""Style of a quote without a known speaker."""

_ENTITY = "underline"
_DIM = "dim"
_ALARM = "bold red"
_NOT_SUPPORTED = "Language not supported: only the dateline and the quotation marks are read."
_TABLE_QUOTE = 160
"""Code points of a quote in the table; the body above has the whole quote."""

_INDENT = "  "


def render_item(parsed: ParsedItem) -> RenderableType:
    """Render the whole item: headline, dateline, marked body, tables and status."""
    item = parsed.item
    marked = _mark(parsed)
    # In the full text a blank line, two characters, stands between headline, deck and body.
    deck_at = len(item.headline) + 2 if item.headline else 0
    body_at = len(marked) - len(item.body_text)
    parts: list[RenderableType] = []
    if item.headline:
        headline = _cut(marked, 0, len(item.headline), parsed.quotes)
        headline.stylize("bold")
        parts.append(headline)
    parts.append(Text(say_dateline(parsed.dateline) or "No dateline.", style=_DIM))
    if not parsed.is_supported:
        parts.append(Text(_NOT_SUPPORTED, style=_ALARM))
    if item.deck:
        deck = _cut(marked, deck_at, deck_at + len(item.deck), parsed.quotes)
        deck.stylize("italic")
        parts += ["", deck]
    if item.body_text:
        parts += ["", _cut(marked, body_at, len(marked), parsed.quotes)]
    parts += ["", _speakers(parsed)]
    if statements := reported_statements(parsed):
        parts += ["", statements]
    parts += ["", _entities(parsed.entities), "", _say_life(parsed.life)]
    return Group(*parts)


def render_quote(quote: QuoteEvent) -> RenderableType:
    """Render a quote event in two lines: speaker, mention, cue and quote; dateline and headline."""
    return _render_speech(quote, quote.text)


def render_statement(statement: StatementEvent) -> RenderableType:
    """Render a statement event in two lines, as a quote event."""
    return _render_speech(statement, " … ".join(part.text for part in statement.contents))


def _render_speech(event: QuoteEvent | StatementEvent, words: str) -> RenderableType:
    mention = event.mention if event.mention != event.speaker else None
    attribution = ", ".join(visible(phrase) for phrase in (mention, event.cue) if phrase)
    line = Text.assemble((one_line(event.speaker or "not known"), "bold cyan"))
    line.append(f" ({one_line(attribution)})" if attribution else "", style=_DIM)
    line.append(f" {one_line(words)}")
    origin = [say_dateline(event.dateline), one_line(event.headline, 120)]
    second_line = Text("  " + " · ".join(part for part in origin if part), style=_DIM)
    return Group(_Hanging(line), _unwrapped(second_line))


def render_uri(uri: str) -> RenderableType:
    """Render the uri of an item on a line of its own, as an argument for `copytaster explain`.

    A terminal that is too narrow gets it without its middle, since its end tells items apart.
    """
    return _Uri(one_line(redact(uri)))


class _Uri:
    """A uri on a line; a file or a pipe, which has no width, gets all of it."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        line = Text(f"{_INDENT}{self._uri}", style=_DIM, no_wrap=True, overflow="ignore")
        if console.is_terminal and line.cell_len > options.max_width:
            line.plain = _INDENT + _without_middle(self._uri, options.max_width - len(_INDENT))
        yield from line.render(console, end="\n")


def _without_middle(text: str, width: int) -> str:
    """Return a text in at most `width` cells, with an ellipsis in place of its middle.

    Cells and not characters: `東` takes two columns of a terminal.

    >>> _without_middle("https://wire.example/news/12345", 20)
    'https://w…news/12345'
    """
    cells = [cell_len(char) for char in text]
    start, end, left = 0, len(text), max(1, width) - 1
    while left > 0 and start < end:
        is_end = len(text) - end <= start
        left -= cells[end - 1] if is_end else cells[start]
        if left >= 0:
            start, end = (start, end - 1) if is_end else (start + 1, end)
    return f"{text[:start]}…{text[end:]}" if start < end else text


class _Hanging:
    """A text with a hanging indent: all lines but the first are indented."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(1, options.max_width - len(_INDENT))
        for number, line in enumerate(self._text.wrap(console, width)):
            yield Text.assemble(_INDENT, line) if number else line


def say_dateline(dateline: Dateline | None) -> str:
    """Return a dateline in words; "" for None.

    >>> from worker.model import Span
    >>> kiev = Place(name="KIEV", iso="UA", lat=50.4547, lon=30.5238)
    >>> say_dateline(Dateline(span=Span(0, 4), places=(kiev,), month_day="--01-12", agency="TASS"))
    'KIEV (UA, 50.45 N 30.52 E) · 12 January · TASS'
    """
    if dateline is None:
        return ""
    words = [" / ".join(_say_place(place) for place in dateline.places)]
    words += [say_day(dateline), dateline.agency or "", dateline.correspondent or ""]
    if dateline.mismatch:
        words.append("(not the item's own date)")
    return " · ".join(one_line(word) for word in words if word)


def say_day(dateline: Dateline) -> str:
    """Return the date of a dateline, with the year if it is known; "" without a date."""
    if dateline.date:
        return _say_date(dateline.date)
    return _say_month_day(dateline.month_day) if dateline.month_day else ""


def _say_place(place: Place) -> str:
    known = [place.iso or ""]
    if place.lat is not None and place.lon is not None:
        north_south = "N" if place.lat >= 0 else "S"
        east_west = "E" if place.lon >= 0 else "W"
        known.append(f"{abs(place.lat):.2f} {north_south} {abs(place.lon):.2f} {east_west}")
    facts = ", ".join(fact for fact in known if fact)
    return f"{place.name} ({facts})" if facts else place.name


def _say_date(date: datetime.date) -> str:
    return f"{date.day} {date:%B %Y}"


def _say_month_day(month_day: str) -> str:
    """Return a day without its year: "--01-12" is 12 January."""
    month, day = (int(part) for part in month_day.removeprefix("--").split("-"))
    return f"{day} {calendar.month_name[month]}"


def _styles(quotes: Sequence[Quote]) -> Mapping[str | None, str]:
    """Return a style for each speaker, in order of their first quotes."""
    speakers = dict.fromkeys(quote.speaker for quote in quotes if quote.speaker)
    styles: dict[str | None, str] = {
        speaker: _PALETTE[number % len(_PALETTE)] for number, speaker in enumerate(speakers)
    }
    return styles | {None: _UNKNOWN}


def _mark(parsed: ParsedItem) -> Text:
    """Return the full text with styles for quotes and entities; its length is unchanged."""
    marked = Text(visible(parsed.item.text))
    styles = _styles(parsed.quotes)
    for quote in parsed.quotes:
        marked.stylize(styles[quote.speaker or None], quote.contents.start, quote.contents.end)
    for entity in parsed.entities:
        marked.stylize(_ENTITY, entity.span.start, entity.span.end)
    return marked


def _cut(marked: Text, start: int, end: int, quotes: Sequence[Quote]) -> Text:
    """Return a part of the marked text, with the number of each quote after its end."""
    numbers = {
        quote.contents.end: number
        for number, quote in enumerate(quotes, 1)
        if start < quote.contents.end <= end
    }
    ends = sorted(numbers)
    cut = Text()
    for piece, at in zip(marked.divide([start, *ends, end])[1:], [*ends, 0], strict=False):
        cut.append_text(piece)
        if at:
            cut.append(f" [{numbers[at]}]", style=_DIM)
    return cut


def _speakers(parsed: ParsedItem) -> RenderableType:
    if not parsed.quotes:
        return Text("No quotes.", style=_DIM)
    styles = _styles(parsed.quotes)
    order = {speaker: place for place, speaker in enumerate(styles)}
    numbered = sorted(enumerate(parsed.quotes, 1), key=lambda pair: order[pair[1].speaker or None])
    rows = table("Speaker", "Quote")
    for speaker, group in groupby(numbered, key=lambda pair: pair[1].speaker or None):
        name = Text(one_line(speaker or "not known"), style=styles[speaker])
        for number, quote in group:
            rows.add_row(name, _say_quote(parsed.item.text, number, quote))
            name = Text()
        rows.add_section()
    return rows


def _say_quote(text: str, number: int, quote: Quote) -> Text:
    cell = Text(f"[{number}] ", style=_DIM)
    cell.append(one_line(quote.contents.of(text), _TABLE_QUOTE), style="not dim")
    spans = [("mention", quote.source), ("cue", quote.cue)]
    attribution = " · ".join(f"{name}: {one_line(span.of(text))}" for name, span in spans if span)
    return cell.append(f"\n{attribution}") if attribution else cell


def _entities(entities: Sequence[Entity]) -> RenderableType:
    if not entities:
        return Text("No entities.", style=_DIM)
    rows = table("Kind", "Name", "Country", "Role")
    rows.columns[1].min_width = 11
    for label in EntityLabel:
        kind = label.value
        for name, mentions in _by_name(entities, label).items():
            times = f" x{len(mentions)}" if len(mentions) > 1 else ""
            rows.add_row(
                Text(kind, style=_DIM),
                Text(one_line(name)).append(times, style=_DIM),
                _first(mention.iso for mention in mentions),
                _first(mention.role for mention in mentions),
            )
            kind = ""
    return rows


def _by_name(entities: Sequence[Entity], label: EntityLabel) -> dict[str, list[Entity]]:
    names: dict[str, list[Entity]] = {}
    for entity in entities:
        if entity.label is label:
            names.setdefault(entity.canonical, []).append(entity)
    return names


def _first(values: Iterator[str | None]) -> Text:
    return Text(one_line(next((value for value in values if value), "")))


def _say_life(life: Life) -> RenderableType:
    words = [f"urgency {life.urgency}", life.signal.value, life.pubstatus.value]
    if life.embargoed:
        words.append(f"embargoed until {life.embargoed:%Y-%m-%d %H:%M %Z}")
    if life.markers:
        words.append("markers: " + ", ".join(one_line(marker) for marker in life.markers))
    quiet = life.pubstatus is PubStatus.USABLE and life.signal is Signal.CREATED
    return Text(" · ".join(words), style=_DIM if quiet else _ALARM)


def _unwrapped(line: Text) -> Text:
    line.no_wrap = True
    line.overflow = "ellipsis"
    return line
