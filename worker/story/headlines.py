"""Comparison of headlines, regardless of their typography.

Two headlines are the same if they have the same words in the same order, including figures, signs
and names. Differences of case, quotes, dashes and spaces do not count; neither do a marker
("UPDATE 1-"), a slug in front or an agency's credit at the end that the other headline lacks.

The comparison is strict because a kill of "Talks resume in Oslo" must not withdraw "Talks resume in
Paris": a single word decides.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from worker.parse.dateline.agencies import bare_credit
from worker.parse.editorial.marker_rules import Marker
from worker.parse.editorial.markers import KILL_WORDS, strip_markers
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
"""Code points that are read of a headline; a longer headline counts as cut off."""

_NAMED_FROM = 3
"""Words. A shorter headline identifies no item: "Market update" may as well be a rubric."""

CUT_FROM = 8
"""Words. A headline that was cut off earlier identifies no item: "Talks resume in ..." fits several
cities."""

_GUESSES = 100
"""Similar headlines that are worth a comparison: any of them can only become a guess."""

_ALIKE = 0.6
"""The least share of common words (Dice coefficient) of similar headlines."""

_PART = 0.5
"""The least share of its words that a headline keeps if it is quoted without its end."""


class Fit(Enum):
    """The relation between two headlines."""

    SAME = auto()
    PART = auto()
    """The shorter is the beginning of the longer: perhaps the same headline, perhaps another."""
    ALIKE = auto()
    """Most words are common, and at least one differs."""
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Headline:
    """The parts of a headline: its folded words, and the version, slug and credit around them.

    `is_cut` is True if its end is missing; `stub` is then the rest of an incomplete last word.
    `is_clipped` is True if it is so long that its end was not read.
    `is_of_kill` is True if the headline says that it withdraws the item that it quotes.
    """

    words: tuple[str, ...]
    version: str = ""
    slug: str = ""
    credit: str = ""
    is_cut: bool = False
    stub: str = ""
    is_clipped: bool = False
    is_of_kill: bool = False


# `WITHDRAWN-Talks resume`, without spaces; only over a kill, since KILL-SWITCH may be news.
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

# `OSLO-TALKS: Talks resume`, `IRAN-NUCLEAR/ Talks resume`, `BC-EU--Oslo Talks: Talks resume`; but
# not a name: `COVID-19: Three die`, `G-20: Leaders meet`, `F-16: Two die`
_SLUG = re.compile(
    r"(?P<slug>(?:BC|AM|PM)-{1,2}[^:\n]{2,60}(?=:)|[A-Z][A-Z0-9]+(?:[-/]{1,2}[A-Z][A-Z0-9]+)+(?=[:/]))"
    r"[:/]{1,2}\s*(?=\S)"
)

# `Talks resume in Oslo - TASS`, `Talks resume in Oslo (Reuters)`, `Talks resume in Oslo | AP`
_CREDIT = re.compile(r"(?:\s[-–—|]{1,2}\s|\s?[(\[/|])(?P<credit>[^()\[\]/|–—]{2,40})[)\]/]?\s*\Z")

# `Talks resume in ...`, `Talks resume in Os…`
_CUT = re.compile(r"(?:(?P<glued>\S)|\s*)(?:\.{2,}|…)[\s\"”»)\]]*\Z")

_DROPPED = re.compile("[’‘ʼ´′、。〃〈-】〔-〟\u00ad\u200b-\u200f\u2060\ufeff]")
"""Marks inside words: apostrophes, which some systems drop, and invisible joiners and breaks."""

# `1,000`, `1 000`; not `1.000`, which may be 1 with three decimal places.
_GROUPED = re.compile(r"(?<=\d)[, ](?=\d{3}(?!\d))")
# `1½`, `10²`: the small digits are a figure of their own, and NFKC would make 11/2 and 102.
_FRACTION = re.compile(r"(?=[¼-¾⅐-⅟↉])")
_RAISED = re.compile(r"(?<=\d)(?=[⁰¹²³⁴-⁹₀-₉])")
# `U.S.`, `J.D. Vance`
_DOTTED = re.compile(r"\.(?<=(?<![^\W_])[^\W\d_]\.)(?=[^\W\d_](?![^\W_]))")

_PUNCTUATION = r"\x00-\x1f\x7f-\x9f!-/:-@\[-`{-~¡-©«-´¶-¹»-¿×÷‐-‧‰-⁞"

# `bbb-`, a rating; `-19.5`, `21`, `%`, `talks`; in scripts without spaces each character.
_WORD = re.compile(
    rf"(?<![^\s(])(?:a{{1,3}}|b{{1,3}}|c{{1,3}})[-−–](?![^\s,.;:)])"
    rf"|(?:(?<![^\s(])[-−–])?\d+(?:[.,]\d+)?|[$€£¥₽%+&]|[{UNSPACED}]"  # minus, dash
    rf"|[^\s\d$€£¥₽{_PUNCTUATION}{UNSPACED}]+"
)
_PLAIN = str.maketrans({",": ".", "−": "-", "–": "-"})
_SPELT = {"%": "percent", "pct": "percent", "&": "and"}

# Numerals that begin other numerals: a cut-off `six` may have been `sixteen`.
_COUNTS = frozenset(
    "four six seven eight nine sechs sieben acht neun пять шесть семь восемь девять три две".split()
)

# Words that subeditors drop to make a headline fit.
_LIGHT = frozenset("a an the is are was were be been has have had that".split())


def read_headline(text: str, *, is_of_kill: bool = False) -> Headline:
    """Return the parts of a headline; `is_of_kill` says that a kill bears it.

    >>> read_headline("UPDATE 1-Bank raises rate to “21%” - Reuters").words
    ('bank', 'raises', 'rate', 'to', '21', 'percent')
    """
    rest, marks = strip_markers(_unescape(text[:LONGEST]))
    is_marked = any(mark is Marker.KILL for mark, _ in marks)
    if is_of_kill:
        rest, has_kill_words = _strip_kill_words(rest, is_marked=is_marked)
        is_marked = is_marked or has_kill_words
        # The quoted headline may have a marker of its own: `WITHDRAWN-UPDATE 1-Talks resume`
        rest, quoted_marks = strip_markers(rest)
        marks += quoted_marks
    rest, slug = _strip_slug(rest)
    rest, credit = _strip_credit(rest)
    is_clipped = len(text) >= LONGEST
    words, stub, is_cut = _read_words(rest, is_cut=is_clipped)
    versions = [words for mark, words in marks if mark in {Marker.UPDATE, Marker.CORRECTION}]
    return Headline(
        words=words,
        version=" ".join(_split(" ".join(versions))),
        slug=slug,
        credit=credit,
        is_cut=is_cut,
        stub=stub,
        is_clipped=is_clipped,
        is_of_kill=is_marked,
    )


def _strip_kill_words(text: str, *, is_marked: bool) -> tuple[str, bool]:
    """Return a kill's headline without the words that announce it, and True if it had any.

    If a marker was already stripped from its start (`is_marked`), only its end is searched.
    """
    before = None if is_marked else _KILL_BEFORE.match(text)
    behind = _KILL_BEHIND.search(text)
    stripped = text[before.end() if before else 0 : behind.start() if behind else None]
    return stripped, bool(before or behind)


def _strip_slug(text: str) -> tuple[str, str]:
    """Return a headline without the slug in front, and the folded slug."""
    slug = _SLUG.match(text)
    return (text[slug.end() :], " ".join(_split(slug["slug"]))) if slug else (text, "")


def _strip_credit(text: str) -> tuple[str, str]:
    """Return a headline without the credit of a known agency at its end, and the agency."""
    credit = _CREDIT.search(text)
    known = bare_credit(credit["credit"]) if credit else None
    return (text[: credit.start()], known.agency) if credit and known else (text, "")


def compare(left: Headline, right: Headline) -> Fit:
    """Return the relation between two headlines, in either order."""
    if not left.words or not right.words:
        return Fit.OTHER
    if not _have_other_parts(left, right) and (fit := _compare_words(left, right)):
        # Of two headlines whose ends were not read, nobody knows that they end alike.
        return Fit.PART if left.is_clipped and right.is_clipped else fit
    shared = len(set(left.words) & set(right.words))
    is_alike = 2 * shared >= _ALIKE * (len(set(left.words)) + len(set(right.words)))
    return Fit.ALIKE if is_alike else Fit.OTHER


def _compare_words(left: Headline, right: Headline) -> Fit | None:
    """Return SAME or PART for headlines of which one is the other, or its beginning."""
    short, long = sorted((left, right), key=lambda headline: (len(headline.words), headline.stub))
    count = len(short.words)
    if (left.words, left.stub, left.is_cut) == (right.words, right.stub, right.is_cut):
        return Fit.SAME if count >= _NAMED_FROM else Fit.PART
    # A headline that ends in the middle of a word, or is abbreviated, may be the longer one's.
    if _is_cut_from(short, long) or (len(long.words) == count and _is_cut_from(long, short)):
        return Fit.SAME if count >= CUT_FROM else Fit.PART
    return Fit.PART if _is_part(_heavy(short), _heavy(long)) else None


def fold_all(texts: Sequence[str]) -> list[str]:
    """Return the texts with all typographical variants of a word made equal.

    They are folded together, as the lines of one string: a wire's day takes a few hundredths of a
    second, and a call for each headline would take many times as long.

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
    """Return the text with HTML entities replaced, also those that were escaped twice."""
    return html.unescape(html.unescape(text))


