"""Mentions: the phrases of a sentence that may be who speaks, each with its place to the verbs."""

from worker.parse.quotes.lexicon.cues import CUES, LISTENER_VERBS
from worker.parse.quotes.lexicon.function_words import (
    AUXILIARIES,
    BE,
    BREAKS,
    CLAUSE_OPENERS,
    DASHES,
    DETERMINERS,
    MAX_APPOSITION_TOKENS,
    OPINION_NOUNS,
    POSSESSIVE_ENDINGS,
    PREPOSITIONS,
    TELLING_PREPOSITIONS,
)
from worker.parse.quotes.lexicon.noun_classes import OFFICES
from worker.parse.quotes.noun_phrases import NounPhrase, find_phrases
from worker.parse.quotes.sentences import CAPITAL, LOWER, QUOTED, Sentence

__all__ = ["NounPhrase", "find_mentions"]

_QUOTING = frozenset(("quot", "cite", "citi"))
"""How the verbs begin whose subject passes on what their object said."""


_ADDING = frozenset("adding saying noting stressing explaining pointing recalling warning".split())
_RELAY_REACH = 4
"""How many tokens after the verb "according to" may follow."""
_PARTICIPLE_REACH = 12
"""How many tokens a participle may stand after the verb of its speaker."""


def find_mentions(sentence: Sentence) -> list[NounPhrase]:
    """The phrases of a sentence in text order, each with its place."""
    mentions = find_phrases(sentence)
    for mention in mentions:
        _place(sentence, mention)
    for index, mention in enumerate(mentions if "of" in sentence.words else ()):
        if (mention.type == "l" or mention.head in OFFICES) and mention.role != "tail":
            _take_tail(sentence, mention, mentions[index + 1 : index + 4])
    for index, mention in enumerate(mentions):
        if mention.role.startswith("subj.pp") and index:
            _give_verb_to_head(sentence, mentions, index)
    if "according" in sentence.words:
        _drop_relays(sentence, mentions)
    _give_participles(sentence, mentions)
    _give_coordinate(sentence, mentions)
    _take_verbs_of_reported(sentence, mentions)
    return mentions


def _take_verbs_of_reported(sentence: Sentence, mentions: list[NounPhrase]) -> None:
    """`Norway has confirmed the date, Ms. Lee said, adding`: it is not Norway who speaks."""
    low = sentence.words
    for index, mention in enumerate(mentions):
        if mention.role != "subj" or mention.strength != "S" or mention.start_token < 3:
            continue
        end = mention.end_token
        closed = low[end + 1 : end + 2] == [","] and _grade(sentence, end) == "S"
        if not closed or low[mention.start_token - 1] != ",":
            continue
        for before in mentions[:index]:
            between = range(before.end_token, mention.start_token)
            if before.cue >= 0 and not any(at in sentence.runs for at in between):
                before.set("other", -1, "-")


def _give_participles(sentence: Sentence, mentions: list[NounPhrase]) -> None:
    """`Ms. Lee said, adding that`: what is added is hers, unless a quotation stands before."""
    low = sentence.words
    if _ADDING.isdisjoint(low):
        return
    for at in range(2, len(low)):
        if low[at] not in _ADDING or low[at - 1] != ",":
            continue
        speakers = [one for one in mentions if one.reports and 0 <= one.cue < at]
        if not speakers and low[at] == "saying":
            _give_saying(mentions, at)
        if speakers and not any(run < at for run in sentence.runs):
            speaker = max(speakers, key=lambda one: one.cue)
            if at - speaker.cue <= _PARTICIPLE_REACH and not speaker.role.startswith("acc"):
                speaker.set("subj", at, speaker.strength)


def _drop_relays(sentence: Sentence, mentions: list[NounPhrase]) -> None:
    """`Ms. Lee said, according to the agency`: it only passes on what she said."""
    for index, mention in enumerate(mentions):
        if mention.role != "acc" or not index:
            continue
        speaker = mentions[index - 1]
        between = range(speaker.cue, mention.cue)
        bare = not any(at in sentence.runs for at in between)
        if bare and speaker.strength == "S" and 0 < len(between) < _RELAY_REACH:
            mention.set("other", -1, "-")


def _give_saying(mentions: list[NounPhrase], at: int) -> None:
    """`Ms. Lee declined, saying`: without another verb of speech it is the subject who says so."""
    for mention in mentions:
        if mention.start_token >= at:
            return
        if mention.role in ("init", "subj", "appos", "rel", "other ,") and mention.type in "Clmf":
            mention.set("subj", at, "S")
            return


