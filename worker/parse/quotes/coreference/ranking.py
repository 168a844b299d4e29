"""Antecedent ranking: a log-linear model that chooses the actor a mention refers to.

The passes of the sieve propose an actor. Here the actors named so far are weighed with that
proposal and with an unnamed speaker. The features say how an actor and the mention agree, how far
apart they are, and who has spoken. Their weights are learnt by
training/quotes/learn_antecedents.py: a change of a feature or a bucket makes them stale.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from worker.model import EntityLabel
from worker.parse.entity_registry import Gender
from worker.parse.quotes.attribution.ranking import load_feature_weights
from worker.parse.quotes.coreference.discourse import (
    NAMES_IN_MEMORY,
    DiscourseModel,
    NamedMention,
    Resolution,
)
from worker.parse.quotes.coreference.indefinites import INDEFINITES, find_indefinite
from worker.parse.quotes.coreference.organisation_matching import is_listener, match_organisations
from worker.parse.quotes.coreference.person_matching import (
    excluded_gender,
    is_of_other_country,
    match_people,
)
from worker.parse.quotes.lexicon.function_words import POSSESSIVE_ENDINGS
from worker.parse.quotes.lexicon.noun_classes import (
    CHANNEL_NOUNS,
    COLLECTIVE_NOUNS,
    DOCUMENT_NOUNS,
    ORGANISATION_NOUNS,
    is_person_noun,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import SUBJECTS, MentionType

__all__ = [
    "Antecedent",
    "find_antecedents",
    "find_bearers",
    "mention_kind",
    "rank_antecedents",
]

_MAX_CANDIDATES = 10
_MAX_SPEAKERS = 4
_MAX_LATER = 2
_PARAGRAPHS_AHEAD = 2
_OPENING_CHARS = 40
_MAX_SUBJECTS = 2
"""Subjects before a mention after which no sentence farther back is read."""
_MAX_DISTANCE = 4
"""Sentences before a mention whose subjects are read."""
_SURE, _FAIR = 0.8, 0.6
_BYLINES = ("By ", "BY ", "From ", "by ")
_MAX_BYLINE_CHARS = 90
_PRONOUNS = {
    MentionType.HE: "he",
    MentionType.SHE: "she",
    MentionType.IT: "it",
    MentionType.THEY: "they",
}
_POSSESSIVES = frozenset("his her its their my our".split())
_ADDRESSES = dict.fromkeys(("mr", "sir", "lord"), Gender.FEMALE) | dict.fromkeys(
    ("ms", "mrs", "miss", "lady", "dame"), Gender.MALE
)
"""Forms of address, and the gender that each excludes."""
_PEOPLE = frozenset((EntityLabel.PERSON,))
_BODIES = frozenset((EntityLabel.ORG, EntityLabel.GPE))
_EITHER = frozenset((EntityLabel.ORG, EntityLabel.PERSON))
_WANTED = dict.fromkeys(("he", "she", "person", "name"), _PEOPLE) | dict.fromkeys(
    ("it", "they", "organisation"), _BODIES
)
"""The labels of the actors that a kind of mention refers to; of other kinds, `_EITHER`."""
WEIGHTS = load_feature_weights("speaker_antecedents.tsv")

Resolve = Callable[[NounPhrase], Resolution]


class Antecedent(NamedTuple):
    """A candidate with its features.

    It is an actor by its index, or a name that no actor has, or without both an unnamed speaker.
    """

    actor: int | None
    name: str | None
    features: list[str]


def rank_antecedents(candidates: Sequence[Antecedent]) -> tuple[Antecedent, float]:
    """Return the likeliest candidate and its share of the likelihood."""
    scores = [sum([WEIGHTS.get(name, 0.0) for name in one.features]) for one in candidates]
    top = max(scores)
    share = 1.0 / sum([math.exp(score - top) for score in scores])
    return candidates[scores.index(top)], share


def find_antecedents(
    model: DiscourseModel, mention: NounPhrase, rule: str, ruled: Resolution, resolve: Resolve
) -> list[Antecedent]:
    """Return the candidates of a mention.

    `ruled` is the answer of the pass called `rule`; `resolve` resolves an earlier mention.
    """
    scene = _Scene(model, mention, resolve)
    kind = scene.kind
    answer = model.find_actor(ruled)
    actors = _find_actors(model, mention, kind, answer)
    grade = _grade(ruled)
    candidates = []
    for index in scene.drop_excluded(actors):
        features = scene.actor_features(index)
        features += [f"{kind} rule", f"{kind} rule {grade}"] if index == answer else []
        candidates.append(Antecedent(index, None, features))
    # The rule read a name that is no actor of the text, for example off a label in capitals.
    if ruled.name and answer is None:
        features = [f"{kind} own", f"own {rule}", f"own {mention.head}", f"own {scene.opening}"]
        candidates.append(Antecedent(None, ruled.name, features))
    # A pronoun or a common noun may refer to somebody whom the text does not name.
    if kind != "name":
        features = scene.unnamed_features(len(candidates))
        features.append(f"{kind} nil {'no ' if ruled.name else ''}rule")
        features.append(f"{kind} nil rule {grade if ruled.name else rule}")
        features.append(f"{kind} nil rule {scene.opening}" if not ruled.name else "nil no rule")
        candidates.append(Antecedent(None, None, features))
    return candidates


def _grade(ruled: Resolution) -> str:
    if ruled.confidence >= _SURE:
        return "sure"
    return "fair" if ruled.confidence >= _FAIR else "low"


def mention_kind(mention: NounPhrase) -> str:
    """Return the class of a mention by which its candidates are weighed."""
    if mention.type is MentionType.PROPER:
        return "name"
    if pronoun := _PRONOUNS.get(mention.type):
        return pronoun
    head = mention.head
    if head in DOCUMENT_NOUNS:
        return "document"
    if head in ORGANISATION_NOUNS or head in CHANNEL_NOUNS:
        return "organisation"
    if head in COLLECTIVE_NOUNS or (head.endswith("s") and not head.endswith("ss")):
        return "people"
    return "person" if is_person_noun(head) else "noun"


def _opening(mention: NounPhrase) -> str:
    """Return the class of a phrase's first words."""
    if mention.type is not MentionType.NOMINAL:
        return "pronoun"
    first, words = mention.first_word, mention.words
    if first in INDEFINITES:
        return "a"
    if first in _POSSESSIVES:
        return "its"
    # `Norway's envoy`
    if any(word.endswith(POSSESSIVE_ENDINGS) for word in words[:-1]):
        return "owned"
    # `the minister` refers back; `the new minister` may introduce somebody.
    if first in ("the", "this", "that"):
        return "the" if len(words) == 2 else "the new"
    return "bare"


