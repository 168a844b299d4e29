"""What the agency calls an item, and what a kill, a hold or a correction calls its target."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import NewsItem
from worker.parse.editorial.header_lines import SLUG_LINE, HeaderLine
from worker.parse.editorial.kill_scope import Disposition, Reference, classify_references

__all__ = [
    "Take",
    "TargetReference",
    "find_number",
    "find_slug",
    "find_take",
    "find_target",
    "is_header",
]

_SEARCHED = 2500
_MOST_NUMBERS = 100
_MOST_NAMED = 100
_MOST_HEADLINES = 10
_LONGEST_RANGE = 10

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

# `our item 0042`, `items 0042 and 0043`, `story No. a0456`, `dpa 0042`, `сообщение № 123`,
# `nL5N3AB0CD`; no year: `the story 2026 budget passes`.
_NUMBER_WORD = r"[Nn]o\.?|[Nn]umber|[Nn]r\.?|№|\#|n°"
_NUMBER = r"(?:[A-Za-z]{1,3}-?)?\d{3,6}"
_TO = r"\s?[-–—]\s?|\s(?:to|through|bis|до)\s"
_NAMED_NUMBER = re.compile(
    rf"""
    (?: (?: \b (?: [Ii]tems? | ITEMS? | [Ss]tory | [Ss]tories | STORY | [Dd]ispatch | [Tt]akes?
                 | [Mm]eldung(?:en)? | [Dd]épêches? | [Dd]espachos? | [Nn]otas?
                 | [Cc]ообщени[еяй] | [Сс]ообщени[еяй] ) \s+
          | \b dpa \s* )
        (?: (?:{_NUMBER_WORD}) \s? | (?! (?:19|20)\d\d\s[^\W\d_] ) )
      | (?:{_NUMBER_WORD}) \s? )
    (?P<numbers> {_NUMBER}
        (?: (?: {_TO} | \s?[,;/]\s?(?:(?:and|und|et|y|e|и)\s)? | \s(?:and|und|et|y|e|и|&)\s )
            (?: (?:{_NUMBER_WORD}) \s? )? {_NUMBER} (?!\w) )* )
    (?! \w | [:.]\w | [-–/]\d )
    | \b (?P<reuters> n[A-Z][A-Z0-9]{{2}}[A-Z0-9]{{4,9}} ) \b
    """,
    re.VERBOSE,
)
_ONE_NUMBER = re.compile(rf"(?P<to>{_TO})?(?<!\w)(?P<number>{_NUMBER})(?!\w)")
# `0042; 1412 GMT`, `0042, 300 words`: what stands behind a figure that is no item's number.
_COUNTED = re.compile(
    r"\s(?!(?:is|are|was|were|has|have|had|be|and|or|as|which|that|because|due|sent|moved|issued|filed"
    r"|in|on|at|from|of|by|to|for|but|while|after|before|with|should|must|will|und|et|y|e|stands?"
    r"|headed|headlined|slugged|both|now|not|wurden?|sind|und|et|sont|son|all|until|instead|without|immediately|only|today|please|when|where|whose|if|since|и)\b)"
    r"(?:[a-zа-яäöü]|GMT|UTC|CET|EST|MSK)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")

_CYCLE = re.compile(r"(?:[a-z]\d{4}\s+(?:[a-z]\s+){1,2})?(?:(?:BC|AM|PM)-{1,2})?")

# What follows a slug: `, 1st Ld-Writethru, 300`, `, KILL`, ` (UPDATE 2)`, `-Kill`, `, Take 2`; not
# its own words, in `Flight 370` and `Facebook Kill Switch`.
_SLUG_TAIL = re.compile(
    r"""
      [,\s_/(-]+
      (?: \d{1,2}(?:st|nd|rd|th)\s?(?:Ld|Add)\b.*
        | (?:KILL|CORRECTIVE|WITHDRAWN|WITHDRAWAL|CORRECTION|CORRECTED|URGENT|BULLETIN|FLASH|HOLD
          |Writethru)(?=\s*$|\s*[,_/()-]|\s\d+\s*$).*
        | UPDATE\s\d.* )
    | \s*[,_/(-]\s*
      (?: (?:Kill|Corrective|Correction)(?=\s*$|\s*[,_/()]|\s\d+\s*$).* | [Tt]ake\s\d.* )
    | ,\s?(?:KILL|Kill|CORRECTIVE|Corrective)\b.*
    | ,\s?[Pp]art\s\d.*
    | ,\s?\d{2,4}\s*$ | (?<=\d\d-\d\d)\s\d{4}\s*$
    """,
    re.VERBOSE,
)
_SLUG_EDGES = re.compile(r"^[\s,\-_/(]+|[\s,\-_/(]+$")
_ONLY_MARKERS = frozenset(
    "URGENT BULLETIN FLASH NEWSALERT KILL CORRECTIVE CORRECTION CORRECTED UPDATE HOLD".split()
)

# `slugged US--Covered Bridge, with`, `slug: BC-EU--Oslo Talks`, `kill BC-EU--Oslo Talks.`,
# `slugged eu--oslo-talks`, `slugged "EU--Oslo talks"`
_NAMED_SLUG = re.compile(
    r"""
    (?: \b [Ss]lug(?:ged|line)? :? \s+ | (?= \b (?:BC|AM|PM)- ) )
    (?: ["“] (?P<quoted> [^"“”\n]{2,100} ) ["”]
      | ["“]? (?P<slug> (?:(?:BC|AM|PM)-)? (?: [A-Z][A-Za-z0-9]* | \w+(?=--\w) )
            (?:[-/]{1,2}[A-Za-z0-9][\w’']*)* (?:\ [A-Z0-9][\w’'-]*){0,5} ) )
    """,
    re.VERBOSE,
)

_HEADED = (
    r"(?:headline[d:]?|headed|titled|entitled|intitulée?|titrée?|titulad[ao]|titolo|intitolata"
    r"|Überschrift|Titel|заголовком|озаглавленн\w{2,3})"
)
_STORY = (
    r"(?:[Ss]tory|STORY|[Ii]tem|ITEM|[Rr]eport|[Aa]rticle|[Dd]ispatch|[Mm]eldung|[Dd]épêche"
    r"|[Dd]espacho|[Nn]ota|[Nn]otizia|[Сс]ообщени\w{1,2}|[Пп]убликаци\w{1,2}|[Нн]овост\w{1,2}"
    r"|[Мм]атериал\w{0,2})"
)

_QUOTED = r"""
    (?: «\s? (?P<angled> (?: [^«»\n] | \n(?!\n) | «[^«»\n]{1,100}» ){4,200} ) »
      | “\s? (?P<curly> (?: [^“”\n] | \n(?!\n) | “[^“”\n]{1,100}” ){4,200} ) ”
      | "\s? (?P<straight> (?: [^"\n] | \n(?!\n) | (?<=[\s(])"(?=\w)[^"\n]{1,100}" ){4,200} ) "
      | (?:``|[“”„]) \s? (?P<plain> [^"“”«»\n]{4,200}? ) (?:''|["”“])
      | ['‘] (?P<single> [^"“”\n]{4,200}? ) ['’](?!\w)
    )
"""

# `headlined "Talks resume"`, `the headline “Envoy: “We go””`, `под заголовком «„Арк“ тонет»`,
# `kill our story "Talks resume in Oslo"`, `is withdrawn: "Talks resume in Oslo"`
_NAMED_HEADLINE = re.compile(
    rf"""
    \b(?:{_HEADED}|{_STORY}|[Ss]tories|STORIES|[Ii]tems|[Kk]ill|KILL|[Dd]isregard|[Ww]ithdr\w+
      |[Cc]ancel\w*)[\s:,]{{1,3}} {_QUOTED}
    """,
    re.VERBOSE,
)
_NEXT_HEADLINE = re.compile(
    rf"(?:\s?[,;/]\s?(?:(?:and|und|et|y|e|и)\s)?|\s(?:and|und|et|y|e|и|&)\s) {_QUOTED}", re.VERBOSE
)

# `item 0042, Talks resume in Oslo.`, `the item headed Talks resume in Oslo is withdrawn`
_PLAIN_HEADLINE = re.compile(
    rf"(?:\b{_HEADED}\s|\b\d{{3,5}},\s)(?P<plain>[A-ZА-Я][^.\n\"“«]{{8,160}}?)"
    r"(?=\.{3}|…|\.(?:\s|$)|\n|$|,?\s(?:is|was|has been|sent|moved|filed|which|because|due)\b)"
)
_CLOSING = re.compile(r"(?<![.])[,.]\Z")

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
class TargetReference:
    """What a note names: the numbers of items, a slug without cycle and version, headlines."""

    numbers: tuple[str, ...]
    slug: str | None
    headlines: tuple[str, ...]


def find_number(lines: Sequence[HeaderLine]) -> str | None:
    """The agency's number of the item, from a header line."""
    for line in lines[:3]:
        if found := _OWN_NUMBER.match(line.words):
            return str(next(filter(None, found.groups())))
    return None


def is_header(words: str) -> bool:
    """True for a line that holds the agency's number or slug, and no news.

    >>> is_header("bdt0123 4 pl 350 dpa 0456"), is_header("BC-EU--Oslo Talks, 2nd Ld-Writethru")
    (True, True)
    """
    return bool(_OWN_NUMBER.match(words[:200]) or SLUG_LINE.match(words))


def find_slug(lines: Sequence[HeaderLine], slugline: str) -> str | None:
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


def find_take(lines: Sequence[HeaderLine], slugline: str) -> Take | None:
    """Which take of a story the item is, None where it does not say."""
    for slug in (slugline[:200], *(line.words for line in lines[:3] if line.is_slug)):
        if found := _TAKE_OF_SLUG.search(slug):
            number = int(found["add"]) + 1 if found["add"] else int(found["take"])
            return Take(number, found[0].strip(" ,-"))
    for line in lines[:_TAKE_LINES]:
        if found := _take_of(line):
            return Take(int(next(filter(None, found.groups()))), found[0].strip())
    return None


def _take_of(line: HeaderLine) -> re.Match[str] | None:
    if line.words[:1] in {"(", "T", "A", "-", "="} and (found := _TAKE_AT_START.match(line.words)):
        return found
    if line.is_whole and line.words[-1:] in "-0123456789":
        return _TAKE_AT_END.search(line.words, max(0, len(line.words) - 8))
    return None


def find_target(full: str, item: NewsItem, own_slug: str | None) -> TargetReference | None:
    """What the note says it is about, None where it says nothing; its own slug where it has one."""
    words = f"{item.ednote[:_SEARCHED]}\n\n{full[:_SEARCHED]}"
    numbers, slugs = _find_numbers(words), _find_slugs(words)
    headlines = _find_headlines(words)
    everything = (*numbers, *slugs, *headlines)
    target = TargetReference(
        numbers=_said(words, numbers, everything)[:_MOST_NUMBERS],
        slug=next(iter(_said(words, slugs, everything)), None) or own_slug,
        headlines=_said(words, headlines, everything)[:_MOST_HEADLINES],
    )
    return target if target.numbers or target.slug or target.headlines else None


def _said(
    words: str, named: Sequence[Reference], everything: Sequence[Reference]
) -> tuple[str, ...]:
    """What is taken back, each once. Without any such the first that is wrong, without that the
    first of all; never what is spared anywhere in the note.
    """
    by_role: dict[Disposition, list[Reference]] = {role: [] for role in Disposition}
    for one, role in zip(named, classify_references(words, named, everything), strict=True):
        by_role[role].append(one)
    chosen = (
        by_role[Disposition.KILLED]
        or by_role[Disposition.WRONG][:1]
        or by_role[Disposition.MENTIONED][:1]
    )
    spared = {said for one in by_role[Disposition.SPARED] for said in one.words}
    said = dict.fromkeys(said for one in chosen for said in one.words)
    return tuple(one for one in said if one not in spared)


def _find_numbers(words: str) -> list[Reference]:
    """The numbers that are named, list by list."""
    lists = itertools.islice(_NAMED_NUMBER.finditer(words), _MOST_NAMED)
    return [
        Reference(found.start(kind), found.end(), _numbers_of(found))
        for found in lists
        if (kind := found.lastgroup or "")
    ]


def _numbers_of(found: re.Match[str]) -> tuple[str, ...]:
    """The numbers of a list: all look alike, and what is counted is none (`0042, 300 words`)."""
    if found["reuters"]:
        return (found["reuters"],)
    numbers: list[str] = []
    at = found.start("numbers")
    for other in _ONE_NUMBER.finditer(found["numbers"]):
        number = other["number"]
        if not numbers:
            numbers.append(number)
        elif len(number) == len(numbers[0]) and not (
            _COUNTED.match(found.string, at + other.end())
            or (_YEAR.fullmatch(number) and not _YEAR.fullmatch(numbers[0]))
        ):
            numbers += _between(numbers[-1], number) if other["to"] else ()
            numbers.append(number)
    return tuple(numbers)


def _between(first: str, last: str) -> tuple[str, ...]:
    """The numbers of a short range, without its ends: 0043 and 0044 of `0042-0045`."""
    if not (first.isdigit() and last.isdigit() and int(last) - int(first) < _LONGEST_RANGE):
        return ()
    return tuple(str(number).zfill(len(first)) for number in range(int(first) + 1, int(last)))


def _find_slugs(words: str) -> list[Reference]:
    found = itertools.islice(_NAMED_SLUG.finditer(words), _MOST_NAMED)
    slugs = ((one, one.lastgroup or "") for one in found)
    return [
        Reference(one.start(kind), one.end(kind), (slug,))
        for one, kind in slugs
        if (slug := plain_slug(one[kind]))
    ]


def _find_headlines(words: str) -> list[Reference]:
    """Those in quotes, and those of one list with them; without any those that stand plain."""
    named: list[Reference] = []
    at = 0
    while len(named) < _MOST_NAMED and (found := _NAMED_HEADLINE.search(words, at)):
        while found:
            named.append(_headline(found))
            at = found.end()
            found = _NEXT_HEADLINE.match(words, at)
    plain = itertools.islice(_PLAIN_HEADLINE.finditer(words), 0 if named else _MOST_NAMED)
    return [*named, *map(_headline, plain)]


def _headline(found: re.Match[str]) -> Reference:
    kind = found.lastgroup or 0
    words = _CLOSING.sub("", " ".join(found.group(kind).split()))
    return Reference(found.start(kind), found.end(), (words,))
