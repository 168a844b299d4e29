"""More wire copy out of the corpus: other names in the same grammatical form, other type.

A surname in -ов, -ин or -ский takes the endings of every other such surname, and given names of
one declension those of each other, so a name is changed in the case in which it is printed. Other
names change places with names of the corpus that have the same label, length and ending.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from corpora import Document, Marked

__all__ = ["Variation"]

_KEPT = frozenset("тасс риа новости интерфакс прайм".split())
"""Words of agencies' names, which stay: a dateline has no other body."""

_CHANGED = 0.5
"""Share of an item's different names that are changed in a copy."""

_SURNAME = re.compile(
    r"(?P<base>.{2,}?)(?P<kind>(?:[оеё]в|[иы]н)(?=(?:а|у|ым|е|ой|ых|ыми|ы)?\Z)|"
    r"[сц]к(?=(?:ий|ого|ому|им|ом|ая|ую|ой|их|ими|ие)\Z)|(?:енко|швили|дзе|[иы]х)\Z|"
    r"(?:ян|чук|юк|[еи]ц|ер|ман)(?=(?:а|у|ом|ем|е)?\Z))(?P<ending>.*)\Z"
)
_NOMINATIVE = re.compile(r".{2,}?(?:[оеё]в|[иы]н|[сц]кий|енко|швили|дзе|[иы]х|ян|чук|юк|ер|ман)\Z")
_KINDS = {"ев": "ов", "ёв": "ов", "ын": "ин", "цк": "ск"}
"""Kinds of surnames that decline as another does."""

_MALE = (("", "а", "у", "ом", "е"), ("й", "я", "ю", "ем", "е"), ("ий", "ия", "ию", "ием", "ии"))
_FEMALE = (("а", "ы", "е", "у", "ой"), ("ия", "ии", "ию", "ией"), ("а", "и", "е", "у", "ой"))
_ADJECTIVE = re.compile(r"(?P<base>.+[сц]к)(?P<ending>ий|ого|ому|им|ом|ая|ую|ой|ое|ие|их|ими)\Z")


def _class_of(name: str, *, is_woman: bool) -> tuple[str, tuple[str, ...]] | None:
    """What is left of a given name before the endings of its declension, and the endings."""
    if not is_woman and name.endswith("ий"):
        return name[:-2], _MALE[2]
    if not is_woman and name[-1] == "й":
        return name[:-1], _MALE[1]
    if not is_woman and name[-1] in "бвгдзклмнпрстфх":
        return name, _MALE[0]
    if is_woman and name.endswith("ия"):
        return name[:-2], _FEMALE[1]
    if is_woman and name[-1] == "а":
        return name[:-1], _FEMALE[2] if name[-2] in "гкхжшчщ" else _FEMALE[0]
    return None


class _GivenNames:
    """Given names with their forms."""

    def __init__(self, table: Path) -> None:
        self.bases: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self.weights: dict[tuple[str, ...], list[float]] = defaultdict(list)
        self.forms: dict[str, tuple[str, str, tuple[str, ...]]] = {}
        for line in table.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            name, men, women = line.split("\t")
            found = _class_of(name, is_woman=int(women) > int(men))
            if found:
                base, endings = found
                self.bases[endings].append(base)
                self.weights[endings].append((int(men) + int(women)) ** 0.5)
                for ending in endings:
                    self.forms.setdefault(base + ending, (base, ending, endings))

    def other(self, form: str, memo: dict[str, str], rng: random.Random) -> str | None:
        """Another given name in the same form; None for a word that is none."""
        found = self.forms.get(form.lower().replace("ё", "е"))
        if not found:
            return None
        base, ending, endings = found
        choice = memo.get(" " + base)
        if choice is None:
            choice = rng.choices(self.bases[endings], self.weights[endings])[0]
            memo[" " + base] = choice
        return (choice + ending).capitalize()


