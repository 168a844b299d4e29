"""Speaker resolution: a sieve of passes over the discourse model, by kind of mention.

After Raghunathan et al., "A Multi-Pass Sieve for Coreference Resolution" (EMNLP 2010). A pass takes
the model and a mention. It returns a resolution, `UNRESOLVED` where it knows that the text gives no
name, `FIRST_SPEAKER` for the first speaker of the lead, or None where the mention is not of its
kind, which leaves it to the passes after it. The first that answers decides. Passes do not call
each other; `discourse`, `antecedents` and `organisations` hold the searches that they
share.
"""

from collections.abc import Callable, Iterator

from worker.model import EntityLabel
from worker.parse.entity_registry import Gender
from worker.parse.quotes.coreference.antecedents import find_salient
from worker.parse.quotes.coreference.appositions import (
    resolve_apposition,
    resolve_name_in_complement,
)
from worker.parse.quotes.coreference.cataphora import find_introduction, resolve_introduced_noun
from worker.parse.quotes.coreference.discourse import (
    FIRST_SPEAKER,
    UNRESOLVED,
    DiscourseModel,
    Resolution,
)
from worker.parse.quotes.coreference.documents import (
    resolve_document_by_issuer,
    resolve_statement_by_last_speaker,
)
from worker.parse.quotes.coreference.indefinites import ANONYMOUS_SOURCES, INDEFINITES
from worker.parse.quotes.coreference.kinship import find_family_names, resolve_kinship_noun
from worker.parse.quotes.coreference.names import resolve_listed_name, resolve_unlisted_name
from worker.parse.quotes.coreference.organisation_nouns import (
    resolve_diplomats,
    resolve_organisation_noun,
)
from worker.parse.quotes.coreference.person_nouns import (
    resolve_company_noun_to_person,
    resolve_demonym,
    resolve_described_person,
    resolve_epithet,
    resolve_interlocutor,
    resolve_latter,
    resolve_party_member,
    resolve_undescribed_subject,
    resolve_unnamed_people,
)
from worker.parse.quotes.coreference.pronouns import resolve_he_or_she, resolve_it, resolve_they
from worker.parse.quotes.coreference.ranking import (
    Antecedent,
    find_antecedents,
    find_bearers,
    rank_antecedents,
)
from worker.parse.quotes.lexicon.noun_classes import is_person_noun
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import CueStrength, MentionType, SyntacticRole

__all__ = ["PASSES", "SpeakerResolver"]

Pass = Callable[[DiscourseModel, NounPhrase], Resolution | None]

_DECISIVE = frozenset(
    (
        "resolve_apposition",
        "resolve_name_in_complement",
        "resolve_they",
        "resolve_kinship_noun",
    )
)
"""Passes whose answer no weighing improves."""
_FORMER = frozenset("former ex then acting deputy".split())
_LEAD_PARAGRAPHS = 3
_LEAD_CONFIDENCE = 0.6
_GENDERS = {MentionType.HE: Gender.MALE, MentionType.SHE: Gender.FEMALE}
_MIN_GENDER_CONFIDENCE = 0.8
"""Confidence from which a pronoun tells the gender of its antecedent."""
_SEVERAL = 2
_MAX_DEPTH = 2
"""Mentions that are resolved for the sake of a later mention, one after the other."""
_ANSWER_CONFIDENCE = 0.6
_SPEAKING_ROLES = frozenset(
    (
        SyntacticRole.SUBJECT,
        SyntacticRole.SUBJECT_BEFORE_PHRASE,
        SyntacticRole.SUBJECT_BEFORE_APPOSITION,
        SyntacticRole.SUBJECT_INVERTED,
        SyntacticRole.ACCORDING_TO,
    )
)


PASSES: tuple[Pass, ...] = (
    # Pronouns.
    resolve_he_or_she,
    resolve_it,
    resolve_they,
    # Names.
    resolve_demonym,  # the Swede
    resolve_listed_name,  # Ann Lee, Lee
    resolve_unlisted_name,
    # Common nouns with a name beside them.
    resolve_apposition,  # the mayor, Ann Lee
    resolve_name_in_complement,  # chief of the Lake delegation Ann Lee
    # Documents.
    resolve_document_by_issuer,  # the report by Lake Bank
    resolve_statement_by_last_speaker,  # the statement
    # Organisations; some company nouns are also nouns for a person.
    resolve_company_noun_to_person,  # the developer
    resolve_organisation_noun,  # the ministry, its press service
    # Relatives.
    resolve_kinship_noun,  # her father
    # People, named or not.
    resolve_diplomats,  # the Russian diplomats
    resolve_introduced_noun,  # a nurse, whose name comes later
    resolve_unnamed_people,  # a spokesman, officials
    resolve_interlocutor,  # the interlocutor
    resolve_latter,  # the latter
    resolve_party_member,  # the Ohio Democrat
    resolve_described_person,  # Ghana's finance minister
    resolve_undescribed_subject,  # the former minister
    resolve_epithet,  # the striker
)
"""The passes in order. The first that returns a resolution decides."""


