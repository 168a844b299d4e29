"""The places of a dateline, each with its qualifiers: `PARIS, Texas`, `LONDON/BERLIN`."""

import re

from worker.model import Span
from worker.parse.dateline.agencies import read_credit
from worker.parse.dateline.parsed import PrintedPlace
from worker.parse.dateline.scanner import LineScanner
from worker.parse.places import is_area, is_place, prominence

__all__ = ["read_places"]

_MOST_PLACES = 5
_MOST_QUALIFIERS = 3
"""`IGORA, Priozersk District, Leningrad Region, Russia` has three."""
_LONGEST_ACRONYM = 5
_BRACKETS = frozenset("(/[")

_AND = re.compile(r"[^\S\n]+(?:and|AND|&|и)[^\S\n]+")

_SPACED_AREA = re.compile(r"[ ](?P<name>[A-Z][a-z]+(?:[ ][A-Z][a-z]+)?)(?=[ ]\()")
"""`DONETSK Ukraine (Reuters)`: a region without its comma."""

_RIVER = re.compile(r"/(?:Main|Oder|Saale|Ruhr|Lahn|Donau|Neckar|Weser|Rhein|Inn|Aisch|Havel)\b")
"""Rivers that German copy prints behind a town whose name is not unique: Frankfurt/Main."""


def read_places(scanner: LineScanner) -> list[PrintedPlace]:
    """Read the places that begin here, none if no word with a capital does."""
    places: list[PrintedPlace] = []
    for _ in range(_MOST_PLACES):
        words = scanner.read_words()
        if words is None:
            break
        words = _without_acronym(scanner, words)
        # `Frankfurt/Main`
        if river := _RIVER.match(scanner.text, scanner.at, scanner.end):
            scanner.at = river.end()
            words = Span(words.start, river.end())
        places.append(_read_qualifiers(scanner, words))
        joint = _read_joint(scanner) or _read_route(scanner, places[-1])
        if not joint:
            break
        if joint == "and":
            places[-1:] = _split_list(places[-1])
    return places


def _without_acronym(scanner: LineScanner, words: Span) -> Span:
    """`BRUSSELS EU leaders agreed`: return the town alone where a sentence goes on behind it."""
    name = words.of(scanner.text)
    town, _, acronym = name.rpartition(" ")
    following = scanner.text[words.end : words.end + 2]
    is_sentence = following[:1] == " " and following[1:].isalpha()
    if not is_sentence or not town.isupper() or len(acronym) > _LONGEST_ACRONYM:
        return words
    if is_place(name) or not prominence(town):
        return words
    scanner.at = words.start + len(town)
    return Span(words.start, scanner.at)


def _split_list(place: PrintedPlace) -> list[PrintedPlace]:
    """Return the place and, as places of their own, the towns that were read as its qualifiers.

    `PARIS, LONDON and BERLIN`: LONDON does not qualify PARIS.
    """
    towns = place.qualifiers
    if not towns or not all(town.isupper() == place.is_capitals for town in towns):
        return [place]
    if any(is_area(town) or not prominence(town) for town in towns):
        return [place]
    return [PrintedPlace(name=name, span=place.span) for name in (place.name, *towns)]


def _read_joint(scanner: LineScanner) -> str:
    """Read the joint before a further place, "/" or "and"; stay and return "" if there is none."""
    before = scanner.at
    spaced = scanner.skip_spaces()
    # `TRIPOLI / ANKARA`, `TRIPOLI/ANKARA`; not `TRIPOLI /TASS/`
    if scanner.peek() == "/" and not (spaced and _is_credit_in_slashes(scanner)):
        scanner.at += 1
        if scanner.skip_spaces() == spaced and scanner.peek().isupper():
            return "/"
    scanner.at = before
    joint = _AND.match(scanner.text, before, scanner.end) if spaced else None
    if joint:
        scanner.at = joint.end()
        if (words := scanner.read_words()) and is_place(words.of(scanner.text)):
            scanner.at = words.start
            return "and"
    scanner.at = before
    return ""


