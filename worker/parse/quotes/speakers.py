"""Speakers: which actor of the registry a mention is."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from worker.model import Dateline, EntityLabel
from worker.parse.quotes.classes import ANY_BODY, BODIES, CLASSES, DOCUMENTS
from worker.parse.quotes.frames import CAPITAL, find_frames
from worker.parse.quotes.marks import Run
from worker.parse.quotes.sources import Mention, find_mentions
from worker.parse.registry import Actor, Gender, Registry
from worker.parse.text import WireText

__all__ = ["NOBODY", "Cast", "Verdict"]

_ORGANISED = frozenset((EntityLabel.ORG, EntityLabel.GPE, EntityLabel.FAC, EntityLabel.LAW))
_GENDERS = {"m": Gender.FEMALE, "f": Gender.MALE}
"""The gender that a pronoun rules out."""
_FEMALE_NOUNS = ("woman", "actress", "queen", "mother", "daughter", "girl")
_MALE_NOUNS = (
    "spokesman",
    "businessman",
    "congressman",
    "chairman",
    "father",
    "son",
    "king",
    "boy",
)
_LEAD_PARAGRAPHS = 3
_LEADING_PLACES = frozenset(("subj", "inv", "appos", "acc", "subjpp"))
_INDEFINITE = frozenset("a an one some many several two three four another any".split())
_SOURCES = frozenset("source sources interlocutor insider eyewitness".split())
_POSSESSIVE = ("'s", "’s", "s'", "s’")
_PLURAL_NAMES = ("ans", "ats", "ives", "ists", "ese")
"""How the plurals end that are no names: Republicans, Democrats, Conservatives."""
_OPENING_CHARS = 40
"""A name within so many characters of its paragraph's start is taken for the subject."""
_MEMORY = 60
"""How many mentions back a pronoun looks."""


class Verdict(NamedTuple):
    """A speaker's canonical name, or None, and how sure that is, from 0 to 1."""

    name: str | None
    confidence: float


NOBODY = Verdict(None, 0.0)


class _Named(NamedTuple):
    start: int
    end: int
    actor: int
    paragraph: int


