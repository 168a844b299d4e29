"""Folding of place names to the spelling under which they are looked up."""

import unicodedata

__all__ = ["LONGEST_NAME", "fold_name"]

LONGEST_NAME = 120
"""Code points. Longer words are not looked up; no place has so long a name."""

_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ə": "a",
        **dict.fromkeys("-‐‑‒–—/,", " "),
        **dict.fromkeys("'’‘ʼʻ`´?.\u200c\u200d", None),
    }
)
_SAINTS = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt"}


def fold_name(name: str) -> str:
    """Return the name without case, accents, hyphens, full stops and apostrophes, "Saint" as "St".

    >>> fold_name("Saint-Étienne") == fold_name("ST. ETIENNE")
    True
    """
    folded = name.casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(char for char in decomposed if not unicodedata.combining(char))
    words = folded.translate(_LETTERS).split()
    if words:
        words[0] = _SAINTS.get(words[0], words[0])
    return " ".join(words)