def _give_coordinate(sentence: Sentence, mentions: list[NounPhrase]) -> None:
    """`he rose and told the court`: the second verb is the same subject's."""
    low = sentence.words
    if "and" not in low:
        return
    for at in range(2, len(low)):
        if low[at - 1] != "and" or _grade(sentence, at) != "S" or _shape(sentence, at) != "p":
            continue
        if any(one.cue == at for one in mentions):
            continue
        before = [
            one
            for one in mentions
            if one.end_token <= at and one.role in ("init", "subj", "other ,")
        ]
        if before and before[-1].strength in "uW-" and before[-1].type in "Cmf":
            before[-1].set("subj", at, "S")


def _give_verb_to_head(sentence: Sentence, mentions: list[NounPhrase], index: int) -> None:
    """`John Smith of the Union said`: the verb is the head's, not the last noun's before it.

    The head is the first of a run of phrases that hang together by prepositions alone.
    """
    verb = mentions[index].cue
    head = index
    while head and mentions[head - 1].end_token == mentions[head].start_token - 1:
        if sentence.words[mentions[head].start_token - 1] not in PREPOSITIONS:
            break
        head -= 1
    if head == index or mentions[head].cue != verb or mentions[head].role != "subjpp":
        return
    mentions[head].set("subj", verb, mentions[index].strength)
    if mentions[head].head in OFFICES and sentence.words[mentions[head].start_token] not in (
        "a",
        "an",
    ):
        mentions[head].complement_end = mentions[index].end_token
    for part in mentions[head + 1 : index + 1]:
        part.set("tail", -1, "-")


def _take_tail(sentence: Sentence, mention: NounPhrase, following: list[NounPhrase]) -> None:
    """Add what hangs on a noun by "of", which is then no candidate of its own."""
    for follower in following:
        if (
            follower.start_token != mention.complement_end + 1
            or sentence.words[mention.complement_end] != "of"
        ):
            return
        mention.complement_end = follower.end_token
        if follower.role.endswith("pp:of"):
            follower.set("tail", -1, "-")


def _place(sentence: Sentence, mention: NounPhrase) -> None:
    """Say where the phrase stands to the verbs of its sentence."""
    low = sentence.words
    before = mention.start_token - 1
    word = low[before] if before >= 0 else ""
    after = low[mention.end_token] if mention.end_token < len(low) else ""
    if word == "in" and after in OPINION_NOUNS:
        mention.set("acc", before, "S")
        return
    if low[mention.end_token - 1].endswith(POSSESSIVE_ENDINGS):
        mention.role = "poss"
        return
    if word == "to" and before > 0 and low[before - 1] == "according":
        mention.set("acc", before - 1, "S")
        return
    grade = _grade(sentence, before)
    if grade and word[:4] in _QUOTING and _is_as_saying(sentence, mention.end_token):
        mention.set("quoted", before, "S")
        return
    if grade and _inverts(sentence, before):
        mention.set("inv", before, grade)
        return
    if word == "by" and _grade(sentence, before - 1):
        verb = low[before - 1]
        place = "via" if verb == "saying" or verb[:4] in _QUOTING else "agent"
        mention.set(place, before - 1, _grade(sentence, before - 1))
        return
    mention.role = _place_by_word(sentence, before, word, grade)
    if not _find_verb(sentence, mention):
        if after == ":":
            mention.set("colon", mention.end_token, "-")
        elif word in DASHES and (not after or (after in ".," and _is_signed(sentence, before))):
            mention.set("dash", before, "-")


def _is_signed(sentence: Sentence, dash: int) -> bool:
    """True where the dash stands right after a quotation: “So it is.” ― Ann Lee, Leeds."""
    return dash > 0 and sentence.kinds[dash - 1] == QUOTED


def _is_as_saying(sentence: Sentence, at: int) -> bool:
    """True where "as saying" follows, right away or over an apposition."""
    low = sentence.words
    if low[at : at + 1] == ["as"]:
        return True
    if low[at : at + 1] != [","]:
        return False
    for index in range(at + 1, min(at + MAX_APPOSITION_TOKENS, len(low) - 2)):
        if low[index] == "," and low[index + 1] == "as":
            return low[index + 2] in ("saying", "telling")
    return False


def _place_by_word(sentence: Sentence, before: int, word: str, grade: str) -> str:
    """The place that the token before a phrase gives it."""
    if grade:
        return "obj" if word in LISTENER_VERBS else "vobj"
    if word in PREPOSITIONS:
        return f"pp:{word}" if word in TELLING_PREPOSITIONS else "pp"
    if before < 0 or sentence.kinds[before] == QUOTED:
        return "init"
    return f"other {word}" if word in CLAUSE_OPENERS else "other"