def find_bearers(model: DiscourseModel, mention: NounPhrase) -> list[int]:
    """Return the people whose family name a mention gives alone: `Ms. Lee`, `Lee`."""
    words = [word for word in mention.words if word not in _ADDRESSES and word != "."]
    if len(words) != 1:
        return []
    family = model.text.full[mention.start : mention.end].split()[-1]
    return [
        index
        for index in model.namesakes(family)
        if model.is_person(index) and model.full_name(index).endswith(f" {family}")
    ]


def _find_actors(
    model: DiscourseModel, mention: NounPhrase, kind: str, answer: int | None
) -> list[int]:
    """Return the actors that a mention may refer to, the last named first."""
    if kind == "name":
        return find_bearers(model, mention)
    wanted = _WANTED.get(kind, _EITHER)
    at = mention.end
    named = dict.fromkeys(
        [
            name.actor
            for name in reversed(model.before(at, NAMES_IN_MEMORY))
            if not model.is_reporting_agency(name)
        ]
    )
    # People named last come first, then those who spoke last, though the text named them long ago.
    found = [index for index in named if model.actors[index].label in wanted][:_MAX_CANDIDATES]
    speakers = [one for _, one in itertools.islice(model.latest_speakers(), _MAX_SPEAKERS)]
    found += [one for one in speakers if one is not None and model.actors[one].label in wanted]
    if answer is not None:
        found.append(answer)
    # `The minister said so. Anna Moroz also said ...`: a name that follows at once
    if EntityLabel.PERSON in wanted:
        found += _find_later(model, at)
    return [*dict.fromkeys(found)]


def _find_later(model: DiscourseModel, at: int) -> list[int]:
    """Return the people who are first named soon after an offset."""
    paragraphs = model.text.paragraphs
    last = min(model.text.paragraph_index(at) + _PARAGRAPHS_AHEAD, len(paragraphs) - 1)
    people = dict.fromkeys(
        [
            name.actor
            for name in model.between(at, paragraphs[last].end)
            if model.is_person(name.actor) and model.first_mention(name.actor) > at
        ]
    )
    return [*people][:_MAX_LATER]


class _Subject(NamedTuple):
    """A subject before a mention: its rank among those that fit, and its distance in sentences."""

    rank: int
    distance: int
    form: str


