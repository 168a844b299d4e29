"""What the agency calls an item, and what a kill, a hold or a correction calls its target."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import NewsItem
from worker.parse.life.head import Line

__all__ = ["Take", "Target", "find_number", "find_slug", "find_take", "find_target"]

_SEARCHED = 2500
_MOST_NUMBERS = 10

# `a0456 u i BC-...`, `bdt0123 4 pl 350 dpa 0456`, `nL5N3AB0CD`: AP's, dpa's and Reuters' numbers.
_OWN_NUMBER = re.compile(
    r"""
      (?P<ap> [a-zA-Z]\d{4} ) \s+ (?:[a-z]\s+){1,2} (?:BC|AM|PM)-
    | (?:[a-z]{3}\d{4}\s.{0,40}?)? \b dpa \s (?P<dpa> \d{4} ) \s* $
    | (?P<reuters> n[A-Z][A-Z0-9]{2}[A-Z0-9]{4,9} ) (?:\s|$)
    | (?:Item|ITEM|Сообщение|Story) \s (?:No\.?|Nr\.?|№|\#|number) \s?
        (?P<other> [A-Z]{0,3}-?\d{2,6} ) \s* $
    """,
    re.VERBOSE,
)

# `our item 0042`, `story No. a0456`, `dpa 0042`, `сообщение № 123`, `nL5N3AB0CD`.
_NAMED_NUMBER = re.compile(
    r"""
    (?: \b (?: [Ii]tems? | ITEMS? | [Ss]tory | STORY | [Dd]ispatch | [Tt]ake | dpa | [Mm]eldung
             | [Dd]épêche | [Dd]espacho | [Nn]ota | [Cc]ообщени[ея] | [Сс]ообщени[ея] | and | und )
        \s+ )
    (?: (?: [Nn]o\.? | [Nn]umber | [Nn]r\.? | № | \# | n° ) \s? )?
    (?P<number> [A-Za-z]{0,3}\d{3,5} ) (?![\w:.]\w)
    | (?: [Nn]o\.? | [Nn]umber | [Nn]r\.? | № | n° ) \s?
        (?P<bare> [A-Za-z]{0,3}\d{3,5} ) (?![\w:.]\w)
    | \b (?P<reuters> n[A-Z][A-Z0-9]{2}[A-Z0-9]{4,9} ) \b
    """,
    re.VERBOSE,
)

_CYCLE = re.compile(r"(?:[a-z]\d{4}\s+(?:[a-z]\s+){1,2})?(?:(?:BC|AM|PM)-{1,2})?")

# What follows a slug: `, 1st Ld-Writethru, 300`, `, KILL`, ` (UPDATE 2)`, `-Kill`, `, Take 2`.
_SLUG_TAIL = re.compile(
    r"""
    (?: [,\s_/(-]+
        (?: \d{1,2}(?:st|nd|rd|th)\s?(?:Ld|Add)\b.* | (?:KILL|Kill|CORRECTIVE|Corrective|WITHDRAWN
          |WITHDRAWAL|CORRECTION|Correction|CORRECTED|URGENT|BULLETIN|FLASH|HOLD|Writethru)\b.*
          | UPDATE\s\d.* | [Tt]ake\s\d.* | part\s\d.* | \d{2,4}\s*$ ) )
    """,
    re.VERBOSE,
)
_SLUG_EDGES = re.compile(r"^[\s,\-_/(]+|[\s,\-_/(]+$")
_ONLY_MARKERS = frozenset(
    "URGENT BULLETIN FLASH NEWSALERT KILL CORRECTIVE CORRECTION CORRECTED UPDATE HOLD".split()
)

# `slugged US--Covered Bridge, with`, `slug: BC-EU--Oslo Talks`, `kill BC-EU--Oslo Talks.`
_NAMED_SLUG = re.compile(
    r"""
    (?: \b [Ss]lug(?:ged|line)? :? \s+ ["“]? | (?= \b (?:BC|AM|PM)- ) )
    (?P<slug> (?:(?:BC|AM|PM)-)? [A-Z][A-Za-z0-9]*
        (?:[-/]{1,2}[A-Z0-9][\w’']*)* (?:\ [A-Z0-9][\w’'-]*){0,5} )
    """,
    re.VERBOSE,
)

_HEADED = (
    r"(?:headline[d:]?|headed|titled|entitled|intitulée?|titrée?|titulad[ao]|titolo|intitolata"
    r"|Überschrift|Titel|заголовком|озаглавленн\w{2,3})"
)
# `headlined "Talks resume"`, `with the headline “...”`, `под заголовком «...»`.
_NAMED_HEADLINE = re.compile(
    rf"\b{_HEADED}[\s:,]{{1,3}}(?:``|[\"“”«„‘'])\s?(?P<headline>[^\"“”«»\n]{{4,200}}?)[,.]?\s?"
    r"(?:''|[\"”“»])"
)

# `item 0042, Talks resume in Oslo.`, `the item headed Talks resume in Oslo is withdrawn`
_PLAIN_HEADLINE = re.compile(
    rf"(?:\b{_HEADED}\s|\b\d{{3,5}},\s)(?P<headline>[A-ZА-Я][^.\n\"“«]{{8,160}}?)"
    r"(?=\.(?:\s|$)|\n|$|,?\s(?:is|was|has been|sent|moved|filed)\b)"
)

# `(part 14) -`, `(part 2 of 3)`, `(2 of 3)`, `TAKE 2`, `ADD 1`, `1ST ADD`.
_TAKE_AT_START = re.compile(
    r"""
      \( (?:[Pp]art|PART|[Tt]ake|TAKE|часть|Часть|ЧАСТЬ|[Ff]olge|[Tt]eil|[Pp]arte|[Pp]artie)
         \s (?P<part> \d{1,3} ) (?: \s?(?:of|OF|/|из|von|de|di)\s?\d{1,3} )? \)
    | \( (?P<of> \d{1,2} ) \s?(?:of|/)\s? \d{1,2} \) (?=\s*[-–—]|\s*$)
    | (?:TAKE|ADD) \s (?P<take> \d{1,2} ) (?=\s*[-–—:=]|\s*$)
    | - (?P<page> \d{1,2} ) - (?=\s*$)
    | = \s? (?P<dpa> \d{1,2} ) (?=\s*$)
    """,
    re.VERBOSE,
)
# `Talks resume in Oslo -2-`, `Talks resume in Oslo =2`.
_TAKE_AT_END = re.compile(r"\s(?:-(?P<page>\d{1,2})-|=\s?(?P<dpa>\d{1,2}))$")
# `BC-EU--Oslo Talks, 1st Add`, `..., Take 2`: an add is the take after the first.
_TAKE_OF_SLUG = re.compile(
    r"[,\s-](?:(?P<add>\d{1,2})(?:st|nd|rd|th)\s?(?:Add|ADD)|[Tt]ake\s(?P<take>\d{1,2}))\b"
)
_TAKE_LINES = 4


@dataclass(frozen=True, slots=True)
class Take:
    """Which part of a story it is, and the words that say so."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Target:
    """What a note names: the numbers of items, a slug without cycle and version, a headline."""

    numbers: tuple[str, ...]
    slug: str | None
    headline: str | None


def find_number(lines: Sequence[Line]) -> str | None:
    """The agency's number of the item, from a header line."""
    for line in lines[:3]:
        if found := _OWN_NUMBER.match(line.words):
            return str(next(filter(None, found.groups())))
    return None


def find_slug(lines: Sequence[Line], slugline: str) -> str | None:
    """The agency's slug without its cycle, version and order, None where it has none.

    >>> find_slug((), "BC-EU--Oslo Talks, 2nd Ld-Writethru")
    'EU--Oslo Talks'
    """
    words = slugline or next((line.words for line in lines[:3] if line.is_slug), "")
    return plain_slug(words) if words else None


def plain_slug(words: str) -> str | None:
    """A slug without what changes from version to version, None where nothing else is left."""
    words = words[:200].strip()
    words = words[_CYCLE.match(words).end() :]  # type: ignore[union-attr]  # matches ""
    tail = _SLUG_TAIL.search(words)
    words = _SLUG_EDGES.sub("", words[: tail.start()] if tail else words)
    return None if not words or words.upper() in _ONLY_MARKERS else words


def find_take(lines: Sequence[Line], slugline: str) -> Take | None:
    """Which take of a story the item is, None where it does not say."""
    for slug in (slugline[:200], *(line.words for line in lines[:3] if line.is_slug)):
        if found := _TAKE_OF_SLUG.search(slug):
            number = int(found["add"]) + 1 if found["add"] else int(found["take"])
            return Take(number, found[0].strip(" ,-"))
    for line in lines[:_TAKE_LINES]:
        if found := _take_of(line):
            return Take(int(next(filter(None, found.groups()))), found[0].strip())
    return None


def _take_of(line: Line) -> re.Match[str] | None:
    if line.words[:1] in {"(", "T", "A", "-", "="} and (found := _TAKE_AT_START.match(line.words)):
        return found
    if line.is_whole and line.words[-1:] in "-0123456789":
        return _TAKE_AT_END.search(line.words, max(0, len(line.words) - 8))
    return None


def find_target(full: str, item: NewsItem, own_slug: str | None) -> Target | None:
    """What the note says it is about, None where it says nothing; its own slug where it has one."""
    words = f"{item.ednote[:_SEARCHED]}\n{full[:_SEARCHED]}"
    numbers = dict.fromkeys(
        next(filter(None, found.groups())) for found in _NAMED_NUMBER.finditer(words)
    )
    slugs = (plain_slug(found["slug"]) for found in _NAMED_SLUG.finditer(words))
    slug = next(filter(None, slugs), None) or own_slug
    headline = _NAMED_HEADLINE.search(words) or _PLAIN_HEADLINE.search(words)
    target = Target(
        numbers=tuple(numbers)[:_MOST_NUMBERS],
        slug=slug,
        headline=" ".join(headline["headline"].split()) if headline else None,
    )
    return target if target.numbers or target.slug or target.headline else None
