"""References between items: an item's own number, slug and take, and the target of a note.

Agencies number their items (`a0456`, `dpa 0042`), name them by a slug (`BC-EU--Oslo Talks`) or by
their headline. A kill, a hold or a correction refers to its target in the same ways.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import NewsItem
from worker.parse.editorial.header_lines import SLUG_LINE, HeaderLine
from worker.parse.editorial.kill_scope import Disposition, Reference, classify_references

__all__ = [
    "NO_TARGET",
    "Take",
    "TargetReference",
    "find_number",
    "find_slug",
    "find_take",
    "find_target",
    "is_header",
]

_SEARCHED = 2500
"""Code points of a note that are searched for its target."""

_MOST_NUMBERS = 500
_MOST_REFERENCES = 100
_MOST_HEADLINES = 50
_LONGEST_RANGE = 10
"""Numbers of a range that is filled in. A longer range is too likely misread, and a wrong kill
withdraws a good story."""

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
# The words behind a figure that is no item's number: `0042; 1412 GMT`, `0042, 300 words`.
_COUNTED = re.compile(
    r"\s(?!(?:is|are|was|were|has|have|had|be|and|or|as|which|that|because|due|sent|moved|issued|filed"
    r"|in|on|at|from|of|by|to|for|but|while|after|before|with|should|must|will|und|et|y|e|stands?"
    r"|headed|headlined|slugged|both|now|not|wurden?|sind|und|et|sont|son|all|until|instead|without|immediately|only|today|please|when|where|whose|if|since|и)\b)"
    r"(?:[a-zа-яäöü]|GMT|UTC|CET|EST|MSK)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")

_CYCLE = re.compile(r"(?:[a-z]\d{4}\s+(?:[a-z]\s+){1,2})?(?:(?:BC|AM|PM)-{1,2})?")

# The tail of a slug: `, 1st Ld-Writethru, 300`, `, KILL`, ` (UPDATE 2)`, `-Kill`, `, Take 2`; not
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
    """The part of a story that an item is, and the words that number it."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class TargetReference:
    """The target of a note: numbers of items, a slug without cycle and version, headlines.

    `left_out` is the number of further numbers and headlines, beyond the limits.
    """

    numbers: tuple[str, ...] = ()
    slug: str | None = None
    headlines: tuple[str, ...] = ()
    left_out: int = 0


NO_TARGET = TargetReference()
"""The target of an item that refers to none."""


def find_number(lines: Sequence[HeaderLine]) -> str | None:
    """Return the agency's number of the item, from a header line."""
    for line in lines[:3]:
        if number := _OWN_NUMBER.match(line.words):
            return str(next(filter(None, number.groups())))
    return None


def is_header(words: str) -> bool:
    """True for a line that holds the agency's number or slug and no news.

    >>> is_header("bdt0123 4 pl 350 dpa 0456"), is_header("BC-EU--Oslo Talks, 2nd Ld-Writethru")
    (True, True)
    """
    return bool(_OWN_NUMBER.match(words[:200]) or SLUG_LINE.match(words))


def find_slug(lines: Sequence[HeaderLine], slugline: str) -> str | None:
    """Return the agency's slug without its cycle, version and order, None if it has none.

    >>> find_slug((), "BC-EU--Oslo Talks, 2nd Ld-Writethru")
    'EU--Oslo Talks'
    """
    words = slugline or next((line.words for line in lines[:3] if line.is_slug), "")
    return plain_slug(words) if words else None


def plain_slug(words: str) -> str | None:
    """Return a slug without the parts that change between versions, None if no other is left."""
    words = words[:200].strip()
    words = words[_CYCLE.match(words).end() :]  # type: ignore[union-attr]  # matches ""
    tail = _SLUG_TAIL.search(words)
    words = _SLUG_EDGES.sub("", words[: tail.start()] if tail else words)
    return None if not words or words.upper() in _ONLY_MARKERS else words


def find_take(lines: Sequence[HeaderLine], slugline: str) -> Take | None:
    """Return the take of a story that the item is, None if it has no number."""
    for slug in (slugline[:200], *(line.words for line in lines[:3] if line.is_slug)):
        if match := _TAKE_OF_SLUG.search(slug):
            number = int(match["add"]) + 1 if match["add"] else int(match["take"])
            return Take(number, match[0].strip(" ,-"))
    for line in lines[:_TAKE_LINES]:
        if match := _match_take(line):
            return Take(int(next(filter(None, match.groups()))), match[0].strip())
    return None


def _match_take(line: HeaderLine) -> re.Match[str] | None:
    """Match `(part 2 of 3) -` or `TAKE 2` at the start of a line, `-2-` or `=2` at its end."""
    if line.words[:1] in {"(", "T", "A", "-", "="} and (match := _TAKE_AT_START.match(line.words)):
        return match
    if line.is_whole and line.words[-1:] in "-0123456789":
        return _TAKE_AT_END.search(line.words, max(0, len(line.words) - 8))
    return None


