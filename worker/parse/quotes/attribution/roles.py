"""Syntactic roles: the place of each noun phrase of a sentence relative to its reporting verbs.

A phrase gets a role by the words beside it: `according to Ms. Lee`, `Ms. Lee said`. The rules of
`role_corrections`, which see several phrases at a time, then correct it. There is no parser: word
classes and the cue lexicon are enough, and the time is linear.
"""

from worker.parse.quotes.attribution.role_corrections import correct_roles
from worker.parse.quotes.attribution.verbs import verb_form, verb_strength
from worker.parse.quotes.lexicon.cues import LISTENER_VERBS
from worker.parse.quotes.lexicon.function_words import (
    AUXILIARIES,
    BE,
    BREAKS,
    DASHES,
    DETERMINERS,
    MAX_APPOSITION_TOKENS,
    OPINION_NOUNS,
    POSSESSIVE_ENDINGS,
    PREPOSITIONS,
)
from worker.parse.quotes.noun_phrases import NounPhrase, find_noun_phrases
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import (
    CAPITAL,
    LOWER,
    QUOTED,
    CueForm,
    CueStrength,
    MentionType,
    SyntacticRole,
)

__all__ = ["find_sources"]

_QUOTING_STEMS = frozenset(("quot", "cite", "citi", "repo"))
"""First letters of verbs that pass on their object's words: `quoted`, `citing`, `reported`."""
_ROLES_AFTER_PREPOSITION = {
    "of": SyntacticRole.IN_OF,
    "for": SyntacticRole.IN_FOR,
    "by": SyntacticRole.IN_BY,
    "from": SyntacticRole.IN_FROM,
    "as": SyntacticRole.IN_AS,
    "with": SyntacticRole.IN_WITH,
}
"""Prepositions whose object has a weight of its own in the ranking."""
_ROLES_AFTER_OPENER = {
    ",": SyntacticRole.OTHER_AFTER_COMMA,
    "and": SyntacticRole.OTHER_AFTER_AND,
    "but": SyntacticRole.OTHER_AFTER_BUT,
    "that": SyntacticRole.OTHER_AFTER_THAT,
    "because": SyntacticRole.OTHER_AFTER_BECAUSE,
    "while": SyntacticRole.OTHER_AFTER_WHILE,
    "when": SyntacticRole.OTHER_AFTER_WHEN,
    "if": SyntacticRole.OTHER_AFTER_IF,
}
_OPENING_CONJUNCTIONS = frozenset("but and yet so still".split())
_OBJECTS = frozenset(
    (SyntacticRole.LISTENER, SyntacticRole.OBJECT, SyntacticRole.IN_PREPOSITION)
) | frozenset(_ROLES_AFTER_PREPOSITION.values())
_SUBJECTS_IN_OBJECTS = {role: SyntacticRole(f"subj.{role}") for role in _OBJECTS}
_PASSIVES_IN_OBJECTS = {role: SyntacticRole(f"pas.{role}") for role in _OBJECTS}

# Members that are read for every phrase: Python 3.11 looks an enum's attribute up slowly.
_SUBJECT, _SUBJECT_PASSIVE = SyntacticRole.SUBJECT, SyntacticRole.SUBJECT_PASSIVE
_INITIAL, _OTHER = SyntacticRole.INITIAL, SyntacticRole.OTHER
_IN_PREPOSITION = SyntacticRole.IN_PREPOSITION
_STRONG, _UNLISTED = CueStrength.STRONG, CueStrength.UNLISTED
_FINITE, _PARTICIPLE = CueForm.FINITE, CueForm.PARTICIPLE


def find_sources(sentence: Sentence) -> list[NounPhrase]:
    """Return the phrases of a sentence that may be a source, in text order, with their roles."""
    phrases = find_noun_phrases(sentence)
    for phrase in phrases:
        _assign_role(sentence, phrase)
    correct_roles(sentence, phrases)
    return phrases


