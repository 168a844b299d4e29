"""Read PolNeAR's attributions as tokens of our sentences."""

import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.parse.quotes.quotation_marks import QuotedRun, find_quoted_runs
from worker.parse.quotes.sentences import Sentence, find_sentences
from worker.parse.quotes.syntax import PUNCTUATION
from worker.parse.text import WireText

sys.path.insert(0, str(Path(__file__).parents[1] / "quotes"))
from read_polnear import Spans, read_attributions  # from the folder beside this

__all__ = ["Attribution", "Document", "read_documents", "source_tokens"]


@dataclass(frozen=True)
class Attribution:
    """An attribution in one sentence: the tokens of its cue and of its content, its source."""

    cue: tuple[int, ...]
    content: tuple[int, ...]
    source: Spans


@dataclass(frozen=True)
class Document:
    """A text with its sentences and attributions."""

    id: str
    text: WireText
    sentences: tuple[Sentence, ...]
    attributions: tuple[dict[str, Spans], ...]

    def by_sentence(self) -> Iterator[tuple[Sentence, list[Attribution]]]:
        """Yield each sentence with the attributions that have cue and content there."""
        for sentence in self.sentences:
            if sentence.starts:
                yield sentence, list(self._in_sentence(sentence))

    def _in_sentence(self, sentence: Sentence) -> Iterator[Attribution]:
        begin, end = sentence.starts[0], sentence.ends[-1]
        for roles in self.attributions:
            if not roles["Cue"] or not begin <= roles["Cue"][0][0] < end:
                continue
            cue = _tokens(sentence, roles["Cue"])
            content = _trim(sentence, _tokens(sentence, roles["Content"]))
            if cue:
                yield Attribution(cue, content, roles["Source"])


def source_tokens(sentence: Sentence, gold: Attribution) -> tuple[int, ...]:
    """Return the tokens of a source, none of them if it stands in another sentence."""
    return _tokens(sentence, gold.source)


def _tokens(sentence: Sentence, spans: Spans) -> tuple[int, ...]:
    """Return the tokens that share a character with any span."""
    return tuple(
        at
        for at, (start, end) in enumerate(zip(sentence.starts, sentence.ends, strict=True))
        if any(start < stop and begin < end for begin, stop in spans)
    )


def _trim(sentence: Sentence, tokens: tuple[int, ...]) -> tuple[int, ...]:
    """Return the tokens without marks at their edges and without a leading `that`."""
    first, last = 0, len(tokens)
    while first < last and sentence.kinds[tokens[last - 1]] is PUNCTUATION:
        last -= 1
    while first < last and (
        sentence.kinds[tokens[first]] is PUNCTUATION or sentence.words[tokens[first]] == "that"
    ):
        first += 1
    return tokens[first:last]


def read_documents(polnear: Path, part: str) -> Iterator[Document]:
    """Yield the texts of a part; of several annotators' files for a text the first is taken."""
    folder = polnear / "data" / part
    for path in sorted((folder / "text").glob("*.txt")):
        found = sorted((folder / "attributions").glob(f"{path.stem}_*.ann"))
        if found:
            text = WireText(path.read_bytes().decode("utf-8"))
            attributions = read_attributions(found[0].read_text("utf-8"))
            yield Document(path.stem, text, tuple(_sentences(text)), tuple(attributions))


def _sentences(text: WireText) -> Iterator[Sentence]:
    runs: dict[int, list[QuotedRun]] = {
        index: list(group)
        for index, group in itertools.groupby(find_quoted_runs(text), key=lambda run: run.paragraph)
    }
    for index, paragraph in enumerate(text.paragraphs):
        yield from find_sentences(text, index, runs.get(index, ()), paragraph.start)