def may_be_like(headline: Headline, texts: Sequence[str]) -> list[bool]:
    """Return False for each text that cannot be the headline, and for most that are not like it.

    This filter spares the parse of most of a wire's day. The same headline contains every word as
    folded; of those that only resemble it, the first hundred are enough for a guess.
    """
    words = [trace for word in headline.words[: CUT_FROM - 1] for trace in _traces(word)]
    if not headline.words or not texts:
        return [False] * len(texts)
    # Long words are rare, so that most texts are ruled out by three searches.
    longest = sorted(dict.fromkeys(words), key=len, reverse=True)[:3]
    first, second, third = [*longest, "", "", ""][:3]
    may_be: list[bool] = []
    alike = 0
    for text in fold_all(texts):
        if (first in text) + (second in text) + (third in text) < 2:
            may_be.append(False)
            continue
        count = sum(word in text for word in words)
        is_alike = alike < _GUESSES and 2 * count >= len(words)
        alike += is_alike
        may_be.append(count == len(words) or is_alike)
    return may_be


def _traces(word: str) -> list[str]:
    """Return the parts of a word that every folded form of it contains.

    A figure may be grouped (`1,000`), so that only its last three digits are certain; a percent
    sign is not spelt out by folding.
    """
    if word in _SPELT.values():
        return []
    return [word] if word.isalpha() else [part[-3:] for part in re.findall(r"\d+", word)]