def _assign_role(sentence: Sentence, phrase: NounPhrase) -> None:
    """Assign a role by the words before the phrase, else by the verb or mark after it."""
    if _assign_by_attribution(sentence, phrase):
        return
    before = phrase.start_token - 1
    strength = verb_strength(sentence, before)
    if _assign_by_verb_before(sentence, phrase, strength):
        return
    phrase.role = _role_by_word_before(sentence, before, strength)
    if not _find_verb(sentence, phrase):
        _assign_by_punctuation(sentence, phrase)


def _assign_by_attribution(sentence: Sentence, phrase: NounPhrase) -> bool:
    """Assign the role of a fixed expression or of a possessive."""
    words = sentence.words
    before = phrase.start_token - 1
    word = words[before] if before >= 0 else ""
    after = words[phrase.end_token] if phrase.end_token < len(words) else ""
    # `in the view of Ms. Lee`
    if word == "of" and _is_opinion_before(sentence, before - 1):
        phrase.assign(SyntacticRole.ACCORDING_TO, before - 1, _STRONG)
        return True
    # `in her words`, `by her account`
    if word in ("in", "by") and after in OPINION_NOUNS:
        phrase.assign(SyntacticRole.ACCORDING_TO, before, _STRONG)
        return True
    # `Ms. Lee's`
    if words[phrase.end_token - 1].endswith(POSSESSIVE_ENDINGS):
        phrase.role = SyntacticRole.POSSESSOR
        return True
    # `according to Ms. Lee`
    if word == "to" and before > 0 and words[before - 1] == "according":
        phrase.assign(SyntacticRole.ACCORDING_TO, before - 1, _STRONG)
        return True
    return False


def _is_opinion_before(sentence: Sentence, at: int) -> bool:
    """Return True at the noun of `in the view`, `by the account`."""
    words = sentence.words
    return at > 1 and words[at] in OPINION_NOUNS and words[at - 2] in ("in", "by")


def _assign_by_verb_before(
    sentence: Sentence, phrase: NounPhrase, strength: CueStrength | None
) -> bool:
    """Assign the role that a reporting verb before the phrase gives; `strength` is the verb's."""
    before = phrase.start_token - 1
    word = sentence.words[before] if before >= 0 else ""
    # `quoted Ms. Lee as saying`
    if strength and word[:4] in _QUOTING_STEMS and _is_as_saying(sentence, phrase.end_token):
        phrase.assign(SyntacticRole.QUOTED_AS_SAYING, before, _STRONG)
        return True
    # `"So it is," points out Ms. Lee`
    if word == "out" and verb_strength(sentence, before - 1) and _is_inverted(sentence, before - 1):
        phrase.assign(SyntacticRole.SUBJECT_INVERTED, before - 1, _STRONG)
        return True
    # `"So it is," said Ms. Lee`
    if strength and _is_inverted(sentence, before):
        phrase.assign(SyntacticRole.SUBJECT_INVERTED, before, strength)
        return True
    if word != "by":
        return False
    # `remarks by Ms. Lee, who had called it`
    following = sentence.words[phrase.end_token : phrase.end_token + 1]
    is_relative = following == [","] and _find_verb_of_relative(
        sentence, phrase, phrase.end_token + 1
    )
    return is_relative or _assign_agent(sentence, phrase, before - 1)


def _assign_agent(sentence: Sentence, phrase: NounPhrase, at: int) -> bool:
    """`told by Ms. Lee`, `quoted by TASS`: assign the verb before `by`."""
    strength = verb_strength(sentence, at)
    if strength is None:
        return False
    verb = sentence.words[at]
    relays = verb == "saying" or verb[:4] in _QUOTING_STEMS
    phrase.assign(SyntacticRole.RELAY if relays else SyntacticRole.AGENT, at, strength)
    return True


def _role_by_word_before(
    sentence: Sentence, before: int, strength: CueStrength | None
) -> SyntacticRole:
    """Return the role that the token before a phrase gives it, as long as no verb follows."""
    word = sentence.words[before] if before >= 0 else ""
    if strength:
        return SyntacticRole.LISTENER if word in LISTENER_VERBS else SyntacticRole.OBJECT
    if word in PREPOSITIONS:
        return _ROLES_AFTER_PREPOSITION.get(word, _IN_PREPOSITION)
    # `But Ms. Lee`
    is_opened = before == 0 and word in _OPENING_CONJUNCTIONS
    if before < 0 or is_opened or sentence.kinds[before] is QUOTED:
        return _INITIAL
    return _ROLES_AFTER_OPENER.get(word, _OTHER)


