"""The mention finder: names and their kinds, by lists and patterns.

`find_names` is the whole surface, so that another finder can take its place; what is one thing
under several names, and who holds which office, is the document pass's work.
"""

import re
from functools import lru_cache
from types import MappingProxyType

from worker.model import EntityLabel
from worker.parse.entities.capitalised_runs import Word, find_capitalised_runs
from worker.parse.entities.lexicon import Lexicon, load_lexicon
from worker.parse.entities.name_grammar import NameMention, UnclassifiedName, read_run
from worker.parse.places import resolve
from worker.parse.text import WireText

__all__ = ["find_names"]

_LOWER_WORD = re.compile(r"\b[a-z]{3,20}\b")

_AFTER = re.compile(
    r"""
    (?P<comma> ,? ) [ ]
    (?P<first> [a-z][a-z-]{2,19} )
    (?: [ ] (?P<second> [a-z]{3,19} ) ){0,1}
    """,
    re.VERBOSE,
)
"""The one or two small words after a name: "Tarvas missile", "Moe, said"."""

_PRODUCT_NOUNS = (
    "missile missiles rocket rockets warhead warheads tank tanks drone drones vaccine vaccines"
    " howitzer howitzers aircraft fighter fighters jet jets helicopter helicopters bomber bombers"
    " torpedo torpedoes satellite satellites smartphone smartphones"
)
_BODY_NOUNS = (
    "newspaper daily weekly magazine broadcaster channel website agency news company bank party"
    " group firm corporation university airline giant movement"
)
_NOUN_LABELS = MappingProxyType(
    dict.fromkeys(_PRODUCT_NOUNS.split(), EntityLabel.PRODUCT)
    | dict.fromkeys(_BODY_NOUNS.split(), EntityLabel.ORG)
    | dict.fromkeys(
        "region province district oblast city town village airport border".split(), EntityLabel.GPE
    )
    | dict.fromkeys("pipeline stadium bridge cable refinery port dam".split(), EntityLabel.FAC)
)
"""What a common noun right after an unknown name makes of it."""

_ORG_BEFORE = frozenset(
    "newspaper daily weekly magazine broadcaster channel website agency company bank party group"
    " firm corporation giant outlet tabloid portal platform".split()
)
_PLACE_BEFORE = frozenset("in near from at to outside around toward towards into across".split())
_PLACE_NOUN_BEFORE = frozenset("city town village region province district port capital".split())
_FAMILY_ENDINGS = re.compile(
    r"\w{2,}(?:ov|ev|yov|ova|eva|in|ina|sky|skiy|skyy|ski|skaya|ska|enko|chuk|shvili|dze|yan"
    r"|escu|sson|ovic|ovich|evich)"
)
_BODY_SHAPE = re.compile(
    r"\w+(?:bank|neft|gaz|prom|energo|avia|soft|tech|com|corp|press|nadzor|stat|atom|\w[A-Z]\w*)"
)
"""Firms and agencies made of parts: "Rosneft", "BlackRock"."""
_DIRECTIONS = frozenset("West East North South".split())


def find_names(text: WireText) -> list[NameMention]:
    """Every name in text order, none overlapping another."""
    lexicon = load_lexicon()
    mentions: list[NameMention] = []
    pending: list[UnclassifiedName] = []
    for run in find_capitalised_runs(text, lexicon):
        names, unclassified = read_run(run, lexicon)
        mentions += names
        pending += unclassified
    mentions += _Settler(text.full, lexicon, mentions).settle(pending)
    return _merge(text.full, mentions)


def _merge(full: str, mentions: list[NameMention]) -> list[NameMention]:
    """The mentions in text order; bodies grow into the event that a summit of theirs is."""
    merged: list[NameMention] = []
    end = 0
    for mention in sorted(mentions):
        if mention.start < end:
            continue
        grown = _grow(full, mention)
        merged.append(grown)
        end = grown.end
    return merged


def _grow(full: str, mention: NameMention) -> NameMention:
    start, end = mention.start, mention.end
    if mention.label is EntityLabel.ORG and full.startswith(" summit", end):
        after = full[end + 7 : end + 8]
        if not after.isalnum():
            name = full[start : end + 7]
            return NameMention(start, end + 7, EntityLabel.EVENT, name)
    if mention.name in _DIRECTIONS and full.endswith("global ", max(0, start - 7), start):
        return NameMention(start - 7, end, EntityLabel.LOC, full[start - 7 : end])
    return mention


@lru_cache(maxsize=4096)
def _is_place(name: str) -> bool:
    return resolve(name) is not None


