"""Corrections of syntactic roles by rules that see several noun phrases of a sentence at a time.

The order matters: a complement is attached before its verb moves to the head, and a verb that a
participle or a coordination adds may be the verb that another rule looks for.
"""

from itertools import pairwise

from worker.parse.quotes.attribution.verbs import verb_form, verb_strength
from worker.parse.quotes.lexicon.function_words import PREPOSITIONS
from worker.parse.quotes.lexicon.noun_classes import OFFICES
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import CueForm, CueStrength, MentionType, SyntacticRole

__all__ = ["correct_roles"]

_STOPS_IN_LABEL = frozenset("is are was were has have had will would and or who which".split())
_ADDING = frozenset("adding saying noting stressing explaining pointing recalling warning".split())
_MAX_RELAY_TOKENS = 4
"""From a verb to an `according to` that only passes on: `Ms. Lee said, according to TASS`."""
_MAX_PARTICIPLE_TOKENS = 12
"""From a verb to a participle of the same speaker: `Ms. Lee said on Monday, adding that`."""

_MAX_SAYING_TOKENS = 40
"""From the only verb of speech to `saying`: `Ms. Lee urged powers to act, ..., saying that`."""

_SUBJECTS_IN_PREPOSITIONS = frozenset(role for role in SyntacticRole if role.startswith("subj.pp"))
_OF_OBJECTS = frozenset(
    (SyntacticRole.IN_OF, SyntacticRole.SUBJECT_IN_OF, SyntacticRole.PASSIVE_IN_OF)
)
_CLAUSE_SUBJECTS = frozenset(
    (SyntacticRole.INITIAL, SyntacticRole.SUBJECT, SyntacticRole.OTHER_AFTER_COMMA)
)
_SAYING_SUBJECTS = _CLAUSE_SUBJECTS | {
    SyntacticRole.SUBJECT_BEFORE_APPOSITION,
    SyntacticRole.SUBJECT_OF_RELATIVE,
}
_APPOSED = frozenset(
    (
        SyntacticRole.SUBJECT_INVERTED,
        SyntacticRole.SUBJECT_BEFORE_APPOSITION,
        SyntacticRole.SUBJECT_BEFORE_PHRASE,
        SyntacticRole.ACCORDING_TO,
    )
)
_PERSONS = frozenset((MentionType.PROPER, MentionType.HE, MentionType.SHE))
_WEAK_STRENGTHS = frozenset((CueStrength.UNLISTED, CueStrength.WEAK, CueStrength.NONE))

# Members that are read for every phrase: Python 3.11 looks an enum's attribute up slowly.
_SUBJECT, _COMPLEMENT = SyntacticRole.SUBJECT, SyntacticRole.COMPLEMENT
_NOMINAL = MentionType.NOMINAL
_STRONG = CueStrength.STRONG
_FINITE = CueForm.FINITE


def correct_roles(sentence: Sentence, phrases: list[NounPhrase]) -> None:
    """Correct the roles of the noun phrases of a sentence, in place."""
    if "of" in sentence.words:
        _attach_complements(sentence, phrases)
    for index, phrase in enumerate(phrases):
        if phrase.role in _SUBJECTS_IN_PREPOSITIONS and index:
            _move_verb_to_head(sentence, phrases, index)
    if "according" in sentence.words:
        _drop_relays(sentence, phrases)
    if ":" in sentence.words:
        _move_colon_to_first_name(sentence, phrases)
    _assign_participles(sentence, phrases)
    _assign_coordinated_verbs(sentence, phrases)
    _drop_reported_subjects(sentence, phrases)
    _appose_names(sentence, phrases)


def _attach_complements(sentence: Sentence, phrases: list[NounPhrase]) -> None:
    """`the head of state`: add the complement to a common noun or an office."""
    for index, phrase in enumerate(phrases):
        takes_complement = phrase.type is _NOMINAL or phrase.head in OFFICES
        if takes_complement and phrase.role is not _COMPLEMENT:
            _attach_complement(sentence, phrase, phrases[index + 1 : index + 4])


