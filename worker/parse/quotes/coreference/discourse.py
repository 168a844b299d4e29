"""The model: who is named where outside the quotations of an item, and who has spoken so far."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from worker.model import Dateline, EntityLabel, Span
from worker.parse.entity_registry import Actor, Gender, Registry
from worker.parse.quotes.attribution.contexts import ParagraphSentences
from worker.parse.quotes.coreference.descriptions import Description, describe_entity
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.quotes.sentences import Sentence, find_sentences
from worker.parse.text import WireText

__all__ = ["UNRESOLVED", "DiscourseModel", "Introduction", "NamedMention", "Resolution"]

_SENTENCES_BACK = 6
"""How many sentences back an antecedent is looked for."""
_MEMORY = 60
"""How many names back somebody is looked for."""
_MOST_PEOPLE = 80
"""Of so many persons in one item all are looked at."""
_MOST_ALIKE = 40
"""How many actors that share a first or a last word are looked at."""
_MOST_PLACES = 8
"""How many mentions of one actor may tell what it is."""
_MOST_HEADINGS = 4
_LONGEST_HEADING = 90
"""Where no dateline shows the lead, it is the first of four paragraphs that is longer."""
_LONGEST_READ = 800
"""How many characters of a paragraph without quotations are read for its subjects."""
_OFFICES = frozenset("secretary minister president premier chancellor governor mayor mp".split())
"""Offices that end no body's name."""


class Resolution(NamedTuple):
    """A speaker's canonical name, or None, and how sure that is, from 0 to 1."""

    name: str | None
    confidence: float


class Introduction(NamedTuple):
    """The noun that a lead begins with, the actor whose name comes later, and the noun's words."""

    start: int
    actor: int
    words: frozenset[str]


UNRESOLVED = Resolution(None, 0.0)


class NamedMention(NamedTuple):
    """One mention of an actor that stands in no quotation."""

    start: int
    end: int
    actor: int
    paragraph: int


