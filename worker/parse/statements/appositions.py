"""Names between two commas, which the models take for the end or the start of a content.

Japan's biggest carmaker, Honda, said it would hire     the noun is no content
According to the bank's governor, Ann Lee, prices rose  the name is no part of it
"""

from worker.parse.quotes.attribution.roles import find_sources
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import CAPITAL, LOWER, SyntacticRole
from worker.parse.statements.models import Report

__all__ = ["has_own_subject", "part_from_apposition"]

_MAX_NAME_TOKENS = 5
_MIN_NAME_TOKENS = 2
_NOT_CLOSING = frozenset("a an who which whose and or".split())


def has_own_subject(sentence: Sentence, report: Report) -> bool:
    """`Japan's biggest carmaker, Honda, said`: return True where the subject is the content."""
    [(first, last), *more] = report.parts
    if more or last > report.cue or sentence.words[report.cue - 1] != ",":
        return False
    return any(
        phrase.cue == report.cue
        and phrase.role is SyntacticRole.SUBJECT_BEFORE_APPOSITION
        and phrase.start_token == first
        and last in (phrase.end_token, phrase.complement_end)
        for phrase in find_sources(sentence)
    )


def part_from_apposition(sentence: Sentence, report: Report) -> Report:
    """`According to the governor, Ann Lee, prices rose`: return a report without the name."""
    words, kinds = sentence.words, sentence.kinds
    first, last = report.parts[-1]
    if words[report.cue] != "according" or first <= report.cue or words[first - 1] != ",":
        return report
    noun = first - 2
    # `According to officials, Northern Norway, ...`: several have no name.
    if kinds[noun] is not LOWER or words[noun].endswith("s"):
        return report
    end = first
    while end < last and (kinds[end] is CAPITAL or words[end] == "."):
        end += 1
    is_name = _MIN_NAME_TOKENS <= end - first <= _MAX_NAME_TOKENS
    if not is_name or end + 1 >= last or words[end] != ",":
        return report
    # `According to the mayor, Northern Norway, Oslo and Bergen`
    is_listed = kinds[end + 1] is CAPITAL and words[end + 2] in (",", "and", "or")
    if is_listed or words[end + 1] in _NOT_CLOSING:
        return report
    return report._replace(parts=(*report.parts[:-1], (end + 1, last)))