def _attach_complement(sentence: Sentence, phrase: NounPhrase, following: list[NounPhrase]) -> None:
    """Extend a phrase over each `of` and the phrase after it, which is no candidate then."""
    for complement in following:
        at = phrase.complement_end
        if complement.start_token != at + 1 or sentence.words[at] != "of":
            return
        phrase.complement_end = complement.end_token
        if complement.role in _OF_OBJECTS:
            complement.drop_cue(_COMPLEMENT)


def _move_verb_to_head(sentence: Sentence, phrases: list[NounPhrase], index: int) -> None:
    """`John Smith of the Union said`: the verb is Smith's and not the Union's.

    The head is the first of a run of phrases that only prepositions connect.
    """
    last = phrases[index]
    first = index
    while first and phrases[first - 1].end_token == phrases[first].start_token - 1:
        if sentence.words[phrases[first].start_token - 1] not in PREPOSITIONS:
            break
        first -= 1
    head = phrases[first]
    if head is last or head.cue != last.cue or head.role is not SyntacticRole.SUBJECT_BEFORE_PHRASE:
        return
    head.assign(_SUBJECT, last.cue, last.strength)
    # `the minister for Europe`, but not `a minister from Norway`
    if head.head in OFFICES and head.first_word not in ("a", "an"):
        head.complement_end = last.end_token
    for part in phrases[first + 1 : index + 1]:
        part.drop_cue(_COMPLEMENT)


def _drop_relays(sentence: Sentence, phrases: list[NounPhrase]) -> None:
    """`Ms. Lee said, according to the agency`: the agency only passes on her words."""
    for index, phrase in enumerate(phrases):
        if phrase.role is not SyntacticRole.ACCORDING_TO or not index:
            continue
        speaker = phrases[index - 1]
        between = range(speaker.cue, phrase.cue)
        is_near = 0 < len(between) < _MAX_RELAY_TOKENS
        has_quotation = any(at in sentence.runs for at in between)
        if is_near and not has_quotation and speaker.strength is _STRONG:
            phrase.drop_cue()


def _move_colon_to_first_name(sentence: Sentence, phrases: list[NounPhrase]) -> None:
    """`Ann Lee, Le Monde: "So it is."`: a label speaks by its first name, not by its last."""
    for index, label in enumerate(phrases):
        if label.role is not SyntacticRole.BEFORE_COLON or not index:
            continue
        first = phrases[0]
        is_name = first.type is MentionType.PROPER and first.start_token == 0
        between = range(first.end_token, label.start_token)
        has_verb = any(
            verb_strength(sentence, at)
            or at in sentence.runs
            or sentence.words[at] in _STOPS_IN_LABEL
            for at in between
        )
        if is_name and first.end_token > 1 and not has_verb and first.cue < 0:
            first.assign(label.role, label.cue, label.strength)
            label.drop_cue()


def _assign_participles(sentence: Sentence, phrases: list[NounPhrase]) -> None:
    """`Ms. Lee said, adding that`: make the participle the verb of the same speaker."""
    words = sentence.words
    if _ADDING.isdisjoint(words):
        return
    participles = [
        at for at in range(2, len(words)) if words[at] in _ADDING and words[at - 1] == ","
    ]
    for at in participles:
        speakers = [phrase for phrase in phrases if phrase.reports and 0 <= phrase.cue < at]
        if not speakers and words[at] == "saying":
            _assign_saying(phrases, at)
        # After a quotation, `adding` is as likely to follow it as to lead the next quotation in.
        elif speakers and not any(run < at for run in sentence.runs):
            speaker = max(speakers, key=lambda phrase: phrase.cue)
            is_saying = words[at] == "saying" and len(speakers) == 1 and _is_own_subject(speaker)
            _assign_participle(speaker, at, is_saying=is_saying)


def _is_own_subject(speaker: NounPhrase) -> bool:
    """`Lee named a clerk who said so, saying`: return True for Lee, a clause's own subject."""
    return speaker.role in _CLAUSE_SUBJECTS and speaker.strength not in _WEAK_STRENGTHS


