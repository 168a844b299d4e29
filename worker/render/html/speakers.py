"""Who speaks in an item: each speaker with a number, which is a colour too."""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.model import ParsedItem, Quote
from worker.render.console import one_line

__all__ = ["COLOURS", "Speaker", "say_how", "speakers_of"]

COLOURS = 10
"""Colours in page.css. The eleventh speaker has the first one's, and a number of their own."""

_ROLES = 3


@dataclass(frozen=True, slots=True)
class Speaker:
    """`number` is 0 for the quotes of which nobody is known to be the speaker."""

    name: str
    number: int
    roles: tuple[str, ...] = ()
    quotes: tuple[int, ...] = ()
    """Numbers of the quotes, from 1."""

    @property
    def style(self) -> str:
        """The class that gives the colour."""
        return f"s{(self.number - 1) % COLOURS + 1}" if self.number else "s0"

    @property
    def id(self) -> str:
        return f"speaker-{self.number}"


def speakers_of(parsed: ParsedItem) -> Mapping[str, Speaker]:
    """The speakers by name, in the order in which they speak; who is not known is "" and last."""
    said: dict[str, list[int]] = {}
    for number, quote in enumerate(parsed.quotes, 1):
        said.setdefault(quote.speaker or "", []).append(number)
    unknown = said.pop("", None)
    speakers = {
        name: Speaker(name, number, _roles(parsed, name), tuple(quotes))
        for number, (name, quotes) in enumerate(said.items(), 1)
    }
    if unknown:
        speakers[""] = Speaker("Not known", 0, (), tuple(unknown))
    return speakers


def _roles(parsed: ParsedItem, name: str) -> tuple[str, ...]:
    named = (entity.role for entity in parsed.entities if entity.canonical == name and entity.role)
    return tuple(dict.fromkeys(one_line(role) for role in named))[:_ROLES]


def say_how(quote: Quote, text: str) -> str:
    """The mention and the cue, as written."""
    words = (one_line(span.of(text)) for span in (quote.source, quote.cue) if span)
    return " · ".join(f"“{said}”" for said in words if said)
