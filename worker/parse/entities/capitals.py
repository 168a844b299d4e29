"""Names in paragraphs set in capitals, read by the names of the rest of the item.

`MARLOW FIT FOR FINAL`: a headline in capitals shows no names by itself, the body does.
"""

import re
from collections.abc import Iterator, Sequence

from worker.model import EntityLabel
from worker.parse.entities.name_grammar import NameMention
from worker.parse.text import WireText

__all__ = ["with_names_in_capitals"]

_WORD = re.compile(r"[^\W\d_][\w'’-]*[^\W_]")
_SMALL_WORD = re.compile(r"\b[a-z]+\b")
_SHORTEST = 3
"""Letters. `IT` and `US` are words of a headline too."""

_MOST_WORDS = 4


def with_names_in_capitals(text: WireText, mentions: Sequence[NameMention]) -> list[NameMention]:
    """Return the mentions and, in order, the names of the item that stand in capitals untagged.

    A word that the item also writes in small letters is no name there: `PRICE`, `price`.
    """
    full = text.full
    capitals = [span for span in text.paragraphs if span.of(full).isupper()]
    known = _known_names(mentions) if capitals else {}
    if not known:
        return list(mentions)
    covered = bytearray(len(full))
    for mention in mentions:
        covered[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
    common = frozenset(_SMALL_WORD.findall(full))
    found = list(mentions)
    for span in capitals:
        for start, end in _runs(list(_WORD.finditer(full, span.start, span.end))):
            name = known.get(full[start:end])
            if name and not any(covered[start:end]) and name.name.lower() not in common:
                found.append(name._replace(start=start, end=end))
                covered[start:end] = b"\1" * (end - start)
    return sorted(found)


def _runs(words: Sequence[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Yield the ranges of up to `_MOST_WORDS` words, the longest first."""
    for count in range(_MOST_WORDS, 0, -1):
        for first, last in zip(words, words[count - 1 :], strict=False):
            yield first.start(), last.end()


def _known_names(mentions: Sequence[NameMention]) -> dict[str, NameMention]:
    """Return the names of the item and the family names of its people, by their capitals."""
    known: dict[str, NameMention] = {}
    for mention in mentions:
        if mention.name.isupper():
            continue
        forms = [mention.name]
        if mention.label is EntityLabel.PERSON:
            forms.append(mention.name.rpartition(" ")[2])
        for form in forms:
            if len(form) >= _SHORTEST:
                known.setdefault(form.upper(), mention._replace(name=form))
    return known
