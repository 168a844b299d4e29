"""Reading one run: which of its words are a known name, a body, a title, a person.

`read_run` goes through the words from left to right and takes the longest reading at each.
What no list and no pattern knows is handed on as loose words, to be settled once the whole item has
been read.
"""

from typing import NamedTuple

from worker.model import EntityLabel
from worker.parse.entities.capitalised_runs import CapitalisedRun, Word
from worker.parse.entities.lexicon import Lexicon, LexiconEntry

__all__ = ["NameMention", "UnclassifiedName", "read_run"]

_NAME_PARTICLES = frozenset(
    "de da di do dos del della la le van von der den ter bin ibn bint al el ul zu y e las los"
    " d' d’".split()
)
_CHAINS = frozenset({"of", "for", "on"})
_NO_FAMILY_NAMES = frozenset(
    "Sea Ocean River Mountains Mountain Strait Straits Bay Peninsula Island Islands Desert Valley"
    " Archipelago Basin Plateau Steppe Hills Glacier Canal Channel Canyon Reef Isles Rift Harbor"
    " Harbour Inlet Lagoon Fjord Atoll Delta".split()
)
"""Head words of places that are hardly ever family names, as Lake, Falls and Forest are."""
_LIMIT_HEADED = 9
_LIMIT_NAME = 5


class NameMention(NamedTuple):
    """A name in the text.

    `name` is the words in their usual case, `known` what the lists say of it.
    """

    start: int
    end: int
    label: EntityLabel
    name: str
    entry: LexiconEntry | None = None


class UnclassifiedName(NamedTuple):
    """Capitalised words that nothing has claimed yet. `opens`: they begin a sentence."""

    words: tuple[Word, ...]
    opens: bool
    titled: bool

    @property
    def name(self) -> str:
        """The words, with one blank between them."""
        return " ".join(word.text for word in self.words)


def read_run(
    run: CapitalisedRun, lexicon: Lexicon
) -> tuple[list[NameMention], list[UnclassifiedName]]:
    """The names of one run, and the words left over, each in text order."""
    return _RunReader(run, lexicon).read()


