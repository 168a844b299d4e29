"""Whether copy is English: the language in which speakers, statements and names are read."""

import re

__all__ = ["is_english"]

_BEGINNING = 4000
"""Code points that are looked at; the beginning of an item tells its language."""

_WORDS_MIN = 8
"""Fewer words say too little: a flash in capitals, a table of results."""

_SHARE_MIN = 0.12
"""Share of function words. Sample items: English at least 0.26, other languages at most 0.05."""

_FUNCTION_WORDS = frozenset(
    "a after and are at be been but by for from has have her his it its not of off on or said "
    "she that the their they this to were which who with would".split()
)
"""Frequent English words that are no frequent words of Dutch, German or Scandinavian languages."""

_PROSE = re.compile(r"(?<!\w)[^\W\d_A-Z][^\W\d_]*(?:['’][^\W\d_]+)?")
"""A word without a capital: no name, and no word of a table of names."""

_LETTER = re.compile(r"[^\W\d_]")
_LATIN_END = "\u0250"


def is_english(text: str, language: str = "") -> bool:
    """Return True if a text is English; a text of few words is what its tag says.

    Args:
        text: The copy.
        language: Its BCP 47 tag, as its source has it; "" if it has none.

    >>> is_english("The port of Odessa is open, and ships will enter it by noon on Monday.")
    True
    >>> is_english("Le port est ouvert et les navires entrent depuis lundi midi, a dit le maire.")
    False
    >>> is_english("Порт открыт")
    False
    >>> is_english("Calm", "fr-BE")
    False
    """
    beginning = text[:_BEGINNING]
    letters = _LETTER.findall(beginning)
    if sum(letter < _LATIN_END for letter in letters) < len(letters) / 2:
        return False
    words = [word for word in _PROSE.findall(beginning) if word == word.lower()]
    if len(words) < _WORDS_MIN:
        return language.lower().split("-")[0] in ("", "en")
    return sum(word in _FUNCTION_WORDS for word in words) >= _SHARE_MIN * len(words)
