"""Reading of texts: the drafts of all statements that are not quotations alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from worker.model import Dateline
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.text_sentences import TextSentences
from worker.parse.statements.appositions import has_own_subject, part_from_apposition
from worker.parse.statements.continuation import continue_report
from worker.parse.statements.drafts import Draft, is_naming, make_draft
from worker.parse.statements.listeners import part_from_listener
from worker.parse.statements.models import Report, find_reports, read_after
from worker.parse.statements.silences import is_silence
from worker.parse.statements.vocabulary import CUE_WORDS

__all__ = ["find_drafts"]

_MAX_SENTENCES = 1000
"""Sentences that the models read at once, which bounds the memory that they take."""


class _Place(NamedTuple):
    """A sentence and its text; the first `skipped` tokens are the dateline's."""

    text: int
    sentence: Sentence
    skipped: int


def find_drafts(
    texts: Sequence[TextSentences], datelines: Sequence[Dateline | None]
) -> list[list[Draft]]:
    """Return the drafts of each text in text order; the sentences of all are read together."""
    places = [
        place
        for index, (sentences, dateline) in enumerate(zip(texts, datelines, strict=True))
        for place in _find_places(index, sentences, dateline)
    ]
    drafts: list[list[Draft]] = [[] for _ in texts]
    for first in range(0, len(places), _MAX_SENTENCES):
        chunk = places[first : first + _MAX_SENTENCES]
        for place, found in zip(chunk, _read_chunk(chunk), strict=True):
            drafts[place.text] += found
    return drafts


def _read_chunk(places: Sequence[_Place]) -> list[list[Draft]]:
    """Return the drafts of each sentence."""
    found: list[list[Draft]] = [[] for _ in places]
    # Sentences without any cue candidate are spared the models.
    likely = [
        at for at, place in enumerate(places) if not CUE_WORDS.isdisjoint(place.sentence.words)
    ]
    reports = find_reports(
        [places[at].sentence for at in likely], [places[at].skipped for at in likely]
    )
    silent: set[int] = set()
    for read in reports:
        at = likely[read.sentence]
        sentence = places[at].sentence
        report = _correct(sentence, places[at].skipped, read)
        if report is None or is_silence(sentence, report):
            silent.add(at)
        elif not is_naming(sentence, report):
            found[at].append(make_draft(sentence, report))
    # After the reports of all sentences, since a report may carry on a continuation.
    for at in range(1, len(places)):
        own, before = places[at], places[at - 1]
        is_next = own.text == before.text and own.sentence.paragraph == before.sentence.paragraph
        if is_next and found[at - 1] and not found[at] and at not in silent:
            draft = continue_report(own.sentence, before.sentence, found[at - 1])
            found[at] += [draft] if draft else []
    return found


def _correct(sentence: Sentence, skipped: int, report: Report) -> Report | None:
    """Return a report without listeners and names in its content, None where nothing is left."""
    after = report
    if has_own_subject(sentence, report):
        read = read_after(sentence, skipped, report)
        if read is None:
            return None
        after = read
    return part_from_listener(sentence, part_from_apposition(sentence, after))


def _find_places(
    index: int, sentences: TextSentences, dateline: Dateline | None
) -> Iterator[_Place]:
    """Yield the sentences of a text in order, each once.

    A lead-in is read with its own paragraph and again with the next, to whose quotation it leads.
    """
    end = dateline.span.end if dateline else 0
    paragraphs = [sentences.paragraph(at) for at in range(len(sentences.text.paragraphs))]
    for at, paragraph in enumerate(paragraphs):
        stop = _begin(paragraphs[at + 1].sentences) if at + 1 < len(paragraphs) else -1
        for sentence in paragraph.sentences:
            starts = sentence.starts
            if not starts or (starts[0] >= stop >= 0):
                continue
            # A sentence that begins in the dateline is read from the dateline's end.
            skipped = sum(start < end for start in starts) if starts[0] < end else 0
            if skipped < len(starts):
                yield _Place(index, sentence, skipped)


def _begin(sentences: Sequence[Sentence]) -> int:
    """Return the offset of the first token of sentences, -1 without any."""
    return next((sentence.starts[0] for sentence in sentences if sentence.starts), -1)
