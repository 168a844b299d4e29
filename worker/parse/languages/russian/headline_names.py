"""Names of headlines in capitals, which the body of the item tells.

In the examples: `ТОКАЕВ ПРИБЫЛ НА САММИТ` (Tokayev arrived at the summit), `Касым-Жомарт Токаев`
and `саммит` (summit) of the body, `ЗИМА` (winter), also a family name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from worker.model import EntityLabel, Span
from worker.parse.entities.tagger.spans import TaggedSpan
from worker.parse.languages.russian.tagger_features import stem_of
from worker.parse.text import WireText

__all__ = ["with_headline_names"]

_CAPITALS = re.compile(r"[А-ЯЁ]+(?:-[А-ЯЁ]+)*")
_SMALL = re.compile(r"[а-яё]")
_SMALL_WORD = re.compile(r"(?<![\w-])[а-яё]{4,}(?![\w-])")
_FEWEST_WORDS = 3
_SHORTEST_NAME = 4


def with_headline_names(text: WireText, spans: Sequence[TaggedSpan]) -> list[TaggedSpan]:
    r"""Return the names of a text, those of its headlines in capitals told by its body.

    A word of a headline is a name, with the label of the body, if the body has it as a name, and
    none if the body has it in small letters.

    >>> text = WireText("ТОКАЕВ ПРИБЫЛ НА САММИТ\n\nКасым-Жомарт Токаев прибыл на саммит.")
    >>> place, person = EntityLabel.GPE, EntityLabel.PERSON
    >>> spans = [TaggedSpan(17, 23, place), TaggedSpan(25, 44, person)]
    >>> [text.full[span.start : span.end] for span in with_headline_names(text, spans)]
    ['ТОКАЕВ', 'Касым-Жомарт Токаев']
    """
    full = text.full
    headlines = [span for span in text.paragraphs if _is_headline(span.of(full))]
    if not headlines:
        return list(spans)
    inside = [span for span in spans if _is_inside(span, headlines)]
    body = [span for span in spans if span not in inside]
    names = _names_of(full, body)
    common = _stems_of_small_words(full)
    kept = list(_kept(full, inside, names, common))
    added = [
        span
        for line in headlines
        for span in _find_names(full, line, names, common)
        if not any(own.start < span.end and span.start < own.end for own in kept)
    ]
    return sorted([*body, *kept, *added])


def _is_inside(span: TaggedSpan, lines: Sequence[Span]) -> bool:
    return any(line.start <= span.start < line.end for line in lines)


def _stems_of_small_words(full: str) -> set[str]:
    stems = {stem_of(word) for word in _SMALL_WORD.findall(full)}
    # `минские переговоры` says nothing of `МИНСК`.
    return {stem for stem in stems if not stem.endswith(("ск", "цк"))}


def _kept(
    full: str, spans: Sequence[TaggedSpan], names: Mapping[str, EntityLabel], common: set[str]
) -> Iterator[TaggedSpan]:
    """Yield the tagged names of headlines; a single word has the label that the body gives it.

    A person ends before a word that the body has in small letters: `ТОКАЕВ ПРИБЫЛ`.
    """
    for tagged in spans:
        span = _without_verbs(full, tagged, names, common)
        stem = stem_of(full[span.start : span.end])
        if not _CAPITALS.fullmatch(full, span.start, span.end):
            yield span
        elif stem not in common:
            yield span._replace(label=names.get(stem, span.label))
        elif stem in names:  # `ВЕТРОВ`, where the body has the name and the winds
            yield span


def _without_verbs(
    full: str, span: TaggedSpan, names: Mapping[str, EntityLabel], common: set[str]
) -> TaggedSpan:
    """Return a person's name up to the last word that is no common word, another name whole."""
    if span.label is not EntityLabel.PERSON:
        return span
    words = list(_CAPITALS.finditer(full, span.start, span.end))
    while len(words) > 1 and (stem := stem_of(words[-1][0])) in common and stem not in names:
        words.pop()
        span = span._replace(end=words[-1].end())
    return span


def _is_headline(line: str) -> bool:
    return not _SMALL.search(line) and len(_CAPITALS.findall(line)) >= _FEWEST_WORDS


def _names_of(full: str, spans: Sequence[TaggedSpan]) -> Mapping[str, EntityLabel]:
    """Return the label of each name of the body by its stem: of people their family names.

    A name that the body gives two labels is left out: `Вашингтон`, the town and the president.
    """
    labels: dict[str, set[EntityLabel]] = {}
    for start, end, label in spans:
        words = full[start:end].split()
        if label is EntityLabel.PERSON or len(words) == 1:
            labels.setdefault(stem_of(words[-1]), set()).add(label)
    return {stem: next(iter(own)) for stem, own in labels.items() if len(own) == 1}


def _find_names(
    full: str, line: Span, names: Mapping[str, EntityLabel], common: set[str]
) -> Iterator[TaggedSpan]:
    """Yield the words of a headline that the body has as names and in no other sense."""
    for word in _CAPITALS.finditer(full, line.start, line.end):
        stem = stem_of(word[0])
        if len(word[0]) >= _SHORTEST_NAME and stem in names and stem not in common:
            yield TaggedSpan(word.start(), word.end(), names[stem])
