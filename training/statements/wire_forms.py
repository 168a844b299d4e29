"""Rewrite PolNeAR's reports in forms that wires use and newspapers rarely do.

`The port will open, Mr. Lee told reporters on Friday`: the content first and a listener, a place or
a day last. `In Mr. Lee's words, the port will open`: a noun instead of `according to`.
"""

import random
from collections.abc import Iterable, Iterator, Sequence

from read_attributions import Attribution, source_tokens

from worker.parse.quotes.lexicon.function_words import DETERMINERS
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import CAPITAL, LOWER, NUMBER, PUNCTUATION, TokenKind

__all__ = ["vary"]

Pair = tuple[Sentence, list[Attribution]]
Token = tuple[str, TokenKind]

INVERTED = 0.2
"""The share of the suitable sentences that are turned round, likewise `RENAMED`."""
RENAMED = 0.3
_MAX_MIDDLE = 8
_MIN_CONTENT = 4
# What stands behind the verb of a lead. TASS stands for any agency.
_TAILS = {
    "told": (
        "reporters",
        "reporters on Friday",
        "journalists on Monday",
        "TASS",
        "TASS on Wednesday",
        "Reuters in an interview",
        "a briefing on Thursday",
        "a news conference in Moscow",
        "the newspaper",
    ),
    "said": (
        "",
        "on Friday",
        "Wednesday",
        "in a statement",
        "in an interview with TASS",
        "in its daily bulletin",
        "at a meeting in Brussels",
        "at a press conference in Moscow",
        "earlier",
    ),
    "announced": ("", "on Friday", "on its website", "at a press conference"),
    "reported": ("", "on Monday", "on its website"),
    "informed": ("",),
    "stressed": ("", "on Tuesday"),
    "noted": ("", "in a comment for TASS"),
    "stated": ("", "on Monday"),
}
_PRONOUNS = frozenset("he she it they we".split())
_POSSESSIVES = {"him": "his", "her": "her", "them": "their", "it": "its"}
_NOUNS = ("words", "words", "account", "estimate", "view", "opinion", "reckoning", "assessment")


def vary(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Yield each sentence, and other forms of some of them."""
    chance = random.Random(1)
    for sentence, attributions in pairs:
        yield sentence, attributions
        for gold in attributions:
            made = _invert(sentence, gold, chance) if chance.random() < INVERTED else None
            if made is None and chance.random() < RENAMED:
                made = _rename(sentence, gold, chance)
            if made is not None:
                yield _write(sentence, attributions, *made)


def _invert(
    sentence: Sentence, gold: Attribution, chance: random.Random
) -> tuple[list[int | Token], Attribution] | None:
    """`Mr. Lee said the port will open.`: return the tokens with the content first."""
    source, content = source_tokens(sentence, gold), gold.content
    cue = len(source)
    is_plain = source == tuple(range(cue)) and gold.cue == (cue,) and cue > 0
    if not is_plain or not _is_run(content) or len(content) < _MIN_CONTENT:
        return None
    middle = [*range(cue + 1, content[0])]
    if content[-1] != _end(sentence) - 1 or content[0] <= cue or len(middle) > _MAX_MIDDLE:
        return None
    if middle and sentence.words[middle[-1]] == "that":
        middle.pop()
    verb, tail = sentence.words[cue], [*middle]
    tokens: list[int | Token] = [*content, (",", PUNCTUATION), *source]
    place = len(tokens)
    if middle or chance.random() < 0.3:
        tokens += [cue, *tail]
    else:
        verb = chance.choice(("told", "told", "said", "said", *_TAILS))
        tokens += [(verb, LOWER), *_read(chance.choice(_TAILS[verb]))]
    return tokens, Attribution((place,), tuple(range(len(content))), ())


def _rename(
    sentence: Sentence, gold: Attribution, chance: random.Random
) -> tuple[list[int | Token], Attribution] | None:
    """`According to Mr. Lee`: return the tokens with `In Mr. Lee's words` instead."""
    source = source_tokens(sentence, gold)
    if not source or not _is_run(source) or sentence.words[gold.cue[0]] != "according":
        return None
    first = gold.cue[0]
    if source[0] != first + 2 or sentence.words[first + 1] != "to":
        return None
    noun = (chance.choice(_NOUNS), LOWER)
    opening = "by" if noun[0] in {"account", "estimate", "reckoning"} else "in"
    tokens: list[int | Token] = [*range(first), (opening, sentence.kinds[first])]
    last = sentence.words[source[-1]]
    if len(source) == 1 and last in _POSSESSIVES:
        tokens += [(_POSSESSIVES[last], LOWER), noun]
        place = len(tokens) - 1
    elif chance.random() < 0.7:
        tokens += [*source[:-1], (f"{last}'s", sentence.kinds[source[-1]]), noun]
        place = len(tokens) - 1
    else:
        tokens += [("the", LOWER), noun, ("of", LOWER), *source]
        place = first + 2
    tokens += range(source[-1] + 1, _end(sentence))
    at = {token: index for index, token in enumerate(tokens) if isinstance(token, int)}
    content = tuple(at[token] for token in gold.content if token in at)
    return (tokens, Attribution((place,), content, ())) if content else None


def _write(
    sentence: Sentence,
    attributions: Sequence[Attribution],
    tokens: Sequence[int | Token],
    own: Attribution,
) -> Pair:
    """Return a sentence of tokens, and the attributions that are whole in it."""
    made = Sentence(sentence.paragraph)
    at: dict[int, int] = {}
    for token in (*tokens, (".", PUNCTUATION)):
        word, kind = (
            (sentence.words[token], sentence.kinds[token]) if isinstance(token, int) else token
        )
        if kind is LOWER and not made.words:
            kind = CAPITAL
        elif kind is CAPITAL and made.words and (word in DETERMINERS or word in _PRONOUNS):
            kind = LOWER
        if isinstance(token, int):
            at[token] = len(made)
        made.append(word, kind, 0, 1)
    kept = [own]
    for gold in attributions:
        if all(token in at for token in (*gold.cue, *gold.content)):
            cue = tuple(at[token] for token in gold.cue)
            if cue != own.cue:
                kept.append(Attribution(cue, tuple(at[token] for token in gold.content), ()))
    return made, kept


def _read(words: str) -> list[Token]:
    return [
        (word.lower(), NUMBER if word[0].isdigit() else CAPITAL if word[0].isupper() else LOWER)
        for word in words.split()
    ]


def _is_run(tokens: Sequence[int]) -> bool:
    return bool(tokens) and tokens[-1] - tokens[0] + 1 == len(tokens)


def _end(sentence: Sentence) -> int:
    """Return the end of a sentence without the marks that close it."""
    end = len(sentence)
    while end and sentence.kinds[end - 1] is PUNCTUATION:
        end -= 1
    return end