def _assign_by_punctuation(sentence: Sentence, phrase: NounPhrase) -> None:
    """Assign the role of a phrase beside a colon or a dash."""
    words = sentence.words
    before = phrase.start_token - 1
    after = words[phrase.end_token] if phrase.end_token < len(words) else ""
    # `Ms. Lee: "So it is."`
    if after == ":":
        phrase.assign(SyntacticRole.BEFORE_COLON, phrase.end_token, CueStrength.NONE)
        return
    # `Budget Is Safe - Mayor`, `"So it is." ― Ann Lee, Leeds`
    is_last = not after or (after in ".," and _is_signature_dash(sentence, before))
    if before >= 0 and words[before] in DASHES and is_last:
        phrase.assign(SyntacticRole.AFTER_DASH, before, CueStrength.NONE)


def _is_signature_dash(sentence: Sentence, dash: int) -> bool:
    """Return True for a dash right after a quotation."""
    return dash > 0 and sentence.kinds[dash - 1] is QUOTED


def _is_as_saying(sentence: Sentence, at: int) -> bool:
    """Return True where `as saying` follows, at once or after an apposition."""
    words = sentence.words
    if words[at : at + 1] == ["as"]:
        return True
    if words[at : at + 1] != [","]:
        return False
    for index in range(at + 1, min(at + MAX_APPOSITION_TOKENS, len(words) - 2)):
        if words[index] == "," and words[index + 1] == "as":
            return words[index + 2] in ("saying", "telling")
    return False


def _is_inverted(sentence: Sentence, verb: int) -> bool:
    """Return True for a verb before its subject: after a quotation, a comma or a dash."""
    if verb == 0 or verb_form(sentence, verb) is _PARTICIPLE:
        return False
    if sentence.kinds[verb - 1] is QUOTED:
        return True
    # `, shrugged Ms. Lee`: a verb outside the lexicon needs the quotation right before it.
    is_listed = verb_strength(sentence, verb) is not _UNLISTED
    return sentence.words[verb - 1] in BREAKS and is_listed


def _find_verb(sentence: Sentence, phrase: NounPhrase) -> bool:
    """Assign the verb whose subject the phrase is; return False where there is none."""
    is_object = phrase.role in _OBJECTS
    # `the ambassador to China said`
    if _leads_to_noun(sentence, phrase.end_token):
        return not is_object and _find_verb_after_complement(sentence, phrase, phrase.end_token)
    verb = _skip_auxiliaries(sentence, phrase.end_token)
    strength = verb_strength(sentence, verb)
    if strength:
        role = _subject_role(sentence, phrase, verb, is_object=is_object)
        # `as she remarked`
        if role is SyntacticRole.SUBJECT_IN_AS and strength is _STRONG:
            role = SyntacticRole.ACCORDING_TO
        phrase.assign(role, verb, strength)
        return True
    if verb != phrase.end_token or verb >= len(sentence):
        return False
    return _find_verb_after_insertion(sentence, phrase, is_object=is_object)


def _subject_role(
    sentence: Sentence, phrase: NounPhrase, verb: int, *, is_object: bool
) -> SyntacticRole:
    """Return the role of a phrase that stands right before its verb."""
    # `Ms. Lee was told`
    is_passive = verb_form(sentence, verb) is _FINITE and any(
        word in BE for word in sentence.words[phrase.end_token : verb]
    )
    # `the mayor of Oslo said`: Oslo keeps its preposition in its role.
    if is_object:
        return (_PASSIVES_IN_OBJECTS if is_passive else _SUBJECTS_IN_OBJECTS)[phrase.role]
    return _SUBJECT_PASSIVE if is_passive else _SUBJECT


