"""The grammar of names: a run of capitalised words, divided into names, titles and leftovers.

    Russian Foreign Minister Sergey Lavrov
    NORP    title            PERSON

`read_run` goes through the words from left to right and at each takes the first reading that fits,
in this order: a person whose given name is also a place, a name made by its head word, a listed
name, two listed names joined by a hyphen, a title, a person. Words that fit none are returned as
unclassified. They are labelled after the whole item has been read: `Marten` alone may be anything
until `Eva Marten` is found three paragraphs below.
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
"""Small words inside a person's name: `Ursula von der Leyen`, `Mohammed bin Salman`."""

_CHAINS = frozenset({"of", "for", "on"})
"""Prepositions that continue an organisation's name: `Ministry of Health`, `Council on Ethics`."""

_NO_FAMILY_NAMES = frozenset(
    "Sea Ocean River Mountains Mountain Strait Straits Bay Peninsula Island Islands Desert Valley"
    " Archipelago Basin Plateau Steppe Hills Glacier Canal Channel Canyon Reef Isles Rift Harbor"
    " Harbour Inlet Lagoon Fjord Atoll Delta".split()
)
"""Head words of places that are hardly ever family names, as Lake, Falls and Forest are."""

_REGNAL_NUMBERS = frozenset({"I", "II", "III", "IV"})
"""`World War II`, `Channel IV`: a Roman number belongs to the name before it."""

_LIMIT_HEADED = 9
"""Words. The longest name with a head word seen in wire copy has eight."""

_LIMIT_CHAIN_LINK = 7
_LIMIT_CHAINS = 3
_LIMIT_NAME = 5
"""Words of a person's name, particles included."""

_LONGEST_INITIALS = 6
"""Code points of `J.R.R.`; longer words with a full stop are abbreviations."""


class NameMention(NamedTuple):
    """A mention by name.

    `name` is the words in their usual case, `entry` the lexicon's knowledge of them.
    """

    start: int
    end: int
    label: EntityLabel
    name: str
    entry: LexiconEntry | None = None


class UnclassifiedName(NamedTuple):
    """Capitalised words that no list and no pattern recognised.

    `opens`: they begin a sentence. `titled`: they stand in a headline in title case. In both the
    capitals prove nothing.
    """

    words: tuple[Word, ...]
    opens: bool
    titled: bool

    @property
    def name(self) -> str:
        """The words, joined by single blanks."""
        return " ".join(word.text for word in self.words)


def read_run(
    run: CapitalisedRun, lexicon: Lexicon
) -> tuple[list[NameMention], list[UnclassifiedName]]:
    """Return the names of a run, and the words left over, each in text order."""
    return _RunReader(run, lexicon).read()