def _inverts(sentence: Sentence, verb: int) -> bool:
    """True when the verb at `verb` stands before its subject: after a quotation, comma or dash."""
    if _shape(sentence, verb) == "i" or verb == 0:
        return False
    return sentence.kinds[verb - 1] == QUOTED or (
        sentence.words[verb - 1] in BREAKS and _grade(sentence, verb) != "u"
    )


def _find_verb(sentence: Sentence, mention: NounPhrase) -> bool:
    """Set the verb that the phrase is the subject of, directly or over what is put between."""
    place = mention.role
    bound = place in ("obj", "vobj") or place.startswith("pp")
    if _leads_to_noun(sentence, mention.end_token):
        return not bound and _over_phrase(sentence, mention, mention.end_token)
    at = _skip_auxiliaries(sentence, mention.end_token)
    grade = _grade(sentence, at)
    if grade:
        passive = _shape(sentence, at) == "p" and any(
            word in BE for word in sentence.words[mention.end_token : at]
        )
        name = "pas" if passive else "subj"
        mention.set(f"{name}.{place}" if bound else name, at, grade)
        return True
    if at != mention.end_token or at >= len(sentence):
        return False
    word = sentence.words[at]
    if bound:
        return word in (",", "who") and _over_relative(sentence, mention, at + (word == ","))
    if word in BREAKS:
        return _over_apposition(sentence, mention, at) or _over_relative(sentence, mention, at + 1)
    if word in ("who", "which"):
        return _over_apposition(sentence, mention, at) or _over_relative(sentence, mention, at)
    return word in PREPOSITIONS and _over_phrase(sentence, mention, at)


def _leads_to_noun(sentence: Sentence, at: int) -> bool:
    """True for the "to" of `the ambassador to China`, which no verb follows."""
    if at + 1 >= len(sentence) or sentence.words[at] != "to":
        return False
    return sentence.kinds[at + 1] == CAPITAL or sentence.words[at + 1] in DETERMINERS


def _over_relative(sentence: Sentence, mention: NounPhrase, at: int) -> bool:
    """`Ms. Lee, who said`: the verb is the relative clause's own."""
    if at >= len(sentence) or sentence.words[at] not in ("who", "which"):
        return False
    verb = _skip_auxiliaries(sentence, at + 1)
    grade = _grade(sentence, verb)
    if grade:
        mention.set("rel", verb, grade)
    return bool(grade)


def _over_apposition(sentence: Sentence, mention: NounPhrase, at: int) -> bool:
    """`Ms. Lee, the head of the union, said`: the verb stands after the closing comma."""
    for index in range(at + 1, min(at + MAX_APPOSITION_TOKENS, len(sentence))):
        if sentence.kinds[index] == QUOTED:
            return False
        if sentence.words[index] in BREAKS or sentence.words[index] == ")":
            verb = _skip_auxiliaries(sentence, index + 1)
            grade = _grade(sentence, verb)
            if grade and grade != "u" and _shape(sentence, verb) != "i":
                mention.set("appos", verb, grade)
                return True
    return False


def _over_phrase(sentence: Sentence, mention: NounPhrase, at: int) -> bool:
    """`the head of the union said`: the verb stands after the words that belong to the noun."""
    for index in range(at + 1, min(at + MAX_APPOSITION_TOKENS, len(sentence))):
        if sentence.kinds[index] == QUOTED or sentence.words[index] in (":", ";"):
            return False
        if sentence.words[index] in BREAKS:
            return _over_apposition(sentence, mention, index)
        grade = _grade(sentence, index)
        if grade in ("S", "M") and _shape(sentence, index) == "p":
            mention.set("subjpp", index, grade)
            return True
    return False


def _skip_auxiliaries(sentence: Sentence, index: int) -> int:
    """The first token from `index` on that is no auxiliary or adverb."""
    low, kinds = sentence.words, sentence.kinds
    while index < len(low) and (
        low[index] in AUXILIARIES or (kinds[index] == LOWER and low[index].endswith("ly"))
    ):
        index += 1
    return index


def _grade(sentence: Sentence, index: int) -> str:
    """The grade of the verb at `index`: S, M, W, u for a past form in no list, "" for none."""
    kinds = sentence.kinds
    if not 0 <= index < len(kinds) or kinds[index] != LOWER:
        return ""
    word = sentence.words[index]
    cue = CUES.get(word)
    return cue.strength if cue else "u" if len(word) > 4 and word.endswith("ed") else ""


def _shape(sentence: Sentence, index: int) -> str:
    """The shape of the verb at `index`."""
    cue = CUES.get(sentence.words[index])
    return cue.form if cue else "p"
