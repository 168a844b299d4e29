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
_AUXILIARIES = frozenset(
    "has have had is are was were be been being will would can could may might shall should must did "
    "does do also then later further again once now still even just only repeatedly already soon "
    "recently previously subsequently separately earlier often never always first reportedly not "
    "n't to himself herself itself".split()
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
_MAX_LOOK = 40
"""How many tokens an apposition may have."""


class Mention:
    """One noun phrase: its tokens `lo` to `hi` (exclusive) in `frame`, and where it stands.

    `kind`: C a name, l a common noun, or m f n t i for a pronoun. `place` is its syntactic place:
    subj, appos (subject with an apposition), inv (after its verb), acc ("according to"), obj, colon,
    poss, pp:<preposition>, init, or other; `cue` the index of the verb or preposition that gave it.
    """

    __slots__ = ("cue", "frame", "grade", "hi", "kind", "lo", "place")

    def __init__(self, frame: Frame, lo: int, hi: int, kind: str) -> None:
        self.frame = frame
        self.lo = lo
        self.hi = hi
        self.kind = kind
        self.place = "other"
        self.grade = "-"
        self.cue = -1

    @property
    def span(self) -> Span:
        """The words without a possessive's ending."""
        end = self.frame.end[self.hi - 1]
        low = self.frame.low[self.hi - 1]
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
    return mentions


def _chunk(frame: Frame) -> list[Mention]:
    """Runs of words that no closed class and no verb cuts."""
    mentions: list[Mention] = []
    lo = -1
    low, kinds = frame.low, frame.kind
    for index, word in enumerate(low):
        kind = kinds[index]
        if kind in (PUNCTUATION, QUOTED) and not (word == "." and _is_inside(frame, index)):
            lo = _close(frame, mentions, lo, index)
        elif word in _STOPS and not (
            kind == CAPITAL and lo >= 0 and kinds[lo] == CAPITAL and word in CUES
        ):
            lo = _close(frame, mentions, lo, index)
            if word in _SUBJECTS:
                mentions.append(Mention(frame, index, index + 1, _SUBJECTS[word]))
        elif word in DETERMINERS:
            _close(frame, mentions, lo, index)
            lo = index
        elif kind == LOWER and (
            (word in CUES and not (index - 1 == lo and low[lo] in DETERMINERS))
            or _is_verbal(low, lo, index)
        ):
            lo = _close(frame, mentions, lo, index)
        elif lo < 0:
            lo = index
    _close(frame, mentions, lo, len(low))
    return mentions


def _is_inside(frame: Frame, index: int) -> bool:
    """True for the full stop of an abbreviation before a name."""
    return (
        0 < index < len(frame) - 1
        and frame.kind[index - 1] == CAPITAL
        and frame.kind[index + 1] == CAPITAL
        and frame.start[index] == frame.end[index - 1]
    )


def _is_verbal(low: list[str], lo: int, index: int) -> bool:
    """True for a lower-case word that reads as a verb or adverb where it stands."""
    word = low[index]
    if not word.endswith(("ed", "ing", "ly")) or len(word) < 5:
        return False
    return not (lo >= 0 and index - lo <= 1 and low[lo] in DETERMINERS)


def _close(frame: Frame, mentions: list[Mention], lo: int, hi: int) -> int:
    """Add the phrase that ends before `hi`, if it is one."""
    if lo < 0:
        return -1
    if (
        frame.low[lo] in DETERMINERS
        and hi - lo == 1
        and frame.low[lo] not in ("one", "many", "some", "several")
    ):
        return -1
    kind = frame.kind[hi - 1]
    if kind == NUMBER:
        return -1
    mentions.append(Mention(frame, lo, hi, "l" if kind in (LOWER, PUNCTUATION) else "C"))
    return -1


def _place(frame: Frame, mention: Mention) -> None:
    """Say where the phrase stands to the verbs of its frame."""
    low = frame.low
    if low[mention.hi - 1].endswith(("'s", "’s", "s'", "s’")):
        mention.place = "poss"
        return
    before = mention.lo - 1
    word = low[before] if before >= 0 else ""
    if word == "to" and before > 0 and low[before - 1] == "according":
        mention.place, mention.cue, mention.grade = "acc", before - 1, "S"
        return
    if word in CUES and frame.kind[before] == LOWER:
        if _inverts(frame, before):
            mention.place, mention.cue, mention.grade = "inv", before, CUES[word].grade
            return
        mention.place = "obj" if word in LISTENED else "vobj"
    elif word in _PREPOSITIONS:
        mention.place = f"pp:{word}" if word in ("of", "for", "by", "from", "as", "with") else "pp"
    elif before < 0 or frame.kind[before] == QUOTED:
        mention.place = "init"
    if _find_verb(frame, mention):
        return
    if mention.hi < len(low) and low[mention.hi] == ":":
        mention.place, mention.cue = "colon", mention.hi


def _inverts(frame: Frame, verb: int) -> bool:
    """True when the verb at `verb` stands before its subject: after a quotation, comma or dash."""
    if CUES[frame.low[verb]].shape == "i":
        return False
    previous = frame.kind[verb - 1] if verb else PUNCTUATION
    return previous == QUOTED or (
        previous == PUNCTUATION and verb > 0 and frame.low[verb - 1] in (",", "–", "—", "--", "-")
    )


def _find_verb(frame: Frame, mention: Mention) -> bool:
    """Set the verb that the phrase is the subject of, directly or over an apposition."""
    at = _skip_auxiliaries(frame, mention.hi)
    cue = _cue_at(frame, at)
    prepositional = mention.place.startswith("pp") or mention.place in ("obj", "vobj")
    if cue:
        mention.place = f"subj.{mention.place}" if prepositional else "subj"
        mention.cue, mention.grade = at, cue
        return True
    if (
        prepositional
        or at != mention.hi
        or at >= len(frame)
        or frame.low[at]
        not in (",", "(", "–", "—", "--", "-", "of", "for", "from", "at", "in", "who", "with", "on")
    ):
        return False
    phrase = frame.low[at] not in (",", "(", "–", "—", "--", "-")
    relative = at if phrase else at + 1
    if relative < len(frame) and frame.low[relative] in ("who", "which"):
        verb = _skip_auxiliaries(frame, relative + 1)
        cue = _cue_at(frame, verb)
        if cue:
            mention.place, mention.cue, mention.grade = "rel", verb, cue
            return True
    for index in range(at + 1, min(at + _MAX_LOOK, len(frame))):
        if frame.kind[index] == QUOTED:
            return False
        if phrase:
            cue = _cue_at(frame, index)
            if cue and cue != "W" and low_kind(frame, index) and frame.low[at] != "who":
                mention.place, mention.cue, mention.grade = "subjpp", index, cue
                return True
        if frame.low[index] in (",", ")", "–", "—", "--", "-"):
            verb = _skip_auxiliaries(frame, index + 1)
            cue = _cue_at(frame, verb)
            if cue and CUES[frame.low[verb]].shape != "i":
                mention.place, mention.cue, mention.grade = "appos", verb, cue
                return True
            if phrase and frame.low[at] != "who":
                return False
    return False


def low_kind(frame: Frame, index: int) -> bool:
    return frame.kind[index] == LOWER and CUES[frame.low[index]].shape == "p"


def _skip_auxiliaries(frame: Frame, index: int) -> int:
    """The first token from `index` on that is no auxiliary or adverb."""
    while index < len(frame) and (
        frame.low[index] in _AUXILIARIES
        or (frame.low[index].endswith("ly") and frame.kind[index] == LOWER)
    ):
        index += 1
    return index


def _cue_at(frame: Frame, index: int) -> str:
    """The grade of the cue at `index`, or nothing."""
    if index >= len(frame) or frame.kind[index] != LOWER:
        return ""
    cue = CUES.get(frame.low[index])
    return cue.grade if cue else ""
