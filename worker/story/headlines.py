"""Whether two headlines are the same one, however each was set in type.

Two headlines are the same where they have the same words in the same order, figures, signs and
names included. Case, quotes, dashes and spaces do not count, nor do markers ("UPDATE 1-"), a slug
in front and an agency's credit behind, where only one of the two has them.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from worker.parse.dateline.agencies import bare_credit
from worker.parse.editorial.markers import KILL_WORDS, Marker, strip_markers
from worker.story.boilerplate import UNSPACED

__all__ = [
    "CUT_FROM",
    "LONGEST",
    "Fit",
    "Headline",
    "compare",
    "fold_all",
    "may_be_like",
    "read_headline",
]

LONGEST = 300
"""Code points of a headline that are read; a longer one counts as cut."""

_NAMED_FROM = 3
"""Words. Fewer are a rubric as often as a headline: "Market update", "Talks resume"."""

CUT_FROM = 8
"""Words. The beginning of a headline names it only where little is left to differ: "Talks resume
in ..." is what two cities have in common."""

_GUESSES = 100

_ALIKE = 0.6
_PART = 0.5
"""A headline that was quoted without its end keeps this part of its words."""


class Fit(Enum):
    """What a headline is to another one."""

    SAME = auto()
    PART = auto()
    """The same words as far as it goes: it may be the same, or a short or cut one of another."""
    ALIKE = auto()
    """Most words in common, and at least one that differs."""
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline taken apart: its folded words, and what surrounds them.

    `is_cut` where its end is missing; `stub` is what is left of a word there. `is_of_kill` where it
    says that it takes back what it quotes.
    """

    words: tuple[str, ...]
    version: str = ""
    slug: str = ""
    credit: str = ""
    is_cut: bool = False
    stub: str = ""
    is_of_kill: bool = False


# `WITHDRAWN-Talks resume`: glued, which elsewhere would be news (KILL-SWITCH).
# `Withdrawal of story: Talks resume`
_KILL_BEFORE = re.compile(
    rf"(?:(?:(?:STORY|ITEM|MANDATORY)\s)?(?:{KILL_WORDS})"
    r"|(?:Withdrawal|Retraction|Cancell?ation|Kill)\s(?:of|for)\s(?:(?:the|our)\s)?(?:story|item|report))"
    r"\s?[-–—:]\s?(?=\w)"
)
# `Talks resume in Oslo - KILL`, `Talks resume in Oslo (withdrawn)`
_KILL_BEHIND = re.compile(
    rf"\s*[-–—:/|,*]+\s*(?:(?:STORY|ITEM|MANDATORY)\s)?(?:{KILL_WORDS})[\s/.!*]*\Z"
    rf"|\s*[(\[](?i:(?:story|item|mandatory)\s)?(?i:{KILL_WORDS})[)\]]\W*\Z"
)

# `OSLO-TALKS: Talks resume`, `IRAN-NUCLEAR/ Talks resume`, `BC-EU--Oslo Talks: Talks resume`; no
# name of something: `COVID-19: Three die`, `G-20: Leaders meet`, `F-16: Two die`
_SLUG = re.compile(
    r"(?P<slug>(?:BC|AM|PM)-{1,2}[^:\n]{2,60}(?=:)|[A-Z][A-Z0-9]+(?:[-/]{1,2}[A-Z][A-Z0-9]+)+(?=[:/]))"
    r"[:/]{1,2}\s*(?=\S)"
)

# `Talks resume in Oslo - TASS`, `Talks resume in Oslo (Reuters)`, `Talks resume in Oslo | AP`
_CREDIT = re.compile(r"(?:\s[-–—|]{1,2}\s|\s?[(\[/|])(?P<credit>[^()\[\]/|–—]{2,40})[)\]/]?\s*\Z")

# `Talks resume in ...`, `Talks resume in Os…`
_CUT = re.compile(r"(?:(?P<glued>\S)|\s*)(?:\.{2,}|…)[\s\"”»)\]]*\Z")

_DROPPED = re.compile("[’‘ʼ´′、。〃〈-】〔-〟\u00ad\u200b-\u200f\u2060\ufeff]")
"""Marks within words. Apostrophes come and go, and what joins or breaks a line is not seen."""

# `1,000`, `1 000`; not `1.000`, which may be one, with three places.
_GROUPED = re.compile(r"(?<=\d)[, ](?=\d{3}(?!\d))")
# `1½`, `10²`: what is set small is another figure.
_FRACTION = re.compile(r"(?=[¼-¾⅐-⅟↉])")
_RAISED = re.compile(r"(?<=\d)(?=[⁰¹²³⁴-⁹₀-₉])")
# `U.S.`, `J.D. Vance`
_DOTTED = re.compile(r"\.(?<=(?<![^\W_])[^\W\d_]\.)(?=[^\W\d_](?![^\W_]))")

_PUNCTUATION = r"\x00-\x1f\x7f-\x9f!-/:-@\[-`{-~¡-©«-´¶-¹»-¿×÷‐-‧‰-⁞"

# `-19.5`, `21`, `%`, `talks`; in scripts that put no space between words each character.
_WORD = re.compile(
    rf"(?:(?<![^\s(])[-−–])?\d+(?:[.,]\d+)?|[$€£¥₽%+&]|[{UNSPACED}]"  # minus, dash
    rf"|[^\s\d$€£¥₽{_PUNCTUATION}{UNSPACED}]+"
)
_PLAIN = str.maketrans({",": ".", "−": "-", "–": "-"})
_SPELT = {"%": "percent", "pct": "percent", "&": "and"}

# Words of number that are others' beginnings: `six` may be left of `sixteen`.
_COUNTS = frozenset(
    "four six seven eight nine sechs sieben acht neun пять шесть семь восемь девять три две".split()
)

_LIGHT = frozenset("a an the is are was were be been has have had that".split())


def read_headline(text: str, *, is_of_kill: bool = False) -> Headline:
    """The headline taken apart. `is_of_kill`: it stands over a kill.

    >>> read_headline("UPDATE 1-Bank raises rate to “21%” - Reuters").words
    ('bank', 'raises', 'rate', 'to', '21', 'percent')
    """
    rest, marks = strip_markers(_unescape(text[:LONGEST]))
    is_marked = any(mark is Marker.KILL for mark, _ in marks)
    if is_of_kill:
        before = None if is_marked else _KILL_BEFORE.match(rest)
        behind = _KILL_BEHIND.search(rest)
        rest = rest[before.end() if before else 0 : behind.start() if behind else None]
        is_marked = is_marked or bool(before or behind)
        rest, inner = strip_markers(rest)
        marks += inner
    slug = _SLUG.match(rest)
    rest = rest[slug.end() :] if slug else rest
    credit = _CREDIT.search(rest)
    agency = bare_credit(credit["credit"]) if credit else None
    rest = rest[: credit.start()] if credit and agency else rest
    words, stub, is_cut = _read_words(rest, is_cut=len(text) >= LONGEST)
    versions = [words for mark, words in marks if mark in {Marker.UPDATE, Marker.CORRECTION}]
    return Headline(
        words=words,
        version=" ".join(_split(" ".join(versions))),
        slug=" ".join(_split(slug["slug"])) if slug else "",
        credit=agency.agency if agency else "",
        is_cut=is_cut,
        stub=stub,
        is_of_kill=is_marked,
    )


def compare(one: Headline, other: Headline) -> Fit:
    """What the two are to each other, whichever comes first."""
    short, long = sorted((one, other), key=lambda headline: (len(headline.words), headline.stub))
    count = len(short.words)
    if not count:
        return Fit.OTHER
    if not _differ_beside(one, other):
        if (one.words, one.stub, one.is_cut) == (other.words, other.stub, other.is_cut):
            return Fit.SAME if count >= _NAMED_FROM else Fit.PART
        if _is_cut_from(short, long) or (len(long.words) == count and _is_cut_from(long, short)):
            return Fit.SAME if count >= CUT_FROM else Fit.PART
        if _is_part(_heavy(short), _heavy(long)):
            return Fit.PART
    shared = len(set(one.words) & set(other.words))
    is_alike = 2 * shared >= _ALIKE * (len(set(one.words)) + len(set(other.words)))
    return Fit.ALIKE if is_alike else Fit.OTHER


def fold_all(texts: Sequence[str]) -> list[str]:
    """Each text without the differences that setting it in type makes within a word.

    All are done in a few steps: a wire's day takes some hundredths of a second.

    >>> fold_all(["U.S. envoy’s &quot;Ёлка&quot;"])
    ['us. envoys "елка"']
    """
    lines = [_unescape(text) if "&" in text else text for text in texts]
    if any("\n" in line for line in lines):
        lines = [line.replace("\n", " ") for line in lines]
    block = "\n".join(lines)
    if not block.isascii():
        block = _RAISED.sub(" power ", _FRACTION.sub(" ", _DROPPED.sub("", block)))
        block = unicodedata.normalize("NFKC", block)
    block = block.casefold().replace("'", "").replace("ё", "е").replace("per cent", "percent")
    return _DOTTED.sub("", block).split("\n")


def _unescape(text: str) -> str:
    """Without HTML's entities, those that were escaped twice included."""
    return html.unescape(html.unescape(text))


