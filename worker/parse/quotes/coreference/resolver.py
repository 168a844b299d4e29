"""Speakers: which actor of the registry a mention is."""

import re

from worker.model import EntityLabel
from worker.parse.entity_registry import Actor, Gender
from worker.parse.quotes.coreference.cataphora import find_introduction
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.documents import find_issuer
from worker.parse.quotes.coreference.kinship import find_kin, is_kin
from worker.parse.quotes.coreference.organisation_nouns import (
    find_it,
    find_organisation,
    is_channel,
)
from worker.parse.quotes.coreference.person_nouns import (
    find_described_person,
    find_epithet,
    find_person_noun,
)
from worker.parse.quotes.coreference.pronouns import find_person, may_be
from worker.parse.quotes.lexicon.function_words import ABBREVIATIONS, PREPOSITIONS
from worker.parse.quotes.lexicon.noun_classes import (
    COMPANY_NOUNS,
    DEMONYMS,
    DOCUMENT_NOUNS,
    ORGANISATION_NOUNS,
    PARTY_MEMBERS,
    PERSON_NOUNS,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import CAPITAL, PUNCTUATION

__all__ = ["SpeakerResolver"]

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
    frozenset(PERSON_NOUNS)
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


class SpeakerResolver:
    """Resolves mentions in a model."""

    def __init__(self, model: DiscourseModel) -> None:
        self.model = model
        model.introduce(find_introduction(model))
        self._leads: dict[int, Resolution] = {}
        self._first: Resolution | None = None

    def resolve(self, mention: NounPhrase) -> Resolution:
        """Who the mention is."""
        if mention.type in "mf":
            return self._pronoun(mention)
        if mention.type == "n":
            return find_it(self.model, mention)
        if mention.type in "ti":
            return UNRESOLVED
        if mention.type == "C":
            return self._name(mention)
        return self._noun(mention)

    def _pronoun(self, mention: NounPhrase) -> Resolution:
        """The person that "he" or "she" stands for, whose gender is known from then on."""
        model = self.model
        fits = may_be(model, _OTHER[mention.type])
        resolution = find_person(model, mention, fits, find_described_person)
        index = model.by_name.get(resolution.name) if resolution.name else None
        if index is not None and resolution.confidence >= _SURE:
            model.note_gender(index, _GENDERS[mention.type])
        return resolution

    def lead(self, *, alone: bool) -> Resolution:
        """Who speaks in the lead, which a quotation without any attribution goes to.

        One that stands `alone`, a sentence of its own, also goes to a speaker who comes a little
        later; a fragment of the reporter's sentence does not, where a dateline shows the lead.
        """
        count = _LEAD_PARAGRAPHS if alone or not self.model.dateline else 1
        if count not in self._leads:
            self._leads[count] = self._find_lead(people=True, count=count)
        return self._leads[count]

    def _find_lead(self, *, people: bool, count: int = _LEAD_PARAGRAPHS) -> Resolution:
        """The first speaker that the first paragraphs of the body name."""
        model = self.model
        index = model.text.paragraph_index(model.dateline.span.start) if model.dateline else 0
        for at in range(index, min(index + count, len(model.text.paragraphs))):
            paragraph_sentences = model.paragraph_sentences(at)
            for number in range(len(paragraph_sentences.sentences)):
                for mention in paragraph_sentences.mentions(number):
                    leads = mention.strength == "S" and mention.role in _LEADING_PLACES
                    resolution = self.resolve(mention) if leads else UNRESOLVED
                    if resolution.name in model.by_name and (
                        not people or self._is_person(resolution)
                    ):
                        return Resolution(resolution.name, 0.6)
        return UNRESOLVED

    def _is_person(self, resolution: Resolution) -> bool:
        """True when the resolution names a person of the registry."""
        index = self.model.by_name.get(resolution.name) if resolution.name else None
        return self.model.is_person(index)

    def _name(self, mention: NounPhrase) -> Resolution:
        model = self.model
        low = mention.sentence.words
        if (
            low[mention.start_token] == "the"
            and mention.end_token - mention.start_token == 2
            and mention.head in DEMONYMS
        ):
            return find_epithet(model, mention)
        labels = {model.actors[one.actor].label for one in model.between(*_ends(mention))}
        party = low[mention.start_token] == "the" and mention.head in PARTY_MEMBERS
        if mention.head in PERSON_NOUNS and (party or labels <= {EntityLabel.NORP}):
            return self._noun(mention)
        span = mention.span
        inside = model.between(span.start, span.end)
        heads = [one for one in inside if one.end >= span.end - 1]
        definite = low[mention.start_token] == "the"
        for one in heads or inside[-1:]:
            actor = model.actors[one.actor]
            if heads or actor.label is EntityLabel.PERSON:
                if actor.label is EntityLabel.NORP:
                    return self._namesake(actor.canonical)
                return Resolution(self._fuller(actor, definite=definite), 0.95)
        return self._unlisted(mention)

    def _namesake(self, name: str) -> Resolution:
        """The person whose family name is also a people's: Zulu, German, French."""
        for index in self.model.named_like(name.rpartition(" ")[2]):
            actor = self.model.actors[index]
            if actor.label is EntityLabel.PERSON and actor.canonical.endswith(f" {name}"):
                return Resolution(actor.canonical, 0.7)
        return UNRESOLVED

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
        like = self.model.named_like
        found = [*like(words[0]), *like(words[-1])] if words else []
        return [self.model.actors[index] for index in found]

    def _unlisted(self, mention: NounPhrase) -> Resolution:
        """A name that the entity stage did not list: one that it ends like, else its own words."""
        sentence = mention.sentence
        lo = mention.end_token - 1
        while lo > mention.start_token and (
            sentence.kinds[lo - 1] == CAPITAL or sentence.words[lo - 1] == "."
        ):
            lo -= 1
        name = self.model.text.full[sentence.starts[lo] : mention.span.end]
        last = name.split()[-1]
        for index in self.model.named_like(last):
            actor = self.model.actors[index]
            words = actor.canonical.split()
            if words[-1:] == [last] or (len(words) > 1 and words[0] == name):
                return Resolution(actor.canonical, 0.8)
        alone = lo == mention.start_token and mention.end_token - lo == 1
        opens = (lo == 0 or sentence.kinds[lo - 1] == PUNCTUATION) and last.endswith("s")
        many = alone and (opens or last.endswith(_PLURAL_NAMES))
        return UNRESOLVED if many else Resolution(name, 0.6)

    def _noun(self, mention: NounPhrase) -> Resolution:
        """The person, body or document that a common noun stands for."""
        many = mention.head in ORGANISATION_NOUNS and mention.sentence.words[
            mention.start_token
        ] in ("a", "an")
        apposed = None if many else self._apposed(mention) or self._held(mention)
        if apposed:
            return apposed
        head = mention.head
        if head in DOCUMENT_NOUNS:
            return self._document(mention)
        its = head == "counterpart" and mention.sentence.words[mention.start_token] == "its"
        if head in COMPANY_NOUNS and (person := self._trader(mention)):
            return person
        if head in ORGANISATION_NOUNS or its or is_channel(mention):
            return find_organisation(self.model, mention)
        if is_kin(mention):
            return find_kin(self.model, mention, find_described_person)
        if head == "diplomats":
            return self._diplomats()
        return find_person_noun(self.model, mention)

    def _trader(self, mention: NounPhrase) -> Resolution | None:
        """A person who is called what a firm may be called too: "the developer"."""
        described = find_described_person(self.model, mention)
        if described and mention.head in self.model.description(described[0]).words:
            return Resolution(self.model.actors[described[0]].canonical, 0.6)
        return None

    def _document(self, mention: NounPhrase) -> Resolution:
        """Whoever issued it, else whoever spoke last, else whoever the lead has spoken."""
        model = self.model
        if (
            mention.sentence.words[mention.start_token] in ("a", "an")
            and mention.complement_end == mention.end_token
        ):
            return UNRESOLVED
        issuer = find_issuer(model, mention)
        if issuer.name:
            return issuer
        if not self._is_stated(mention):
            return UNRESOLVED
        if model.last is not None and not model.last_was_unnamed:
            return Resolution(model.actors[model.last].canonical, 0.5)
        if model.said:
            return (
                Resolution(model.last_organisation, 0.4) if model.last_organisation else UNRESOLVED
            )
        if self._first is None:
            self._first = UNRESOLVED
            self._first = self._find_lead(people=False)
        return self._first

    def _is_stated(self, mention: NounPhrase) -> bool:
        """True for a statement, and for "the document" once there has been talk of one."""
        if mention.head in _STATED:
            return True
        at = mention.start
        begin = max(0, at - _LOOK_BACK)
        if mention.head == "document" and self.model.last_speaker_is_organisation:
            papers = _PAPERS.finditer(self.model.text.full, begin, at)
            return all(self.model.is_quoted(paper.start()) for paper in papers)
        return mention.head in ("document", "text", "paper") and bool(
            _STATEMENT.search(self.model.text.full, begin, at)
        )

    def _diplomats(self) -> Resolution:
        """`the Russian diplomats`: the ministry or embassy that has spoken."""
        name = self.model.last_organisation
        return Resolution(name, 0.5) if name.lower().endswith(_DIPLOMATS) else UNRESOLVED

    def _apposed(self, mention: NounPhrase) -> Resolution | None:
        """The person named right after the noun, with or without a comma, titles between."""
        sentence, at = mention.sentence, _skip_place(mention)
        comma = at < len(sentence) and sentence.words[at] == ","
        if comma and (mention.head in ORGANISATION_NOUNS or mention.head in DOCUMENT_NOUNS):
            return None
        at += comma
        first = at
        while at < len(sentence) and at - first < 7 and _is_of_name(sentence, at):
            for one in self.model.between(sentence.starts[at], sentence.ends[at]):
                titled = all(low in _TITLES for low in sentence.words[first:at])
                if self.model.is_person(one.actor) and (
                    first > mention.end_token or (titled and one.start >= sentence.starts[first])
                ):
                    return Resolution(self.model.actors[one.actor].canonical, 0.85)
            at += 1
        return None

    def _held(self, mention: NounPhrase) -> Resolution | None:
        """`chief of the Ukrainian delegation Ivan Orlov`: the name at the end of what hangs on."""
        sentence = mention.sentence
        if mention.complement_end <= mention.end_token:
            return None
        for one in self.model.between(sentence.starts[mention.end_token], mention.span.end):
            if not self.model.is_person(one.actor) or one.end < mention.span.end - 1:
                continue
            first = next(
                index
                for index in range(mention.end_token, mention.complement_end)
                if sentence.ends[index] > one.start
            )
            before = sentence.words[first - 1]
            if before in ORGANISATION_NOUNS or self._is_place_or_body(sentence.starts[first - 1]):
                return Resolution(self.model.actors[one.actor].canonical, 0.85)
        return None

    def _is_place_or_body(self, at: int) -> bool:
        """True where a word of a body's or a place's name begins."""
        return any(
            self.model.actors[one.actor].label is not EntityLabel.PERSON
            for one in self.model.between(at, at + 1)
        )


def _skip_place(mention: NounPhrase) -> int:
    """Where a noun ends with the place or body that its office is for, if a comma closes that."""
    sentence, at = mention.sentence, mention.complement_end
    if at < len(sentence) and sentence.words[at] in PREPOSITIONS:
        at += 1
        if sentence.words[at : at + 1] == ["the"] and sentence.words[at + 2 : at + 3] == [","]:
            return at + 2
        while at < len(sentence) and (sentence.kinds[at] == CAPITAL or sentence.words[at] == "the"):
            at += 1
        if at < len(sentence) and sentence.words[at] == ",":
            return at
    return mention.complement_end


def _is_of_name(sentence: Sentence, at: int) -> bool:
    """True for a capital word, and for the full stop of an abbreviated title."""
    return sentence.kinds[at] == CAPITAL or (
        sentence.words[at] == "." and sentence.words[at - 1] in _TITLES
    )


def _ends(mention: NounPhrase) -> tuple[int, int]:
    """Where the last word of a mention begins and ends."""
    return mention.sentence.starts[mention.end_token - 1], mention.sentence.ends[
        mention.end_token - 1
    ]
