"""Mentions: the noun phrases of a frame that may be who speaks, found by closed classes alone."""

from worker.model import Span
from worker.parse.quotes.cues import CUES, LISTENED
from worker.parse.quotes.frames import CAPITAL, LOWER, NUMBER, PUNCTUATION, QUOTED, Frame

__all__ = ["Mention", "find_mentions"]

DETERMINERS = frozenset(
    "the a an this that these those his her their its our my your one two three four five several "
    "some many most both another each every no".split()
)
_SUBJECTS = {"he": "m", "she": "f", "it": "n", "they": "t", "i": "i", "we": "i", "you": "i"}
"""Pronouns that can be the subject: masculine, feminine, neuter, plural, and those in the talk."""
_OBJECTS = {"him": "m", "her": "f", "them": "t", "it": "n"}
_POSSESSORS = {"his": "m", "her": "f", "their": "t", "its": "n"}
_OPINIONS = frozenset("opinion words view estimate estimates judgment assessment account".split())
"""`in her words`: what is hers is what she says."""
_AUXILIARIES = frozenset(
    "has have had is are was were be been being will would can could may might shall should must did "
    "does do also then later further again once now still even just only repeatedly already soon "
    "recently previously subsequently separately earlier often never always first reportedly not "
    "n't to himself herself itself monday tuesday wednesday thursday friday saturday sunday today late "
    "yesterday tonight".split()
)
_PREPOSITIONS = frozenset(
    "of in to for with on at from by about as into like through after over between out against during "
    "without before under around among than upon off near since until till per via amid despite "
    "toward towards within across behind beyond regarding concerning above below along inside".split()
)
_STOPS = (
    frozenset(
        "and or but nor so yet if because although though while when where who whom whose which what how "
        "why there here him them us me himself themselves then thus however meanwhile also very too not "
        "all any such today yesterday tomorrow tonight up down back away it's that's he's she's they're "
        "went took gave made came got let kept left met ran sat stood set won lost led held became seems "
        "seemed has's don't doesn't didn't won't wouldn't can't isn't wasn't "
        "goes takes gives makes comes gets keeps leaves meets runs stands wins loses leads holds".split()
    )
    | _AUXILIARIES
    | _PREPOSITIONS
    | _SUBJECTS.keys()
)
_BEFORE_NOUNS = _PREPOSITIONS | DETERMINERS | {"and", "or"}
_BE = frozenset("is are was were be been being".split())
_TELLING_PREPOSITIONS = frozenset("of for by from as with".split())
_CLAUSE_OPENERS = frozenset(", and but that because while when as if".split())
_STAND_ALONE = frozenset("one many some several".split())
_POSSESSIVE = ("'s", "’s", "s'", "s’")
_DASHES = frozenset("– — -- -".split())
_BREAKS = _DASHES | {",", "("}
_MAX_LOOK = 40
"""How many tokens an apposition may have."""
_LONGEST_BRACKET = 8
"""A bracket of fewer tokens holds a party, a state or an age, and never the speaker."""


class Mention:
    """One noun phrase: its tokens `lo` to `hi` (exclusive) in `frame`, and where it stands.

    `tail` is where it ends with what hangs on "of" ("the head" is `hi`, "of state" up to `tail`).

    `kind`: C a name, l a common noun, or m f n t i for a pronoun. `place` is its syntactic place:
    subj, appos (subject with an apposition), inv (after its verb), acc ("according to"), obj, colon,
    poss, pp:<preposition>, init, or other; `cue` the index of the verb or preposition that gave it.
    """

    __slots__ = ("cue", "frame", "grade", "hi", "kind", "lo", "place", "tail")

    def __init__(self, frame: Frame, lo: int, hi: int, kind: str) -> None:
        self.frame = frame
        self.lo = lo
        self.hi = hi
        self.tail = hi
        self.kind = kind
        self.place = "other"
        self.grade = "-"
        self.cue = -1

    def set(self, place: str, cue: int, grade: str) -> None:
        """Give the phrase its place and its verb."""
        self.place, self.cue, self.grade = place, cue, grade

    @property
    def reports(self) -> bool:
        """True when a verb or a form of attribution says that this is who speaks."""
        return self.grade in ("S", "M", "W") or self.place in ("colon", "dash")

    @property
    def span(self) -> Span:
        """The words with what hangs on "of", without a possessive's ending."""
        end = self.frame.end[self.tail - 1]
        low = self.frame.low[self.tail - 1]
        if low.endswith(("'s", "’s")):
            end -= 2
        elif low.endswith(("'", "’")):
            end -= 1
        return Span(self.frame.start[self.lo], end)

    @property
    def head(self) -> str:
        """The last word, lower case."""
        low = self.frame.low[self.hi - 1]
        return low[:-2] if low.endswith(("'s", "’s")) else low.rstrip("'’")