def find_target(full: str, item: NewsItem, own_slug: str | None) -> TargetReference | None:
    """Return the target of a kill, hold or correction, None if it refers to nothing.

    Args:
        full: The full text.
        item: The item, whose editor's note is searched first.
        own_slug: The slug of the note itself, which is the target's if it refers to no other.
    """
    note = f"{item.ednote[:_SEARCHED]}\n\n{full[:_SEARCHED]}"
    numbers, slugs = _find_numbers(note), _find_slugs(note)
    headlines = _find_headlines(note)
    references = (*numbers, *slugs, *headlines)
    named = _withdrawn(note, numbers, references)
    headed = _withdrawn(note, headlines, references)
    target = TargetReference(
        numbers=named[:_MOST_NUMBERS],
        slug=next(iter(_withdrawn(note, slugs, references)), None) or own_slug,
        headlines=headed[:_MOST_HEADLINES],
        left_out=max(0, len(named) - _MOST_NUMBERS) + max(0, len(headed) - _MOST_HEADLINES),
    )
    return target if target.numbers or target.slug or target.headlines else None


def _withdrawn(
    note: str, references: Sequence[Reference], all_references: Sequence[Reference]
) -> tuple[str, ...]:
    """Return the numbers, slugs or headlines that the note withdraws, without duplicates.

    If it kills none, the first that is wrong is meant; if none is wrong, the first that is
    mentioned. A number that the note spares anywhere is never meant.
    """
    by_disposition: dict[Disposition, list[Reference]] = {kind: [] for kind in Disposition}
    dispositions = classify_references(note, references, all_references)
    for reference, disposition in zip(references, dispositions, strict=True):
        by_disposition[disposition].append(reference)
    meant = (
        by_disposition[Disposition.KILLED]
        or by_disposition[Disposition.WRONG][:1]
        or by_disposition[Disposition.MENTIONED][:1]
    )
    spared = {
        words for reference in by_disposition[Disposition.SPARED] for words in reference.words
    }
    distinct = dict.fromkeys(words for reference in meant for words in reference.words)
    return tuple(words for words in distinct if words not in spared)


def _find_numbers(note: str) -> list[Reference]:
    """Return the numbers in a note, each list of them as a reference."""
    matches = itertools.islice(_NAMED_NUMBER.finditer(note), _MOST_REFERENCES)
    return [
        Reference(match.start(kind), match.end(), _numbers_of(match))
        for match in matches
        if (kind := match.lastgroup or "")
    ]


def _numbers_of(match: re.Match[str]) -> tuple[str, ...]:
    """Return the numbers of a list, all of the same length: only 0042 of `0042, 300 words`."""
    if match["reuters"]:
        return (match["reuters"],)
    numbers: list[str] = []
    offset = match.start("numbers")
    for member in _ONE_NUMBER.finditer(match["numbers"]):
        number = member["number"]
        if not numbers:
            numbers.append(number)
        elif _is_next_number(match.string, offset + member.end(), number, numbers[0]):
            numbers += _between(numbers[-1], number) if member["to"] else ()
            numbers.append(number)
    return tuple(numbers)


def _is_next_number(note: str, end: int, number: str, first: str) -> bool:
    """True if a figure of a list is an item's number like the first, and no count, time or year."""
    if len(number) != len(first) or _COUNTED.match(note, end):
        return False
    return not _YEAR.fullmatch(number) or _YEAR.fullmatch(first) is not None


def _between(first: str, last: str) -> tuple[str, ...]:
    """Return the numbers of a short range without its ends: 0043 and 0044 of `0042-0045`."""
    if not (first.isdigit() and last.isdigit() and int(last) - int(first) < _LONGEST_RANGE):
        return ()
    return tuple(str(number).zfill(len(first)) for number in range(int(first) + 1, int(last)))


def _find_slugs(note: str) -> list[Reference]:
    matches = itertools.islice(_NAMED_SLUG.finditer(note), _MOST_REFERENCES)
    slugs = ((match, match.lastgroup or "") for match in matches)
    return [
        Reference(match.start(kind), match.end(kind), (slug,))
        for match, kind in slugs
        if (slug := plain_slug(match[kind]))
    ]


def _find_headlines(note: str) -> list[Reference]:
    """Return the quoted headlines of a note, lists included, or plain ones if it quotes none."""
    headlines: list[Reference] = []
    at = 0
    while len(headlines) < _MOST_REFERENCES and (match := _NAMED_HEADLINE.search(note, at)):
        while match:
            headlines.append(_headline(match))
            at = match.end()
            match = _NEXT_HEADLINE.match(note, at)
    if headlines:
        return headlines
    plain = itertools.islice(_PLAIN_HEADLINE.finditer(note), _MOST_REFERENCES)
    return [_headline(match) for match in plain]


def _headline(match: re.Match[str]) -> Reference:
    kind = match.lastgroup or 0
    words = _CLOSING.sub("", " ".join(match.group(kind).split()))
    return Reference(match.start(kind), match.end(), (words,))
