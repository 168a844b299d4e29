"""Discourse model: the names of an item outside its quotations, and the speakers so far.

Every pass of the resolver reads this model; only the resolver's caller records speakers in it.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from worker.model import Dateline, EntityLabel, Span
from worker.parse.entity_registry import Actor, Gender, Registry
from worker.parse.quotes.attribution.contexts import ParagraphSentences
from worker.parse.quotes.coreference.descriptions import (
    Description,
    describe_entity,
    gender_of_words,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.quotes.sentences import Sentence, find_sentences
from worker.parse.text import WireText

__all__ = [
    "FIRST_SPEAKER",
    "NAMES_IN_MEMORY",
    "UNRESOLVED",
    "DiscourseModel",
    "Introduction",
    "NamedMention",
    "Resolution",
]

NAMES_IN_MEMORY = 60
"""Names before a mention that may be its antecedent."""
_QUOTATIONS_IN_MEMORY = 24
"""Quotations before a mention whose speakers may be its antecedent."""
_SENTENCES_IN_MEMORY = 6
"""Sentences before a mention whose subjects may be its antecedent."""
_MAX_PEOPLE = 80
"""Of more people in an item, only the first and the last named are candidates."""
_MAX_NAMESAKES = 40
"""Actors with the same first or last word of a name that are looked at."""
_MAX_MENTIONS = 8
"""Mentions of an actor that are kept to describe it."""
_HEADING_PARAGRAPHS = 4
_MAX_HEADING_CHARS = 90
"""Without a dateline, the lead is the first of four paragraphs that is longer than a headline."""
_MAX_READ_CHARS = 800
"""Characters at the end of a paragraph without quotations that are read for its subjects."""
_OFFICES = frozenset("secretary minister president premier chancellor governor mayor mp".split())
"""Offices that end no organisation's name."""


class Resolution(NamedTuple):
    """The canonical name that a mention resolves to, or None, and a confidence from 0 to 1."""

    name: str | None
    confidence: float


UNRESOLVED = Resolution(None, 0.0)
FIRST_SPEAKER = Resolution(None, -1.0)
"""Stands for the first speaker of the lead, which only the resolver finds."""


class NamedMention(NamedTuple):
    """A mention of an actor by name, outside every quotation."""

    start: int
    end: int
    actor: int
    paragraph: int


class Introduction(NamedTuple):
    """A common noun at the start of the lead whose referent is named only later (cataphora).

    `words` are those of the noun phrase, without its determiner.
    """

    start: int
    actor: int
    words: frozenset[str]