def find_mentions(frame: Frame) -> list[Mention]:
    """The phrases of a frame in text order, each with its place."""
    mentions = _chunk(frame)
    for mention in mentions:
        _place(frame, mention)
    for index, mention in enumerate(mentions):
        if mention.kind == "l" and mention.place != "tail":
            _take_tail(frame, mention, mentions[index + 1 : index + 4])
    return mentions


def _take_tail(frame: Frame, mention: Mention, following: list[Mention]) -> None:
    """Add what hangs on a noun by "of", which is then no candidate of its own."""
    for follower in following:
        if follower.lo != mention.tail + 1 or frame.low[mention.tail] != "of":
            return
        mention.tail = follower.hi
        if follower.place.endswith("pp:of"):
            follower.set("tail", -1, "-")


def _chunk(frame: Frame) -> list[Mention]:
    """Runs of words that no closed class, no verb and no punctuation cuts; none inside brackets."""
    mentions: list[Mention] = []
    low, kinds = frame.low, frame.kind
    lo = -1
    skip = 0
    for index, word in enumerate(low):
        if index < skip:
            continue
        kind = kinds[index]
        if kind == LOWER or kind == CAPITAL:
            if word in _STOPS or (kind == LOWER and _is_verbal(low, lo, index)):
                if kind == CAPITAL and lo >= 0 and kinds[lo] == CAPITAL and word not in _SUBJECTS:
                    continue
                lo = _close(frame, mentions, lo, index)
                pronoun = _SUBJECTS.get(word) or _object_pronoun(low, index)
                if pronoun:
                    mentions.append(Mention(frame, index, index + 1, pronoun))
            elif word in DETERMINERS:
                _close(frame, mentions, lo, index)
                lo = index
                if (
                    word in _POSSESSORS
                    and low[index + 1 : index + 2]
                    and low[index + 1] in _OPINIONS
                ):
                    mentions.append(Mention(frame, index, index + 1, _POSSESSORS[word]))
                    lo = -1
            elif lo < 0:
                lo = index
        elif kind == NUMBER:
            lo = index if lo < 0 else lo
        elif word != "." or not _is_inside(frame, index):
            lo = _close(frame, mentions, lo, index)
            skip = _after_brackets(low, index) if word == "(" else 0
    _close(frame, mentions, lo, len(low))
    return mentions


def _object_pronoun(low: list[str], index: int) -> str:
    """The kind of the pronoun in `according to him`, "" for any other word."""
    if index > 1 and low[index - 1] == "to" and low[index - 2] == "according":
        return _OBJECTS.get(low[index], "")
    return ""


def _after_brackets(low: list[str], index: int) -> int:
    """The first token after a short bracket that opens at `index`; 0 for a long one."""
    for at in range(index + 1, min(index + _LONGEST_BRACKET, len(low))):
        if low[at] == ")":
            return at + 1
    return 0


def _is_inside(frame: Frame, index: int) -> bool:
    """True for the full stop of an abbreviation before a name."""
    return (
        0 < index < len(frame) - 1
        and frame.kind[index - 1] == CAPITAL
        and frame.kind[index + 1] == CAPITAL
        and frame.start[index] == frame.end[index - 1]
    )


def _is_verbal(low: list[str], lo: int, index: int) -> bool:
    """True for a lower-case word that reads as a verb or an adverb where it stands."""
    word = low[index]
    before = low[index - 1] if index else ""
    if lo >= 0 and index - lo == 1 and before in DETERMINERS:
        return False
    cue = CUES.get(word)
    if cue and cue.shape == "b":
        return before == "to" or (before.endswith("s") and lo >= 0) or before not in _BEFORE_NOUNS
    return cue is not None or (len(word) > 4 and word.endswith(("ed", "ing", "ly")))


def _close(frame: Frame, mentions: list[Mention], lo: int, hi: int) -> int:
    """Add the phrase that ends before `hi`, if it is one; always -1, "no phrase is open"."""
    if lo < 0:
        return -1
    if hi - lo > 1 and frame.low[hi - 1] in _OPINIONS and frame.low[hi - 2].endswith(_POSSESSIVE):
        hi -= 1
    kind = frame.kind[hi - 1]
    alone = hi - lo == 1 and frame.low[lo] in DETERMINERS and frame.low[lo] not in _STAND_ALONE
    if not alone and kind != NUMBER:
        mentions.append(Mention(frame, lo, hi, "C" if kind == CAPITAL else "l"))
    return -1


