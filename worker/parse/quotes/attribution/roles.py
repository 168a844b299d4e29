"""Mentions: the phrases of a frame that may be who speaks, each with its place to the verbs."""

from worker.parse.quotes.lexicon.cues import CUES, LISTENED
from worker.parse.quotes.lexicon.function_words import (
    AUXILIARIES,
    BE,
    BREAKS,
    CLAUSE_OPENERS,
    DASHES,
    DETERMINERS,
    MAX_LOOK,
    OPINIONS,
    POSSESSIVE,
    PREPOSITIONS,
    TELLING_PREPOSITIONS,
)
from worker.parse.quotes.lexicon.noun_classes import OFFICES
from worker.parse.quotes.noun_phrases import Mention, find_phrases
from worker.parse.quotes.sentences import CAPITAL, LOWER, QUOTED, Frame

__all__ = ["Mention", "find_mentions"]

_QUOTING = frozenset(("quot", "cite", "citi"))
"""How the verbs begin whose subject passes on what their object said."""


_ADDING = frozenset("adding saying noting stressing explaining pointing recalling warning".split())
_RELAY_REACH = 4
"""How many tokens after the verb "according to" may follow."""
_PARTICIPLE_REACH = 12
"""How many tokens a participle may stand after the verb of its speaker."""


def find_mentions(frame: Frame) -> list[Mention]:
    """The phrases of a frame in text order, each with its place."""
    mentions = find_phrases(frame)
    for mention in mentions:
        _place(frame, mention)
    for index, mention in enumerate(mentions if "of" in frame.low else ()):
        if (mention.kind == "l" or mention.head in OFFICES) and mention.place != "tail":
            _take_tail(frame, mention, mentions[index + 1 : index + 4])
    for index, mention in enumerate(mentions):
        if mention.place.startswith("subj.pp") and index:
            _give_verb_to_head(frame, mentions, index)
    if "according" in frame.low:
        _drop_relays(frame, mentions)
    _give_participles(frame, mentions)
    _give_coordinate(frame, mentions)
    _take_verbs_of_reported(frame, mentions)
    return mentions


def _take_verbs_of_reported(frame: Frame, mentions: list[Mention]) -> None:
    """`Norway has confirmed the date, Ms. Lee said, adding`: it is not Norway who speaks."""
    low = frame.low
    for index, mention in enumerate(mentions):
        if mention.place != "subj" or mention.grade != "S" or mention.lo < 3:
            continue
        end = mention.hi
        closed = low[end + 1 : end + 2] == [","] and _grade(frame, end) == "S"
        if not closed or low[mention.lo - 1] != ",":
            continue
        for before in mentions[:index]:
            between = range(before.hi, mention.lo)
            if before.cue >= 0 and not any(at in frame.runs for at in between):
                before.set("other", -1, "-")


def _give_participles(frame: Frame, mentions: list[Mention]) -> None:
    """`Ms. Lee said, adding that`: what is added is hers, unless a quotation stands before."""
    low = frame.low
    if _ADDING.isdisjoint(low):
        return
    for at in range(2, len(low)):
        if low[at] not in _ADDING or low[at - 1] != ",":
            continue
        speakers = [one for one in mentions if one.reports and 0 <= one.cue < at]
        if not speakers and low[at] == "saying":
            _give_saying(mentions, at)
        if speakers and not any(run < at for run in frame.runs):
            speaker = max(speakers, key=lambda one: one.cue)
            if at - speaker.cue <= _PARTICIPLE_REACH and not speaker.place.startswith("acc"):
                speaker.set("subj", at, speaker.grade)


def _drop_relays(frame: Frame, mentions: list[Mention]) -> None:
    """`Ms. Lee said, according to the agency`: it only passes on what she said."""
    for index, mention in enumerate(mentions):
        if mention.place != "acc" or not index:
            continue
        speaker = mentions[index - 1]
        between = range(speaker.cue, mention.cue)
        bare = not any(at in frame.runs for at in between)
        if bare and speaker.grade == "S" and 0 < len(between) < _RELAY_REACH:
            mention.set("other", -1, "-")


def _give_saying(mentions: list[Mention], at: int) -> None:
    """`Ms. Lee declined, saying`: without another verb of speech it is the subject who says so."""
    for mention in mentions:
        if mention.lo >= at:
            return
        if mention.place in ("init", "subj", "appos", "rel", "other ,") and mention.kind in "Clmf":
            mention.set("subj", at, "S")
            return


