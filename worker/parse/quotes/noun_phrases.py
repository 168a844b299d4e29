"""Phrases: the noun phrases of a frame, found by closed classes and verbs alone."""

from worker.model import Span
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import (
    BEFORE_NOUNS,
    DETERMINERS,
    IRREGULAR,
    LONGEST_BRACKET,
    OBJECTS,
    OPINIONS,
    POSSESSIVE,
    POSSESSORS,
    STAND_ALONE,
    STOPS,
    SUBJECTS,
)
from worker.parse.quotes.sentences import CAPITAL, LOWER, NUMBER, Frame

__all__ = ["Mention", "find_phrases"]


class Mention:
    """One noun phrase: its tokens `lo` to `hi` (exclusive) in `frame`, and where it stands.

    `tail` is where it ends with what hangs on "of" ("the head" is `hi`, "of state" up to `tail`).

    `kind`: C a name, l a common noun, or m f n t i for a pronoun. `place` is its syntactic place:
    subj (of the verb that follows), appos, rel and subjpp (over an apposition, "who", a phrase),
    pas (passive), inv (after its verb), acc ("according to"), quoted, agent, obj, vobj, colon,
    dash, poss, tail, pp:<preposition>, init, or other. `cue` is the token that gave it, `grade` how
    surely that verb reports.
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
    def start(self) -> int:
        """Where the first word begins."""
        return self.frame.start[self.lo]

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
        """The last word, lower case, without "ex-"."""
        low = self.frame.low[self.hi - 1].removeprefix("ex-")
        return low[:-2] if low.endswith(("'s", "’s")) else low.rstrip("'’")


_QUOTES = frozenset("quoted quotes quoting cited cites citing".split())
_OF_ONE = frozenset("a an the this that its his her their my our".split())
_PEOPLE = frozenset("police people men women children media poor rich two three four many".split())
"""Plurals without an s."""


def find_phrases(frame: Frame) -> list[Mention]:
    """Runs of words that no closed class, no verb and no punctuation cuts; none inside brackets."""
    chunker = _Chunker(frame)
    low, kinds = frame.low, frame.kind
    skip = 0
    for index, word in enumerate(low):
        if index < skip:
            continue
        kind = kinds[index]
        if kind in (LOWER, CAPITAL):
            if word in STOPS or (kind == LOWER and _is_verbal(low, chunker.lo, index)):
                chunker.stop(index, word)
            elif word in DETERMINERS:
                chunker.determine(index, word)
            elif chunker.lo < 0:
                chunker.lo = index
        elif kind == NUMBER:
            chunker.lo = index if chunker.lo < 0 else chunker.lo
        elif word != "." or not _is_inside(frame, index):
            chunker.close(index)
            skip = _after_brackets(low, index) if word == "(" else 0
    chunker.close(len(low))
    return chunker.mentions


class _Chunker:
    """The phrases so far and where the open one begins: `lo`, -1 for none."""

    __slots__ = ("frame", "lo", "mentions")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.lo = -1
        self.mentions: list[Mention] = []

    def stop(self, index: int, word: str) -> None:
        """A word of a closed class or a verb: a phrase ends, and a pronoun is one of its own."""
        frame, lo = self.frame, self.lo
        name_goes_on = lo >= 0 and frame.kind[index] == frame.kind[lo] == CAPITAL
        if name_goes_on and word not in SUBJECTS:
            return
        self.close(index)
        pronoun = SUBJECTS.get(word) or _object_pronoun(frame.low, index)
        if pronoun:
            self.mentions.append(Mention(frame, index, index + 1, pronoun))

    def determine(self, index: int, word: str) -> None:
        """A determiner: a phrase begins; `in her words` is a pronoun's."""
        self.close(index)
        low = self.frame.low
        if word in POSSESSORS and index + 1 < len(low) and low[index + 1] in OPINIONS:
            self.mentions.append(Mention(self.frame, index, index + 1, POSSESSORS[word]))
        else:
            self.lo = index

    def close(self, hi: int) -> None:
        """Add the phrase that ends before `hi`, if one is open and it is one."""
        lo, frame = self.lo, self.frame
        self.lo = -1
        if lo < 0:
            return
        low = frame.low
        if hi - lo > 1 and low[hi - 1] in OPINIONS and low[hi - 2].endswith(POSSESSIVE):
            hi -= 1
        kind = LOWER if low[hi - 1].endswith("-year-old") else frame.kind[hi - 1]
        alone = hi - lo == 1 and low[lo] in DETERMINERS and low[lo] not in STAND_ALONE
        if not alone and kind != NUMBER:
            self.mentions.append(Mention(frame, lo, hi, "C" if kind == CAPITAL else "l"))


def _object_pronoun(low: list[str], index: int) -> str:
    """The kind of the pronoun in `according to him`, `quoted him as`, "" for any other word."""
    if low[index] not in OBJECTS:
        return ""
    if index and low[index - 1] in _QUOTES and low[index + 1 : index + 2] == ["as"]:
        return OBJECTS.get(low[index], "")
    if index > 1 and low[index - 1] == "to" and low[index - 2] == "according":
        return OBJECTS.get(low[index], "")
    return ""


def _after_brackets(low: list[str], index: int) -> int:
    """The first token after a short bracket that opens at `index`; 0 for a long one."""
    for at in range(index + 1, min(index + LONGEST_BRACKET, len(low))):
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


def _is_one(low: list[str], lo: int, before: str) -> bool:
    """True in a phrase of one thing, which takes no bare verb: "its latest report"."""
    if lo < 0 or low[lo] not in _OF_ONE or before in _PEOPLE:
        return False
    return not before.endswith("s") or before.endswith(("'s", "’s", "ous", "ss"))


def _is_verbal(low: list[str], lo: int, index: int) -> bool:
    """True for a lower-case word that reads as a verb or an adverb where it stands."""
    word = low[index]
    before = low[index - 1] if index else ""
    if lo >= 0 and index - lo == 1 and before in DETERMINERS:
        return False
    cue = CUES.get(word)
    if cue and (cue.shape == "b" or word == "forecast"):
        if _is_one(low, lo, before):
            return False
        if lo >= 0:
            return before.endswith("s") or before in _PEOPLE or not before.islower()
        return before == "to" or before not in BEFORE_NOUNS
    return (
        cue is not None
        or word in IRREGULAR
        or (len(word) > 4 and word.endswith(("ed", "ing", "ly")))
    )