class _Settler:
    """Decides what loose words are, by the rest of the item and the words around them."""

    def __init__(self, full: str, lexicon: Lexicon, mentions: list[NameMention]) -> None:
        self.full = full
        self.lexicon = lexicon
        self.vocabulary = frozenset(_LOWER_WORD.findall(full))
        self.labels: dict[str, EntityLabel] = {}
        self.families: set[str] = set()
        for mention in mentions:
            self._remember(mention)

    def _remember(self, mention: NameMention) -> None:
        self.labels.setdefault(mention.name, mention.label)
        if mention.label is EntityLabel.ORG and " " in mention.name:
            initials = "".join(word[0] for word in mention.name.split() if word[0].isupper())
            if len(initials) > 2:
                self.labels.setdefault(initials, EntityLabel.ORG)
        if mention.label is EntityLabel.PERSON:
            self.families.update(mention.name.split()[-1:])
            self.labels.setdefault(mention.name.upper(), mention.label)

    def settle(self, loose: list[UnclassifiedName]) -> list[NameMention]:
        """The names among `loose`.

        Firm ones are settled first: what they teach helps with words that open a sentence.
        """
        firm = [piece for piece in loose if not (piece.opens or piece.titled)]
        weak = [piece for piece in loose if piece.opens or piece.titled]
        settled: list[NameMention] = []
        for piece in (*firm, *weak):
            mention = self._settle_one(piece)
            if mention:
                self._remember(mention)
                settled.append(mention)
        return settled

    def _settle_one(self, piece: UnclassifiedName) -> NameMention | None:
        words = piece.words
        while words and self._is_common(words[0], weak=piece.opens or piece.titled):
            words = words[1:]
        while words and self._is_common(words[-1], weak=piece.titled):
            words = words[:-1]
        if not words:
            return None
        weak = (piece.opens and words is piece.words) or piece.titled
        label = self._label(words, weak=weak)
        if label is None:
            return None
        name = " ".join(word.text for word in words)
        return NameMention(words[0].start, words[-1].end, label, name)

    def _is_common(self, word: Word, *, weak: bool) -> bool:
        lower = word.text.lower()
        if word.text in self.families or word.text in self.labels:
            return False
        if lower in self.lexicon.caps or (lower in self.lexicon.role_mods and weak):
            return True
        if lower in self.lexicon.common or lower in self.lexicon.role_mods:
            return True
        return weak and (lower in self.vocabulary or lower in self.lexicon.verbs)

    def _label(self, words: tuple[Word, ...], *, weak: bool) -> EntityLabel | None:
        name = " ".join(word.text for word in words)
        if remembered := self._remembered(words, name):
            return remembered
        if len(words) == 1:
            return self._label_one(words[0], weak=weak)
        return self._label_many(words, name, weak=weak)

    def _remembered(self, words: tuple[Word, ...], name: str) -> EntityLabel | None:
        for form in (name, name.title()) if name.isupper() else (name,):
            if form in self.labels:
                return self.labels[form]
        if words[-1].text in self.families or words[-1].text.title() in self.families:
            return EntityLabel.PERSON
        return None

    def _label_one(self, word: Word, *, weak: bool) -> EntityLabel | None:
        text = word.text
        if text in _DIRECTIONS:
            before = self.full[max(0, word.start - 7) : word.start]
            return EntityLabel.LOC if before.lower().endswith(("the ", "global ")) else None
        if len(text) < 2 or text.endswith("."):
            return None
        if by_context := self._by_context(word.start, word.end, weak=weak):
            return by_context
        if text.isupper() or (text[1:].isupper() and "-" not in text):
            return None if weak or len(text) > 6 else EntityLabel.ORG
        if text in self.lexicon.given:
            return None if weak else EntityLabel.PERSON
        if _FAMILY_ENDINGS.fullmatch(text) and not weak:
            return EntityLabel.PERSON
        if weak:
            return None
        return self._label_shape(text)

    def _label_shape(self, text: str) -> EntityLabel | None:
        """What the letters of a single unknown word say."""
        if _BODY_SHAPE.fullmatch(text):
            return EntityLabel.ORG
        return EntityLabel.GPE if len(text) > 4 and _is_place(text) else None

    def _label_many(self, words: tuple[Word, ...], name: str, *, weak: bool) -> EntityLabel | None:
        by_context = self._by_context(words[0].start, words[-1].end, weak=weak)
        if by_context and by_context is not EntityLabel.GPE:
            return by_context
        if by_context or (not weak and _is_place(name)):
            return EntityLabel.GPE
        if any(word.text.isupper() and len(word.text) > 1 for word in words):
            return None if weak else EntityLabel.ORG
        if weak and len(words) > 3:
            return None
        return EntityLabel.PERSON if len(words) <= 3 else EntityLabel.ORG

    def _by_context(self, start: int, end: int, *, weak: bool) -> EntityLabel | None:
        """What the small words on either side say."""
        after = self._noun_after(start, end)
        if after and after is not EntityLabel.GPE:
            return after
        line = self.full[max(0, start - 25) : start].rpartition("\n")[2]
        before = line.removesuffix("the ").split()
        word = before[-1].rstrip(',"“‘') if before else ""
        if word in _ORG_BEFORE:
            return EntityLabel.ORG
        if after or word in _PLACE_NOUN_BEFORE:
            return EntityLabel.GPE
        if word in _PLACE_BEFORE and not weak and _is_place(self.full[start:end]):
            return EntityLabel.GPE
        return None

    def _noun_after(self, start: int, end: int) -> EntityLabel | None:
        after = _AFTER.match(self.full, end)
        if not after:
            return None
        if after.group("first") in self.lexicon.speech:
            return None if self.full[start:end].isupper() else EntityLabel.PERSON
        if after.group("comma"):
            return None
        first = _NOUN_LABELS.get(after.group("first"))
        if first is None and _NOUN_LABELS.get(after.group("second")) is EntityLabel.PRODUCT:
            return EntityLabel.PRODUCT
        return first
