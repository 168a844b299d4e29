"""The invented items that teach who speaks: `copy`, with mentions and chains, and `measure`.

One item a line of `copy/*.jsonl`: {"id", "text", "published", "quotes": [{"start", "end",
"speaker", "also", "mention", "cue", "kind"}], "not_quotes": [{"start", "end"}], "chains": [{"name",
"label", "gender", "mentions": [{"start", "end"}]}]}. `measure/*.jsonl` has neither mentions nor
chains. One item in six, by the MD5 of its id, is kept out of all learning.
"""

import datetime
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.model import Dateline
from worker.parse.dateline import find_dateline
from worker.parse.entities import find_all_entities
from worker.parse.entity_registry import Registry
from worker.parse.quotes.attribution.contexts import QuoteContext, find_contexts
from worker.parse.quotes.text_sentences import TextSentences
from worker.parse.text import WireText

HERE = Path(__file__).parent
COPY = ("tass", "wire", "paper")
MEASURE = ("tass", "tass-2", "wire", "wire-2", "papers")
FOLDS = 6
HELD_OUT = 0
_BATCH = 30
_EDGE = "\"'“”„‟‘’‚‛«»`.,;:!?()[]-–—… \n\t"
_TITLES = frozenset("the a an mr mrs ms dr president minister russian us".split())
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item with its gold, and what the stages before the quote stage find in it."""

    source: str
    id: str
    text: WireText
    dateline: Dateline | None
    registry: Registry
    quotes: list[Json]
    titles: list[Json]
    chains: list[Json]

    @property
    def fold(self) -> int:
        """The item's part of six; part `HELD_OUT` teaches nothing."""
        return int(hashlib.md5(self.id.encode()).hexdigest(), 16) % FOLDS

    def sentences(self) -> TextSentences:
        """The sentences of the text."""
        return TextSentences(self.text)

    def contexts(self, sentences: TextSentences) -> list[QuoteContext]:
        """The marked runs outside the dateline, in text order."""
        return [
            context
            for context in find_contexts(sentences.runs, sentences.paragraph)
            if not self.dateline or not context.run.span.overlaps(self.dateline.span)
        ]

    def gold(self) -> dict[tuple[int, int], Json]:
        """The gold quotations by their spans without marks at the ends."""
        return {trim(self.text.full, one["start"], one["end"]): one for one in self.quotes}

    def gold_of(self, context: QuoteContext, gold: dict[tuple[int, int], Json]) -> Json | None:
        """The gold quotation of a marked run."""
        return gold.get(trim(self.text.full, context.run.start, context.run.end))


def read_items(folder: str, names: Sequence[str]) -> Iterator[Item]:
    """Read files of `copy` or `measure`, and find the entities and dateline of each item."""
    for name in names:
        path = HERE / folder / f"{name}.jsonl"
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for at in range(0, len(rows), _BATCH):
            yield from _read_batch(f"{folder}/{name}", rows[at : at + _BATCH])


def _read_batch(source: str, rows: Sequence[Json]) -> Iterator[Item]:
    texts = [WireText(row["text"]) for row in rows]
    days = [row.get("published") for row in rows]
    datelines = [
        find_dateline(text, datetime.date.fromisoformat(day) if day else None)
        for text, day in zip(texts, days, strict=True)
    ]
    registries = find_all_entities(texts, datelines)
    for row, text, dateline, registry in zip(rows, texts, datelines, registries, strict=True):
        quotes = [one for one in row["quotes"] if "optional" not in one.get("shape", ())]
        yield Item(
            source=source,
            id=row["id"],
            text=text,
            dateline=dateline,
            registry=registry,
            quotes=quotes,
            titles=row.get("not_quotes", []),
            chains=row.get("chains", []),
        )


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without marks and punctuation at its ends."""
    while start < end and text[start] in _EDGE:
        start += 1
    while start < end and text[end - 1] in _EDGE:
        end -= 1
    return start, end


def is_speaker(name: str | None, quote: Json) -> bool:
    """True when a name is that of the quotation's speaker, given names and titles aside."""
    wanted = [quote["speaker"], *(quote.get("also") or ())] if quote["speaker"] else []
    if not name or not wanted:
        return not name and not wanted
    own = _words_of(name)
    return any(
        own[-1:] == _words_of(one)[-1:]
        and (set(own) <= set(_words_of(one)) or set(_words_of(one)) <= set(own))
        for one in wanted
    )


def _words_of(name: str) -> list[str]:
    words = re.findall(r"\w+", re.sub(r"['’]s\b", "", name.lower()))
    return [word for word in words if word not in _TITLES] or words


def span_of(part: Json | None) -> tuple[int, int] | None:
    """The offsets of a mention or a cue."""
    return (part["start"], part["end"]) if part else None


def overlap(first: tuple[int, int], second: tuple[int, int] | None) -> bool:
    """True when two spans share a character."""
    return second is not None and first[0] < second[1] and second[0] < first[1]
