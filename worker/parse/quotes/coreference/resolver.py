"""Speakers: which actor of the registry a mention is."""

import re

from worker.model import EntityLabel
from worker.parse.entity_registry import Actor, Gender
from worker.parse.quotes.attribution.roles import Mention
from worker.parse.quotes.coreference.cataphora import find_introduction
from worker.parse.quotes.coreference.discourse import NOBODY, Scene, Verdict
from worker.parse.quotes.coreference.documents import find_issuer
from worker.parse.quotes.coreference.kinship import find_kin, is_kin
from worker.parse.quotes.coreference.organisation_nouns import find_body, find_it, is_voice
from worker.parse.quotes.coreference.person_nouns import (
    find_described,
    find_epithet,
    find_person_noun,
)
from worker.parse.quotes.coreference.pronouns import find_person, may_be
from worker.parse.quotes.lexicon.function_words import ABBREVIATIONS, PREPOSITIONS
from worker.parse.quotes.lexicon.noun_classes import (
    BODIES,
    CLASSES,
    COMPANIES,
    DEMONYMS,
    DOCUMENTS,
    PARTIES,
)
from worker.parse.quotes.sentences import CAPITAL, PUNCTUATION, Frame

__all__ = ["Cast"]

_GENDERS = {"m": Gender.MALE, "f": Gender.FEMALE}
"""The gender that a pronoun shows."""
_OTHER = {"m": Gender.FEMALE, "f": Gender.MALE}
"""The gender that it rules out."""
_SURE = 0.8
"""From which confidence on a pronoun tells the gender of whom it stands for."""
_LEAD_PARAGRAPHS = 3
_LEADING_PLACES = frozenset(("subj", "inv", "appos", "acc", "subjpp"))
_PLURAL_NAMES = ("ans", "ats", "ives", "ists", "ese")
"""How the plurals end that are no names: Republicans, Democrats, Conservatives."""
_TITLES = (
    frozenset(CLASSES)
    | ABBREVIATIONS
    | frozenset(
        "rear vice deputy brigadier lieutenant air chief marshal field rev sir dame lord lady "
        "mr .".split()
    )
)
"""What may stand between a noun and the name of who it is."""
_STATED = frozenset(
    "statement release communique communiqué message post tweet letter announcement commentary "
    "report bulletin declaration note".split()
)
"""Documents whose words are taken for those of whoever spoke before, where nobody else is named."""
_STATEMENT = re.compile(r"\b(?:statement|communique|declaration|letter|message|release)\b")
_PAPERS = re.compile(
    r"\b(?:document|decree|bill|law|resolution|order|treaty|agreement|plan|draft|report|ruling)s?\b"
)
"""Papers that "the document" may be, beside a statement."""
_LOOK_BACK = 1500
"""How many characters back there may have been talk of a statement."""
_DIPLOMATS = ("foreign ministry", "embassy", "state department", "foreign office")


