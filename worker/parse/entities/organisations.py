"""Organisations of an item: acronyms and short forms are resolved to the full name.

    Institute of Politics (IOP)  ... the IOP said         bracketed acronym
    European Space Agency        ... the ESA said         initials
    Russian Foreign Ministry     ... the Foreign Ministry end of the name
    Delta Air Lines              ... Delta said           first or last word
    European Commission          ... the Commission said  head of the name
    Labour Party                 ... Labour said          name without "Party"
    Defence Committee            ... Defense Committee    another spelling

A short form is resolved only if a single full name fits it.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from worker.parse.entities.lexicon import Lexicon
from worker.parse.entities.name_grammar import NameMention

__all__ = ["organisation_names"]

_AMERICAN = {
    "organisation": "organization",
    "co-operation": "cooperation",
    "defence": "defense",
    "centre": "center",
    "programme": "program",
    "labour": "labor",
    "harbour": "harbor",
}
_BRITISH = re.compile("|".join(_AMERICAN), re.IGNORECASE)

_OFFICES = frozenset("Department Ministry Office Bureau".split())
_SMALL_WORDS = frozenset("of the for and on in to de du des la le".split())
_LIMIT_TAIL_WORDS = 12
"""Words of a name whose endings are indexed, which bounds the index of a name without end."""


def organisation_names(
    full: str, organisations: Sequence[NameMention], lexicon: Lexicon
) -> dict[str, str]:
    """Return the canonical name of each organisation, by the name as written."""
    names = _listed_names(organisations)
    long_names = [name for name in names if " " in name]
    by_initials = _index_initials(long_names)
    by_tail = _index_tails(long_names)
    by_word = _index_words(long_names, lexicon)
    by_head = _index_heads(names, lexicon)
    bracketed = _bracketed_acronyms(full, organisations)
    for mention in organisations:
        name = mention.name
        if mention.entry:
            continue
        if long_name := bracketed.get(name) or by_initials.get(name):
            names[name] = names[long_name]
        elif len(candidates := by_tail.get(name) or by_word.get(name) or []) == 1:
            names[name] = names[candidates[0]]
        elif len(heads := by_head.get(name, ())) == 1:
            names[name] = next(iter(heads))
    return _with_one_spelling(_with_parties(names))


def _index_heads(names: dict[str, str], lexicon: Lexicon) -> dict[str, set[str]]:
    """Return the canonical names by their last word, if it may stand alone: `the Commission`."""
    index: dict[str, set[str]] = {}
    for name, canonical in names.items():
        before, _, head = name.rpartition(" ")
        if before and head in lexicon.heads:
            index.setdefault(head, set()).add(canonical)
    return index


def _with_parties(names: dict[str, str]) -> dict[str, str]:
    """Return the names; a party is called by its name without "Party" too: `Labour`."""
    return {name: names.get(f"{name} Party", canonical) for name, canonical in names.items()}


def _with_one_spelling(names: dict[str, str]) -> dict[str, str]:
    """Return the names; of two spellings of a canonical name the first counts for both."""
    first: dict[str, str] = {}
    return {
        name: first.setdefault(_fold_spelling(canonical), canonical)
        for name, canonical in names.items()
    }


def _fold_spelling(name: str) -> str:
    """Return a name as British and American spellings share it: `Co-operation`, `Defense`."""
    return _BRITISH.sub(lambda found: _AMERICAN[found.group().lower()], name).casefold()


def _listed_names(organisations: Sequence[NameMention]) -> dict[str, str]:
    """Return the canonical name by the name as written, for listed names and for all others.

    A listed acronym takes the full name that the item itself prints: with `World Health
    Organization` in the text it is the canonical name of `WHO`.
    """
    printed: dict[str, list[str]] = {}
    for mention in organisations:
        if mention.entry:
            printed.setdefault(mention.entry.canonical, []).append(mention.name)
    canonical = {name: _printed_form(name, forms) for name, forms in printed.items()}
    return {
        mention.name: canonical[mention.entry.canonical] if mention.entry else mention.name
        for mention in organisations
    }


def _printed_form(name: str, forms: Sequence[str]) -> str:
    """Return the listed name if the item prints it in full, else the longest full form printed."""
    if name in forms and " " in name:
        return name
    return max((form for form in forms if " " in form), key=len, default=name)


def _index_initials(names: Sequence[str]) -> dict[str, str]:
    """Full names by their initials, with and without those of small words: `IOP` and `IP`."""
    index: dict[str, str] = {}
    for name in names:
        words = name.replace("-", " ").split()
        capitals = "".join(word[0] for word in words if word not in _SMALL_WORDS)
        all_letters = "".join(word[0] for word in words).upper()
        # `HUD` is the Department of Housing and Urban Development.
        field = capitals[1:] if words[0] in _OFFICES and words[1:2] == ["of"] else ""
        for initials in (capitals, all_letters, field):
            if len(initials) > 1 and initials.isupper():
                index.setdefault(initials, name)
    return index


def _index_words(names: Sequence[str], lexicon: Lexicon) -> dict[str, list[str]]:
    """Full names by their first and last word: `Delta` is a short form of `Delta Air Lines`.

    Head words and listed names are excluded: neither `Ministry` nor `Russian` is a short form.
    """
    index: dict[str, list[str]] = {}
    for name in names:
        words = name.split()
        for word in {words[0], words[-1]}:
            is_name = word not in lexicon.heads and word not in lexicon.entries
            # `the House` is that of a parliament, not the White House.
            if is_name and word != "House" and len(word) > 2:
                index.setdefault(word, []).append(name)
    return index


def _bracketed_acronyms(full: str, organisations: Sequence[NameMention]) -> dict[str, str]:
    """Full names by the acronym in brackets behind them: `Institute of Politics (IOP)`."""
    long_names: dict[str, str] = {}
    for long, short in pairwise(organisations):
        is_bracketed = full[long.end : short.start] == " (" and full.startswith(")", short.end)
        if is_bracketed and " " in long.name and " " not in short.name:
            long_names[short.name] = long.name
    return long_names


def _index_tails(names: Sequence[str]) -> dict[str, list[str]]:
    """Full names by their endings of two words and more: `Foreign Ministry`."""
    index: dict[str, list[str]] = {}
    for name in names:
        words = name.split()[:_LIMIT_TAIL_WORDS]
        for first in range(1, len(words) - 1):
            index.setdefault(" ".join(words[first:]), []).append(name)
    return index
