"""The language of a text, told by its letters and its most frequent words."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

__all__ = ["UNKNOWN", "language_of"]

UNKNOWN = "und"
"""A language that is none of those in `function_words.tsv`. Source: BCP 47, "undetermined"."""

_BEGINNING = 1500
"""Code points that are looked at; the beginning of an item tells its language."""

_WORDS_MIN = 8
"""Fewer words say too little: a flash in capitals, a table of results."""

_PROSE_WORDS = 30
"""So many words with hardly an English one among them are in an unknown language."""

_SHARE_MIN = 0.12
"""Share of function words. Sample items: English at least 0.26, other languages at most 0.05."""

_SHARE_SURE = 0.22
"""With so large a share of English words no other language is looked at."""

_FOUND_MIN = 3
"""Different function words of a language that a text needs: one may be a name's or a unit's."""

_SHARE_STRANGE = 0.05
"""A smaller share of function words is chance."""

_TAG_SHARE = 0.8
"""Norwegian and Danish share most of their function words: the item's own tag decides between
languages whose shares are so close."""

_ALIEN_SHARE = 0.015
"""Share of letters that Russian has not: more of them than a name or two brings in."""

_EDGES = "\"'“”„‟‘’‚‛«»`.,;:!?()[]{}<>-–—…/*"

_ASCII_SHARE = 0.7
"""A text in another script has that many spaces, digits and marks at most."""

_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile("[^\\W\\d_\u0250-\U0010ffff]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_NOT_RUSSIAN = re.compile("[іїєґўћђјљњџќѓѕәғқңөұүһӣӯҷҳӊӷҙҫӑӗ]", re.IGNORECASE)
_LETTERS_OF = (
    ("be", "ў"),
    ("uk", "їєґ"),
    ("mk", "ѓќѕ"),
    ("sr", "ђћљњџ"),
    ("kk", "әқғұ"),
    ("uk", "і"),
)
"""Letters of other Cyrillic alphabets; the first that a text has tells its language."""

_SCRIPTS = (
    ("el", "\u0370-\u03ff"),
    ("hy", "\u0530-\u058f"),
    ("he", "\u0590-\u05ff"),
    ("fa", "پچژگ"),
    ("ar", "\u0600-\u06ff"),
    ("hi", "\u0900-\u097f"),
    ("th", "\u0e00-\u0e7f"),
    ("ka", "\u10a0-\u10ff"),
    ("ko", "\u1100-\u11ff\uac00-\ud7af"),
    ("ja", "\u3040-\u30ff"),
    ("zh", "\u4e00-\u9fff"),
)
"""Other scripts, with the language that is likeliest without a tag; the first that is found."""

_CYRILLIC_TAGS = frozenset("ru uk be bg mk sr kk ky tg tt mn".split())
_OTHER_TAGS = frozenset(tag for tag, _ in _SCRIPTS) | {"ur", "mr"}


def language_of(text: str, tag: str = "") -> str:
    """Return the language of a text as a BCP 47 primary language; `UNKNOWN` if it is no known one.

    A text of few words is what its tag says, else English or, in Cyrillic letters, Russian.

    Args:
        text: The copy.
        tag: Its BCP 47 tag, as its source has it; "" if it has none.

    >>> language_of("The port of Odessa is open, and ships will enter it by noon on Monday.")
    'en'
    >>> language_of("Le port est ouvert et les navires entrent depuis lundi, a dit le maire.")
    'fr'
    >>> language_of("Порт Одессы открыт, сообщили в администрации.")
    'ru'
    >>> language_of("Calm", "fr-BE")
    'fr'
    """
    beginning = text[:_BEGINNING]
    told = _primary(tag)
    words = _find_prose(beginning)
    # Nearly all copy in Latin letters ends here, without a look at each letter.
    if len(beginning.encode("ascii", "ignore")) >= _ASCII_SHARE * len(beginning):
        return _by_latin_words(beginning, words, told)
    letters = _LETTER.findall(beginning)
    if len(_LATIN.findall(beginning)) * 2 >= len(letters):
        return _by_latin_words(beginning, words, told)
    if len(_CYRILLIC.findall(beginning)) * 2 >= len(letters):
        return _by_cyrillic_words(beginning, words, told)
    if told in _OTHER_TAGS:
        return told
    return next((name for name, found in _SCRIPTS if re.search(f"[{found}]", beginning)), UNKNOWN)


def _primary(tag: str) -> str:
    primary = tag.lower().split("-")[0]
    is_tag = primary.isascii() and primary.isalpha() and len(primary) in {2, 3}
    return primary if is_tag else ""


def _find_prose(text: str) -> list[str]:
    """Return the words without capitals and digits: no names, no words of a table or an address."""
    words = [word.strip(_EDGES) for word in text.split()]
    return [word for word in words if word.islower() and word.replace("’", "").isalpha()]


def _by_latin_words(text: str, words: Sequence[str], told: str) -> str:
    # A tag of another script cannot be true of this text: feeds carry one tag for all.
    if told in _CYRILLIC_TAGS | _OTHER_TAGS:
        told = ""
    if len(words) < _WORDS_MIN:
        return told or _by_few_words(words, has_guillemets="«" in text)
    english = _share(words, _function_words()["en"])
    if english >= _SHARE_SURE:
        return "en"
    if found := _likeliest(_shares(words), told):
        return found
    if len(words) >= _PROSE_WORDS and english < _SHARE_STRANGE:
        return told if told not in {"", "en"} else UNKNOWN
    return told or "en"


def _by_few_words(words: Sequence[str], *, has_guillemets: bool) -> str:
    """Return English unless another language has more of the words.

    `«Estamos listos», dijo el ministro.` is Spanish by one word, since English has no guillemets.
    """
    present = frozenset(words)
    counts = {tag: len(present & table) for tag, table in _function_words().items()}
    best = max(counts, key=counts.__getitem__)
    least = 1 if has_guillemets else 2
    return best if counts[best] >= max(least, counts["en"] + 1) else "en"


def _by_cyrillic_words(text: str, words: Sequence[str], told: str) -> str:
    """`Паводле`, `Согласно`: Russian is what has Russian words and no letters of another."""
    alien = len(_NOT_RUSSIAN.findall(text))
    is_russian = alien <= _ALIEN_SHARE * len(text)
    shares = dict(_shares(words))
    if not is_russian:
        shares.pop("ru", None)
    if len(words) >= _WORDS_MIN and (found := _likeliest(shares, told)):
        return found
    if not is_russian:
        if told in _CYRILLIC_TAGS and told != "ru":
            return told
        small = text.lower()
        return next(
            (name for name, letters in _LETTERS_OF if any(letter in small for letter in letters)),
            UNKNOWN,
        )
    return told if told in _CYRILLIC_TAGS else "ru"


def _likeliest(shares: Mapping[str, float], told: str) -> str:
    """Return the language of the largest share, or the one that is told; "" if all are small."""
    best = max(shares, key=shares.__getitem__, default="")
    if shares.get(best, 0.0) < _SHARE_MIN:
        return ""
    return told if shares.get(told, 0.0) >= _TAG_SHARE * shares[best] else best


def _shares(words: Sequence[str]) -> Mapping[str, float]:
    """Return the share of its function words for each language that has some in a text."""
    tables = _function_words()
    present = frozenset(words)
    return {
        tag: _share(words, table)
        for tag, table in tables.items()
        if len(present & table) >= _FOUND_MIN
    }


def _share(words: Sequence[str], table: frozenset[str]) -> float:
    return sum(map(table.__contains__, words)) / max(1, len(words))


@lru_cache(maxsize=1)
def _function_words() -> Mapping[str, frozenset[str]]:
    table = files("worker.parse").joinpath("data/function_words.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {tag: frozenset(words.split()) for tag, words in rows}
