"""The texts that compiled modules and interpreted ones have to read alike: the same for a seed."""

import random
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

CASES = Path(__file__).parents[1] / "cases"
RANDOM_TEXTS = 10_000
SEED = 20261202
HOSTILE_TEXTS = 2_000
LONGEST = 400
"""Characters of a random text."""
MARKS = "\"'“”‘’«»„‚‹›()[]{}<>—–-…,.;:!?/\\&#@$€£%*_|~^`"
# What breaks programs in C: ends of strings, surrogates, other directions, what has no width, and
# characters that are longer or shorter in the other case.
ODD = (
    "\0\x01\x07\b\t\n\v\f\r\x1b\x1c\x1d\x1e\x1f\x7f\x80\x85\xa0\xad\u0130\u0131\u0149ßŉǰΐſK"
    "\u0300\u0345\u200b\u200d\u200e\u202e\u2028\u2029\u2066\u3000\ud800\udbff\udc00\udfff"
    "\ufdfa\ufeff\ufffd\uffff\U0001d400\U0001f468\U000e0041\U0010ffff٣५一ﬁ"
)
WORDS = (
    "he said she told Reuters President Anna Moroz of the U.S. who but Mr. it's 1,000.5 $3"
    " он сказал сообщила ТАСС глава РФ Анны Лис что который 2,5 млн № января".split()
)
_CYRILLIC = re.compile("[А-Яа-яЁё]{3}")


def texts_of_cases() -> list[str]:
    """Every string of the case files."""
    return [
        text
        for path in sorted(CASES.glob("*.toml"))
        for text in _strings(tomllib.loads(path.read_text(encoding="utf-8")))
    ]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def ordinary_texts(seeds: Sequence[int]) -> list[str]:
    """The strings of the case files, then random texts, and others for each further seed."""
    return [*texts_of_cases(), *(text for seed in (SEED, *seeds) for text in random_texts(seed))]


def random_texts(seed: int) -> list[str]:
    """Pieces of the case files in new orders, a third of them with a damage, a third Russian."""
    rng = random.Random(seed)
    pieces = [text for text in texts_of_cases() if len(text) > 1]
    russian = [text for text in pieces if _CYRILLIC.search(text)]
    texts = []
    for number in range(RANDOM_TEXTS):
        text = " ".join(rng.choices(pieces if number % 3 else russian, k=rng.randint(4, 16)))
        at = rng.randrange(max(1, len(text) - LONGEST))
        text = text[at : at + rng.randint(20, LONGEST)]
        texts.append(_damaged(text, rng) if rng.random() < 1 / 3 else text)
    return texts


def _damaged(text: str, rng: random.Random) -> str:
    letters = list(text)
    for _ in range(rng.randint(1, 8)):
        letters[rng.randrange(len(letters))] = rng.choice(MARKS + ODD)
    return "".join(letters)


def hostile_texts() -> list[str]:
    """Texts that nobody writes: the extremes of every kind, then mixtures of odd characters."""
    rng = random.Random(20261203)
    texts = list(_extremes())
    while len(texts) < HOSTILE_TEXTS:
        alphabet = [*rng.sample(ODD, 4), *rng.sample(MARKS, 5), *rng.sample(WORDS, 5), " ", "\n\n"]
        texts.append("".join(rng.choices(alphabet, k=rng.randint(1, 300))))
    return texts


def _extremes() -> Iterator[str]:
    yield ""
    for letter in ODD + MARKS:
        yield letter
        yield letter * 3_000
        yield f"{letter}Anna Moroz{letter} said{letter} {letter}All is calm{letter}."
        yield f"KIEV{letter} Jan. 1 (Reuters) - “{letter}”, said Mr. {letter}Moroz{letter}{letter}"
    for word in WORDS:
        yield word * 2_000
        yield f"{word} " * 1_000
        yield f"“{word}, " * 400
        yield f"“{word}, ‘" * 200 + f"{word}’ said Anna Moroz.” " * 200
        yield f"“{word}”, said {word}. " * 150
    for opening, closing in ("“”", "‘’", "«»", "()", "[]", '""', "''", "„“"):
        yield opening * 2_000 + "calm" + closing * 2_000
        yield closing * 1_000 + " said Anna. " + opening * 1_000
        yield f"{opening}All {closing}" * 500 + "said Anna Moroz."
    yield "A" * 200_000
    yield "9" * 100_000
    yield "Anna-" * 20_000
    yield "Mr. " * 5_000 + "Moroz said."
    yield f"He said ${'9' * 5_000}.{'9' * 5_000} million."
    yield f"“Calm” said Anna Moroz on January {'9' * 400}, {'9' * 400}."
    yield "She said. " * 3_000
    yield "\n" * 50_000
