"""The legend of speakers: each has a number, which also determines the colour."""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.model import ParsedItem, Quote
from worker.render.console import one_line

__all__ = ["COLOURS", "Speaker", "say_how", "speakers_of"]

COLOURS = 10
"""The number of colours in page.css. The eleventh speaker has the first speaker's colour again."""

_ROLES = 3
"""The most roles of a speaker that the legend shows."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker with their quotes; `number` is 0 for the quotes without a known speaker."""

    name: str
    number: int
    roles: tuple[str, ...] = ()
    quotes: tuple[int, ...] = ()
    """Numbers of the quotes, from 1."""

    @property
    def style(self) -> str:
        """The CSS class of the speaker's colour."""
        return f"s{(self.number - 1) % COLOURS + 1}" if self.number else "s0"

    @property
    def id(self) -> str:
        """The HTML id of the speaker's row in the legend."""
        return f"speaker-{self.number}"


def speakers_of(parsed: ParsedItem) -> Mapping[str, Speaker]:
    """Return the speakers by name, in order of their first quotes; the unknown, "", is last."""
    quotes_by_name: dict[str, list[int]] = {}
    for number, quote in enumerate(parsed.quotes, 1):
        quotes_by_name.setdefault(quote.speaker or "", []).append(number)
    unknown = quotes_by_name.pop("", None)
    speakers = {
        name: Speaker(name, number, _roles(parsed, name), tuple(quotes))
        for number, (name, quotes) in enumerate(quotes_by_name.items(), 1)
    }
    if unknown:
        speakers[""] = Speaker("Not known", 0, (), tuple(unknown))
    return speakers


def _roles(parsed: ParsedItem, name: str) -> tuple[str, ...]:
    roles = (entity.role for entity in parsed.entities if entity.canonical == name and entity.role)
    return tuple(dict.fromkeys(one_line(role) for role in roles))[:_ROLES]


def say_how(quote: Quote, text: str) -> str:
    """Return the quote's mention and cue, as written."""
    phrases = (one_line(span.of(text)) for span in (quote.source, quote.cue) if span)
    return " · ".join(f"“{phrase}”" for phrase in phrases if phrase)