class Cast:
    """Resolves mentions in a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        scene.introduce(find_introduction(scene))
        self._leads: dict[int, Verdict] = {}
        self._first: Verdict | None = None

    def resolve(self, mention: Mention) -> Verdict:
        """Who the mention is."""
        if mention.kind in "mf":
            return self._pronoun(mention)
        if mention.kind == "n":
            return find_it(self.scene, mention)
        if mention.kind in "ti":
            return NOBODY
        if mention.kind == "C":
            return self._name(mention)
        return self._noun(mention)

    def _pronoun(self, mention: Mention) -> Verdict:
        """The person that "he" or "she" stands for, whose gender is known from then on."""
        scene = self.scene
        fits = may_be(scene, _OTHER[mention.kind])
        verdict = find_person(scene, mention, fits, find_described)
        index = scene.by_name.get(verdict.name) if verdict.name else None
        if index is not None and verdict.confidence >= _SURE:
            scene.note_gender(index, _GENDERS[mention.kind])
        return verdict

    def lead(self, *, alone: bool) -> Verdict:
        """Who speaks in the lead, which a quotation without any attribution goes to.

        One that stands `alone`, a sentence of its own, also goes to a speaker who comes a little
        later; a fragment of the reporter's sentence does not, where a dateline shows the lead.
        """
        count = _LEAD_PARAGRAPHS if alone or not self.scene.dateline else 1
        if count not in self._leads:
            self._leads[count] = self._find_lead(people=True, count=count)
        return self._leads[count]

    def _find_lead(self, *, people: bool, count: int = _LEAD_PARAGRAPHS) -> Verdict:
        """The first speaker that the first paragraphs of the body name."""
        scene = self.scene
        index = scene.text.paragraph_index(scene.dateline.span.start) if scene.dateline else 0
        for at in range(index, min(index + count, len(scene.text.paragraphs))):
            passage = scene.passage(at)
            for number in range(len(passage.frames)):
                for mention in passage.mentions(number):
                    leads = mention.grade == "S" and mention.place in _LEADING_PLACES
                    verdict = self.resolve(mention) if leads else NOBODY
                    if verdict.name in scene.by_name and (not people or self._is_person(verdict)):
                        return Verdict(verdict.name, 0.6)
        return NOBODY

    def _is_person(self, verdict: Verdict) -> bool:
        """True when the verdict names a person of the registry."""
        index = self.scene.by_name.get(verdict.name) if verdict.name else None
        return self.scene.is_person(index)

    def _name(self, mention: Mention) -> Verdict:
        scene = self.scene
        low = mention.frame.low
        if low[mention.lo] == "the" and mention.hi - mention.lo == 2 and mention.head in DEMONYMS:
            return find_epithet(scene, mention)
        labels = {scene.actors[one.actor].label for one in scene.between(*_ends(mention))}
        party = low[mention.lo] == "the" and mention.head in PARTIES
        if mention.head in CLASSES and (party or labels <= {EntityLabel.NORP}):
            return self._noun(mention)
        span = mention.span
        inside = scene.between(span.start, span.end)
        heads = [one for one in inside if one.end >= span.end - 1]
        definite = low[mention.lo] == "the"
        for one in heads or inside[-1:]:
            actor = scene.actors[one.actor]
            if heads or actor.label is EntityLabel.PERSON:
                if actor.label is EntityLabel.NORP:
                    return self._namesake(actor.canonical)
                return Verdict(self._fuller(actor, definite=definite), 0.95)
        return self._unlisted(mention)

    def _namesake(self, name: str) -> Verdict:
        """The person whose family name is also a people's: Zulu, German, French."""
        for index in self.scene.named_like(name.rpartition(" ")[2]):
            actor = self.scene.actors[index]
            if actor.label is EntityLabel.PERSON and actor.canonical.endswith(f" {name}"):
                return Verdict(actor.canonical, 0.7)
        return NOBODY

    def _fuller(self, actor: Actor, *, definite: bool) -> str:
        """The name of a body, or the one longer name of a body that begins or ends with it."""
        name = actor.canonical
        if name.isupper() or (
            actor.label is not EntityLabel.ORG and not (definite and " " not in name)
        ):
            return name
        longer = {
            other.canonical
            for other in self._alike(name)
            if other.label is EntityLabel.ORG
            and (other.canonical.endswith(f" {name}") or other.canonical.startswith(f"{name} "))
        }
        return longer.pop() if len(longer) == 1 else name

    def _alike(self, name: str) -> list[Actor]:
        """The actors whose name begins or ends with the first or the last word of a name."""
        words = name.split()
        like = self.scene.named_like
        found = [*like(words[0]), *like(words[-1])] if words else []
        return [self.scene.actors[index] for index in found]

    def _unlisted(self, mention: Mention) -> Verdict:
        """A name that the entity stage did not list: one that it ends like, else its own words."""
        frame = mention.frame
        lo = mention.hi - 1
        while lo > mention.lo and (frame.kind[lo - 1] == CAPITAL or frame.low[lo - 1] == "."):
            lo -= 1
        name = self.scene.text.full[frame.start[lo] : mention.span.end]
        last = name.split()[-1]
        for index in self.scene.named_like(last):
            actor = self.scene.actors[index]
            words = actor.canonical.split()
            if words[-1:] == [last] or (len(words) > 1 and words[0] == name):
                return Verdict(actor.canonical, 0.8)
        alone = lo == mention.lo and mention.hi - lo == 1
        opens = (lo == 0 or frame.kind[lo - 1] == PUNCTUATION) and last.endswith("s")
        many = alone and (opens or last.endswith(_PLURAL_NAMES))
        return NOBODY if many else Verdict(name, 0.6)

    def _noun(self, mention: Mention) -> Verdict:
        """The person, body or document that a common noun stands for."""
        many = mention.head in BODIES and mention.frame.low[mention.lo] in ("a", "an")
        apposed = None if many else self._apposed(mention) or self._held(mention)
        if apposed:
            return apposed
        head = mention.head
        if head in DOCUMENTS:
            return self._document(mention)
        its = head == "counterpart" and mention.frame.low[mention.lo] == "its"
        if head in COMPANIES and (person := self._trader(mention)):
            return person
        if head in BODIES or its or is_voice(mention):
            return find_body(self.scene, mention)
        if is_kin(mention):
            return find_kin(self.scene, mention, find_described)
        if head == "diplomats":
            return self._diplomats()
        return find_person_noun(self.scene, mention)

    def _trader(self, mention: Mention) -> Verdict | None:
        """A person who is called what a firm may be called too: "the developer"."""
        described = find_described(self.scene, mention)
        if described and mention.head in self.scene.portrait(described[0]).words:
            return Verdict(self.scene.actors[described[0]].canonical, 0.6)
        return None

    def _document(self, mention: Mention) -> Verdict:
        """Whoever issued it, else whoever spoke last, else whoever the lead has spoken."""
        scene = self.scene
        if mention.frame.low[mention.lo] in ("a", "an") and mention.tail == mention.hi:
            return NOBODY
        issuer = find_issuer(scene, mention)
        if issuer.name:
            return issuer
        if not self._is_stated(mention):
            return NOBODY
        if scene.last is not None and not scene.said_unnamed:
            return Verdict(scene.actors[scene.last].canonical, 0.5)
        if scene.said:
            return Verdict(scene.last_body, 0.4) if scene.last_body else NOBODY
        if self._first is None:
            self._first = NOBODY
            self._first = self._find_lead(people=False)
        return self._first

    def _is_stated(self, mention: Mention) -> bool:
        """True for a statement, and for "the document" once there has been talk of one."""
        if mention.head in _STATED:
            return True
        at = mention.start
        begin = max(0, at - _LOOK_BACK)
        if mention.head == "document" and self.scene.said_by_body:
            papers = _PAPERS.finditer(self.scene.text.full, begin, at)
            return all(self.scene.is_quoted(paper.start()) for paper in papers)
        return mention.head in ("document", "text", "paper") and bool(
            _STATEMENT.search(self.scene.text.full, begin, at)
        )

    def _diplomats(self) -> Verdict:
        """`the Russian diplomats`: the ministry or embassy that has spoken."""
        name = self.scene.last_body
        return Verdict(name, 0.5) if name.lower().endswith(_DIPLOMATS) else NOBODY

    def _apposed(self, mention: Mention) -> Verdict | None:
        """The person named right after the noun, with or without a comma, titles between."""
        frame, at = mention.frame, _skip_place(mention)
        comma = at < len(frame) and frame.low[at] == ","
        if comma and (mention.head in BODIES or mention.head in DOCUMENTS):
            return None
        at += comma
        first = at
        while at < len(frame) and at - first < 7 and _is_of_name(frame, at):
            for one in self.scene.between(frame.start[at], frame.end[at]):
                titled = all(low in _TITLES for low in frame.low[first:at])
                if self.scene.is_person(one.actor) and (
                    first > mention.hi or (titled and one.start >= frame.start[first])
                ):
                    return Verdict(self.scene.actors[one.actor].canonical, 0.85)
            at += 1
        return None

    def _held(self, mention: Mention) -> Verdict | None:
        """`chief of the Ukrainian delegation Ivan Orlov`: the name at the end of what hangs on."""
        frame = mention.frame
        if mention.tail <= mention.hi:
            return None
        for one in self.scene.between(frame.start[mention.hi], mention.span.end):
            if not self.scene.is_person(one.actor) or one.end < mention.span.end - 1:
                continue
            first = next(
                index for index in range(mention.hi, mention.tail) if frame.end[index] > one.start
            )
            before = frame.low[first - 1]
            if before in BODIES or self._is_place_or_body(frame.start[first - 1]):
                return Verdict(self.scene.actors[one.actor].canonical, 0.85)
        return None

    def _is_place_or_body(self, at: int) -> bool:
        """True where a word of a body's or a place's name begins."""
        return any(
            self.scene.actors[one.actor].label is not EntityLabel.PERSON
            for one in self.scene.between(at, at + 1)
        )


def _skip_place(mention: Mention) -> int:
    """Where a noun ends with the place or body that its office is for, if a comma closes that."""
    frame, at = mention.frame, mention.tail
    if at < len(frame) and frame.low[at] in PREPOSITIONS:
        at += 1
        if frame.low[at : at + 1] == ["the"] and frame.low[at + 2 : at + 3] == [","]:
            return at + 2
        while at < len(frame) and (frame.kind[at] == CAPITAL or frame.low[at] == "the"):
            at += 1
        if at < len(frame) and frame.low[at] == ",":
            return at
    return mention.tail


def _is_of_name(frame: Frame, at: int) -> bool:
    """True for a capital word, and for the full stop of an abbreviated title."""
    return frame.kind[at] == CAPITAL or (frame.low[at] == "." and frame.low[at - 1] in _TITLES)


def _ends(mention: Mention) -> tuple[int, int]:
    """Where the last word of a mention begins and ends."""
    return mention.frame.start[mention.hi - 1], mention.frame.end[mention.hi - 1]