def _give_coordinate(frame: Frame, mentions: list[Mention]) -> None:
    """`he rose and told the court`: the second verb is the same subject's."""
    low = frame.low
    if "and" not in low:
        return
    for at in range(2, len(low)):
        if low[at - 1] != "and" or _grade(frame, at) != "S" or _shape(frame, at) != "p":
            continue
        if any(one.cue == at for one in mentions):
            continue
        before = [
            one for one in mentions if one.hi <= at and one.place in ("init", "subj", "other ,")
        ]
        if before and before[-1].grade in "uW-" and before[-1].kind in "Cmf":
            before[-1].set("subj", at, "S")


def _give_verb_to_head(frame: Frame, mentions: list[Mention], index: int) -> None:
    """`John Smith of the Union said`: the verb is the head's, not the last noun's before it.

    The head is the first of a run of phrases that hang together by prepositions alone.
    """
    verb = mentions[index].cue
    head = index
    while head and mentions[head - 1].hi == mentions[head].lo - 1:
        if frame.low[mentions[head].lo - 1] not in PREPOSITIONS:
            break
        head -= 1
    if head == index or mentions[head].cue != verb or mentions[head].place != "subjpp":
        return
    mentions[head].set("subj", verb, mentions[index].grade)
    if mentions[head].head in OFFICES and frame.low[mentions[head].lo] not in ("a", "an"):
        mentions[head].tail = mentions[index].hi
    for part in mentions[head + 1 : index + 1]:
        part.set("tail", -1, "-")


def _take_tail(frame: Frame, mention: Mention, following: list[Mention]) -> None:
    """Add what hangs on a noun by "of", which is then no candidate of its own."""
    for follower in following:
        if follower.lo != mention.tail + 1 or frame.low[mention.tail] != "of":
            return
        mention.tail = follower.hi
        if follower.place.endswith("pp:of"):
            follower.set("tail", -1, "-")


def _place(frame: Frame, mention: Mention) -> None:
    """Say where the phrase stands to the verbs of its frame."""
    low = frame.low
    before = mention.lo - 1
    word = low[before] if before >= 0 else ""
    after = low[mention.hi] if mention.hi < len(low) else ""
    if word == "in" and after in OPINIONS:
        mention.set("acc", before, "S")
        return
    if low[mention.hi - 1].endswith(POSSESSIVE):
        mention.place = "poss"
        return
    if word == "to" and before > 0 and low[before - 1] == "according":
        mention.set("acc", before - 1, "S")
        return
    grade = _grade(frame, before)
    if grade and word[:4] in _QUOTING and _is_as_saying(frame, mention.hi):
        mention.set("quoted", before, "S")
        return
    if grade and _inverts(frame, before):
        mention.set("inv", before, grade)
        return
    if word == "by" and _grade(frame, before - 1):
        verb = low[before - 1]
        place = "via" if verb == "saying" or verb[:4] in _QUOTING else "agent"
        mention.set(place, before - 1, _grade(frame, before - 1))
        return
    mention.place = _place_by_word(frame, before, word, grade)
    if not _find_verb(frame, mention):
        if after == ":":
            mention.set("colon", mention.hi, "-")
        elif word in DASHES and (not after or (after in ".," and _is_signed(frame, before))):
            mention.set("dash", before, "-")


def _is_signed(frame: Frame, dash: int) -> bool:
    """True where the dash stands right after a quotation: “So it is.” ― Ann Lee, Leeds."""
    return dash > 0 and frame.kind[dash - 1] == QUOTED


def _is_as_saying(frame: Frame, at: int) -> bool:
    """True where "as saying" follows, right away or over an apposition."""
    low = frame.low
    if low[at : at + 1] == ["as"]:
        return True
    if low[at : at + 1] != [","]:
        return False
    for index in range(at + 1, min(at + MAX_LOOK, len(low) - 2)):
        if low[index] == "," and low[index + 1] == "as":
            return low[index + 2] in ("saying", "telling")
    return False


def _place_by_word(frame: Frame, before: int, word: str, grade: str) -> str:
    """The place that the token before a phrase gives it."""
    if grade:
        return "obj" if word in LISTENED else "vobj"
    if word in PREPOSITIONS:
        return f"pp:{word}" if word in TELLING_PREPOSITIONS else "pp"
    if before < 0 or frame.kind[before] == QUOTED:
        return "init"
    return f"other {word}" if word in CLAUSE_OPENERS else "other"