def may_be_like(headline: Headline, texts: Sequence[str]) -> list[bool]:
    """For each text False where it is not the headline, and for most where it is not like it.

    Of the same headline every word is there as folding leaves it. Of those that are only like it,
    the first hundred are enough for a guess.
    """
    words = [trace for word in headline.words[: CUT_FROM - 1] for trace in _traces(word)]
    if not headline.words or not texts:
        return [False] * len(texts)
    longest = sorted(dict.fromkeys(words), key=len, reverse=True)[:3]
    first, second, third = [*longest, "", "", ""][:3]
    may_be: list[bool] = []
    alike = 0
    for text in fold_all(texts):
        if (first in text) + (second in text) + (third in text) < 2:
            may_be.append(False)
            continue
        found = sum(word in text for word in words)
        is_alike = alike < _GUESSES and 2 * found >= len(words)
        alike += is_alike
        may_be.append(found == len(words) or is_alike)
    return may_be


def _traces(word: str) -> list[str]:
    """What is left of a word in a folded headline, however its figures are grouped."""
    if word in _SPELT.values():
        return []
    return [word] if word.isalpha() else [part[-3:] for part in re.findall(r"\d+", word)]


def _split(text: str) -> list[str]:
    (folded,) = fold_all([text])
    found = _WORD.findall(_GROUPED.sub("", folded))
    return [_SPELT.get(word, word.translate(_PLAIN)) for word in found]


