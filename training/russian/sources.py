"""Marked Russian text from every source, as documents.

A source says of a name what it can, as in training/entities/corpora.py: factRuEval knows people,
bodies and places alone, and marks the words of a class ("компания") with the name.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpora import NONE, OTHERS, PLACES, Document, Marked
from marked import CORPUS, read_file

__all__ = [
    "is_held_out",
    "read_fact",
    "read_fact_as_marked",
    "read_first_run",
    "read_nerel",
    "read_own",
    "read_uner",
]

_HELD_OUT = 6
"""One item in so many teaches nothing and measures."""

_NEREL = {
    "PERSON": "PERSON",
    "FAMILY": "PERSON",
    "ORGANIZATION": "ORG",
    "COUNTRY": "GPE",
    "CITY": "GPE",
    "STATE_OR_PROVINCE": "GPE",
    "STATE_OR_PROV": "GPE",
    "DISTRICT": "GPE",
    "LOCATION": "LOC",
    "FACILITY": "FAC",
    "NATIONALITY": "NORP",
    "RELIGION": "NORP",
    "IDEOLOGY": "NORP",
    "EVENT": "EVENT",
    "PRODUCT": "PRODUCT",
    "WORK_OF_ART": "PRODUCT",
    "LAW": "LAW",
}


def is_held_out(name: str) -> bool:
    """True for an item of the corpus that measures."""
    return int(hashlib.md5(name.encode()).hexdigest(), 16) % _HELD_OUT == 0


def read_own() -> Iterator[Document]:
    """The items of the corpus of this project."""
    for path in sorted((CORPUS / "ru").glob("*.txt")):
        yield from _read_marked(path)


def read_first_run(part: str = "") -> Iterator[Document]:
    """The items that are never taught, nor looked at to mend anything; `_2` is the second part."""
    return _read_marked(Path(__file__).with_name(f"first_run{part}.txt"))


def _read_marked(path: Path) -> Iterator[Document]:
    for item in read_file(path):
        marks = tuple(Marked(n.start, n.end, frozenset({n.label})) for n in item.names)
        yield Document("own", item.name, item.text, marks)


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _outermost(found: Iterable[Marked]) -> tuple[Marked, ...]:
    """The marks that no other one holds."""
    kept: list[Marked] = []
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end)):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return tuple(kept)


def read_nerel(folder: Path) -> Iterator[Document]:
    """One part of NEREL 1.1, the outermost of its nested marks."""
    for path in sorted(folder.glob("*.ann")):
        text = _read(path.with_suffix(".txt"))
        marks = []
        for line in path.read_text(encoding="utf-8").splitlines():
            kind, *offsets = line.split("\t")[1].split(" ") if line.startswith("T") else [""]
            if kind in _NEREL and len(offsets) == 2:
                start, end = map(int, offsets)
                marks.append(Marked(start, end, _nerel_labels(kind, text[start:end])))
        yield Document("nerel", path.stem, text, _outermost(marks))


def _nerel_labels(kind: str, name: str) -> frozenset[str]:
    """`российский` is a COUNTRY there; a body in small letters is left open."""
    label = _NEREL[kind]
    if any(letter.isupper() for letter in name) or label in {"PERSON", "NORP"}:
        return frozenset({label})
    return frozenset({"NORP"}) if kind == "COUNTRY" else NONE


_FACT = {"Person": "PERSON", "Org": "ORG", "LocOrg": "", "Location": ""}
Part = tuple[int, int, str]


def _fact_objects(path: Path) -> Iterator[tuple[str, list[Part]]]:
    """The objects of a text of factRuEval, each with the spans of its parts."""
    spans: dict[str, Part] = {}
    for line in path.with_suffix(".spans").read_text(encoding="utf-8").splitlines():
        cells = line.split()
        if len(cells) > 4:
            start, length = int(cells[2]), int(cells[3])
            spans[cells[0]] = (start, start + length, cells[1])
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split("#")[0].split()
        parts = sorted(spans[x] for x in cells[2:] if x in spans and spans[x][2] != "job")
        if parts and cells[1] in _FACT:
            yield cells[1], parts


def read_fact_as_marked(folder: Path) -> Iterator[Document]:
    """One part of factRuEval 2016, whole objects as its authors mark them: to measure."""
    for path in sorted(folder.glob("*.objects")):
        marks = [
            Marked(parts[0][0], max(end for _, end, _ in parts), _fact_labels(kind))
            for kind, parts in _fact_objects(path)
        ]
        text = _read(path.with_suffix(".txt"))
        yield Document("fact", path.stem, text, _outermost(marks), OTHERS)


def read_fact(folder: Path) -> Iterator[Document]:
    """One part of factRuEval 2016 by the rules of this project: to teach.

    What the rules do not tell from a source's marks is left open.
    """
    for path in sorted(folder.glob("*.objects")):
        text = _read(path.with_suffix(".txt"))
        wholes, marks = [], []
        for kind, parts in _fact_objects(path):
            end = max(end for _, end, _ in parts)
            wholes.append(Marked(parts[0][0], end, _fact_labels(kind)))
            marks.append((wholes[-1], _by_rules(text, kind, parts)))
        kept = set(_outermost(wholes))
        inner = [mark for whole, own in marks if whole in kept for mark in own]
        yield Document("fact", path.stem, text, _outermost(inner), OTHERS)


def _fact_labels(kind: str) -> frozenset[str]:
    return frozenset({_FACT[kind]}) if _FACT[kind] else PLACES


def _by_rules(text: str, kind: str, parts: list[Part]) -> list[Marked]:
    """The marks of an object: its name, and what stands before the name left open."""
    start, end = parts[0][0], max(end for _, end, _ in parts)
    labels = _fact_labels(kind)
    if kind == "Person":
        words = text[start:end].split()
        is_name = all(not word[0].islower() for word in words)
        return [Marked(start, end, labels if is_name else NONE)]
    named = [part for part in parts if part[2] in {"org_name", "loc_name"}]
    own = "org_name" if kind == "Org" else "loc_name"
    if not named or all(part[2] != own for part in named):
        return [Marked(start, end, NONE)]
    first = min(part[0] for part in named)
    last = max(part[1] for part in named)
    name = text[first:last]
    if not _is_plain_name(name) or last < end:
        return [Marked(start, end, NONE)]
    before = [Marked(start, first, NONE)] if start < first else []
    return [*before, Marked(first, last, labels)]


def _is_plain_name(name: str) -> bool:
    """A name that begins with a capital and has no marks inside."""
    return name[0].isupper() and not re.search('["«»“”\n]', name)


_NO_SPACE_BEFORE = frozenset(", . ; : ! ? ) ] } » ” % …".split())
_NO_SPACE_AFTER = frozenset("( [ { « „ №".split())
_UNER = {"PER": frozenset({"PERSON"}), "ORG": frozenset({"ORG"}), "LOC": PLACES}
_SENTENCES = 20


def read_uner(path: Path) -> Iterator[Document]:
    """Universal NER: a document of every twenty sentences, each a paragraph."""
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    for at in range(0, len(blocks), _SENTENCES):
        text, marks = "", []
        for block in blocks[at : at + _SENTENCES]:
            rows = [line.split("\t") for line in block.splitlines() if line[0] != "#"]
            text += "\n\n" if text else ""
            sentence, starts = _join([row[1] for row in rows])
            ends = [start + len(row[1]) for start, row in zip(starts, rows, strict=True)]
            marks += [
                Marked(len(text) + starts[first], len(text) + ends[last], _UNER[label])
                for first, last, label in _runs([row[2] for row in rows])
                if label in _UNER
            ]
            text += sentence
        yield Document("uner", f"uner-{at}", text, tuple(marks), OTHERS)


def _runs(tags: list[str]) -> Iterator[tuple[int, int, str]]:
    """First and last token of each run of IOB tags, and its label."""
    start, label = 0, ""
    for index, tag in enumerate([*tags, "O"]):
        if label and (tag[0] in "OB" or tag[2:] != label):
            yield start, index - 1, label
            label = ""
        if tag[0] in "BI" and not label:
            start, label = index, tag[2:]


def _join(words: list[str]) -> tuple[str, list[int]]:
    """A text of the words as copy prints them, and where each begins."""
    text, starts, is_glued, marks = "", [], True, 0
    for word in words:
        marks += word == '"'
        closes = word in _NO_SPACE_BEFORE or (word == '"' and marks % 2 == 0)
        if not is_glued and not closes:
            text += " "
        starts.append(len(text))
        text += word
        is_glued = word in _NO_SPACE_AFTER or (word == '"' and marks % 2 == 1)
    return text, starts