class _RunReader:
    """The words of a run, and the position up to which they have been read.

    A `_take` method tries a reading at a word. It records the name and returns the index of the
    word to go on from, or returns 0 where the reading does not fit.
    """

    def __init__(self, run: CapitalisedRun, lexicon: Lexicon) -> None:
        self.run = run
        self.lexicon = lexicon
        self.words = run.words
        self.texts = tuple(word.text for word in run.words)
        self.lowers = tuple(text.lower() for text in self.texts)
        self.mentions: list[NameMention] = []
        self.unclassified: list[UnclassifiedName] = []
        self.after_title = False

    def read(self) -> tuple[list[NameMention], list[UnclassifiedName]]:
        at = 0
        while at < len(self.texts):
            at = self._step(at)
        return self.mentions, self.unclassified

    def _step(self, at: int) -> int:
        """Take the first reading that fits at word `at`; return the index to go on from."""
        listed_end, entry = self._listed(at)
        if listed_end <= at + 1 and not self._is_name_word(at):
            return self._skip(at)
        return (
            self._take_person_called_as_a_place(at, listed_end)
            or self._take_headed(at, listed_end)
            or self._take_listed(at, listed_end, entry)
            or self._take_hyphenated_pair(at)
            or self._take_title(at)
            or self._take_person(at)
            or self._leave(at)
        )

    def _skip(self, at: int) -> int:
        """Pass over a word that begins no name; behind `of`, the title before it still counts."""
        self.after_title = self.after_title and self._is_small(at)
        return at + 1

    # Readings, in the order in which they are tried.

    def _take_person_called_as_a_place(self, at: int, listed_end: int) -> int:
        """`Georgia Petrova`: a given name that is also a listed place, before a family name.

        Not `Georgia State`, nor `Georgia Russia` in a headline.
        """
        if self.texts[at] not in self.lexicon.given or listed_end != at + 1:
            return 0
        following = at + 1
        if following >= len(self.texts) or not self._is_plain_word(following):
            return 0
        if self.texts[following] in self.lexicon.heads or self._listed(following)[1]:
            return 0
        end = self._person_end(at)
        return self._add(at, end, EntityLabel.PERSON) if end else 0

    def _take_headed(self, at: int, listed_end: int) -> int:
        """`Ministry of Health`, `Lake Tana`: a name with a head word, if none listed is longer."""
        end, label = self._headed(at)
        return self._add(at, end, label) if label and end > listed_end else 0

    def _take_listed(self, at: int, listed_end: int, entry: LexiconEntry | None) -> int:
        """`United Nations`, or `Perth Herons` where the word after a place makes it a team."""
        if not entry:
            return 0
        if team_end := self._team_end(listed_end, entry):
            return self._add(at, team_end, EntityLabel.ORG)
        return self._add_listed(at, listed_end, entry)

    def _take_hyphenated_pair(self, at: int) -> int:
        """`Russia-NATO`: two listed names, where no head word joins them to a single name."""
        word = self.words[at]
        first, hyphen, second = word.text.partition("-")
        entries = self.lexicon.entries
        if not hyphen or first not in entries or second not in entries:
            return 0
        middle = word.start + len(first)
        for start, end, name in (
            (word.start, middle, first),
            (middle + 1, word.end, second),
        ):
            entry = entries[name]
            self.mentions.append(NameMention(start, end, entry.label, name, entry))
        return at + 1

    def _take_title(self, at: int) -> int:
        """`Foreign Minister`: no name, but proof that the unlisted words behind it are a name."""
        end = self._title_end(at)
        self.after_title = self.after_title or bool(end)
        return end

    def _take_person(self, at: int) -> int:
        end = self._person_end(at)
        if not end:
            return 0
        self.after_title = False
        return self._add(at, end, EntityLabel.PERSON)

    def _leave(self, at: int) -> int:
        """Record the words from `at` as unclassified, up to a word that a list or title claims."""
        end = at + 1
        while end < len(self.texts) and self._is_unclaimed(end):
            end += 1
        opens = self.run.opens and at == 0
        words = tuple(self.words[at:end])
        self.unclassified.append(UnclassifiedName(words, opens, self.run.titled))
        return end

    def _add(self, at: int, end: int, label: EntityLabel) -> int:
        words = self.words[at:end]
        name = " ".join(word.text for word in words)
        self.mentions.append(NameMention(words[0].start, words[-1].end, label, name))
        return end

    def _add_listed(self, at: int, end: int, entry: LexiconEntry) -> int:
        words = self.words[at:end]
        name = " ".join(word.text for word in words)
        self.mentions.append(NameMention(words[0].start, words[-1].end, entry.label, name, entry))
        return end

    # Properties of single words.

    def _is_small(self, at: int) -> bool:
        return self.texts[at][0].islower() and "-" not in self.texts[at]

    def _is_name_word(self, at: int) -> bool:
        """True for any word but a small word, a function word or a month."""
        if self._is_small(at):
            return False
        # `Theresa May`: behind a given name no month
        if self.texts[at] == "May":
            return at > 0 and self.texts[at - 1] in self.lexicon.given
        # `US`, `WHO`: function words but for their capitals
        if self.lowers[at] in self.lexicon.stop:
            return self._is_acronym(at) and self._is_listed_acronym(at)
        if self.lowers[at].partition("-")[0] not in self.lexicon.calendar:
            return True
        # `Jan Moe`: before a family name no month; a month has a number or nothing beside it.
        return self.texts[at] == "Jan" and at + 1 < len(self.texts) and self._is_unlisted(at + 1)

    def _is_unlisted(self, at: int) -> bool:
        """True for a capitalised word on no list: after "Jan", a family name."""
        lower = self.lowers[at]
        lists = (self.lexicon.calendar, self.lexicon.stop, self.lexicon.common)
        return (
            not self._is_small(at)
            and not self._is_title_word(at)
            and not any(lower in words for words in lists)
            and self._listed(at)[1] is None
        )

    def _is_listed_acronym(self, at: int) -> bool:
        """True for a listed name; in title case only for `US`, as `WHO` may be a pronoun there."""
        return self.texts[at] in self.lexicon.entries and (
            not self.run.titled or self.lowers[at] == "us"
        )

    def _is_title_word(self, at: int) -> bool:
        lower = self.lowers[at].rstrip(".")
        return lower in self.lexicon.role_heads or lower in self.lexicon.abbreviations

    def _is_plain_word(self, at: int) -> bool:
        return self._is_name_word(at) and not self._is_title_word(at)

    def _is_unclaimed(self, at: int) -> bool:
        """True for a name word that is no title, no given name and begins no listed name."""
        if not self._is_plain_word(at) or self.texts[at] in self.lexicon.given:
            return False
        return self._listed(at)[1] is None

    def _is_acronym(self, at: int) -> bool:
        text = self.texts[at]
        return len(text) > 1 and text.isupper() and "." not in text

    def _listed(self, at: int) -> tuple[int, LexiconEntry | None]:
        """Return the end and the entry of the longest listed name that begins here."""
        for phrase in self.lexicon.phrases.get(self.texts[at], ()):
            end = at + len(phrase)
            if self.texts[at:end] == phrase:
                return end, self.lexicon.entries[" ".join(phrase)]
        return at, None

    # Names by their head word.

    def _headed(self, at: int) -> tuple[int, EntityLabel | None]:
        """Return the end and label of the name that a head word makes, (at, None) if none does."""
        first_label = self.lexicon.first_heads.get(self.texts[at])
        if first_label and (end := self._first_headed(at)):
            return end, first_label
        head = self._last_head(at)
        if head < 0:
            return at, None
        label = self.lexicon.heads[self.texts[head]]
        end = head + 1
        # `Ministry of Health` goes on, `Baltic Sea of` does not.
        if label not in {EntityLabel.LOC, EntityLabel.FAC}:
            end = self._chain(end)
        if end < len(self.texts) and self.texts[end] in _REGNAL_NUMBERS:
            end += 1
        # A head word alone (`Ministry`) names nothing.
        if end - at < 2 or self._is_person_with_head_word(at, end, label):
            return at, None
        return end, label

    def _last_head(self, at: int) -> int:
        """Return the index of the last head word of a name that begins at `at`, else -1."""
        last = -1
        for index in range(at, min(len(self.texts), at + _LIMIT_HEADED)):
            if not self._continues_headed(at, index, last):
                break
            if self.texts[index] in self.lexicon.heads:
                last = index
        return last

    def _continues_headed(self, at: int, index: int, last: int) -> bool:
        """True while word `index` can belong to a headed name that began at `at`."""
        if self._is_small(index):
            return self._joins_topics(index)
        if self.texts[index] in self.lexicon.heads:
            return True
        # `General Assembly`, `General Staff`: the only title that is also an adjective
        if self._is_title_word(index):
            return index + 1 < len(self.texts) and (
                self.lowers[index] == "general" and self.texts[index + 1] in self.lexicon.heads
            )
        # `Trade Ministry Anna Moe`: a given name behind the head begins a person.
        if last >= 0 and index > at and self.texts[index] in self.lexicon.given:
            return False
        return self._is_name_word(index)

    def _joins_topics(self, index: int) -> bool:
        """True for the "and" of `Food and Drug Administration`, between two fields of an office."""
        if self.texts[index] not in {"and", "&"} or not 0 < index < len(self.texts) - 1:
            return False
        topics = self.lexicon.topics
        return self.texts[index - 1] in topics and self.texts[index + 1] in topics

    def _is_person_with_head_word(self, at: int, end: int, label: EntityLabel) -> bool:
        """True for `Annie Hall`: a given name and a family name that is also a head word.

        `Lena River` is a place, unless a title stands before it.
        """
        if end - at != 2 or label in {EntityLabel.ORG, EntityLabel.EVENT, EntityLabel.LAW}:
            return False
        if self.texts[at + 1] in _NO_FAMILY_NAMES:
            return self.after_title
        return self.texts[at] in self.lexicon.given and self.texts[at] not in self.lexicon.entries

    def _first_headed(self, at: int) -> int:
        """Return the end of `Gulf of Finland`, `Lake Tana`, `Hurricane Ida`; 0 if there is none."""
        end = at + 1
        if end < len(self.texts) and self.texts[end] == "of":
            end = self._chain(end)
            return end if end > at + 1 else 0
        while end < len(self.texts) and end < at + 3 and self._is_plain_word(end):
            end += 1
        return end if end > at + 1 else 0

    def _chain(self, at: int) -> int:
        """Return the end of the links behind a headed name: `of Health and Sports`, `for Peace`."""
        end = at
        for _ in range(_LIMIT_CHAINS):
            if end >= len(self.texts) - 1 or self.texts[end] not in _CHAINS:
                return end
            begin = end + 1 + (self.texts[end + 1] == "the")
            link_end = self._chain_link(begin)
            if link_end == begin:
                return end
            end = link_end
        return end

    def _chain_link(self, begin: int) -> int:
        """Return the end of the capitalised words of a link, "and" between fields included."""
        at = begin
        while at < len(self.texts) and at < begin + _LIMIT_CHAIN_LINK:
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
        """True if a title, a person or a second listed name begins inside a chain.

        `Ministry of Defense Spokesman`, `Bank of Latvia Anna Moe`, `Embassy of Ghana Russia`.
        """
        if self._is_title_word(at) or self.texts[at] in self.lexicon.given:
            return True
        return self._listed(at)[1] is not None and self._listed(at - 1)[1] is not None

    def _team_end(self, place_end: int, entry: LexiconEntry) -> int:
        """Return the end of a team named by a place and an unlisted word, 0 if there is none.

        `Perth Herons beat ...`; not in a headline, not behind a title (`Mayor of Perth Moe`), not
        where the word is a common noun.
        """
        if entry.label is not EntityLabel.GPE or self.run.titled or self.after_title:
            return 0
        if place_end >= len(self.texts) or not self._is_unclaimed(place_end):
            return 0
        is_common = self.lowers[place_end] in self.lexicon.common | self.lexicon.role_mods
        if self.texts[place_end].isupper() or is_common:
            return 0
        end = place_end + 1
        return end if end == len(self.texts) or self._is_small(end) else 0

    # Titles and persons.

    def _title_end(self, at: int) -> int:
        """Return the index after a title (`Deputy Foreign Minister`), 0 if none begins here."""
        end = 0
        index = at
        while index < len(self.texts) and not self._is_small(index):
            if self._is_title_word(index):
                end = index + 1
            elif self.lowers[index].rstrip(".") not in self.lexicon.role_mods:
                break
            index += 1
        return self._title_field_end(end) if end else 0

    def _title_field_end(self, end: int) -> int:
        """Return the end of the field of a title: `of State`, `of Health and Sports`."""
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

    def _person_end(self, at: int) -> int:
        """Return the index after a person's name that begins here, 0 if none does."""
        end = self._name_end(at)
        word_count = sum(1 for index in range(at, end) if not self._is_small(index))
        # `Minister Drozdov`: behind a title any word is a name.
        if self.after_title and word_count and not self._is_acronym(at):
            return end
        # `Dmitry` alone is settled by the rest of the item.
        if word_count < 2 or self.texts[end - 1].endswith("."):
            return 0
        return end if self._begins_person(at, word_count) else 0

    def _begins_person(self, at: int, word_count: int) -> bool:
        """True for a word that begins the name of a person, of so many capitalised words."""
        text = self.texts[at]
        if text in self.lexicon.given:
            return True
        # `J. Moe`, `J.R.R. Moe`
        if text.endswith(".") and len(text) <= _LONGEST_INITIALS:
            return True
        # `Xi Jinping`: the family name first, at most three words
        return text in self.lexicon.cjk and word_count <= 3 and not text.isupper()

    def _name_end(self, at: int) -> int:
        """Return the end of the longest run of words that can be a single person's name."""
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
        """True if word `index` is not part of the name that began at `at`."""
        if not self._is_name_word(index):
            return True
        # `Moe Visits Oslo`: in a headline verbs have capitals too.
        if self.run.titled and self.lowers[index] in self.lexicon.common | self.lexicon.verbs:
            return True
        if index == at:
            return False
        is_final = index + 1 == len(self.texts)
        is_second = index == at + 1
        # `Anna Bishop`, `Anna London`: a title or a listed name may be a family name, where nothing
        # follows it.
        if self._is_title_word(index) or self._listed(index)[1]:
            return not (is_second and is_final)
        return self.lowers[index] in self.lexicon.verbs