def _read_words(text: str, *, is_cut: bool) -> tuple[tuple[str, ...], str, bool]:
    """The words, what is left of one that was cut, and whether anything was."""
    cut = _CUT.search(text) if ".." in text or "…" in text else None
    if cut is None and not is_cut:
        return tuple(_split(text)), "", False
    words = _split(text[: cut.start()] + (cut["glued"] or "") if cut else text)
    if words and (cut is None or cut["glued"]):
        return tuple(words[:-1]), words[-1], True
    return tuple(words), "", True


def _differ_beside(one: Headline, other: Headline) -> bool:
    """True where both have something around the words, and not the same."""
    pairs = (
        (one.version, other.version),
        (one.slug, other.slug),
        (one.credit, other.credit),
    )
    return any(ours and theirs and ours != theirs for ours, theirs in pairs)


def _is_cut_from(short: Headline, long: Headline) -> bool:
    """True for the beginning of a headline of which the rest was cut off."""
    count = len(short.words)
    following = long.words[count] if count < len(long.words) else long.stub
    fits = following == short.stub or (
        following.startswith(short.stub) and short.stub not in _COUNTS
    )
    return (
        short.is_cut
        and short.words == long.words[:count]
        and fits
        and not short.stub[-1:].isdigit()
    )


def _heavy(headline: Headline) -> list[str]:
    return [word for word in headline.words if word not in _LIGHT]


def _is_part(short: list[str], long: list[str]) -> bool:
    """True for a headline without its end, where no figure stood there."""
    rest = long[len(short) :]
    return (
        len(short) >= max(2, _PART * len(long))
        and short == long[: len(short)]
        and not any(word[-1].isdigit() for word in rest)
    )
