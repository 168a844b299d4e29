"""The places of a dateline, each with what narrows it."""

import re

from worker.model import Span
from worker.parse.dateline.agencies import read_credit
from worker.parse.dateline.dates import read_date
from worker.parse.dateline.frame import Named
from worker.parse.dateline.reader import Reader
from worker.parse.places import is_area, is_place

__all__ = ["read_places"]

_MOST_PLACES = 5
_MOST_QUALIFIERS = 3

_AND = re.compile(r"[^\S\n]+(?:and|AND|&|и)[^\S\n]+")


def read_places(reader: Reader) -> list[Named]:
    """The places that begin here, none where no word with a capital does."""
    places: list[Named] = []
    for _ in range(_MOST_PLACES):
        words = reader.read_words()
        if words is None:
            break
        places.append(_read_qualifiers(reader, words))
        if not _read_joint(reader):
            break
    return places


def _read_joint(reader: Reader) -> bool:
    """True when a further place follows: past "/" or "and" then."""
    before = reader.at
    spaced = reader.skip_spaces()
    if reader.peek() == "/":
        reader.at += 1
        if reader.skip_spaces() == spaced and reader.peek().isupper():
            return True
    reader.at = before
    joint = _AND.match(reader.text, before, reader.end)
    if joint:
        reader.at = joint.end()
        if (words := reader.read_words()) and is_place(words.of(reader.text)):
            reader.at = words.start
            return True
    reader.at = before
    return False


def _read_qualifiers(reader: Reader, words: Span) -> Named:
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
    return Named(
        name=" ".join(words.of(reader.text).split()),
        span=Span(words.start, stop),
        qualifiers=tuple(qualifiers),
    )


def _read_comma_qualifier(reader: Reader) -> str | None:
    before = reader.at
    if reader.peek() == ",":
        reader.at += 1
        reader.skip_spaces()
        is_next_part = read_date(reader.text, reader.at, reader.end) or reader.is_at_credit()
        if not is_next_part and (found := reader.read_qualifier()):
            return found
    reader.at = before
    return None


def _read_bracket_qualifier(reader: Reader) -> str | None:
    """A region in brackets or slashes: no credit, and known or followed by the rest of a line."""
    before = reader.at
    spaced = reader.skip_spaces()
    slashes = reader.peek() == "/"
    bracket = reader.read_bracket() if spaced or not slashes else None
    if bracket and bracket[0][:1].isupper():
        credit = read_credit(bracket[0])
        followed = reader.peek() in {",", "."} and not (credit and credit.known)
        if is_area(bracket[0]) or followed or (slashes and credit and not credit.known):
            return bracket[0]
    reader.at = before
    return None