class Cast:
    """The registry made ready for one item: who is named where outside the quotations."""

    def __init__(
        self,
        text: WireText,
        registry: Registry,
        runs: Sequence[Run],
        dateline: Dateline | None = None,
    ) -> None:
        self.text = text
        self.dateline = dateline
        self._lead: Verdict | None = None
        self.actors = registry.actors
        named = [
            (entity.span.start, entity.span.end, index)
            for index, actor in enumerate(registry.actors)
            for entity in actor.mentions
        ]
        named.sort()
        self.named = [
            _Named(start, end, actor, text.paragraph_index(start))
            for start, end, actor in _outside(named, runs)
        ]
        self.starts = [one.start for one in self.named]
        self.last: int | None = None
        self.last_body = ""
        self.last_paragraph = -9
        self.last_quoted = -9
        self.last_chain = -1
        self.words = [
            frozenset(word for phrase in actor.descriptors for word in re.split(r"[\s\-]+", phrase))
            for actor in registry.actors
        ]

    def resolve(self, mention: Mention) -> Verdict:
        """Who the mention is."""
        if mention.kind in "mf":
            return self._person(mention, _GENDERS[mention.kind])
        if mention.kind == "n":
            return self._body(mention, "")
        if mention.kind in "ti":
            return NOBODY
        if mention.kind == "C":
            return self._name(mention)
        return self._noun(mention)

    def note(self, verdict: Verdict, paragraph: int) -> None:
        """Remember who spoke last."""
        if verdict.name and not self.is_person(verdict):
            self.last_body = verdict.name
        for index, actor in enumerate(self.actors):
            if actor.canonical == verdict.name:
                self.last, self.last_paragraph = index, paragraph
                return

    def is_person(self, verdict: Verdict) -> bool:
        """True when the verdict names a person of the registry."""
        return any(
            actor.canonical == verdict.name and actor.label is EntityLabel.PERSON
            for actor in self.actors
        )

    def lead(self) -> Verdict:
        """Who speaks in the lead, which a quotation without any attribution goes to."""
        if self._lead is None:
            self._lead = self._find_lead()
        return self._lead

    def _find_lead(self) -> Verdict:
        """The first speaker that the first paragraphs of the body name."""
        index = self.text.paragraph_index(self.dateline.span.start) if self.dateline else 0
        for at in range(index, min(index + _LEAD_PARAGRAPHS, len(self.text.paragraphs))):
            paragraph = self.text.paragraphs[at]
            for frame in find_frames(self.text, at, (), paragraph.start):
                for mention in find_mentions(frame):
                    leads = mention.grade == "S" and mention.place in _LEADING_PLACES
                    verdict = self.resolve(mention) if leads else NOBODY
                    if self.is_person(verdict):
                        return Verdict(verdict.name, 0.6)
        return NOBODY

    def _name(self, mention: Mention) -> Verdict:
        if mention.head in CLASSES and not self._between(*_ends(mention)):
            return self._noun(mention)
        span = mention.span
        inside = self._between(span.start, span.end)
        heads = [one for one in inside if one.end >= span.end - 1]
        definite = mention.frame.low[mention.lo] == "the"
        for one in heads or inside[-1:]:
            actor = self.actors[one.actor]
            if heads or actor.label is EntityLabel.PERSON:
                if actor.label is EntityLabel.NORP:
                    return NOBODY
                return Verdict(self._fuller(actor, definite=definite), 0.95)
        return self._unlisted(mention)

    def _fuller(self, actor: Actor, *, definite: bool) -> str:
        """The name of a body, or the one longer name of a body that begins or ends with it."""
        name = actor.canonical
        if actor.label is not EntityLabel.ORG and not (definite and " " not in name):
            return name
        longer = {
            other.canonical
            for other in self.actors
            if other.label is EntityLabel.ORG
            and (other.canonical.endswith(f" {name}") or other.canonical.startswith(f"{name} "))
        }
        return longer.pop() if len(longer) == 1 else name

    def _between(self, start: int, end: int) -> list[_Named]:
        low = bisect_left(self.starts, start)
        high = bisect_left(self.starts, end)
        if low and self.named[low - 1].end > start:
            low -= 1
        return self.named[low:high]

    def _unlisted(self, mention: Mention) -> Verdict:
        """A name that the entity stage did not list: one that it ends like, else its own words."""
        frame = mention.frame
        lo = mention.hi - 1
        while lo > mention.lo and (frame.kind[lo - 1] == CAPITAL or frame.low[lo - 1] == "."):
            lo -= 1
        name = self.text.full[frame.start[lo] : mention.span.end]
        last = name.split()[-1]
        for actor in self.actors:
            words = actor.canonical.split()
            if words[-1:] == [last] or (len(words) > 1 and words[0] == name):
                return Verdict(actor.canonical, 0.8)
        alone = lo == mention.lo and mention.hi - lo == 1
        return NOBODY if alone and last.endswith(_PLURAL_NAMES) else Verdict(name, 0.6)

    def _person(self, mention: Mention, barred: Gender) -> Verdict:
        best = self._salient(mention.span.start, barred, None)
        return Verdict(best, 0.75) if best else NOBODY

    def _salient(
        self, at: int, barred: Gender | None, allowed: dict[int, float] | None
    ) -> str | None:
        """The person most in mind at `at`: recent, named as a subject, the last to speak.

        `barred` is a gender to leave out; `allowed` the only actors asked for, each with its fit.
        """
        paragraph = self.text.paragraph_index(at)
        scores: dict[int, float] = {}
        for one in self.named[max(0, bisect_right(self.starts, at) - _MEMORY) :]:
            if one.start > at:
                break
            if one.end != at and self._is_asked(one.actor, barred, allowed):
                value = self._freshness(one, paragraph)
                scores[one.actor] = max(scores.get(one.actor, -9.0), value) + 0.1
        last = self.last
        if last is not None and self._is_asked(last, barred, allowed):
            bonus = 2.0 if paragraph - self.last_paragraph <= 2 else 1.0
            scores[last] = max(scores.get(last, 0.0), 0.0) + bonus
        if allowed is not None:
            scores = {index: value + allowed[index] for index, value in scores.items()}
        if not scores:
            return None
        return self.actors[max(scores, key=lambda index: (scores[index], -index))].canonical

    def _is_asked(
        self, index: int, barred: Gender | None, allowed: dict[int, float] | None
    ) -> bool:
        actor = self.actors[index]
        return (
            actor.label is EntityLabel.PERSON
            and (barred is None or actor.gender is not barred)
            and (allowed is None or index in allowed)
        )

    def _freshness(self, one: _Named, paragraph: int) -> float:
        """How much in mind a mention is some paragraphs on; the subject of its own most of all."""
        value = 3.0 - 0.7 * (paragraph - one.paragraph)
        if one.start - self.text.paragraphs[one.paragraph].start < _OPENING_CHARS:
            value += 2.0 if paragraph == one.paragraph else 0.6
        return value

    def _noun(self, mention: Mention) -> Verdict:
        """The person, body or document that a common noun stands for."""
        apposed = self._apposed(mention)
        if apposed:
            return apposed
        frame, head = mention.frame, mention.head
        words = frame.low[mention.lo : mention.hi]
        if head in DOCUMENTS or head in BODIES:
            return self._body(mention, head)
        if words[0] in _INDEFINITE or head.endswith("s") or head in _SOURCES:
            return NOBODY
        barred = _barred_by(head)
        at = mention.span.start
        allowed = self._described(words, head)
        if allowed:
            best = self._salient(at, barred, allowed)
            return Verdict(best or self.actors[min(allowed)].canonical, 0.7 if best else 0.6)
        foreign = any(kind == CAPITAL for kind in frame.kind[mention.lo + 1 : mention.hi])
        if words[0] != "the" or foreign or any(word.endswith(_POSSESSIVE) for word in words):
            return NOBODY
        best = self._salient(at, barred, None)
        return Verdict(best, 0.4) if best else NOBODY

    def _described(self, words: list[str], head: str) -> dict[int, float]:
        """The actors whose description allows the noun, each with how well it fits."""
        classes = CLASSES.get(head, (head,))
        owned = [word[:-2] for word in words if word.endswith(("'s", "’s"))]
        allowed: dict[int, float] = {}
        for index, described in enumerate(self.words):
            if self.actors[index].label is not EntityLabel.PERSON:
                continue
            fit = max(
                (2.0 - 0.1 * rank for rank, word in enumerate(classes) if word in described),
                default=0.0,
            )
            if not fit or (owned and not any(_akin(word, described) for word in owned)):
                continue
            known = sum(_akin(word, described) for word in words[:-1])
            allowed[index] = fit + 1.2 * known
        return allowed

    def _apposed(self, mention: Mention) -> Verdict | None:
        """The person named right after the noun, with or without a comma."""
        frame, at = mention.frame, mention.tail
        if at < len(frame) and frame.low[at] == ",":
            at += 1
        if at >= len(frame) or frame.kind[at] != CAPITAL:
            return None
        for one in self._between(frame.start[at], frame.end[at]):
            actor = self.actors[one.actor]
            if actor.label is EntityLabel.PERSON and (
                at > mention.hi or one.start == frame.start[at]
            ):
                return Verdict(actor.canonical, 0.85)
        return None

    def _body(self, mention: Mention, head: str) -> Verdict:
        """The body that a noun or "it" stands for: one with that word in its name, or the last."""
        at = mention.span.start
        high = bisect_right(self.starts, at)
        if not head and self.last_body:
            return Verdict(self.last_body, 0.6)
        latest: Actor | None = None
        for one in reversed(self.named[max(0, high - _MEMORY) : high]):
            actor = self.actors[one.actor]
            if actor.label is not EntityLabel.ORG:
                continue
            if head and head in actor.canonical.lower():
                return Verdict(actor.canonical, 0.75)
            near = self.text.paragraph_index(at) - one.paragraph <= 1
            if near and not self._is_listener(one):
                latest = latest or actor
        if head and head not in DOCUMENTS and head not in ANY_BODY:
            return self._nations_body(mention)
        return Verdict(latest.canonical, 0.4) if latest else NOBODY

    def _nations_body(self, mention: Mention) -> Verdict:
        """`the Ukrainian army`: a body that its own words name well enough."""
        frame = mention.frame
        lo = mention.lo + (frame.low[mention.lo] == "the")
        if frame.kind[lo] != CAPITAL or mention.head == "bank" or lo + 1 >= mention.hi:
            return NOBODY
        return Verdict(self.text.full[frame.start[lo] : frame.end[mention.hi - 1]], 0.6)

    def _is_listener(self, one: _Named) -> bool:
        """True for the agency of the dateline, which listens and reports."""
        return self.dateline is not None and (
            self.dateline.span.start <= one.start < self.dateline.span.end
            or self.actors[one.actor].canonical == self.dateline.agency
        )


def _ends(mention: Mention) -> tuple[int, int]:
    """Where the last word of a mention begins and ends."""
    return mention.frame.start[mention.hi - 1], mention.frame.end[mention.hi - 1]


def _barred_by(head: str) -> Gender | None:
    """The gender that a noun rules out."""
    if head.endswith(_FEMALE_NOUNS):
        return Gender.MALE
    return Gender.FEMALE if head.endswith(_MALE_NOUNS) else None


def _akin(word: str, described: frozenset[str]) -> bool:
    """True when a description has the word, or one of the same stem ("russia" and "russian")."""
    word = word.removesuffix("'s").removesuffix("’s")
    return word in described or (
        len(word) > 3 and any(other.startswith(word[:5]) for other in described)
    )


def _outside(named: list[tuple[int, int, int]], runs: Sequence[Run]) -> list[tuple[int, int, int]]:
    """Those that stand in no quotation."""
    kept = []
    at = 0
    for one in named:
        while at < len(runs) and runs[at].end <= one[0]:
            at += 1
        if at >= len(runs) or one[0] < runs[at].start:
            kept.append(one)
    return kept