class _RunReader:
    """The words of a run and how far they have been read."""

    def __init__(self, run: CapitalisedRun, lexicon: Lexicon) -> None:
        self.run = run
        self.lexicon = lexicon
        self.words = run.words
        self.texts = tuple(word.text for word in run.words)
        self.lowers = tuple(text.lower() for text in self.texts)
        self.mentions: list[NameMention] = []
        self.loose: list[UnclassifiedName] = []
        self.after_title = False

    def read(self) -> tuple[list[NameMention], list[UnclassifiedName]]:
        at = 0
        while at < len(self.texts):
            at = self._step(at)
        return self.mentions, self.loose

    def _step(self, at: int) -> int:
        """Read what begins at word `at`; the index of the word to go on from."""
        known_end, known = self._known(at)
        if known_end <= at + 1 and not self._is_name_word(at):
            self.after_title = self.after_title and self._is_small(at)
            return at + 1
        if person_end := self._given_before_place(at, known_end):
            return self._add(at, person_end, EntityLabel.PERSON)
        headed_end, label = self._headed(at)
        if label and headed_end > known_end:
            return self._add(at, headed_end, label)
        if known:
            if team_end := self._place_and_word(known_end, known):
                return self._add(at, team_end, EntityLabel.ORG)
            return self._add_known(at, known_end, known)
        if self._both_known(at):
            return self._add_both(at)
        if title_end := self._title(at):
            self.after_title = True
            return title_end
        if person_end := self._person(at):
            self.after_title = False
            return self._add(at, person_end, EntityLabel.PERSON)
        return self._leave(at)

    # what the words are

    def _is_small(self, at: int) -> bool:
        return self.texts[at][0].islower() and "-" not in self.texts[at]

    def _is_name_word(self, at: int) -> bool:
        """True unless the word is a small one, a function word or a month.

        "Jan" is a name before a family name and "May" after a given name: as months both have a
        number or nothing beside them.
        """
        lower = self.lowers[at]
        if self._is_small(at):
            return False
        if self.texts[at] == "May":
            return at > 0 and self.texts[at - 1] in self.lexicon.given
        if lower in self.lexicon.stop:
            return self._is_acronym(at) and self._is_listed(at)
        if lower.partition("-")[0] not in self.lexicon.calendar:
            return True
        return self.texts[at] == "Jan" and at + 1 < len(self.texts) and self._is_unlisted(at + 1)

    def _is_unlisted(self, at: int) -> bool:
        """True for a capitalised word on no list: after "Jan", a family name."""
        lower = self.lowers[at]
        lists = (self.lexicon.calendar, self.lexicon.stop, self.lexicon.common)
        return (
            not self._is_small(at)
            and not self._is_title_word(at)
            and not any(lower in words for words in lists)
            and self._known(at)[1] is None
        )

    def _is_listed(self, at: int) -> bool:
        """True for "US" and "WHO", which are function words but for their capitals."""
        return self.texts[at] in self.lexicon.entries and (
            not self.run.titled or self.lowers[at] == "us"
        )

    def _is_title_word(self, at: int) -> bool:
        lower = self.lowers[at].rstrip(".")
        return lower in self.lexicon.role_heads or lower in self.lexicon.abbreviations

    def _known(self, at: int) -> tuple[int, LexiconEntry | None]:
        """The longest listed name that begins here, and the index after it."""
        for phrase in self.lexicon.phrases.get(self.texts[at], ()):
            end = at + len(phrase)
            if self.texts[at:end] == phrase:
                return end, self.lexicon.entries[" ".join(phrase)]
        return at, None

    # names by their head word

    def _headed(self, at: int) -> tuple[int, EntityLabel | None]:
        """The end and kind of a name made by a head word ("Ministry"), (at, None) if none."""
        lexicon, texts = self.lexicon, self.texts
        first = lexicon.first_heads.get(texts[at])
        if first and (end := self._first_headed(at)):
            return end, first
        last = -1
        stop = min(len(texts), at + _LIMIT_HEADED)
        for index in range(at, stop):
            if not self._goes_on(at, index, last):
                break
            if texts[index] in lexicon.heads:
                last = index
        if last < 0:
            return at, None
        label = lexicon.heads[texts[last]]
        end = self._chain(last + 1) if label not in {EntityLabel.LOC, EntityLabel.FAC} else last + 1
        if self.texts[end : end + 1] in {("I",), ("II",), ("III",), ("IV",)}:
            end += 1
        if end - at < 2 or self._is_plain_person(at, end, label):
            return at, None
        return end, label

    def _goes_on(self, at: int, index: int, last: int) -> bool:
        """True while word `index` can belong to a headed name that began at `at`."""
        if self._is_small(index):
            return self._joins_topics(index)
        if self.texts[index] in self.lexicon.heads:
            return True
        if self._is_title_word(index):
            return index + 1 < len(self.texts) and (
                self.lowers[index] == "general" and self.texts[index + 1] in self.lexicon.heads
            )
        if last >= 0 and index > at and self.texts[index] in self.lexicon.given:
            return False
        return self._is_name_word(index)

    def _joins_topics(self, index: int) -> bool:
        """True for the "and" of "Food and Drug"."""
        if self.texts[index] not in {"and", "&"} or not 0 < index < len(self.texts) - 1:
            return False
        topics = self.lexicon.topics
        return self.texts[index - 1] in topics and self.texts[index + 1] in topics

    def _is_plain_person(self, at: int, end: int, label: EntityLabel) -> bool:
        """True for "Annie Hall": a given name and a family name that is also a head word.

        "Lena River" is a place, unless a title stands before it.
        """
        if end - at != 2 or label in {EntityLabel.ORG, EntityLabel.EVENT, EntityLabel.LAW}:
            return False
        if self.texts[at + 1] in _NO_FAMILY_NAMES:
            return self.after_title
        return self.texts[at] in self.lexicon.given and self.texts[at] not in self.lexicon.entries

    def _first_headed(self, at: int) -> int:
        """The end of "Gulf of Finland", "Lake Tana", "Hurricane Ida"; 0 if there is none."""
        end = at + 1
        if end < len(self.texts) and self.texts[end] == "of":
            end = self._chain(end)
            return end if end > at + 1 else 0
        while end < len(self.texts) and end < at + 3 and self._is_plain_word(end):
            end += 1
        return end if end > at + 1 else 0

    def _is_plain_word(self, at: int) -> bool:
        return self._is_name_word(at) and not self._is_title_word(at)

    def _chain(self, at: int) -> int:
        """The end of what "of", "for" and "and" add to a headed name that ends before `at`."""
        end = at
        for _ in range(3):
            if end >= len(self.texts) - 1 or self.texts[end] not in _CHAINS:
                return end
            begin = end + 1 + (self.texts[end + 1] == "the")
            stop = self._chain_block(begin)
            if stop == begin:
                return end
            end = stop
        return end

    def _chain_block(self, begin: int) -> int:
        """The end of the capitalised words of one link, "and" between topics included."""
        at = begin
        while at < len(self.texts) and at < begin + 7:
            if self._is_small(at):
                if not self._links_topic(at):
                    break
            elif not self._is_name_word(at) or (at > begin and self._breaks_chain(at)):
                break
            at += 1
        return at

    def _links_topic(self, at: int) -> bool:
        if self.texts[at] not in {"and", "&"} or at + 1 >= len(self.texts):
            return False
        return self.texts[at + 1] in self.lexicon.topics

    def _breaks_chain(self, at: int) -> bool:
        """True where a title, a person or a second listed name begins inside a chain."""
        if self._is_title_word(at) or self.texts[at] in self.lexicon.given:
            return True
        return self._known(at)[1] is not None and self._known(at - 1)[1] is not None

    def _place_and_word(self, known_end: int, known: LexiconEntry) -> int:
        """The end of a body named by a place and one unlisted word ("Perth Herons"), else 0."""
        if known.label is not EntityLabel.GPE or self.run.titled or self.after_title:
            return 0
        if known_end >= len(self.texts) or not self._is_loose(known_end):
            return 0
        word = self.texts[known_end]
        if word.isupper() or self.lowers[known_end] in self.lexicon.common | self.lexicon.role_mods:
            return 0
        after = known_end + 1
        return after if after == len(self.texts) or self._is_small(after) else 0

    # titles and persons

    def _title(self, at: int) -> int:
        """The index after a title's last noun ("Foreign Minister"), 0 if no title begins here."""
        end = 0
        index = at
        while index < len(self.texts) and not self._is_small(index):
            lower = self.lowers[index].rstrip(".")
            if self._is_title_word(index):
                end = index + 1
            elif lower not in self.lexicon.role_mods:
                break
            index += 1
        return self._title_topics(end) if end else 0

    def _title_topics(self, end: int) -> int:
        """The end of a title that goes on with its field: "of State", "of Health and Sports"."""
        at = end
        if self.texts[at : at + 1] not in {("of",), ("for",)}:
            return end
        at += 1
        while at < len(self.texts):
            linked = self.texts[at] in {"and", "&"} and self._joins_topics(at)
            if not linked and self.texts[at] not in self.lexicon.topics | {"State"}:
                break
            at += 1
        return at if at > end + 1 else end

    def _given_before_place(self, at: int, known_end: int) -> int:
        """The end of a person whose given name is a place's too ("Georgia Petrova"), else 0."""
        if self.texts[at] not in self.lexicon.given or known_end > at + 1:
            return 0
        if known_end == at:
            return 0
        after = at + 1
        if after >= len(self.texts) or not self._is_plain_word(after):
            return 0
        if self.texts[after] in self.lexicon.heads or self._known(after)[1]:
            return 0
        return self._person(at)

    def _person(self, at: int) -> int:
        """The index after a person's name that begins here, 0 if none does."""
        end = self._name_end(at)
        count = sum(1 for index in range(at, end) if not self._is_small(index))
        text = self.texts[at]
        if self.after_title and count and not self._is_acronym(at):
            return end
        if count < 2 or self.texts[end - 1].endswith("."):
            return 0
        if text in self.lexicon.given or (text.endswith(".") and len(text) <= 6):
            return end
        if text in self.lexicon.cjk and count <= 3 and not text.isupper():
            return end
        return 0

    def _is_acronym(self, at: int) -> bool:
        text = self.texts[at]
        return len(text) > 1 and text.isupper() and "." not in text

    def _name_end(self, at: int) -> int:
        end = index = at
        while index < len(self.texts) and index < at + _LIMIT_NAME:
            if self._is_small(index):
                if self.texts[index] not in _NAME_PARTICLES:
                    break
            elif self._ends_name(at, index):
                break
            else:
                end = index + 1
            index += 1
        return end

    def _ends_name(self, at: int, index: int) -> bool:
        """True when word `index` is not part of the name that began at `at`."""
        if not self._is_name_word(index):
            return True
        if self.run.titled and self.lowers[index] in self.lexicon.common | self.lexicon.verbs:
            return True
        if index == at:
            return False
        final = index + 1 == len(self.texts)
        second = index == at + 1
        if self._is_title_word(index) or self._known(index)[1]:
            return not (second and final)
        return self.lowers[index] in self.lexicon.verbs

    # what comes of it

    def _add(self, at: int, end: int, label: EntityLabel) -> int:
        words = self.words[at:end]
        name = " ".join(word.text for word in words)
        self.mentions.append(NameMention(words[0].start, words[-1].end, label, name))
        return end

    def _add_known(self, at: int, end: int, known: LexiconEntry) -> int:
        words = self.words[at:end]
        name = " ".join(word.text for word in words)
        self.mentions.append(NameMention(words[0].start, words[-1].end, known.label, name, known))
        return end

    def _both_known(self, at: int) -> bool:
        """True for "Russia-NATO" where no head word makes one name of it."""
        first, hyphen, second = self.texts[at].partition("-")
        return bool(hyphen) and first in self.lexicon.entries and second in self.lexicon.entries

    def _add_both(self, at: int) -> int:
        word = self.words[at]
        middle = word.start + word.text.index("-")
        for start, end in ((word.start, middle), (middle + 1, word.end)):
            name = word.text[start - word.start : end - word.start]
            known = self.lexicon.entries[name]
            self.mentions.append(NameMention(start, end, known.label, name, known))
        return at + 1

    def _leave(self, at: int) -> int:
        """Hand on the loose words from `at` to the next that something may claim."""
        end = at + 1
        while end < len(self.texts) and self._is_loose(end):
            end += 1
        opens = self.run.opens and at == 0
        self.loose.append(UnclassifiedName(tuple(self.words[at:end]), opens, self.run.titled))
        return end

    def _is_loose(self, at: int) -> bool:
        if not self._is_plain_word(at) or self.texts[at] in self.lexicon.given:
            return False
        return self._known(at)[1] is None