def _split(text: str) -> list[str]:
    """Return the folded words of a text."""
    (folded,) = fold_all([text])
    words = _WORD.findall(_GROUPED.sub("", folded))
    return [_SPELT.get(word, word.translate(_PLAIN)) for word in words]


def _read_words(text: str, *, is_cut: bool) -> tuple[tuple[str, ...], str, bool]:
    """Return the words, the rest of an incomplete last word, and True if the end is missing."""
    cut = _CUT.search(text) if ".." in text or "…" in text else None
    if cut is None and not is_cut:
        return tuple(_split(text)), "", False
    words = _split(text[: cut.start()] + (cut["glued"] or "") if cut else text)
    if words and (cut is None or cut["glued"]):
        return tuple(words[:-1]), words[-1], True
    return tuple(words), "", True


def _have_other_parts(left: Headline, right: Headline) -> bool:
    """Return True if both have a version, a slug or a credit, and it differs."""
    pairs = (
        (left.version, right.version),
        (left.slug, right.slug),
        (left.credit, right.credit),
    )
    return any(ours and theirs and ours != theirs for ours, theirs in pairs)


def _is_cut_from(short: Headline, long: Headline) -> bool:
    """Return True if `short` is the long headline, cut off.

    A stub that ends in a digit proves nothing: `1` may have been `12` or `100`.
    """
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
    """Return the words without those that are often left out."""
    return [word for word in headline.words if word not in _LIGHT]


def _is_part(short: list[str], long: list[str]) -> bool:
    """Return True if `short` is the beginning of `long`, and its missing end holds no figure."""
    rest = long[len(short) :]
    return (
        len(short) >= max(2, _PART * len(long))
        and short == long[: len(short)]
        and not any(word[-1].isdigit() for word in rest)
    )
