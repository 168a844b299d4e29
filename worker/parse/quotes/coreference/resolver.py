"""Speaker resolution: a sieve of passes over the discourse model, by kind of mention.

After Raghunathan et al., "A Multi-Pass Sieve for Coreference Resolution" (EMNLP 2010). A pass takes
the model and a mention. It returns a resolution, `UNRESOLVED` where it knows that the text gives no
name, `FIRST_SPEAKER` for the first speaker of the lead, or None where the mention is not of its
kind, which leaves it to the passes after it. The first that answers decides. Passes do not call
each other; `discourse`, `antecedents` and `organisations` hold the searches that they
share.
"""

from collections.abc import Callable, Iterator

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
from worker.parse.quotes.coreference.kinship import resolve_kinship_noun
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
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import CueStrength, SyntacticRole

__all__ = ["PASSES", "SpeakerResolver"]

Pass = Callable[[DiscourseModel, NounPhrase], Resolution | None]

_LEAD_PARAGRAPHS = 3
_LEAD_CONFIDENCE = 0.6
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
    """Resolves the source of a quotation to the name of its speaker."""

    def __init__(self, model: DiscourseModel) -> None:
        self.model = model
        model.record_introduction(find_introduction(model))
        self._lead_speakers: dict[int, Resolution] = {}
        self._first_speaker: Resolution | None = None

    def resolve(self, mention: NounPhrase) -> Resolution:
        """Return the resolution of a mention, by the first pass that has any."""
        for resolve_by_pass in PASSES:
            resolution = resolve_by_pass(self.model, mention)
            if resolution is FIRST_SPEAKER:
                return self._find_first_speaker()
            if resolution is not None:
                return resolution
        return UNRESOLVED

    def lead_speaker(self, *, is_alone: bool) -> Resolution:
        """Return the person who speaks in the lead, the speaker of unattributed quotations.

        A fragment of the reporter's sentence belongs to the first paragraph's speaker, if a
        dateline marks that paragraph. Otherwise the first three paragraphs are searched.
        """
        count = _LEAD_PARAGRAPHS if is_alone or not self.model.dateline else 1
        if count not in self._lead_speakers:
            people = (
                resolution
                for resolution in self._resolve_lead_sources(count)
                if self.model.is_person(self.model.find_actor(resolution))
            )
            self._lead_speakers[count] = next(people, UNRESOLVED)
        return self._lead_speakers[count]

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
