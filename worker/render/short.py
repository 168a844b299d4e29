"""Rendering of a parsed item in a few lines of a stream: headline, dateline, a quote, names.

A terminal gets rows that fit its width, indented as their line is; a file or a pipe, which has no
width, gets whole lines.
"""

from collections import Counter
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from worker.model import ParsedItem, Quote, Signal
from worker.render.console import one_line
from worker.render.terminal import say_dateline

__all__ = ["render_line", "surest_quote"]

_DIM = "dim"
_SPEAKER = "cyan"
_INDENT = "  "
_HEADLINE = 200
_QUOTE = 500
_NAME = 40
_NAMES = 8


def render_line(parsed: ParsedItem) -> RenderableType:
    """Render an item in at most four lines: headline, dateline, a quote, names.

    A terminal may wrap them.

    The quote is the quote with the most certain speaker. The names are the most frequent names that
    do not stand in the lines above.
    """
    item = parsed.item
    headline = Text(one_line(item.headline or item.text, _HEADLINE), style="bold")
    if parsed.life.signal is not Signal.CREATED:
        headline = Text.assemble((f"{parsed.life.signal.value.upper()}  ", "bold red"), headline)
    where = say_dateline(parsed.dateline) or "no dateline"
    lines: list[RenderableType] = [_Line(headline), _Line(Text(where, style=_DIM), _INDENT)]
    quote = surest_quote(parsed.quotes)
    # A kill note repeats the words that it withdraws.
    if quote and parsed.life.signal is not Signal.WITHDRAWN:
        lines.append(_say_quote(parsed, quote))
    names = _names(parsed)
    if names:
        lines.append(_Names(names))
    return Group(*lines)


def surest_quote(quotes: Sequence[Quote]) -> Quote | None:
    """Return the quote whose speaker is the most certain; without speakers the first quote."""
    return max(quotes, key=lambda quote: (bool(quote.speaker), quote.confidence), default=None)


def _say_quote(parsed: ParsedItem, quote: Quote) -> RenderableType:
    line = Text()
    if quote.speaker:
        line.append(f"{one_line(quote.speaker, _NAME)} ", style=_SPEAKER)
        # `Дмитрий Песков (Dmitry Peskov)`
        if latin := _latin(parsed, quote.speaker):
            line.append(f"({one_line(latin, _NAME)}) ", style=_DIM)
    line.append(one_line(quote.contents.of(parsed.item.text), _QUOTE))
    more = len(parsed.quotes) - 1
    return _Line(line.append(f" +{more}" if more else "", style=_DIM), _INDENT)


def _latin(parsed: ParsedItem, name: str) -> str | None:
    """Return a name as English copy writes it, None if it is in Latin letters already."""
    latin = (entity.latin for entity in parsed.entities if entity.canonical == name)
    return next(filter(None, latin), None)


def _names(parsed: ParsedItem) -> list[str]:
    """Return the names that the lines above do not have, the most frequent first."""
    quote = surest_quote(parsed.quotes)
    above = {quote.speaker} if quote else set()
    if parsed.dateline:
        dateline = parsed.dateline.span
        above.add(parsed.dateline.agency)
        above |= {
            entity.canonical
            for entity in parsed.entities
            if dateline.start <= entity.span.start and entity.span.end <= dateline.end
        }
    named = [entity for entity in parsed.entities if not entity.label.is_value]
    counts = Counter(entity.canonical for entity in named if entity.canonical not in above)
    return [one_line(name, _NAME) for name, _ in counts.most_common()]


class _Line:
    """A line that a terminal shows in as many rows as it takes."""

    def __init__(self, text: Text, indent: str = "") -> None:
        self._text = text
        self._indent = indent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = [self._text.copy()]
        if console.is_terminal:
            rows = list(self._text.wrap(console, max(1, options.max_width - len(self._indent))))
        for row in rows or [Text()]:
            row.rstrip()
            line = Text.assemble(self._indent, row)
            line.no_wrap, line.overflow = True, "ignore"
            yield from line.render(console, end="\n")


class _Names:
    """Names on a line: as many as fit, at most `_NAMES`, and the number of the rest."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width - len(_INDENT) if console.is_terminal else None
        shown = next(
            count
            for count in range(min(_NAMES, len(self._names)), 0, -1)
            if count == 1 or width is None or cell_len(self._say(count)) <= width
        )
        yield _Line(Text(self._say(shown), style=_DIM), _INDENT)

    def _say(self, count: int) -> str:
        more = f" +{len(self._names) - count}" if len(self._names) > count else ""
        return f"{', '.join(self._names[:count])}{more}"
