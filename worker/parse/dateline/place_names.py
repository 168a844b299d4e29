"""The places of a dateline, each with what narrows it."""

import re

from worker.model import Span
from worker.parse.dateline.agencies import read_credit
from worker.parse.dateline.parsed import PrintedPlace
from worker.parse.dateline.scanner import LineScanner
from worker.parse.places import is_area, is_place, prominence

__all__ = ["read_places"]

_MOST_PLACES = 5
_MOST_QUALIFIERS = 3

_AND = re.compile(r"[^\S\n]+(?:and|AND|&|и)[^\S\n]+")

_RIVER = re.compile(r"/(?:Main|Oder|Saale|Ruhr|Lahn|Donau|Neckar|Weser|Rhein|Inn|Aisch|Havel)\b")
"""What German copy prints behind a town that is not the only one of its name: Frankfurt/Main."""


def read_places(reader: LineScanner) -> list[PrintedPlace]:
    """The places that begin here, none where no word with a capital does."""
    places: list[PrintedPlace] = []
    for _ in range(_MOST_PLACES):
        words = reader.read_words()
        if words is None:
            break
        if river := _RIVER.match(reader.text, reader.at, reader.end):
            reader.at = river.end()
            words = Span(words.start, river.end())
        places.append(_read_qualifiers(reader, words))
        joint = _read_joint(reader) or _read_route(reader, places[-1])
        if not joint:
            break
        if joint == "and":
            places[-1:] = _without_towns(places[-1])
    return places


def _without_towns(named: PrintedPlace) -> list[PrintedPlace]:
    """The place, and as places of their own the towns that a list sets after it.

    `PARIS, LONDON and BERLIN`: LONDON does not narrow PARIS.
    """
    towns = named.qualifiers
    if not towns or not all(town.isupper() == named.is_capitals for town in towns):
        return [named]
    if any(is_area(town) or not prominence(town) for town in towns):
        return [named]
    return [PrintedPlace(name=name, span=named.span) for name in (named.name, *towns)]


def _read_joint(reader: LineScanner) -> str:
    """What joins a further place that follows, "/" or "and", and past it then; else ""."""
    before = reader.at
    spaced = reader.skip_spaces()
    if reader.peek() == "/" and not (spaced and _is_credit_in_slashes(reader)):
        reader.at += 1
        if reader.skip_spaces() == spaced and reader.peek().isupper():
            return "/"
    reader.at = before
    joint = _AND.match(reader.text, before, reader.end) if spaced else None
    if joint:
        reader.at = joint.end()
        if (words := reader.read_words()) and is_place(words.of(reader.text)):
            reader.at = words.start
            return "and"
    reader.at = before
    return ""


def _read_route(reader: LineScanner, first: PrintedPlace) -> str:
    """`PARIS - LONDON (Reuters) -`: a dash between two towns, past it where a credit follows."""
    before = reader.at
    if reader.skip_spaces() and reader.read_closing() in {"-", "–"} and is_place(first.name):
        reader.skip_spaces()
        words = reader.read_words()
        reader.skip_spaces()
        bracket = reader.read_bracket() if words and reader.peek() == "(" else None
        credit = read_credit(bracket[0]) if bracket else None
        if words and credit and credit.known and reader.is_at_closing():
            reader.at = words.start
            return "-"
    reader.at = before
    return ""


def _is_credit_in_slashes(reader: LineScanner) -> bool:
    before = reader.at
    bracket = reader.read_bracket()
    reader.at = before
    credit = read_credit(bracket[0]) if bracket else None
    return credit is not None and credit.known


def _read_qualifiers(reader: LineScanner, words: Span) -> PrintedPlace:
    """The place with all that narrows it."""
    qualifiers: list[str] = []
    stop = reader.at
    while len(qualifiers) < _MOST_QUALIFIERS:
        found = _read_comma_qualifier(reader) or _read_bracket_qualifier(reader)
        if found is None:
            break
        qualifiers.append(found)
        stop = reader.at
    reader.at = stop
    return PrintedPlace(
        name=" ".join(words.of(reader.text).split()),
        span=Span(words.start, stop),
        qualifiers=tuple(qualifiers),
    )


def _read_comma_qualifier(reader: LineScanner) -> str | None:
    before = reader.at
    reader.skip_spaces()
    if reader.peek() == "," and reader.text[reader.at + 1 : reader.at + 3].strip()[:1].isalpha():
        reader.at += 1
        reader.skip_spaces()
        is_next_part = reader.find_date() or reader.is_at_credit()
        if not is_next_part and (found := reader.read_qualifier()):
            return found
    reader.at = before
    return None


def _read_bracket_qualifier(reader: LineScanner) -> str | None:
    """A region in brackets or slashes: no credit, and known or followed by the rest of a line.

    "LONDON (PA) -" credits the Press Association, though PA is a state too.
    """
    before = reader.at
    spaced = reader.skip_spaces()
    if reader.peek() not in "(/[":
        reader.at = before
        return None
    slashes = reader.peek() == "/"
    is_joint = slashes and (not spaced or reader.text[reader.at + 1 : reader.at + 2].isspace())
    bracket = None if is_joint else reader.read_bracket()
    if bracket and bracket[0][:1].isupper():
        credit = read_credit(bracket[0])
        if credit and credit.known and reader.is_at_closing():
            reader.at = before
            return None
        followed = reader.peek() in {",", "."} and not (credit and credit.known)
        if is_area(bracket[0]) or followed or (slashes and credit and not credit.known):
            return bracket[0]
    reader.at = before
    return None