class DiscourseModel:
    """The registry made ready for one item, and what has been said so far.

    `last` is the person who spoke last, `last_organisation` the body, "" for none. `said` holds the actor
    of each quotation, by where it starts: None for a speaker without a name. `introduced` is whom
    the lead speaks of before the name comes.
    """

    def __init__(
        self,
        text: WireText,
        registry: Registry,
        runs: Sequence[QuotedRun],
        dateline: Dateline | None,
        sentences_by_paragraph: Mapping[int, ParagraphSentences],
    ) -> None:
        self.text = text
        self.dateline = dateline
        self.actors = registry.actors
        self._runs = runs
        named = [
            (entity.span.start, entity.span.end, index)
            for index, actor in enumerate(registry.actors)
            if not _is_office(actor)
            for entity in actor.mentions
        ]
        named.sort()
        self.named = _place(_outside(named, runs), text)
        self.starts = [one.start for one in self.named]
        self.by_name = {actor.canonical: at for at, actor in reversed([*enumerate(self.actors)])}
        self.people = [
            index for index, actor in enumerate(self.actors) if actor.label is EntityLabel.PERSON
        ]
        self._by_word: dict[str, list[int]] = {}
        self.last: int | None = None
        self.last_organisation = ""
        self.last_paragraph = -9
        self.said: dict[int, int | None] = {}
        self.last_was_unnamed = False
        self.introduced: Introduction | None = None
        self._genders: dict[int, Gender] = {}
        self._sentences_by_paragraph = dict(sentences_by_paragraph)
        self._places: dict[int, list[NamedMention]] = {}
        self._descriptions: dict[int, Description] = {}

    @property
    def lead_paragraph(self) -> int:
        """The number of the paragraph that the body begins with."""
        if self.dateline is not None:
            return self.text.paragraph_index(self.dateline.span.start)
        first = range(min(_MOST_HEADINGS, len(self.text.paragraphs)))
        sizes = [self.text.paragraphs[at].end - self.text.paragraphs[at].start for at in first]
        return next((at for at in first if sizes[at] > _LONGEST_HEADING), 0)

    def introduce(self, introduction: Introduction | None) -> None:
        """Take in whom the lead speaks of."""
        self.introduced = introduction
        if introduction:
            description = self.description(introduction.actor)
            words = description.words | introduction.words
            self._descriptions[introduction.actor] = Description(words, description.nations)

    def named_since(self, index: int, at: int) -> int:
        """Where an actor was last named or introduced before an offset, -1 for nowhere."""
        last = max(
            (one.start for one in self.before(at, _MEMORY) if one.actor == index), default=-1
        )
        if self.introduced and self.introduced.actor == index and self.introduced.start <= at:
            return max(last, self.introduced.start)
        return last

    def description(self, index: int) -> Description:
        """What the text calls an actor."""
        if index not in self._descriptions:
            actor, spans = self.actors[index], [Span(*one[:2]) for one in self.places(index)]
            self._descriptions[index] = describe_entity(self.text, actor, spans, self.nations)
        return self._descriptions[index]

    def places(self, index: int) -> list[NamedMention]:
        """The first mentions of an actor outside quotations, a few of them."""
        if not self._places:
            for one in self.named:
                places = self._places.setdefault(one.actor, [])
                if len(places) < _MOST_PLACES:
                    places.append(one)
        return self._places.get(index, [])

    def note(self, resolution: Resolution, run: QuotedRun, *, unnamed: bool) -> None:
        """Remember who spoke last; `unnamed` for somebody whom the text gives no name."""
        index = self.by_name.get(resolution.name) if resolution.name else None
        if resolution.name and not self.is_person(index):
            self.last_organisation = resolution.name
        self.last_was_unnamed = not resolution.name
        if index is not None or unnamed:
            self.said[run.start] = index
        if index is not None:
            self.last, self.last_paragraph = index, run.paragraph

    def gender(self, index: int) -> Gender:
        """The gender of an actor by name and titles, else by the pronoun that has stood for it."""
        own = self.actors[index].gender
        return self._genders.get(index, own) if own is Gender.UNKNOWN else own

    def note_gender(self, index: int, gender: Gender) -> None:
        """Remember which pronoun has stood for an actor."""
        self._genders.setdefault(index, gender)

    @property
    def last_speaker_is_organisation(self) -> bool:
        """True where the last to speak was a body, by its name."""
        return self.last is not None and self.actors[self.last].canonical == self.last_organisation

    def is_person(self, index: int | None) -> bool:
        """True for a person of the registry."""
        return index is not None and self.actors[index].label is EntityLabel.PERSON

    def between(self, start: int, end: int) -> list[NamedMention]:
        """The names that stand, whole or in part, between two offsets."""
        low = bisect_left(self.starts, start)
        high = bisect_left(self.starts, end)
        if low and self.named[low - 1].end > start:
            low -= 1
        return self.named[low:high]

    def is_quoted(self, at: int) -> bool:
        """True for an offset inside a quotation."""
        index = bisect_right(self._runs, at, key=lambda run: run.start) - 1
        return index >= 0 and at < self._runs[index].end

    def before(self, at: int, count: int) -> list[NamedMention]:
        """The last names that begin at or before an offset, `count` of them at most."""
        high = bisect_right(self.starts, at)
        return self.named[max(0, high - count) : high]

    def named_like(self, word: str) -> list[int]:
        """The actors whose name begins or ends with a word, not too many of them."""
        if not self._by_word:
            for index, actor in enumerate(self.actors):
                words = actor.canonical.split()
                for edge in {*words[:1], *words[-1:]}:
                    alike = self._by_word.setdefault(edge, [])
                    if len(alike) < _MOST_ALIKE:
                        alike.append(index)
        return self._by_word.get(word, [])

    def people_near(self, at: int) -> list[int]:
        """The persons who may be meant at an offset: all, of very many the first and the last."""
        if len(self.people) <= _MOST_PEOPLE:
            return self.people
        near = {one.actor for one in self.before(at, _MEMORY) if self.is_person(one.actor)}
        return sorted(near.union(self.people[: _MOST_PEOPLE // 2]))

    def last_person(self, at: int) -> int | None:
        """The person named last before an offset, in the same paragraph; None for nobody."""
        paragraph = self.text.paragraph_index(at)
        for one in reversed(self.before(at, _MEMORY)):
            if one.paragraph != paragraph:
                return None
            if self.is_person(one.actor):
                return one.actor
        return None

    def first_named(self, index: int) -> int:
        """Where an actor is first named."""
        return self.actors[index].mentions[0].span.start

    def is_heading(self, at: int) -> bool:
        """True before the body begins: in the headline or the deck."""
        if self.dateline is not None:
            return at < self.dateline.span.start
        return self.text.paragraph_index(at) < 1

    def nations(self, start: int, end: int) -> frozenset[str]:
        """The countries that the words between two offsets name, as codes."""
        return frozenset(
            iso
            for one in self.between(start, end)
            if (iso := self.actors[one.actor].mentions[0].iso)
        )

    def is_listener(self, one: NamedMention) -> bool:
        """True for the agency of the dateline, which listens and reports."""
        return self.dateline is not None and (
            self.dateline.span.start <= one.start < self.dateline.span.end
            or self.actors[one.actor].canonical == self.dateline.agency
        )

    def sentences_before(self, at: int) -> Iterator[tuple[Sentence, list[NounPhrase]]]:
        """The sentences up to an offset, the nearest first, each with its phrases."""
        paragraph = self.text.paragraph_index(at)
        left = _SENTENCES_BACK
        for index in (paragraph, paragraph - 1):
            if index < 0:
                return
            paragraph_sentences = self.paragraph_sentences(index)
            for number in range(paragraph_sentences.count_before(at) - 1, -1, -1):
                if not left:
                    return
                if paragraph_sentences.sentences[number].starts:
                    left -= 1
                    yield (
                        paragraph_sentences.sentences[number],
                        paragraph_sentences.mentions(number),
                    )

    def paragraph_sentences(self, index: int) -> ParagraphSentences:
        """The paragraph's sentences; of one without quotations only its last part is read."""
        if index not in self._sentences_by_paragraph:
            span = self.text.paragraphs[index]
            begin = span.start
            if span.end - begin > _LONGEST_READ:
                begin = self.text.full.find(". ", span.end - _LONGEST_READ, span.end) + 2
                begin = begin if begin > 1 else span.end
            self._sentences_by_paragraph[index] = ParagraphSentences(
                find_sentences(self.text, index, (), begin)
            )
        return self._sentences_by_paragraph[index]


def _is_office(actor: Actor) -> bool:
    """True for an office in capitals that was taken for a body: "the Environment Secretary"."""
    if actor.label is not EntityLabel.ORG:
        return False
    return actor.canonical.rpartition(" ")[2].lower() in _OFFICES


def _place(named: list[tuple[int, int, int]], text: WireText) -> list[NamedMention]:
    """The names with their paragraphs."""
    placed = []
    paragraph, stop = -1, 0
    for start, end, actor in named:
        if start >= stop:
            paragraph = text.paragraph_index(start)
            stop = text.paragraphs[paragraph].end
        placed.append(NamedMention(start, end, actor, paragraph))
    return placed


def _outside(
    named: list[tuple[int, int, int]], runs: Sequence[QuotedRun]
) -> list[tuple[int, int, int]]:
    """Those that stand in no quotation."""
    kept = []
    at = 0
    for one in named:
        while at < len(runs) and runs[at].end <= one[0]:
            at += 1
        if at >= len(runs) or one[0] < runs[at].start:
            kept.append(one)
    return kept