def _place(frame: Frame, mention: Mention) -> None:
    """Say where the phrase stands to the verbs of its frame."""
    low = frame.low
    before = mention.lo - 1
    word = low[before] if before >= 0 else ""
    after = low[mention.hi] if mention.hi < len(low) else ""
    if word == "in" and after in _OPINIONS:
        mention.set("acc", before, "S")
        return
    if low[mention.hi - 1].endswith(_POSSESSIVE):
        mention.place = "poss"
        return
    if word == "to" and before > 0 and low[before - 1] == "according":
        mention.set("acc", before - 1, "S")
        return
    grade = _grade(frame, before)
    if grade and word[:4] in ("quot", "cite", "citi") and after == "as":
        mention.set("quoted", before, "S")
        return
    if grade and _inverts(frame, before):
        mention.set("inv", before, grade)
        return
    if word == "by" and _grade(frame, before - 1):
        mention.set("agent", before - 1, _grade(frame, before - 1))
        return
    mention.place = _place_by_word(frame, before, word, grade)
    if not _find_verb(frame, mention):
        if after == ":":
            mention.set("colon", mention.hi, "-")
        elif word in _DASHES and not after:
            mention.set("dash", before, "-")


def _place_by_word(frame: Frame, before: int, word: str, grade: str) -> str:
    """The place that the token before a phrase gives it."""
    if grade:
        return "obj" if word in LISTENED else "vobj"
    if word in _PREPOSITIONS:
        return f"pp:{word}" if word in _TELLING_PREPOSITIONS else "pp"
    if before < 0 or frame.kind[before] == QUOTED:
        return "init"
    return f"other {word}" if word in _CLAUSE_OPENERS else "other"


def _inverts(frame: Frame, verb: int) -> bool:
    """True when the verb at `verb` stands before its subject: after a quotation, comma or dash."""
    if _shape(frame, verb) == "i" or verb == 0:
        return False
    return frame.kind[verb - 1] == QUOTED or (
        frame.low[verb - 1] in _BREAKS and _grade(frame, verb) != "u"
    )


def _find_verb(frame: Frame, mention: Mention) -> bool:
    """Set the verb that the phrase is the subject of, directly or over what is put between."""
    place = mention.place
    bound = place in ("obj", "vobj") or place.startswith("pp")
    at = _skip_auxiliaries(frame, mention.hi)
    grade = _grade(frame, at)
    if grade:
        passive = _shape(frame, at) == "p" and any(
            word in _BE for word in frame.low[mention.hi : at]
        )
        name = "pas" if passive else "subj"
        mention.set(f"{name}.{place}" if bound else name, at, grade)
        return True
    if at != mention.hi or at >= len(frame):
        return False
    word = frame.low[at]
    if bound:
        return word in (",", "who") and _over_relative(frame, mention, at + (word == ","))
    if word in _BREAKS:
        return _over_relative(frame, mention, at + 1) or _over_apposition(frame, mention, at)
    if word in ("who", "which"):
        return _over_relative(frame, mention, at) or _over_apposition(frame, mention, at)
    return word in _PREPOSITIONS and _over_phrase(frame, mention, at)


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
    for index in range(at + 1, min(at + _MAX_LOOK, len(frame))):
        if frame.kind[index] == QUOTED:
            return False
        if frame.low[index] in _BREAKS or frame.low[index] == ")":
            verb = _skip_auxiliaries(frame, index + 1)
            grade = _grade(frame, verb)
            if grade and grade != "u" and _shape(frame, verb) != "i":
                mention.set("appos", verb, grade)
                return True
    return False


def _over_phrase(frame: Frame, mention: Mention, at: int) -> bool:
    """`the head of the union said`: the verb stands after the words that belong to the noun."""
    for index in range(at + 1, min(at + _MAX_LOOK, len(frame))):
        if frame.kind[index] == QUOTED or frame.low[index] in (":", ";"):
            return False
        if frame.low[index] in _BREAKS:
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
        low[index] in _AUXILIARIES or (kinds[index] == LOWER and low[index].endswith("ly"))
    ):
        index += 1
    return index


def _grade(frame: Frame, index: int) -> str:
    """The grade of the verb at `index`: S, M, W, u for a past form that is in no list, "" for none."""
    if not 0 <= index < len(frame) or frame.kind[index] != LOWER:
        return ""
    word = frame.low[index]
    cue = CUES.get(word)
    return cue.grade if cue else "u" if len(word) > 4 and word.endswith("ed") else ""


def _shape(frame: Frame, index: int) -> str:
    """The shape of the verb at `index`."""
    cue = CUES.get(frame.low[index])
    return cue.shape if cue else "p"
