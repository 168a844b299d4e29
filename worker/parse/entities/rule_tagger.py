"""The rule tagger: names and their labels, by lists and patterns.

It reads an item twice. First the grammar of names reads each capitalised run; then the words that
it left unclassified are labelled by the rest of the item: by the same name elsewhere, by the words
around it, by the shape of its letters. Its result is a feature of the network, which decides.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from types import MappingProxyType

from worker.model import EntityLabel
from worker.parse.entities.capitalised_runs import Word, find_capitalised_runs
from worker.parse.entities.lexicon import Lexicon, load_lexicon
from worker.parse.entities.name_grammar import NameMention, UnclassifiedName, read_run
from worker.parse.places import resolve
from worker.parse.text import WireText

__all__ = ["find_names"]

# Python 3.11 looks an enum's attribute up slowly, and these are read for every name.
_PERSON, _ORG, _GPE = EntityLabel.PERSON, EntityLabel.ORG, EntityLabel.GPE

_LOWER_WORD = re.compile(r"\b[a-z]{3,20}\b")

_FOLLOWING = re.compile(
    r"""
    (?P<comma> ,? ) [ ]
    (?P<first> [a-z][a-z-]{2,19} )
    (?: [ ] (?P<second> [a-z]{3,19} ) ){0,1}
    """,
    re.VERBOSE,
)
"""The next two words in small letters: "Tarvas cruise missile", "Moe, said"."""

_PRODUCT_NOUNS = (
    "missile missiles rocket rockets warhead warheads tank tanks drone drones vaccine vaccines"
    " howitzer howitzers aircraft fighter fighters jet jets helicopter helicopters bomber bombers"
    " torpedo torpedoes satellite satellites smartphone smartphones"
)
_ORGANISATION_NOUNS = (
    "newspaper daily weekly magazine broadcaster channel website agency news company bank party"
    " group firm corporation university airline giant movement"
)
_NOUN_LABELS = MappingProxyType(
    dict.fromkeys(_PRODUCT_NOUNS.split(), EntityLabel.PRODUCT)
    | dict.fromkeys(_ORGANISATION_NOUNS.split(), EntityLabel.ORG)
    | dict.fromkeys(
        "region province district oblast city town village airport border".split(), EntityLabel.GPE
    )
    | dict.fromkeys("pipeline stadium bridge cable refinery port dam".split(), EntityLabel.FAC)
)
"""Labels that a common noun gives to the unknown name before it: "Tarvas missile"."""

# `newspaper Tarvas`, `tech giant Tarvas`
_ORG_BEFORE = frozenset(
    "newspaper daily weekly magazine broadcaster channel website agency company bank party group"
    " firm corporation giant outlet tabloid portal platform".split()
)
# `in Tarvas`; `town Tarvas`, `town of Tarvas`
_PLACE_BEFORE = frozenset("in near from at to outside around toward towards into across".split())
_PLACE_NOUN_BEFORE = frozenset("city town village region province district port capital".split())
# "Reznikova", "Zelenko", "Adamyan": endings of Slavic, Caucasian and Nordic family names.
_FAMILY_ENDINGS = re.compile(
    r"\w{2,}(?:ov|ev|yov|ova|eva|in|ina|sky|skiy|skyy|ski|skaya|ska|enko|chuk|shvili|dze|yan"
    r"|escu|sson|ovic|ovich|evich)"
)
_FIRM_SHAPE = re.compile(
    r"\w+(?:bank|neft|gaz|prom|energo|avia|soft|tech|com|corp|press|nadzor|stat|atom|\w[A-Z]\w*)"
)
"""Firms and agencies with telling parts: "Rosneft", "BlackRock"."""

_DIRECTIONS = frozenset("West East North South".split())

_LONGEST_ACRONYM = 6
"""Code points. `UNESCO` is an acronym, `GREENPEACE` a name in capitals."""
_MOST_WORDS_OF_PERSON = 3


def find_names(text: WireText) -> list[NameMention]:
    """Return the names of a text in order, none overlapping another."""
    lexicon = load_lexicon()
    mentions: list[NameMention] = []
    pending: list[UnclassifiedName] = []
    for run in find_capitalised_runs(text, lexicon):
        names, unclassified = read_run(run, lexicon)
        mentions += names
        pending += unclassified
    mentions += _NameClassifier(text.full, lexicon, mentions).classify(pending)
    return _without_overlaps(text.full, mentions)


def _without_overlaps(full: str, mentions: list[NameMention]) -> list[NameMention]:
    """Return the mentions in text order, extended where their context makes them another name."""
    merged: list[NameMention] = []
    end = 0
    for mention in sorted(mentions):
        if mention.start < end:
            continue
        extended = _extend(full, mention)
        merged.append(extended)
        end = extended.end
    return merged


def _extend(full: str, mention: NameMention) -> NameMention:
    """Return `NATO summit` for `NATO` and `global South` for `South`, else the mention itself."""
    start, end = mention.start, mention.end
    if mention.label is _ORG and full.startswith(" summit", end):
        following = full[end + 7 : end + 8]
        if not following.isalnum():
            name = full[start : end + 7]
            return NameMention(start, end + 7, EntityLabel.EVENT, name)
    if mention.name in _DIRECTIONS and full.endswith("global ", max(0, start - 7), start):
        return NameMention(start - 7, end, EntityLabel.LOC, full[start - 7 : end])
    return mention


@lru_cache(maxsize=4096)
def _is_place(name: str) -> bool:
    return resolve(name) is not None


class _NameClassifier:
    """Labels for unclassified names, from the rest of the item and the words around them.

    A name is weak if it opens a sentence or stands in a headline in title case: its capital proves
    nothing, so it needs support from elsewhere.
    """

    def __init__(self, full: str, lexicon: Lexicon, mentions: Sequence[NameMention]) -> None:
        self.full = full
        self.lexicon = lexicon
        self.vocabulary = frozenset(_LOWER_WORD.findall(full))
        self.labels: dict[str, EntityLabel] = {}
        self.families: set[str] = set()
        for mention in mentions:
            self._remember(mention)

    def _remember(self, mention: NameMention) -> None:
        """Keep the label for other mentions of the name and for its short forms."""
        self.labels.setdefault(mention.name, mention.label)
        # `European Space Agency ... ESA`
        if mention.label is _ORG and " " in mention.name:
            initials = "".join(word[0] for word in mention.name.split() if word[0].isupper())
            if len(initials) > 2:
                self.labels.setdefault(initials, _ORG)
        # `Anna Moe ... Moe`, and `MOE` in a headline
        if mention.label is _PERSON:
            self.families.update(mention.name.split()[-1:])
            self.labels.setdefault(mention.name.upper(), mention.label)

    def classify(self, names: Sequence[UnclassifiedName]) -> list[NameMention]:
        """Return the names that can be labelled, as mentions.

        Firm names come first, since their labels support the weak names.
        """
        firm = [name for name in names if not (name.opens or name.titled)]
        weak = [name for name in names if name.opens or name.titled]
        mentions: list[NameMention] = []
        for name in (*firm, *weak):
            mention = self._classify(name)
            if mention:
                self._remember(mention)
                mentions.append(mention)
        return mentions

    def _classify(self, name: UnclassifiedName) -> NameMention | None:
        words = self._without_common_words(name)
        if not words:
            return None
        # `Yesterday Moe`: once a common word is cut off, the rest is firm.
        is_weak = name.titled or (name.opens and words is name.words)
        text = " ".join(word.text for word in words)
        label = self._label(words, text, weak=is_weak)
        return NameMention(words[0].start, words[-1].end, label, text) if label else None

    def _without_common_words(self, name: UnclassifiedName) -> tuple[Word, ...]:
        """Return the words without common words at either end: `Tarvas` for `Police Tarvas`."""
        words = name.words
        while words and self._is_common(words[0], weak=name.opens or name.titled):
            words = words[1:]
        while words and self._is_common(words[-1], weak=name.titled):
            words = words[:-1]
        return words

    def _is_common(self, word: Word, *, weak: bool) -> bool:
        """True for a word that is no name by itself."""
        lower = word.text.lower()
        if word.text in self.families or word.text in self.labels:
            return False
        lexicon = self.lexicon
        if lower in lexicon.caps or lower in lexicon.common or lower in lexicon.role_mods:
            return True
        # `Harvests fell ... the harvests`: the item writes the word in small letters elsewhere.
        return weak and (lower in self.vocabulary or lower in lexicon.verbs)

    def _label(self, words: tuple[Word, ...], name: str, *, weak: bool) -> EntityLabel | None:
        if remembered := self._remembered(words, name):
            return remembered
        if len(words) == 1:
            return self._label_word(words[0], weak=weak)
        return self._label_words(words, name, weak=weak)

    def _remembered(self, words: tuple[Word, ...], name: str) -> EntityLabel | None:
        """Return the label that the item gave the name, or a person's family name, elsewhere."""
        for form in (name, name.title()) if name.isupper() else (name,):
            if form in self.labels:
                return self.labels[form]
        if words[-1].text in self.families or words[-1].text.title() in self.families:
            return _PERSON
        return None

    def _label_word(self, word: Word, *, weak: bool) -> EntityLabel | None:
        """Return the label of a single word, None if it is no name or cannot be told."""
        text = word.text
        if text in _DIRECTIONS:
            return self._label_direction(word)
        if len(text) < 2 or text.endswith("."):
            return None
        if by_context := self._label_by_context(word.start, word.end, weak=weak):
            return by_context
        return None if weak else self._label_by_form(text)

    def _label_direction(self, word: Word) -> EntityLabel | None:
        """`the West`, `the global South`: a direction is a region only behind an article."""
        preceding = self.full[max(0, word.start - 7) : word.start]
        return EntityLabel.LOC if preceding.lower().endswith(("the ", "global ")) else None

    def _label_by_form(self, text: str) -> EntityLabel | None:
        """Return the label that the letters of a single firm word show."""
        # `ESA`, `eSA`; longer words in capitals are emphasis
        if text.isupper() or (text[1:].isupper() and "-" not in text):
            return None if len(text) > _LONGEST_ACRONYM else _ORG
        # `Anna`, `Reznikova`
        if text in self.lexicon.given or _FAMILY_ENDINGS.fullmatch(text):
            return _PERSON
        # `Rosneft`, `BlackRock`
        if _FIRM_SHAPE.fullmatch(text):
            return _ORG
        return _GPE if len(text) > 4 and _is_place(text) else None

    def _label_words(self, words: tuple[Word, ...], name: str, *, weak: bool) -> EntityLabel | None:
        """Return the label of several words: of a person unless something else is shown."""
        by_context = self._label_by_context(words[0].start, words[-1].end, weak=weak)
        if by_context and by_context is not _GPE:
            return by_context
        if by_context or (not weak and _is_place(name)):
            return _GPE
        # `NXP Volta`: a word in capitals belongs to a firm.
        if _has_word_in_capitals(words):
            return None if weak else _ORG
        # `Marten Drozd`; more words than a person's name has are an organisation's.
        if len(words) <= _MOST_WORDS_OF_PERSON:
            return _PERSON
        return None if weak else _ORG

    def _label_by_context(self, start: int, end: int, *, weak: bool) -> EntityLabel | None:
        """Return the label that the small words on either side show."""
        by_following = self._label_by_following(start, end)
        if by_following and by_following is not _GPE:
            return by_following
        line = self.full[max(0, start - 25) : start].rpartition("\n")[2]
        preceding = line.removesuffix("the ").split()
        word = preceding[-1].rstrip(',"“‘') if preceding else ""
        # `newspaper Tarvas`
        if word in _ORG_BEFORE:
            return _ORG
        # `Tarvas province`, `town of Tarvas`
        if by_following or word in _PLACE_NOUN_BEFORE:
            return _GPE
        # `in Tarvas`, if the gazetteer holds the name
        if word in _PLACE_BEFORE and not weak and _is_place(self.full[start:end]):
            return _GPE
        return None

    def _label_by_following(self, start: int, end: int) -> EntityLabel | None:
        following = _FOLLOWING.match(self.full, end)
        if not following:
            return None
        # `Tarvas said`; `ESA said` is an organisation's.
        if following["first"] in self.lexicon.speech:
            return None if self.full[start:end].isupper() else _PERSON
        if following["comma"]:
            return None
        # `Tarvas cruise missile`: a product's noun may stand behind another word.
        first = _NOUN_LABELS.get(following["first"])
        if first is None and _NOUN_LABELS.get(following["second"]) is EntityLabel.PRODUCT:
            return EntityLabel.PRODUCT
        return first


def _has_word_in_capitals(words: Sequence[Word]) -> bool:
    return any(word.text.isupper() and len(word.text) > 1 for word in words)