class DiscourseModel:
    """The names of an item, by place, and the speakers of its quotations so far.

    Actors are known by their index in `actors`. `speakers` maps the start of a quotation to its
    speaker, None for a speaker without a name. `last_organisation` is the name of the organisation
    that spoke last, empty for none; the registry may lack that name. `introduction` is that
    of the lead. Two models of a text may share their `descriptions`, which cost most, and the
    sentences of paragraphs without quotation marks, which `read_plain` returns.
    """

    def __init__(
        self,
        text: WireText,
        registry: Registry,
        runs: Sequence[QuotedRun],
        dateline: Dateline | None,
        paragraphs: Mapping[int, ParagraphSentences],
        *,
        descriptions: dict[int, Description] | None = None,
        read_plain: Callable[[int], ParagraphSentences | None] | None = None,
    ) -> None:
        self.text = text
        self.dateline = dateline
        self.actors = registry.actors
        self.people = [
            index for index, actor in enumerate(self.actors) if actor.label is EntityLabel.PERSON
        ]
        self.names = _place_names(self.actors, runs, text)
        self.last_speaker: int | None = None
        self.last_speaker_paragraph = -9
        self.last_organisation = ""
        self.last_was_unnamed = False
        self.speakers: dict[int, int | None] = {}
        self.introduction: Introduction | None = None
        self._runs = runs
        self._name_starts = [name.start for name in self.names]
        self._by_canonical = {
            actor.canonical: index for index, actor in reversed([*enumerate(self.actors)])
        }
        self._by_word: dict[str, list[int]] = {}
        self._mentions: dict[int, list[NamedMention]] = {}
        self._genders: dict[int, Gender] = {}
        self._full_names: Mapping[int, str] = {}
        self._descriptions = {} if descriptions is None else descriptions
        self._paragraphs = dict(paragraphs)
        self._read_plain = read_plain
        self._people = frozenset(self.people)

    # The speakers so far.

    def record_speaker(self, speaker: Resolution, run: QuotedRun, *, is_unnamed: bool) -> None:
        """Record the speaker of a quotation; `is_unnamed` says that the text gives no name."""
        index = self.find_actor(speaker)
        if speaker.name and not self.is_person(index):
            self.last_organisation = speaker.name
        self.last_was_unnamed = not speaker.name
        if index is not None or is_unnamed:
            self.speakers[run.start] = index
        if index is not None:
            self.last_speaker, self.last_speaker_paragraph = index, run.paragraph

    def record_gender(self, index: int, gender: Gender) -> None:
        """Record the gender of a pronoun that referred to an actor."""
        if self.gender(index) is Gender.UNKNOWN:
            self._genders[index] = gender

    def record_introduction(self, introduction: Introduction | None) -> None:
        """Record the lead's introduction and add its words to the actor's description."""
        self.introduction = introduction
        if introduction:
            description = self.description(introduction.actor)
            words = description.words | introduction.words
            self._descriptions[introduction.actor] = Description(words, description.countries)

    def latest_speakers(self) -> Iterator[tuple[int, int | None]]:
        """Yield the offsets and speakers of the quotations in memory, the last first."""
        return itertools.islice(reversed(self.speakers.items()), _QUOTATIONS_IN_MEMORY)

    @property
    def last_speaker_is_organisation(self) -> bool:
        """True where an organisation of the registry spoke last."""
        if self.last_speaker is None:
            return False
        return self.actors[self.last_speaker].canonical == self.last_organisation

    # Actors.

    def find_actor(self, resolution: Resolution) -> int | None:
        """Return the actor of a resolution, None where the registry has no such name."""
        return self._by_canonical.get(resolution.name) if resolution.name else None

    def record_full_names(self, names: Mapping[int, str]) -> None:
        """Record the names of actors that the text implies: that of a relative with a family's."""
        self._full_names = names
        self._by_canonical |= {name: index for index, name in names.items()}

    def resolution(self, index: int, confidence: float) -> Resolution:
        """Return the resolution to an actor."""
        return Resolution(self.full_name(index), confidence)

    def full_name(self, index: int) -> str:
        """Return the canonical name of an actor, or a longer name that the text implies."""
        return self._full_names.get(index) or self.actors[index].canonical

    def label(self, mention: NamedMention) -> EntityLabel:
        """Return the label of the actor that is named."""
        return self.actors[mention.actor].label

    def is_person(self, index: int | None) -> bool:
        """Return True for an actor that is a person."""
        return index in self._people

    def gender(self, index: int) -> Gender:
        """Return the gender by name and titles, else by a pronoun or a noun that referred to it."""
        own = self.actors[index].gender
        if own is Gender.UNKNOWN and self.is_person(index):
            if index not in self._genders:
                self._genders[index] = gender_of_words(self.description(index).words)
            return self._genders[index]
        return own

    def description(self, index: int) -> Description:
        """Return the words that the text describes an actor by."""
        if index not in self._descriptions:
            spans = [Span(name.start, name.end) for name in self.mentions(index)]
            self._descriptions[index] = describe_entity(
                self.text, self.actors[index], spans, self.countries_between
            )
        return self._descriptions[index]

    def mentions(self, index: int) -> list[NamedMention]:
        """Return the first few mentions of an actor by name, outside quotations."""
        if not self._mentions:
            for name in self.names:
                mentions = self._mentions.setdefault(name.actor, [])
                if len(mentions) < _MAX_MENTIONS:
                    mentions.append(name)
        return self._mentions.get(index, [])

    def first_mention(self, index: int) -> int:
        """Return the offset at which an actor is first named, inside quotations or not."""
        return self.actors[index].mentions[0].span.start

    def last_mention(self, index: int, at: int) -> int:
        """Return the offset at which an actor was last named or introduced, -1 for never."""
        last = max(
            (name.start for name in self.before(at, NAMES_IN_MEMORY) if name.actor == index),
            default=-1,
        )
        introduction = self.introduction
        if introduction and introduction.actor == index and introduction.start <= at:
            return max(last, introduction.start)
        return last

    def namesakes(self, word: str) -> list[int]:
        """Return the actors whose name begins or ends with a word, up to a limit."""
        if not self._by_word:
            for index in range(len(self.actors)):
                words = self.full_name(index).split()
                for edge in {*words[:1], *words[-1:]}:
                    namesakes = self._by_word.setdefault(edge, [])
                    if len(namesakes) < _MAX_NAMESAKES:
                        namesakes.append(index)
        return self._by_word.get(word, [])

    def people_near(self, at: int) -> list[int]:
        """Return the people that a mention may refer to: all, or the first and the nearest."""
        if len(self.people) <= _MAX_PEOPLE:
            return self.people
        near = {
            name.actor for name in self.before(at, NAMES_IN_MEMORY) if self.is_person(name.actor)
        }
        return sorted(near.union(self.people[: _MAX_PEOPLE // 2]))

    def last_person(self, at: int) -> int | None:
        """Return the person named last before an offset in its paragraph, None for none."""
        paragraph = self.text.paragraph_index(at)
        for name in reversed(self.before(at, NAMES_IN_MEMORY)):
            if name.paragraph != paragraph:
                return None
            if self.is_person(name.actor):
                return name.actor
        return None

    # Names by place.

    def between(self, start: int, end: int) -> list[NamedMention]:
        """Return the names that lie, in full or in part, between two offsets."""
        low = bisect_left(self._name_starts, start)
        high = bisect_left(self._name_starts, end)
        if low and self.names[low - 1].end > start:
            low -= 1
        return self.names[low:high]

    def inside(self, phrase: NounPhrase) -> list[NamedMention]:
        """Return the names inside a noun phrase."""
        return self.between(phrase.start, phrase.end)

    def before(self, at: int, count: int) -> list[NamedMention]:
        """Return the last `count` names that begin at or before an offset."""
        high = bisect_right(self._name_starts, at)
        return self.names[max(0, high - count) : high]

    def countries_between(self, start: int, end: int) -> frozenset[str]:
        """Return the ISO codes of the countries that are named between two offsets."""
        return frozenset(
            iso
            for name in self.between(start, end)
            if (iso := self.actors[name.actor].mentions[0].iso)
        )

    def is_reporting_agency(self, name: NamedMention) -> bool:
        """Return True for the agency of the dateline, which listens and is no source."""
        return self.dateline is not None and (
            self.dateline.span.start <= name.start < self.dateline.span.end
            or self.actors[name.actor].canonical == self.dateline.agency
        )

    def is_quoted(self, at: int) -> bool:
        """Return True for an offset inside a quotation."""
        index = bisect_right(self._runs, at, key=lambda run: run.start) - 1
        return index >= 0 and at < self._runs[index].end

    # Paragraphs and sentences.

    @property
    def lead_paragraph(self) -> int:
        """The number of the paragraph that the body begins with."""
        if self.dateline is not None:
            return self.text.paragraph_index(self.dateline.span.start)
        for index, span in enumerate(self.text.paragraphs[:_HEADING_PARAGRAPHS]):
            if span.end - span.start > _MAX_HEADING_CHARS:
                return index
        return 0

    def is_heading(self, at: int) -> bool:
        """Return True for an offset in the headline or the deck."""
        if self.dateline is not None:
            return at < self.dateline.span.start
        return self.text.paragraph_index(at) < 1

    def sentences_before(self, at: int) -> Iterator[tuple[Sentence, list[NounPhrase]]]:
        """Yield the sentences that begin before an offset, nearest first, with their phrases.

        They end with the paragraph before, or where the memory does.
        """
        paragraph = self.text.paragraph_index(at)
        left = _SENTENCES_IN_MEMORY
        for index in range(paragraph, max(paragraph - 2, -1), -1):
            sentences = self.paragraph(index)
            for number in range(sentences.count_before(at) - 1, -1, -1):
                if not left:
                    return
                if sentences.sentences[number].starts:
                    left -= 1
                    yield sentences.sentences[number], sentences.phrases(number)

    def paragraph(self, index: int) -> ParagraphSentences:
        """Return the sentences of a paragraph; of long copy without quotations, the last part."""
        if index not in self._paragraphs:
            self._paragraphs[index] = self._read_paragraph(index)
        return self._paragraphs[index]

    def _read_paragraph(self, index: int) -> ParagraphSentences:
        span = self.text.paragraphs[index]
        begin = span.start
        if span.end - begin > _MAX_READ_CHARS:
            begin = self.text.full.find(". ", span.end - _MAX_READ_CHARS, span.end) + 2
            begin = begin if begin > 1 else span.end
        elif self._read_plain and (plain := self._read_plain(index)):
            return plain
        return ParagraphSentences(find_sentences(self.text, index, (), begin))


def _place_names(
    actors: Sequence[Actor], runs: Sequence[QuotedRun], text: WireText
) -> list[NamedMention]:
    """Return the mentions of all actors outside quotations, in text order."""
    named = sorted(
        (entity.span.start, entity.span.end, index)
        for index, actor in enumerate(actors)
        if not _is_office(actor)
        for entity in actor.mentions
    )
    names = []
    paragraph, stop = -1, 0
    for start, end, actor in _drop_quoted(named, runs):
        if start >= stop:
            paragraph = text.paragraph_index(start)
            stop = text.paragraphs[paragraph].end
        names.append(NamedMention(start, end, actor, paragraph))
    return names


def _is_office(actor: Actor) -> bool:
    """Return True for an office that was tagged as an organisation: `the Environment Secretary`."""
    if actor.label is not EntityLabel.ORG:
        return False
    return actor.canonical.rpartition(" ")[2].lower() in _OFFICES


def _drop_quoted(
    named: list[tuple[int, int, int]], runs: Sequence[QuotedRun]
) -> Iterator[tuple[int, int, int]]:
    """Yield the mentions that begin in no quotation; both sequences are in text order."""
    at = 0
    for mention in named:
        while at < len(runs) and runs[at].end <= mention[0]:
            at += 1
        if at >= len(runs) or mention[0] < runs[at].start:
            yield mention