class SpeakerResolver:
    """Resolves the source of a quotation to the name of its speaker.

    Without `weighs_all` the passes decide alone, in a third of the time.
    """

    def __init__(self, model: DiscourseModel, *, weighs_all: bool = True) -> None:
        self.model = model
        self._weighs_all = weighs_all
        model.record_introduction(find_introduction(model))
        model.record_full_names(find_family_names(model))
        self._resolved: dict[int, Resolution] = {}
        self._depth = 0
        self._lead_speakers: dict[int, Resolution] = {}
        self._first_speaker: Resolution | None = None

    def resolve(self, mention: NounPhrase) -> Resolution:
        """Return the resolution of a mention."""
        if mention.start not in self._resolved:
            if self._depth >= _MAX_DEPTH or not self._weighs_all:
                return self.apply_passes(mention)[1]
            self._depth += 1
            self._resolved[mention.start] = self._rank(mention)
            self._depth -= 1
        return self._resolved[mention.start]

    def settle(self, mention: NounPhrase, resolution: Resolution) -> None:
        """Let a mention have a resolution, whatever the text says."""
        self._resolved[mention.start] = resolution

    def _rank(self, mention: NounPhrase) -> Resolution:
        candidates, ruled = self.find_antecedents(mention)
        if not candidates:
            return ruled
        best, share = rank_antecedents(candidates)
        if best.actor is not None:
            gender = _GENDERS.get(mention.type)
            if gender and share >= _MIN_GENDER_CONFIDENCE:
                self.model.record_gender(best.actor, gender)
            return self.model.resolution(best.actor, share)
        return Resolution(best.name, share) if best.name else UNRESOLVED

    def find_antecedents(self, mention: NounPhrase) -> tuple[list[Antecedent], Resolution]:
        """Return the candidates of a mention, none where the passes decide, and their answer."""
        rule, ruled = self.apply_passes(mention)
        if rule in _DECISIVE or self.is_clear_name(mention):
            return [], ruled
        if not ruled.name and self.says_more(mention):
            return [], ruled
        return find_antecedents(self.model, mention, rule, ruled, self.resolve), ruled

    def says_more(self, mention: NounPhrase) -> bool:
        """`the NATO chief`, `the former minister`: True for a noun that says more than the text."""
        if mention.head in ANONYMOUS_SOURCES:
            return True
        if mention.type is not MentionType.NOMINAL or not is_person_noun(mention.head):
            return False
        # `a spokesman said`, of whom no name need follow
        if mention.head.startswith("spokes") and mention.first_word in INDEFINITES:
            return True
        names = self.model.inside(mention)
        is_of_body = any(self.model.label(name) is EntityLabel.ORG for name in names)
        return is_of_body or not _FORMER.isdisjoint(mention.words)

    def is_clear_name(self, mention: NounPhrase) -> bool:
        """Return True for a name that only one person of the item has."""
        if mention.type is not MentionType.PROPER:
            return False
        return len(find_bearers(self.model, mention)) < _SEVERAL

    def apply_passes(self, mention: NounPhrase) -> tuple[str, Resolution]:
        """Return the name of the first pass that has a resolution, and that resolution."""
        for resolve_by_pass in PASSES:
            resolution = resolve_by_pass(self.model, mention)
            if resolution is FIRST_SPEAKER:
                resolution = self._find_first_speaker()
            if resolution is not None:
                return resolve_by_pass.__name__, resolution
        return "", UNRESOLVED

    def other_speaker(self, at: int) -> Resolution:
        """Return the person whom the last speaker talks to, for an answer that begins at `at`."""
        model = self.model
        last = model.last_speaker
        for _, speaker in model.latest_speakers():
            if speaker is not None and speaker != last:
                return model.resolution(speaker, _ANSWER_CONFIDENCE)
        other = find_salient(model, at, {}, lambda index: model.is_person(index) and index != last)
        return UNRESOLVED if other is None else model.resolution(other, _ANSWER_CONFIDENCE)

    def lead_speaker(self, *, is_alone: bool) -> Resolution:
        """Return the person who speaks in the lead, the speaker of unattributed quotations.

        A fragment of the reporter's sentence belongs to the first paragraph's speaker, if a
        dateline marks that paragraph. Otherwise the first three paragraphs are searched.
        """
        count = _LEAD_PARAGRAPHS if is_alone or not self.model.dateline else 1
        if count not in self._lead_speakers:
            self._lead_speakers[count] = self._find_lead_person(count)
        return self._lead_speakers[count]

    def _find_lead_person(self, count: int) -> Resolution:
        """Return the first person who speaks in the lead.

        The sources after this person are left unresolved. A source that is resolved may record a
        gender, which would then count for the mentions before it too.
        """
        for resolution in self._resolve_lead_sources(count):
            if self.model.is_person(self.model.find_actor(resolution)):
                return resolution
        return UNRESOLVED

    def _find_first_speaker(self) -> Resolution:
        """Return the first speaker of the lead, a person or an organisation."""
        if self._first_speaker is None:
            # The lead may itself cite a statement, which asks for the first speaker again.
            self._first_speaker = UNRESOLVED
            sources = self._resolve_lead_sources(_LEAD_PARAGRAPHS)
            self._first_speaker = next(sources, UNRESOLVED)
        return self._first_speaker

    def _resolve_lead_sources(self, count: int) -> Iterator[Resolution]:
        """Yield the speakers that the first paragraphs of the body name, as they are asked for."""
        model = self.model
        dateline = model.dateline
        first = model.text.paragraph_index(dateline.span.start) if dateline else 0
        for index in range(first, min(first + count, len(model.text.paragraphs))):
            paragraph = model.paragraph(index)
            for number in range(len(paragraph.sentences)):
                for phrase in paragraph.phrases(number):
                    is_strong = phrase.strength is CueStrength.STRONG
                    if not is_strong or phrase.role not in _SPEAKING_ROLES:
                        continue
                    resolution = self.resolve(phrase)
                    if model.find_actor(resolution) is not None:
                        yield Resolution(resolution.name, _LEAD_CONFIDENCE)
