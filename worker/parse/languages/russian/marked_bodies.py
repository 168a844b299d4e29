"""Bodies in marks, whose name declines only where no class word stands before it.

`авиакомпания "Северный крест"` has the name in the nominative in every case of `авиакомпания`, and
`в "Северном кресте"` further down is the same body.
"""

import re
from collections.abc import Iterator, Sequence

from worker.parse.languages.russian.lexicon import is_class_word
from worker.parse.languages.russian.roles import Named
from worker.parse.languages.russian.word_forms import fold_yo

__all__ = ["nominatives_by_class_word"]

_MARK = re.compile(r"[«\"“„]\Z")
_BEFORE = re.compile(r"(?P<word>[а-яё-]{2,}|[А-ЯЁ]{2,4}|[А-ЯЁ][а-яё-]{3,})[ \u00a0][«\"“„]?\Z")
_LOOK_BACK = 40
_LONGEST_END = 3
_SHORTEST_STEM = 3
_MOST_NAMES = 50
"""Names with a class word that are compared, which keeps the reading linear."""


def nominatives_by_class_word(
    full: str, named: Sequence[Named], names: Sequence[str]
) -> dict[int, str]:
    """Return the nominatives of bodies in marks, by the numbers of their mentions.

    >>> from worker.model import EntityLabel
    >>> text = 'Фирма "Северный крест" молчит. В "Северном кресте" ждут.'
    >>> named = [Named(7, 21, EntityLabel.ORG), Named(34, 49, EntityLabel.ORG)]
    >>> nominatives_by_class_word(text, named, ["Северный крест", "Северный кресте"])
    {1: 'Северный крест'}
    """
    marked = [number for number in range(len(named)) if _is_marked(full, named[number])]
    told = dict.fromkeys(_with_class_word(full, named, names, marked))
    found: dict[int, str] = {}
    for number in marked:
        printed = full[named[number].start : named[number].end]
        own = next((name for name in list(told)[:_MOST_NAMES] if _is_form(printed, name)), None)
        if own and own != names[number]:
            found[number] = own
    return found


def _is_marked(full: str, name: Named) -> bool:
    return _MARK.search(full, max(0, name.start - 1), name.start) is not None


def _with_class_word(
    full: str, named: Sequence[Named], names: Sequence[str], marked: Sequence[int]
) -> Iterator[str]:
    """Yield the names as they are printed behind a class word: `компании "Рубин"`."""
    for number in marked:
        start, end, _ = named[number]
        before = _BEFORE.search(full, max(0, start - _LOOK_BACK), start)
        printed = full[start:end]
        if before and is_class_word(fold_yo(before["word"])) and printed == names[number]:
            yield printed


def _is_form(printed: str, nominative: str) -> bool:
    """Return True for words that differ in their ends alone: `Северном кресте`."""
    words, own = fold_yo(printed).split(), fold_yo(nominative).split()
    return len(words) == len(own) and all(map(_has_stem, words, own))


def _has_stem(word: str, nominative: str) -> bool:
    if word == nominative:
        return True
    stem = max(_SHORTEST_STEM, len(nominative) - 2)
    is_ending = abs(len(word) - len(nominative)) <= _LONGEST_END
    return is_ending and word[: min(stem, len(nominative) - 1)] == nominative[:stem]
