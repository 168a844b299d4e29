"""Silences: words that only tell that a source says nothing, which the models take for reports.

    He declined to comment. The ministry did not respond to a request for comment.
    She refused to say whether she would run. He did not say when.
    She offered coffee. He declined the award.

PARC and PolNeAR annotate them as attributions, whose content is what is not said. A desk that reads
what a source has said has no use for them.
"""

from worker.parse.quotes.lexicon.function_words import DETERMINERS
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import QUOTED
from worker.parse.statements.models import Report

__all__ = ["is_silence"]

_REFUSALS = frozenset("declined decline declines declining refused refuse refuses refusing".split())
_SILENT_VERBS = frozenset(
    "comment commented elaborate elaborated respond responded reply replied answer answered discuss"
    " discussed speak talk speculate return returned".split()
)
"""Verbs whose denial leaves nothing said, whatever follows: `would not discuss the case`."""
_TELLING_VERBS = frozenset(
    "say said tell told explain explained specify specified disclose disclosed reveal revealed"
    " identify clarify clarified detail confirm confirmed".split()
)
"""Verbs of which a refusal leaves nothing said: `refused to disclose the price`."""
_GIVING_VERBS = frozenset("give provide offer make issue take be".split())
_WITHHELD = frozenset(
    "answer answers comment comments detail details explanation figure figures information"
    " interview interviews name names number numbers quoted identified interviewed named question"
    " questions reason reasons request requests specifics statement statements timeline drawn"
    " reached".split()
)
"""What is not given: `declined to give details`, `made no comment`, `declined to be named`."""
_QUESTIONS = frozenset("whether if when where who whom why how what which".split())
_NEGATIONS = frozenset(
    "not n't never nor neither nobody none don't doesn't didn't won't wouldn't can't"
    " couldn't".split()
)
_FILLERS = frozenset(
    "to has have had did does do would will could can may might be immediately yet also again"
    " either publicly directly".split()
)
_MAX_FILLERS = 5
"""Words between a negation and its verb: `did not immediately respond`."""
_NEAR = 6
_MAX_INSERTION = 10
_OFFERS = frozenset("offer offers offered offering".split())
_OFFERED_WORDS = frozenset(
    "account advice analyses analysis apologies apology appraisal assessment assessments"
    " assurance assurances clue clues condolences congratulations criticism critique critiques"
    " defence defense estimate estimates evidence excuse excuses explanation explanations"
    " forecast glimpse guidance hint hints idea ideas insight insights judgment message"
    " opinion opinions outlook pledge praise prayer prayers prediction predictions promise"
    " promises proof proposal proposals reason reasons reassurance remarks response responses"
    " suggestion suggestions sympathies sympathy testimony thanks theories theory thoughts"
    " tribute tributes verdict version view views vision warning warnings wish wishes word"
    " words".split()
)
"""Words that are offered in speech: `offered an apology`."""
_DEEDS = frozenset("opened opens opening lifted lifts lifting".split())
"""Verbs that seldom report speech: `opened the door`, but `opened by saying that`."""
_RECIPIENTS = DETERMINERS | frozenset(
    "all any anyone everyone children people men women police him me them us".split()
)
_ANONYMOUS = frozenset("named identified quoted".split())


def _quotes(sentence: Sentence, report: Report) -> bool:
    return any(sentence.kinds[at] is QUOTED for part in report.parts for at in range(*part))


def is_silence(sentence: Sentence, report: Report) -> bool:
    """Return True for a report in which its source says nothing."""
    # `declined to call it "a war"`: the quotation was said.
    if _quotes(sentence, report):
        return False
    word = sentence.words[report.cue]
    if word in _REFUSALS:
        return _is_refused(sentence.words, report.cue + 1)
    if word in _DEEDS:
        # `opened up about her illness`, `opened by saying that`
        following = sentence.words[report.cue + 1 : report.parts[-1][1]]
        return "that" not in following and following[:1] != ["up"]
    if word in _OFFERS and not _denies(sentence.words, report.cue):
        return not _is_spoken_offer(sentence.words, report)
    return (
        _is_withheld(sentence.words, report)
        or _is_nothing(sentence.words, report.cue)
        or _is_anonymity(sentence.words, report)
    )