class Variation:
    """Copies of documents with other names, capitals and marks."""

    def __init__(
        self,
        documents: Sequence[Document],
        surnames: Iterable[str],
        given: Path,
        rng: random.Random,
    ) -> None:
        self.rng = rng
        self.given = _GivenNames(given)
        self.surnames: dict[str, list[str]] = defaultdict(list)
        for surname in surnames:
            if _NOMINATIVE.match(surname) and (parts := _split(surname)):
                self.surnames[parts[1]].append(parts[0])
        self.names: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self.peoples: list[str] = []
        for document in documents:
            for mark in document.marks:
                self._collect(document, mark)

    def _collect(self, document: Document, mark: Marked) -> None:
        name = document.text[mark.start : mark.end]
        if len(mark.labels) != 1 or (name.isupper() and len(name) > 5):
            return
        label = next(iter(mark.labels))
        self.names[_form(document, mark, label)].append(name)
        if label == "NORP" and " " not in name and (found := _ADJECTIVE.match(name.lower())):
            self.peoples.append(found["base"])

    def vary(self, document: Document) -> Document:
        """The document with about half of its names replaced, the same name alike throughout."""
        memo: dict[str, str] = {}
        chosen: dict[str, bool] = {}
        text, marks, at = "", [], 0
        for mark in document.marks:
            name = document.text[mark.start : mark.end]
            text += document.text[at : mark.start]
            is_changed = chosen.setdefault(name[:4].lower(), self.rng.random() < _CHANGED)
            is_changed = is_changed and not _KEPT.intersection(re.split(r"\W+", name.lower()))
            new = self._other(document, mark, memo) if is_changed else name
            if name.isupper() and len(name) > 5:
                new = new.upper()
            marks.append(Marked(len(text), len(text) + len(new), mark.labels))
            text += new
            at = mark.end
        text += document.text[at:]
        return Document(document.source, document.name, text, tuple(marks), document.unmarked)

    def _other(self, document: Document, mark: Marked, memo: dict[str, str]) -> str:
        name = document.text[mark.start : mark.end]
        label = next(iter(mark.labels), "")
        if label == "PERSON":
            found = [self._other_word(word, memo) for word in name.split(" ")]
            if found[-1] is not None:
                pairs = zip(name.split(" "), found, strict=True)
                return " ".join(new or word for word, new in pairs)
        if label == "NORP" and (adjective := _ADJECTIVE.match(name)) and self.peoples:
            base = memo.setdefault(adjective["base"].lower(), self.rng.choice(self.peoples))
            new = base + adjective["ending"]
            return new.capitalize() if name[0].isupper() else new
        choices = self.names.get(_form(document, mark, label))
        return memo.setdefault(name, self.rng.choice(choices)) if choices else name

    def _other_word(self, word: str, memo: dict[str, str]) -> str | None:
        if len(word) < 3 or "." in word:
            return word
        if new := self.given.other(word, memo, self.rng):
            return new
        parts = _split(word.lower())
        if not parts or not self.surnames[parts[1]]:
            return None
        base, kind, ending = parts
        if base not in memo:
            memo[base] = self.rng.choice(self.surnames[kind])
        return (memo[base] + ending).capitalize()

    def capitals(self, document: Document) -> Document:
        """The document with some of its paragraphs in capitals, the headline most often."""
        parts = re.split(r"(\n\n)", document.text)
        for index, part in enumerate(parts):
            share = 0.15 if index else 0.8
            if self.rng.random() < share and len(part.upper()) == len(part):
                parts[index] = part.upper()
        return _with_text(document, "".join(parts))

    def typeset(self, document: Document) -> Document:
        """The document with other marks and dashes, or without "ё"; offsets stay."""
        text = document.text
        if self.rng.random() < 0.5:
            text = text.replace("ё", "е").replace("Ё", "Е")
        if '"' in text and self.rng.random() < 0.4:
            text = re.sub(r'(?<![\w.,!?»"])"(?=[\w"])', "«", text).replace('"', "»")
        elif "«" in text and self.rng.random() < 0.4:
            text = text.replace("«", '"').replace("»", '"')
        if self.rng.random() < 0.3:
            text = text.replace(" - ", " — ")
        elif self.rng.random() < 0.3:
            text = text.replace(" — ", " - ")
        return _with_text(document, text)


def _with_text(document: Document, text: str) -> Document:
    return Document(document.source, document.name, text, document.marks, document.unmarked)


def _split(surname: str) -> tuple[str, str, str] | None:
    """Base, kind and ending; the vowel of -ов and -ев belongs to the base."""
    found = _SURNAME.match(surname)
    if not found:
        return None
    kind = found["kind"]
    return found["base"] + kind, _KINDS.get(kind, kind), found["ending"]


def _form(document: Document, mark: Marked, label: str) -> tuple[str, ...]:
    """What two names must share to change places: label, words, endings, marks, capitals."""
    name = document.text[mark.start : mark.end]
    words = name.split()
    quoted = document.text[max(0, mark.start - 1) : mark.start] in {'"', "«"}
    kind = "capitals" if name.isupper() else "lower" if name[0].islower() else "usual"
    first = words[0][-2:].lower() if len(words) > 1 else ""
    return label, str(min(len(words), 4)), first, words[-1][-2:].lower(), str(quoted), kind
