"""Listeners: whom a source tells something, where no "that" parts them from what is told.

    Ms. Lee warned the board it must sell the yard      active
    Congress was told by Ms. Lee the plan had failed    passive, by a named speaker
    Congress was told the plan had failed               passive, by nobody who is named

The models were taught on copy in which `that` nearly always stands behind such a listener, and the
subject of a passive never. A listener ends where a second noun phrase begins with no conjunction or
preposition before it.
"""

from collections.abc import Sequence

from worker.parse.quotes.attribution.roles import find_sources
from worker.parse.quotes.lexicon.function_words import (
    AUXILIARIES,
    BE,
    DETERMINERS,
    IRREGULAR_PAST,
    OBJECT_PRONOUNS,
    POSSESSIVE_ENDINGS,
    PREPOSITIONS,
    SUBJECT_PRONOUNS,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import CAPITAL, LOWER, PUNCTUATION, QUOTED
from worker.parse.statements.models import Report
from worker.parse.statements.vocabulary import TOLD_WORDS

__all__ = ["find_agent", "is_told_passively", "part_from_listener"]

_TELLING = TOLD_WORDS | frozenset(
    "tell tells telling assure assures assuring warn warns warning inform informs informing remind"
    " reminds reminding notify notifies notifying advise advises advising caution cautions"
    " cautioning promise promises promised promising".split()
)
_MAX_LISTENER_TOKENS = 20
_MAX_CLAUSE_TOKENS = 14
"""Tokens from the start of a clause within which its verb stands."""
_MAX_ADVERBS = 2
_JOINTS = PREPOSITIONS | frozenset(("and", "or"))
_ARTICLES = DETERMINERS - {"that"}
_LISTENING_PRONOUNS = frozenset(OBJECT_PRONOUNS) | frozenset(("me", "us", "you"))
_FINITE = frozenset(
    "has have had is are was were will would can could may might shall should must does do did"
    " won't wouldn't can't couldn't didn't doesn't isn't wasn't weren't hasn't hadn't".split()
)
# `told the court the truth about what he had seen`: the second phrase is an object.
_TOLD_THINGS = frozenset(
    "truth story stories tale tales news lie lies joke jokes reason reasons details name names"
    " time way secret secrets difference".split()
)
# `told the story of a man who had left`, `asked voters if they knew`
_NO_LISTENERS = _TOLD_THINGS | frozenset(
    "if when while because although unless as how why what whether who which where whose".split()
)
_OBJECT_PREPOSITIONS = frozenset("of about against".split())
_GROUPS = frozenset(
    "parliament congress cabinet board court council senate committee commission jury panel"
    " assembly crowd audience police union".split()
)
"""Listeners in the singular behind which a bare noun may begin: `told the board profits had`."""


def is_told_passively(sentence: Sentence, cue: int) -> bool:
    """`Congress was told`, `they have been repeatedly warned`: return True at the participle."""
    words = sentence.words
    if words[cue] not in TOLD_WORDS:
        return False
    # `The council, told by Ms. Lee that`
    if cue and words[cue - 1] == "," and words[cue + 1 : cue + 2] == ["by"]:
        return True
    at = cue - 1
    while at > 0 and cue - at <= _MAX_ADVERBS and _is_adverb(words[at]):
        at -= 1
    return at >= 0 and words[at] in BE


def _is_adverb(word: str) -> bool:
    is_plain = word in AUXILIARIES and word not in _FINITE and word not in BE
    return word.endswith("ly") or is_plain


def part_from_listener(sentence: Sentence, report: Report) -> Report | None:
    """Return a report without the listener in its content, None for a passive that tells nothing.

    `Congress was told the truth`: the models take each passive with a phrase behind it for a
    report.
    """
    cue = report.cue
    first, last = report.parts[-1]
    if sentence.words[cue] not in _TELLING or first <= cue:
        return report
    is_passive = is_told_passively(sentence, cue)
    # Where the content begins later, the models have parted it from the listener themselves.
    if first > cue + 1 and not is_passive:
        return report
    start = _find_clause(sentence, cue + 1, last, is_passive=is_passive)
    if start:
        end = _end_insertion(sentence, cue, start, last) if is_passive else last
        return report._replace(parts=(*report.parts[:-1], (start, end)))
    # `Farmers were told to wait`, `Ms. Lee was told of the plan` stay as the models have them.
    return None if is_passive and _begins_phrase(sentence, cue + 1) else report


def _end_insertion(sentence: Sentence, cue: int, start: int, last: int) -> int:
    """`The council, told by Ms. Lee that it was sold, met`: return the end at the second comma."""
    words = sentence.words
    if words[cue - 1] != ",":
        return last
    return next((at for at in range(start + 1, last) if words[at] == ","), last)


def _begins_phrase(sentence: Sentence, at: int) -> bool:
    words = sentence.words
    return words[at] == "by" or words[at] in _ARTICLES


def find_agent(sentence: Sentence, cue: int, stop: int) -> NounPhrase | None:
    """`Congress was told by Ms. Lee that`: return the phrase after `by`, before token `stop`."""
    words = sentence.words
    for at in range(cue + 1, min(stop, len(words))):
        if words[at] == "by":
            for phrase in find_sources(sentence):
                if phrase.start_token == at + 1:
                    return _without_clause(sentence, phrase, stop)
    return None


def _without_clause(sentence: Sentence, phrase: NounPhrase, stop: int) -> NounPhrase:
    """`by chairman Ann Lee profits had`: return a phrase that ends before the clause."""
    if phrase.end_token <= stop:
        return phrase
    cut = NounPhrase(sentence, phrase.start_token, stop, phrase.type)
    cut.assign(phrase.role, phrase.cue, phrase.strength)
    return cut


def _find_clause(sentence: Sentence, at: int, stop: int, *, is_passive: bool) -> int:
    """Return the token at which the clause behind a listener begins, 0 for no clause.

    `at` is the token behind the verb, `stop` the end of the content.
    """
    words = sentence.words
    begin = at if is_passive else _skip_pronoun(sentence, at)
    # The subject of a passive is the listener, so that a clause may begin at once.
    has_noun = (is_passive and words[at] != "by") or begin > at
    if words[at] in _OBJECT_PREPOSITIONS or (_is_subject_pronoun(words[at]) and not has_noun):
        return 0
    for index in range(begin, min(at + _MAX_LISTENER_TOKENS, stop - 1)):
        word = words[index]
        if word == "that":
            # `warned the bank of losses that would grow`
            return 0 if words[index + 1] in _FINITE else index + 1
        if _has_no_listener(sentence, index, at):
            return 0
        if has_noun and _begins_clause(sentence, index, at, stop):
            return index
        if word in _JOINTS:
            has_noun = False
        elif word not in _ARTICLES:
            has_noun = not word.endswith(POSSESSIVE_ENDINGS)
    return 0


def _has_no_listener(sentence: Sentence, index: int, at: int) -> bool:
    """Return True at a token behind which no clause is looked for; `at` is the listener's."""
    words, kinds = sentence.words, sentence.kinds
    if kinds[index] is PUNCTUATION or kinds[index] is QUOTED or words[index] in _NO_LISTENERS:
        return True
    # `reminded the crowd of the years they had lost`, but `told the head of the union the`
    is_object = words[index] == "of" and not words[at - 1].startswith("t")
    return is_object or _begins_infinitive(sentence, index)


def _is_subject_pronoun(word: str) -> bool:
    """`he`, `he's`, `they'd`: return True for a pronoun, with its verb or without."""
    return word.replace("’", "'").partition("'")[0] in SUBJECT_PRONOUNS


def _skip_pronoun(sentence: Sentence, at: int) -> int:
    """`told her the road was closed`: return the token behind a pronoun that listens, or `at`."""
    words = sentence.words
    # `warned it could fall`
    is_subject = words[at + 1 : at + 2] != [] and words[at + 1] in _FINITE
    is_listener = words[at] in _LISTENING_PRONOUNS and not is_subject
    return at + 1 if is_listener and not _owns_next(sentence, at) else at


def _begins_infinitive(sentence: Sentence, at: int) -> bool:
    """`warned officials to watch the ice`: return True at the `to`."""
    words = sentence.words
    is_verb = sentence.kinds[at + 1] is LOWER and words[at + 1] not in DETERMINERS
    return words[at] == "to" and is_verb


def _owns_next(sentence: Sentence, at: int) -> bool:
    """`told her mother that`: return True for a `her` that is no listener."""
    following = sentence.words[at + 1 : at + 2]
    if sentence.words[at] != "her" or not following:
        return False
    is_start = following[0] in _ARTICLES or following[0] in SUBJECT_PRONOUNS
    return not is_start and sentence.kinds[at + 1] is LOWER


def _begins_clause(sentence: Sentence, index: int, at: int, stop: int) -> bool:
    """Return True at the first token of a noun phrase that has a finite verb."""
    words, kinds = sentence.words, sentence.kinds
    word, last = words[index], words[index - 1]
    # `warned the board it must sell`
    if _is_subject_pronoun(word):
        return True
    if words[at - 1].startswith("promis"):
        return False
    # `told the court the ship had no radar`
    if word in _ARTICLES:
        return _has_verb(sentence, index, stop)
    is_plural = kinds[index - 1] is LOWER and last.endswith("s") and not last.endswith("ss")
    # `told reporters Norland would leave`
    if kinds[index] is CAPITAL:
        return is_plural and _has_verb(sentence, index, stop)
    # `told parliament taxes would rise`, but not `warned quarterly profits would fall`
    is_group = last in _GROUPS or (is_plural and index == at + 1)
    is_name = all(kind is CAPITAL for kind in kinds[at:index])
    is_bare = kinds[index] is LOWER and (is_group or is_name)
    return is_bare and not _FINITE.isdisjoint(words[index + 1 : index + 2 + is_name])


def _has_verb(sentence: Sentence, at: int, stop: int) -> bool:
    """Return True where a finite verb follows before the next mark."""
    words, kinds = sentence.words, sentence.kinds
    if not _TOLD_THINGS.isdisjoint(words[at + 1 : at + 3]):
        return False
    for index in range(at + 1, min(at + _MAX_CLAUSE_TOKENS, stop)):
        if kinds[index] is PUNCTUATION:
            return False
        if kinds[index] is LOWER and _is_finite(words, index):
            return True
    return False


def _is_finite(words: Sequence[str], at: int) -> bool:
    word = words[at]
    if word in _FINITE or word in IRREGULAR_PAST:
        return True
    return word.endswith("ed") and words[at - 1] not in _ARTICLES