def _assign_participle(speaker: NounPhrase, at: int, *, is_saying: bool) -> None:
    """Make a participle near the verb the cue; after `according to` it is another speaker's."""
    limit = _MAX_SAYING_TOKENS if is_saying else _MAX_PARTICIPLE_TOKENS
    is_near = at - speaker.cue <= limit
    if is_near and speaker.role is not SyntacticRole.ACCORDING_TO:
        speaker.assign(_SUBJECT, at, speaker.strength)


def _assign_saying(phrases: list[NounPhrase], at: int) -> None:
    """`Ms. Lee declined, saying`: without a reporting verb the subject is the speaker."""
    for phrase in phrases:
        if phrase.start_token >= at:
            return
        is_speaker = phrase.type is _NOMINAL or phrase.type in _PERSONS
        if is_speaker and phrase.role in _SAYING_SUBJECTS:
            phrase.assign(_SUBJECT, at, _STRONG)
            return


def _assign_coordinated_verbs(sentence: Sentence, phrases: list[NounPhrase]) -> None:
    """`he rose and told the court`: the subject of the first verb is that of the second."""
    words = sentence.words
    if "and" not in words:
        return
    for at in range(2, len(words)):
        if words[at - 1] == "and" and _is_strong_finite(sentence, at):
            _assign_coordinated_verb(phrases, at)


def _is_strong_finite(sentence: Sentence, at: int) -> bool:
    strength = verb_strength(sentence, at)
    return strength is _STRONG and verb_form(sentence, at) is _FINITE


def _assign_coordinated_verb(phrases: list[NounPhrase], verb: int) -> None:
    """Assign the verb to the last subject before it, unless that reports by another verb."""
    if any(phrase.cue == verb for phrase in phrases):
        return
    subject = next(
        (
            phrase
            for phrase in reversed(phrases)
            if phrase.end_token <= verb and phrase.role in _CLAUSE_SUBJECTS
        ),
        None,
    )
    if subject and subject.strength in _WEAK_STRENGTHS and subject.type in _PERSONS:
        subject.assign(_SUBJECT, verb, _STRONG)


def _drop_reported_subjects(sentence: Sentence, phrases: list[NounPhrase]) -> None:
    """`Norway has confirmed the date, Ms. Lee said, adding`: Norway is not the speaker."""
    for index, speaker in enumerate(phrases):
        if speaker.role is not _SUBJECT or speaker.strength is not _STRONG:
            continue
        if not _is_parenthetical(sentence, speaker):
            continue
        for phrase in phrases[:index]:
            between = range(phrase.end_token, speaker.start_token)
            first_run = min((at for at in sentence.runs if at in between), default=-1)
            # `They confirmed the plan, including "a new road", Ms. Lee said.`: a fragment far from
            # their verb is hers.
            is_far = first_run - phrase.cue > _MAX_RELAY_TOKENS
            if phrase.cue >= 0 and (first_run < 0 or is_far):
                phrase.drop_cue()


def _is_parenthetical(sentence: Sentence, speaker: NounPhrase) -> bool:
    """Return True for `, Ms. Lee said,` after a clause: the verb at once, commas on both sides."""
    words, verb = sentence.words, speaker.end_token
    if verb_strength(sentence, verb) is not _STRONG:
        return False
    # `, Ms. Lee said,`, `, Ms. Lee said.`
    if words[verb + 1 : verb + 2] != [","] and words[verb + 1 :] != ["."]:
        return False
    return speaker.start_token >= 3 and words[speaker.start_token - 1] == ","


def _appose_names(sentence: Sentence, phrases: list[NounPhrase]) -> None:
    """`said Norway's foreign minister, Ann Lee`: tell the name of the noun that it explains."""
    for noun, name in pairwise(phrases):
        if noun.role not in _APPOSED or noun.type is not _NOMINAL or not noun.reports:
            continue
        comma = name.start_token - 1
        # `the minister of Norway, Ann Lee`
        is_beside = comma in (noun.end_token, noun.complement_end) and sentence.words[comma] == ","
        if is_beside and name.type is MentionType.PROPER and name.cue < 0:
            name.apposed_to = noun
