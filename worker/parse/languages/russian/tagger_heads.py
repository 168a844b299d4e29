"""Class words before names: `река Ока`, `стадион "Труд"` tell the tagger the kind of a name.

A name that an item prints once behind its class word has that word's bit wherever the item prints
it. The network was trained on these bits, see `tagger_features.py`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from worker.parse.entities.tagger.tokens import TokenText

__all__ = ["HEAD_KINDS", "mark_headed"]

HEAD_KINDS = ("settlement", "nature", "building", "product", "body", "event", "law")
"""Rows of `tagger_words-ru.tsv` that hold class words, each with a bit of a token."""


def mark_headed(
    tokens: TokenText,
    bits: list[list[int]],
    *,
    quoted: Sequence[tuple[int, int]],
    stem_of: Callable[[str], str],
    heads: Mapping[str, Sequence[int]],
) -> None:
    """Set the bits of class words at the names that stand behind them.

    Args:
        tokens: The tokens of an item.
        bits: For each token the numbers of its bits that are set; more are added.
        quoted: The first token of each run between marks and the token behind its last one.
        stem_of: Returns what the forms of a word share.
        heads: For the stem of each class word the numbers of the bits of its kinds.
    """
    words = tokens.words
    ends = dict(quoted)
    stems = {word: stem_of(word) for word in set(words)}
    found: dict[str, set[int]] = defaultdict(set)
    for head, after in pairwise(range(len(words))):
        kinds = heads.get(stems[words[head]])
        if not kinds or tokens.opens[after]:
            continue
        if after + 1 in ends:
            # `стадион "Новый век"`: every word between the marks
            _add(bits[after + 1 : ends[after + 1]], kinds)
            found[stems[words[after + 1]]].update(kinds)
        elif words[after][0].isupper():
            found[stems[words[after]]].update(kinds)
    for index, word in enumerate(words):
        if word[0].isupper() and stems[word] in found:
            _add([bits[index]], sorted(found[stems[word]]))


def _add(rows: Sequence[list[int]], numbers: Sequence[int]) -> None:
    for own in rows:
        own += [number for number in numbers if number not in own]
