"""Bodies of one item: acronyms and short forms led back to the full name."""

from itertools import pairwise

from worker.parse.entities.lexicon import Lexicon
from worker.parse.entities.name_grammar import NameMention

__all__ = ["organisation_names"]

_SMALL = frozenset("of the for and on in to de du des la le".split())


def organisation_names(full: str, bodies: list[NameMention], lexicon: Lexicon) -> dict[str, str]:
    """The canonical name of each body, by the name as written."""
    names = _listed_names(bodies)
    long_names = [name for name in names if " " in name]
    by_initials = _index_initials(long_names)
    by_tail = _index_tails(long_names)
    by_word = _index_words(long_names, lexicon)
    bracketed = _bracketed(full, bodies)
    for mention in bodies:
        name = mention.name
        if mention.entry:
            continue
        if target := bracketed.get(name) or by_initials.get(name):
            names[name] = names[target]
        elif len(longer := by_tail.get(name) or by_word.get(name) or []) == 1:
            names[name] = names[longer[0]]
    return names


def _listed_names(bodies: list[NameMention]) -> dict[str, str]:
    """The name that the lists give each body, or a full name of it that the item prints."""
    printed: dict[str, list[str]] = {}
    for mention in bodies:
        if mention.entry:
            printed.setdefault(mention.entry.canonical, []).append(mention.name)
    usual = {
        name: name if name in forms else max((f for f in forms if " " in f), key=len, default=name)
        for name, forms in printed.items()
    }
    for name, forms in printed.items():
        if " " not in name:
            usual[name] = max((f for f in forms if " " in f), key=len, default=name)
    return {m.name: usual[m.entry.canonical] if m.entry else m.name for m in bodies}


def _index_initials(names: list[str]) -> dict[str, str]:
    index: dict[str, str] = {}
    for name in names:
        words = name.replace("-", " ").split()
        tight = "".join(word[0] for word in words if word not in _SMALL)
        loose = "".join(word[0] for word in words).upper()
        for initials in (tight, loose):
            if len(initials) > 1 and initials.isupper():
                index.setdefault(initials, name)
    return index


def _index_words(names: list[str], lexicon: Lexicon) -> dict[str, list[str]]:
    """Longer names by their first and their last word: "Delta" leads to "Delta Air Lines"."""
    index: dict[str, list[str]] = {}
    for name in names:
        words = name.split()
        for word in {words[0], words[-1]}:
            if word not in lexicon.heads and word not in lexicon.entries and len(word) > 2:
                index.setdefault(word, []).append(name)
    return index


def _bracketed(full: str, bodies: list[NameMention]) -> dict[str, str]:
    """Acronyms in round brackets right after a name: "Institute of Politics (UIP)"."""
    found: dict[str, str] = {}
    for long, short in pairwise(bodies):
        bracketed = full[long.end : short.start] == " (" and full.startswith(")", short.end)
        if bracketed and " " in long.name and " " not in short.name:
            found[short.name] = long.name
    return found


def _index_tails(names: list[str]) -> dict[str, list[str]]:
    """Longer names by how they end: "Foreign Ministry" leads to "Russian Foreign Ministry"."""
    index: dict[str, list[str]] = {}
    for name in names:
        words = name.split()[:12]
        for first in range(1, len(words) - 1):
            index.setdefault(" ".join(words[first:]), []).append(name)
    return index