def _inverts(frame: Frame, verb: int) -> bool:
    """True when the verb at `verb` stands before its subject: after a quotation, comma or dash."""
    if _shape(frame, verb) == "i" or verb == 0:
        return False
    return frame.kind[verb - 1] == QUOTED or (
        frame.low[verb - 1] in BREAKS and _grade(frame, verb) != "u"
    )


def _find_verb(frame: Frame, mention: Mention) -> bool:
    """Set the verb that the phrase is the subject of, directly or over what is put between."""
    place = mention.place
    bound = place in ("obj", "vobj") or place.startswith("pp")
    if _leads_to_noun(frame, mention.hi):
        return not bound and _over_phrase(frame, mention, mention.hi)
    at = _skip_auxiliaries(frame, mention.hi)
    grade = _grade(frame, at)
    if grade:
        passive = _shape(frame, at) == "p" and any(
            word in BE for word in frame.low[mention.hi : at]
        )
        name = "pas" if passive else "subj"
        mention.set(f"{name}.{place}" if bound else name, at, grade)
        return True
    if at != mention.hi or at >= len(frame):
        return False
    word = frame.low[at]
    if bound:
        return word in (",", "who") and _over_relative(frame, mention, at + (word == ","))
    if word in BREAKS:
        return _over_apposition(frame, mention, at) or _over_relative(frame, mention, at + 1)
    if word in ("who", "which"):
        return _over_apposition(frame, mention, at) or _over_relative(frame, mention, at)
    return word in PREPOSITIONS and _over_phrase(frame, mention, at)


def _leads_to_noun(frame: Frame, at: int) -> bool:
    """True for the "to" of `the ambassador to China`, which no verb follows."""
    if at + 1 >= len(frame) or frame.low[at] != "to":
        return False
    return frame.kind[at + 1] == CAPITAL or frame.low[at + 1] in DETERMINERS


def _over_relative(frame: Frame, mention: Mention, at: int) -> bool:
    """`Ms. Lee, who said`: the verb is the relative clause's own."""
    if at >= len(frame) or frame.low[at] not in ("who", "which"):
        return False
    verb = _skip_auxiliaries(frame, at + 1)
    grade = _grade(frame, verb)
    if grade:
        mention.set("rel", verb, grade)
    return bool(grade)


def _over_apposition(frame: Frame, mention: Mention, at: int) -> bool:
    """`Ms. Lee, the head of the union, said`: the verb stands after the closing comma."""
    for index in range(at + 1, min(at + MAX_LOOK, len(frame))):
        if frame.kind[index] == QUOTED:
            return False
        if frame.low[index] in BREAKS or frame.low[index] == ")":
            verb = _skip_auxiliaries(frame, index + 1)
            grade = _grade(frame, verb)
            if grade and grade != "u" and _shape(frame, verb) != "i":
                mention.set("appos", verb, grade)
                return True
    return False


def _over_phrase(frame: Frame, mention: Mention, at: int) -> bool:
    """`the head of the union said`: the verb stands after the words that belong to the noun."""
    for index in range(at + 1, min(at + MAX_LOOK, len(frame))):
        if frame.kind[index] == QUOTED or frame.low[index] in (":", ";"):
            return False
        if frame.low[index] in BREAKS:
            return _over_apposition(frame, mention, index)
        grade = _grade(frame, index)
        if grade in ("S", "M") and _shape(frame, index) == "p":
            mention.set("subjpp", index, grade)
            return True
    return False


def _skip_auxiliaries(frame: Frame, index: int) -> int:
    """The first token from `index` on that is no auxiliary or adverb."""
    low, kinds = frame.low, frame.kind
    while index < len(low) and (
        low[index] in AUXILIARIES or (kinds[index] == LOWER and low[index].endswith("ly"))
    ):
        index += 1
    return index


def _grade(frame: Frame, index: int) -> str:
    """The grade of the verb at `index`: S, M, W, u for a past form in no list, "" for none."""
    kinds = frame.kind
    if not 0 <= index < len(kinds) or kinds[index] != LOWER:
        return ""
    word = frame.low[index]
    cue = CUES.get(word)
    return cue.grade if cue else "u" if len(word) > 4 and word.endswith("ed") else ""


def _shape(frame: Frame, index: int) -> str:
    """The shape of the verb at `index`."""
    cue = CUES.get(frame.low[index])
    return cue.shape if cue else "p"