def _read_route(scanner: LineScanner, first: PrintedPlace) -> str:
    """`PARIS - LONDON (Reuters) -`: read a dash between two towns, if a credit follows them."""
    before = scanner.at
    if scanner.skip_spaces() and scanner.read_closing() in {"-", "–"} and is_place(first.name):
        scanner.skip_spaces()
        words = scanner.read_words()
        if words and _is_at_credited_end(scanner):
            scanner.at = words.start
            return "-"
    scanner.at = before
    return ""


def _is_at_credited_end(scanner: LineScanner) -> bool:
    """True if a known agency in brackets and a closing mark follow."""
    scanner.skip_spaces()
    bracket = scanner.read_bracket() if scanner.peek() == "(" else None
    credit = read_credit(bracket[0]) if bracket else None
    return credit is not None and credit.known and scanner.is_at_closing()


def _is_credit_in_slashes(scanner: LineScanner) -> bool:
    before = scanner.at
    bracket = scanner.read_bracket()
    scanner.at = before
    credit = read_credit(bracket[0]) if bracket else None
    return credit is not None and credit.known


def _read_qualifiers(scanner: LineScanner, words: Span) -> PrintedPlace:
    """Read the qualifiers behind the words of a place."""
    qualifiers: list[str] = []
    stop = scanner.at
    while len(qualifiers) < _MOST_QUALIFIERS:
        qualifier = _read_comma_qualifier(scanner) or _read_bracket_qualifier(scanner)
        if qualifier is None:
            break
        qualifiers.append(qualifier)
        stop = scanner.at
    scanner.at = stop
    area = _SPACED_AREA.match(scanner.text, stop, scanner.end)
    if area and not qualifiers and words.of(scanner.text).isupper() and is_area(area["name"]):
        qualifiers.append(area["name"])
        scanner.at = stop = area.end()
    return PrintedPlace(
        name=" ".join(words.of(scanner.text).split()),
        span=Span(words.start, stop),
        qualifiers=tuple(qualifiers),
    )


def _read_comma_qualifier(scanner: LineScanner) -> str | None:
    """`PARIS, Texas`; not the date of `PARIS, May 2`, nor the agency of `YEREVAN, ARMENPRESS`."""
    before = scanner.at
    scanner.skip_spaces()
    if (
        scanner.peek() == ","
        and scanner.text[scanner.at + 1 : scanner.at + 3].strip()[:1].isalpha()
    ):
        scanner.at += 1
        scanner.skip_spaces()
        is_next_part = scanner.find_date() or scanner.is_at_credit()
        if not is_next_part and (qualifier := scanner.read_qualifier()):
            return qualifier
    scanner.at = before
    return None


def _read_bracket_qualifier(scanner: LineScanner) -> str | None:
    """`Simferopol (Ukraine)`, `IGORA /Leningrad Region/`, `New Delhi [India]`: a marked region."""
    before = scanner.at
    spaced = scanner.skip_spaces()
    opening = scanner.peek()
    if opening in _BRACKETS and not _is_joint(scanner, spaced=spaced):
        bracket = scanner.read_bracket()
        if bracket and bracket[0][:1].isupper() and _is_region(scanner, bracket[0], opening):
            return bracket[0]
    scanner.at = before
    return None


def _is_joint(scanner: LineScanner, *, spaced: bool) -> bool:
    """True for the slash of `TRIPOLI/ANKARA` or `TRIPOLI / ANKARA`, which opens no bracket."""
    if scanner.peek() != "/":
        return False
    return not spaced or scanner.text[scanner.at + 1 : scanner.at + 2].isspace()


def _is_region(scanner: LineScanner, inside: str, opening: str) -> bool:
    """True if the words in the brackets just read are a region and no credit."""
    credit = read_credit(inside)
    is_known = credit is not None and credit.known
    # `LONDON (PA) -` credits the Press Association, though PA is a state too.
    if is_known and scanner.is_at_closing():
        return False
    if is_area(inside):
        return True
    # `Simferopol (Krym), March 17`: the rest of the line follows.
    if scanner.peek() in {",", "."} and not is_known:
        return True
    # `IGORA /Priozersk/`: TASS prints districts in slashes.
    return opening == "/" and credit is not None and not credit.known