class _Scene:
    """The facts about a mention that the features of all its candidates need.

    `last` maps an actor to its last mention, `order` those who fit to their rank by it; `subjects`
    has the subjects of the sentences before, `unnamed` the nearest of them without a name; `turns`
    has the speakers so far, with how many others have spoken since, and where.
    """

    def __init__(self, model: DiscourseModel, mention: NounPhrase, resolve: Resolve) -> None:
        self.model, self.mention = model, mention
        self.kind, self.opening = mention_kind(mention), _opening(mention)
        self.wanted = _WANTED.get(self.kind, _EITHER)
        self.excluded = self._excluded_gender()
        self.at = mention.start
        self.paragraph = model.text.paragraph_index(self.at)
        self.last: dict[int, NamedMention] = {
            name.actor: name for name in model.before(mention.end, NAMES_IN_MEMORY)
        }
        self.inside = {name.actor for name in model.inside(mention)}
        self.order = self._rank_by_recency()
        self.turns = self._read_turns()
        self.subjects: dict[int, _Subject] = {}
        self.unnamed: _Subject | None = None
        self._read_subjects(resolve)
        self.described = self._describe()

    def _excluded_gender(self) -> Gender | None:
        match self.kind:
            case "he":
                return Gender.FEMALE
            case "she":
                return Gender.MALE
            case "name":
                return _ADDRESSES.get(self.mention.first_word)
            case "person" | "noun":
                return excluded_gender(self.mention.head)
        return None

    def _rank_by_recency(self) -> dict[int, int]:
        latest = sorted(self.last, key=lambda index: -self.last[index].start)
        fitting = [index for index in latest if self._fits(index)]
        return {index: rank for rank, index in enumerate(fitting)}

    def _fits(self, index: int) -> bool:
        return self.model.actors[index].label in self.wanted and self._gender(index) != "clash"

    def drop_excluded(self, actors: list[int]) -> list[int]:
        """Return the actors without those of the other gender or of another country."""
        kept = [index for index in actors if self._gender(index) != "clash"]
        if self.kind == "name":
            return kept or actors
        if self.kind in ("person", "noun"):
            countries = self.model.countries_between(self.at, self.mention.end)
            if countries:
                kept = [one for one in kept if not is_of_other_country(self.model, countries, one)]
        return kept

    def _gender(self, index: int) -> str:
        if self.excluded is None:
            return "any"
        gender = self.model.gender(index)
        if gender is Gender.UNKNOWN:
            return "unknown"
        return "clash" if gender is self.excluded else "agree"

    def _read_turns(self) -> dict[int, tuple[int, int]]:
        turns: dict[int, tuple[int, int]] = {}
        others, previous = 0, -1
        for start, speaker in self.model.latest_speakers():
            if speaker == previous:
                continue
            if speaker is not None and speaker not in turns:
                turns[speaker] = (others, start)
            others, previous = others + 1, -1 if speaker is None else speaker
        return turns

    def _read_subjects(self, resolve: Resolve) -> None:
        """Read the subjects of the sentences before, nearest sentence first."""
        rank = distance = 0
        for sentence, phrases in self.model.sentences_before(self.at):
            distance += sentence.starts[0] != self.mention.sentence.starts[0]
            if rank >= _MAX_SUBJECTS or distance > _MAX_DISTANCE:
                return
            for phrase in phrases:
                if phrase.start >= self.at or phrase.role not in SUBJECTS:
                    continue
                if not self._may_corefer(phrase):
                    continue
                # Subjects of one actor count once: a text says `he` of him in each sentence.
                form = "name" if phrase.type is MentionType.PROPER else _opening(phrase)
                actor = self.model.find_actor(resolve(phrase))
                subject = _Subject(min(rank, 3), min(distance, 4), form)
                if actor is not None and self._fits(actor):
                    rank += actor not in self.subjects
                    self.subjects.setdefault(actor, subject)
                elif actor is None and form != "name" and self.unnamed is None:
                    self.unnamed = subject
                    rank += 1

    def _may_corefer(self, phrase: NounPhrase) -> bool:
        """Return True for a name, or a mention of the same kind and gender."""
        kind = mention_kind(phrase)
        if kind == "name":
            return any(self._fits(name.actor) for name in self.model.inside(phrase))
        if kind in ("he", "she", "it"):
            return kind == self.kind or (kind != "it" and self.kind in ("person", "noun"))
        if _WANTED.get(kind, _EITHER).isdisjoint(self.wanted) or kind == "people":
            return False
        excluded = excluded_gender(phrase.head)
        return excluded is None or self.excluded is None or excluded is self.excluded

    def _describe(self) -> dict[int, float]:
        match self.kind:
            case "person" | "noun":
                return match_people(self.model, self.mention)
            case "organisation":
                return match_organisations(self.model, self.mention, self.mention.head, self.at)
        return {}

    def actor_features(self, index: int) -> list[str]:
        """Return the features of an actor as the antecedent."""
        kind, model = self.kind, self.model
        gender, rank = self._gender(index), min(self.order.get(index, 4), 4)
        turn, turn_distance = self._turn(index)
        match = self._match(index)
        features = [
            f"{kind} {model.actors[index].label}",
            f"{kind} gender {gender} {'of several' if len(self.order) > 1 else 'alone'}",
            f"{kind} rank {rank}",
            f"{kind} turn {turn}",
            f"{kind} turn {turn} {turn_distance}",
            f"turn {turn} {turn_distance} {model.last_was_unnamed}",
            f"{kind} {self.opening} described {match}",
            f"{kind} described {match}",
        ]
        if subject := self.subjects.get(index):
            features += [
                f"{kind} subject {subject.rank}",
                f"{kind} subject {subject.rank} {subject.distance}",
                f"subject {subject.rank} {subject.form}",
                f"subject {subject.rank} turn {turn}",
            ]
        else:
            features += [f"{kind} no subject", f"no subject turn {turn}"]
        features += self._place_features(index)
        if index in self.inside:
            features.append(f"{kind} inside")
        return features

    def _turn(self, index: int) -> tuple[str, int]:
        if index not in self.turns:
            return ("none" if self.turns else "first"), 0
        others, start = self.turns[index]
        paragraphs = self.paragraph - self.model.text.paragraph_index(start)
        return str(min(others, 3)), min(paragraphs, 4)

    def _match(self, index: int) -> str:
        """Return how well the description of an actor fits a noun, beside that of others."""
        if not self.described:
            return "nobody"
        value = self.described.get(index)
        if value is None:
            return "other"
        if value < max(self.described.values()):
            return "less"
        return "best" if [*self.described.values()].count(value) == 1 else "tied"

    def _place_features(self, index: int) -> list[str]:
        """Return the features of where an actor was last named, or is first named later."""
        kind, text = self.kind, self.model.text
        last = self.last.get(index)
        if last is None:
            ahead = text.paragraph_index(self.model.first_mention(index)) - self.paragraph
            return [f"{kind} later", f"{kind} later {self.opening} {min(ahead, 3)}"]
        paragraph = text.paragraphs[last.paragraph]
        place = "open" if last.start - paragraph.start < _OPENING_CHARS else "inner"
        distance = min(self.paragraph - last.paragraph, 4)
        features = [f"{kind} para {distance}", f"{kind} para {distance} {place}"]
        if is_listener(self.model, last):
            features.append(f"{kind} listener")
        is_short = paragraph.end - paragraph.start < _MAX_BYLINE_CHARS
        if is_short and text.full.startswith(_BYLINES, paragraph.start):
            features.append("byline")
        return features

    def unnamed_features(self, count: int) -> list[str]:
        """Return the features of an unnamed speaker as the antecedent."""
        kind, mention, model = self.kind, self.mention, self.model
        complement = "of" if mention.complement_end > mention.end_token else ""
        features = [
            "nil",
            f"{kind} nil",
            f"{kind} nil {self.opening}",
            f"{kind} nil {self.opening} {complement}",
            f"nil head {mention.head}",
            f"{kind} nil of {min(count, 3)}",
            f"{kind} nil {'unnamed' if model.last_was_unnamed else 'named'} last",
            f"{kind} nil turns {min(len(self.turns), 3)}",
            f"{kind} nil {self.opening} described {bool(self.described)}",
        ]
        if subject := self.unnamed:
            features += [
                f"{kind} nil subject {subject.rank}",
                f"{kind} nil subject {subject.rank} {subject.distance}",
                f"nil subject {subject.rank} {subject.form}",
            ]
        if mention.type is MentionType.NOMINAL:
            indefinite = find_indefinite(model, mention.head, self.at)
            latest = max([self.last[index].start for index in self.order], default=-1)
            order = "none" if indefinite < 0 else "nearer" if indefinite > latest else "before"
            features.append(f"{kind} nil indefinite {order}")
        return features
