"""What the agency calls an item, and what a kill, a hold or a correction calls its target."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import NewsItem
from worker.parse.life.head import SLUG_LINE, Line

__all__ = ["Take", "Target", "find_number", "find_slug", "find_take", "find_target", "is_header"]

_SEARCHED = 2500
_MOST_NUMBERS = 10
_MOST_NAMED = 40

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
_NUMBER = r"[A-Za-z]{0,3}-?\d{3,6}"
_NAMED_NUMBER = re.compile(
    rf"""
    (?: (?: \b (?: [Ii]tems? | ITEMS? | [Ss]tory | [Ss]tories | STORY | [Dd]ispatch | [Tt]akes?
                 | [Mm]eldung | [Dd]épêche | [Dd]espacho | [Nn]ota | [Cc]ообщени[еяй]
                 | [Сс]ообщени[еяй] ) \s+
          | \b dpa \s* )
        (?: (?:{_NUMBER_WORD}) \s? | (?! (?:19|20)\d\d\s[^\W\d_] ) )
      | (?:{_NUMBER_WORD}) \s? )
    (?P<numbers> {_NUMBER}
        (?: (?: ,\s? | \s(?:and|und|et|y|e|и|&)\s ) (?: (?:{_NUMBER_WORD}) \s? )? {_NUMBER} )* )
    (?![\w:.]\w)
    | \b (?P<reuters> n[A-Z][A-Z0-9]{{2}}[A-Z0-9]{{4,9}} ) \b
    """,
    re.VERBOSE,
)
_ONE_NUMBER = re.compile(rf"(?<!\w){_NUMBER}(?!\w)")

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
_STORY = (
    r"(?:[Ss]tory|STORY|[Ii]tem|ITEM|[Rr]eport|[Aa]rticle|[Dd]ispatch|[Mm]eldung|[Dd]épêche"
    r"|[Dd]espacho|[Nn]ota|[Nn]otizia|[Сс]ообщени\w{1,2}|[Пп]убликаци\w{1,2}|[Нн]овост\w{1,2}"
    r"|[Мм]атериал\w{0,2})"
)

# `headlined "Talks resume"`, `the headline “Envoy: “We go””`, `под заголовком «„Арк“ тонет»`,
# `kill our story "Talks resume in Oslo"`, `is withdrawn: "Talks resume in Oslo"`
_NAMED_HEADLINE = re.compile(
    rf"""
    \b(?:{_HEADED}|{_STORY}|[Kk]ill|KILL|[Dd]isregard|[Ww]ithdr\w+|[Cc]ancel\w*)[\s:,]{{1,3}}
    (?: «\s? (?P<angled> (?: [^«»\n] | \n(?!\n) | «[^«»\n]{{1,100}}» ){{4,200}} ) »
      | “\s? (?P<curly> (?: [^“”\n] | \n(?!\n) | “[^“”\n]{{1,100}}” ){{4,200}} ) ”
      | "\s? (?P<straight> (?: [^"\n] | \n(?!\n) | (?<=[\s(])"(?=\w)[^"\n]{{1,100}}" ){{4,200}} ) "
      | (?:``|[“”„]) \s? (?P<plain> [^"“”«»\n]{{4,200}}? ) (?:''|["”“])
      | ['‘] (?P<single> [^"“”\n]{{4,200}}? ) ['’](?!\w)
    )
    """,
    re.VERBOSE,
)

# `item 0042, Talks resume in Oslo.`, `the item headed Talks resume in Oslo is withdrawn`
_PLAIN_HEADLINE = re.compile(
    rf"(?:\b{_HEADED}\s|\b\d{{3,5}},\s)(?P<plain>[A-ZА-Я][^.\n\"“«]{{8,160}}?)"
    r"(?=\.{3}|…|\.(?:\s|$)|\n|$|,?\s(?:is|was|has been|sent|moved|filed|which|because|due)\b)"
)
_CLOSING = re.compile(r"(?<![.])[,.]\Z")

# What a note says in the sentence that names something: that it is withdrawn, or wrong at least.
_KILLED = re.compile(
    r"""
    \b(?:kill|hold|withdr[ae]|disregard|cancel|retract|annul|delet|spike)\w*
    | \b(?:not|never|cannot|\w{2,7}n['’]t|nicht)\b
      [^.;]{0,24}\b(?:use|run|publish|refer\ to|verwenden|benutzen)\b
    | \b(?:zurückgezogen|ungültig|anul|storn) | \bне\s+(?:использ|публик)\w*
    | (?:аннулир|отмен|сн[яи][мт]|отзыв|отозв)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WRONG = re.compile(
    r"\bin\serror\b|\b(?:wrong|incorrect|erroneous|falsch)\b|ошибочн", re.IGNORECASE
)
# Or before it, that it is another one: `Use item 0043 instead`, `is replaced by item 0043`, `which
# repeated item 0041`, `a correction to item 0041`, `our kill of item 0041`, `not item 0043`.
_SPARED = re.compile(
    r"""
    \b(?: use\b | see\b | run\b | (?:replaced|superseded)\s(?:by|with) | refer\sto
        | (?:replacement|substitut\w+)(?!\s(?:for|to)\b) | (?:repeat|duplicat)(?:s|ed)\b
        | in\s(?:favou?r|place)\sof
        | (?:corrected|new|updated)\s(?:version|story|item|dispatch|article)
        | (?:correction|clarification|addition|sequel|update)\s(?:to|of|on)
        | (?:our|the|earlier|previous)\s(?:kill|withdrawal|cancellation)\b
        | (?:not|after|before|following|like|unlike|than|except|besides?)\s(?:our\s|the\s)?\Z
        | stattdessen | использ\w+ | взамен | замен[её]н\w*\s(?:на|сообщением)
        | исправленн\w+ | см\. )
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Or behind it: `The story ... is correct`, `Item 0043 stands`.
_STANDS = re.compile(
    r"\b(?:is|are|was)\s(?:correct|right)\b|\b(?:stands?|may\sbe\sused|(?:un|not\s)affected)\b"
    r"|\b(?:верно|не\sменя\w+)",
    re.IGNORECASE,
)
_SENTENCE = 300
_SENTENCE_END = re.compile(r"(?<!\b[Nn][or])[.!?;][\"”“»'’)]?\s|\n\n")

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


def is_header(words: str) -> bool:
    """True for a line that holds the agency's number or slug, and no news.

    >>> is_header("bdt0123 4 pl 350 dpa 0456"), is_header("BC-EU--Oslo Talks, 2nd Ld-Writethru")
    (True, True)
    """
    return bool(_OWN_NUMBER.match(words[:200]) or SLUG_LINE.match(words))


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
    words = f"{item.ednote[:_SEARCHED]}\n\n{full[:_SEARCHED]}"
    slugs = (plain_slug(found["slug"]) for found in _named(_NAMED_SLUG, words))
    headlines = _named(_NAMED_HEADLINE, words) or _named(_PLAIN_HEADLINE, words)
    headline = headlines[0].group(headlines[0].lastgroup or 0) if headlines else None
    target = Target(
        numbers=tuple(_numbers(words))[:_MOST_NUMBERS],
        slug=next(filter(None, slugs), None) or own_slug,
        headline=_CLOSING.sub("", " ".join(headline.split())) if headline else None,
    )
    return target if target.numbers or target.slug or target.headline else None


def _numbers(words: str) -> dict[str, None]:
    """The numbers that are named, each once. All of one list look alike: `0042, 300 words`."""
    numbers: dict[str, None] = {}
    for found in _named(_NAMED_NUMBER, words):
        one, *more = _ONE_NUMBER.findall(found["numbers"] or "") or [found["reuters"]]
        numbers |= dict.fromkeys([one, *(other for other in more if len(other) == len(one))])
    return numbers


def _named(pattern: re.Pattern[str], words: str) -> list[re.Match[str]]:
    """What the pattern finds in sentences that take something back. Without any such the first that
    is wrong, without that the first of all; never what is to be used instead, or stands.
    """
    killed: list[re.Match[str]] = []
    wrong: list[re.Match[str]] = []
    others: list[re.Match[str]] = []
    for found in itertools.islice(pattern.finditer(words), _MOST_NAMED):
        before = _SENTENCE_END.split(words[max(0, found.start() - _SENTENCE) : found.start()])[-1]
        behind = _SENTENCE_END.split(words[found.end() : found.end() + _SENTENCE])[0]
        if _last(_SPARED, before) > _last(_KILLED, before) or _STANDS.search(behind):
            continue
        if any(map(_KILLED.search, (before, found[0], behind))):
            killed.append(found)
        elif _WRONG.search(before) or _WRONG.search(behind):
            wrong.append(found)
        else:
            others.append(found)
    return killed or wrong[:1] or others[:1]


def _last(pattern: re.Pattern[str], words: str) -> tuple[int, int]:
    """Where the pattern is found last: what ends later, or begins earlier and ends with it, is
    greater. So of `do not use` and `use` the first counts.
    """
    return max(((found.end(), -found.start()) for found in pattern.finditer(words)), default=(0, 0))
