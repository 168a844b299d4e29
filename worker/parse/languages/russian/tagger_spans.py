"""Names that the network cut at a hyphen, made whole: `Юрьев-Польский`, `российско-индийский`."""

import re
from collections.abc import Sequence

from worker.model import EntityLabel
from worker.parse.entities.tagger.spans import TaggedSpan

__all__ = ["join_hyphenated"]

_SURNAME = re.compile(r"-[А-ЯЁ][А-ЯЁа-яё]+(?![\w-])")
"""The second half of a surname: `-Польский` behind `Юрьев`."""

_ADJECTIVE = re.compile(r"-[а-яё]+[сц]к(?:ий|ого|ому|им|ом|ая|ую|ой|ое|ие|их|ими)(?![\w-])")
"""The second half of an adjective: `-индийские` behind `российско`."""

_FIRST_HALF = re.compile(r"(?<![\w-])[А-ЯЁа-яё]+о-\Z")
"""The first half of an adjective: `ирано-` before `иракская`."""

_HALF_LENGTH_MAX = 40


def join_hyphenated(text: str, spans: Sequence[TaggedSpan]) -> list[TaggedSpan]:
    """Return the spans with people's names and peoples' adjectives whole at their hyphens.

    A span that stands in the other half of such a word is dropped.
    """
    joined: list[TaggedSpan] = []
    end = 0
    for span in spans:
        if span.start < end:
            continue
        whole = _whole(text, span)
        while joined and joined[-1].end > whole.start:
            joined.pop()
        joined.append(whole)
        end = whole.end
    return joined


def _whole(text: str, span: TaggedSpan) -> TaggedSpan:
    start, end, label = span
    if label is EntityLabel.PERSON and text[start:end][-1:].islower():
        # `Станислав Юрьев` before `-Польский`
        if rest := _SURNAME.match(text, end):
            end = rest.end()
    elif label is EntityLabel.NORP:
        # `российско` before `-индийских`
        if text[end - 1 : end] == "о" and (rest := _ADJECTIVE.match(text, end)):
            end = rest.end()
        # `иракской` behind `ирано-`
        before = text[max(0, start - _HALF_LENGTH_MAX) : start]
        if half := _FIRST_HALF.search(before):
            start -= len(half.group())
    return TaggedSpan(start, end, label)