def _find_verb_after_insertion(sentence: Sentence, phrase: NounPhrase, *, is_object: bool) -> bool:
    """Assign the verb that follows an apposition, a relative pronoun or a prepositional phrase."""
    at = phrase.end_token
    word = sentence.words[at]
    # `as Ms. Lee, the mayor, puts it`
    if _is_named_after_as(phrase, word) and _find_verb_after_apposition(sentence, phrase, at):
        phrase.role = SyntacticRole.ACCORDING_TO
        return True
    # `a letter to Ms. Lee, who said`: of an object only the relative clause's verb.
    if is_object:
        is_relative = word in (",", "who")
        return is_relative and _find_verb_of_relative(sentence, phrase, at + (word == ","))
    # `Ms. Lee, the mayor, said`, `Ms. Lee, who said`
    if word in BREAKS:
        return _find_verb_after_apposition(sentence, phrase, at) or _find_verb_of_relative(
            sentence, phrase, at + 1
        )
    # `Ms. Lee who leads the union, said`, `Ms. Lee who said`
    if word in ("who", "which"):
        return _find_verb_after_apposition(sentence, phrase, at) or _find_verb_of_relative(
            sentence, phrase, at
        )
    # `the head of the union said`
    return word in PREPOSITIONS and _find_verb_after_complement(sentence, phrase, at)


def _is_named_after_as(phrase: NounPhrase, following: str) -> bool:
    is_name = phrase.role is SyntacticRole.IN_AS and phrase.type is MentionType.PROPER
    return is_name and following == ","


def _leads_to_noun(sentence: Sentence, at: int) -> bool:
    """Return True for the `to` of `the ambassador to China`, which no infinitive follows."""
    if at + 1 >= len(sentence) or sentence.words[at] != "to":
        return False
    return sentence.kinds[at + 1] is CAPITAL or sentence.words[at + 1] in DETERMINERS


def _find_verb_of_relative(sentence: Sentence, phrase: NounPhrase, at: int) -> bool:
    """`Ms. Lee, who said`: assign the verb of the relative clause."""
    if at >= len(sentence) or sentence.words[at] not in ("who", "which"):
        return False
    verb = _skip_auxiliaries(sentence, at + 1)
    strength = verb_strength(sentence, verb)
    if strength:
        phrase.assign(SyntacticRole.SUBJECT_OF_RELATIVE, verb, strength)
    return strength is not None


def _find_verb_after_apposition(sentence: Sentence, phrase: NounPhrase, at: int) -> bool:
    """`Ms. Lee, the head of the union, said`: assign the verb after the closing comma."""
    for index in range(at + 1, min(at + MAX_APPOSITION_TOKENS, len(sentence))):
        if sentence.kinds[index] is QUOTED:
            return False
        if sentence.words[index] in BREAKS or sentence.words[index] == ")":
            verb = _skip_auxiliaries(sentence, index + 1)
            strength = verb_strength(sentence, verb)
            is_listed = strength is not None and strength is not _UNLISTED
            if strength and is_listed and verb_form(sentence, verb) is not _PARTICIPLE:
                phrase.assign(SyntacticRole.SUBJECT_BEFORE_APPOSITION, verb, strength)
                return True
    return False


def _find_verb_after_complement(sentence: Sentence, phrase: NounPhrase, at: int) -> bool:
    """`the head of the union said`: assign the verb after the rest of the phrase."""
    for index in range(at + 1, min(at + MAX_APPOSITION_TOKENS, len(sentence))):
        if sentence.kinds[index] is QUOTED or sentence.words[index] in (":", ";"):
            return False
        # `the head of the union, Ms. Lee, said`
        if sentence.words[index] in BREAKS:
            return _find_verb_after_apposition(sentence, phrase, index)
        strength = verb_strength(sentence, index)
        is_likely = strength is _STRONG or strength is CueStrength.MEDIUM
        if strength and is_likely and verb_form(sentence, index) is _FINITE:
            phrase.assign(SyntacticRole.SUBJECT_BEFORE_PHRASE, index, strength)
            return True
    return False


def _skip_auxiliaries(sentence: Sentence, index: int) -> int:
    """Return the first token from `index` on that is neither an auxiliary nor an adverb."""
    words, kinds = sentence.words, sentence.kinds
    while index < len(words) and (
        words[index] in AUXILIARIES or (kinds[index] is LOWER and words[index].endswith("ly"))
    ):
        index += 1
    return index