def _is_refused(words: list[str], at: int) -> bool:
    """Return True where a refusal is to speak or of a thing; `refused to resign` is neither."""
    near = words[_skip_insertion(words, at) :][:_NEAR]
    verbs = [word for word in near if not word.endswith("ly") and word not in ("to", "also")]
    # `declined comment`, `declined an interview`, `refused the offer`
    if "to" not in near[:3]:
        return True
    # `refused to say whether`, `declined to give any details`
    verb = verbs[0] if verbs else ""
    is_giving = verb in _GIVING_VERBS and not _WITHHELD.isdisjoint(verbs)
    return is_giving or verb in _SILENT_VERBS or verb in _TELLING_VERBS


def _skip_insertion(words: list[str], at: int) -> int:
    """`declined, through a lawyer, to comment`: return the token behind the second comma."""
    if words[at : at + 1] != [","]:
        return at
    for index in range(at + 1, min(at + _MAX_INSERTION, len(words))):
        if words[index] == ",":
            return index + 1
    return at


def _is_withheld(words: list[str], report: Report) -> bool:
    """`would not say whether`, `did not respond to a request`: return True for a denied verb."""
    cue = report.cue
    word, first = words[cue], report.parts[-1][0]
    if not _denies(words, cue):
        return False
    # `would neither confirm nor deny the report`
    if word in _SILENT_VERBS or word.startswith("confirm"):
        return True
    if words[cue - 1] == "nor" and words[cue - 2].startswith("confirm"):
        return True
    # `did not say when the vote would be held`, but not `did not say that it would`
    is_question = words[first] in _QUESTIONS or words[first - 1] in _QUESTIONS
    return word in _TELLING_VERBS and is_question and first > cue


def _denies(words: list[str], at: int) -> bool:
    """Return True for a verb that a negation or a refusal governs."""
    for index in range(at - 1, max(-1, at - 1 - _MAX_FILLERS), -1):
        word = words[index]
        if word in _NEGATIONS or word in _REFUSALS or word in ("unwilling", "unable"):
            return True
        if word not in _FILLERS and not word.endswith("ly"):
            # `neither side would say how many`
            return index > 0 and words[index - 1] in ("neither", "no")
    return False


def _is_nothing(words: list[str], cue: int) -> bool:
    """`made no comment`, `gave no immediate reason`, `had no comment`: True at verb or noun."""
    behind = words[cue + 1 : cue + 5]
    if behind[:1] == ["no"]:
        return not _WITHHELD.isdisjoint(behind[1:3])
    return words[cue] in _WITHHELD and "no" in words[max(0, cue - 2) : cue]


def _is_anonymity(words: list[str], report: Report) -> bool:
    """`asked not to be named`, `requested anonymity`: return True for a wish to stay unnamed."""
    behind = words[report.cue + 1 : report.cue + 5]
    if behind[:3] == ["not", "to", "be"]:
        return behind[3:4] != [] and behind[3] in _ANONYMOUS
    return "anonymity" in behind


def _is_spoken_offer(words: list[str], report: Report) -> bool:
    """`offered to resign`, `offered his thanks`: True for an offer that is made in words."""
    first, last = report.parts[-1]
    content = words[first:last]
    if "that" in content or any(_is_infinitive(words, at) for at in range(report.cue + 1, last)):
        return True
    return not _OFFERED_WORDS.isdisjoint(words[report.cue : last])


def _is_infinitive(words: list[str], at: int) -> bool:
    """`offered to resign`, but not `offered water to the children`: True at the `to`."""
    following = words[at + 1 : at + 2]
    if words[at] != "to" or not following:
        return False
    return following[0] not in _RECIPIENTS and not following[0].endswith("s")
