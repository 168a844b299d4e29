"""Phrases: the noun phrases of a sentence, found by closed classes and verbs alone."""

from worker.model import Span
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import (
    BEFORE_NOUNS,
    DETERMINERS,
    IRREGULAR,
    MAX_BRACKET_TOKENS,
    OBJECT_PRONOUNS,
    OPINION_NOUNS,
    POSSESSIVE_ENDINGS,
    POSSESSIVE_PRONOUNS,
    STAND_ALONE,
    STOPS,
    SUBJECT_PRONOUNS,
)
from worker.parse.quotes.sentences import CAPITAL, LOWER, NUMBER, Sentence

__all__ = ["NounPhrase", "find_phrases"]


class NounPhrase:
    """One noun phrase: its tokens `lo` to `hi` (exclusive) in `sentence`, and where it stands.

    `tail` is where it ends with what hangs on "of" ("the head" is `hi`, "of state" up to `tail`).

    `kind`: C a name, l a common noun, or m f n t i for a pronoun. `place` is its syntactic place:
    subj (of the verb that follows), appos, rel and subjpp (over an apposition, "who", a phrase),
    pas (passive), inv (after its verb), acc ("according to"), quoted, agent, obj, vobj, colon,
    dash, poss, tail, pp:<preposition>, init, or other. `cue` is the token that gave it, `grade` how
    surely that verb reports.
    """

    __slots__ = (
        "complement_end",
        "cue",
        "end_token",
        "role",
        "sentence",
        "start_token",
        "strength",
        "type",
    )

    def __init__(self, sentence: Sentence, lo: int, hi: int, kind: str) -> None:
        self.sentence = sentence
        self.start_token = lo
        self.end_token = hi
        self.complement_end = hi
        self.type = kind
        self.role = "other"
        self.strength = "-"
        self.cue = -1

    def set(self, place: str, cue: int, grade: str) -> None:
        """Give the phrase its place and its verb."""
        self.role, self.cue, self.strength = place, cue, grade

    @property
    def reports(self) -> bool:
        """True when a verb or a form of attribution says that this is who speaks."""
        return self.strength in ("S", "M", "W") or self.role in ("colon", "dash")

    @property
    def start(self) -> int:
        """Where the first word begins."""
        return self.sentence.starts[self.start_token]

    @property
    def span(self) -> Span:
        """The words with what hangs on "of", without a possessive's ending."""
        end = self.sentence.ends[self.complement_end - 1]
        low = self.sentence.words[self.complement_end - 1]
        if low.endswith(("'s", "’s")):
            end -= 2
        elif low.endswith(("'", "’")):
            end -= 1
        return Span(self.sentence.starts[self.start_token], end)

    @property
    def head(self) -> str:
        """The last word, lower case, without "ex-"."""
        low = self.sentence.words[self.end_token - 1].removeprefix("ex-")
        return low[:-2] if low.endswith(("'s", "’s")) else low.rstrip("'’")


_QUOTES = frozenset("quoted quotes quoting cited cites citing".split())
_OF_ONE = frozenset("a an the this that its his her their my our".split())
_PEOPLE = frozenset("police people men women children media poor rich two three four many".split())
"""Plurals without an s."""


def find_phrases(sentence: Sentence) -> list[NounPhrase]:
    """Runs of words that no closed class, no verb and no punctuation cuts; none inside brackets."""
    chunker = _Chunker(sentence)
    low, kinds = sentence.words, sentence.kinds
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
        elif word != "." or not _is_inside(sentence, index):
            chunker.close(index)
            skip = _after_brackets(low, index) if word == "(" else 0
    chunker.close(len(low))
    return chunker.mentions


class _Chunker:
    """The phrases so far and where the open one begins: `lo`, -1 for none."""

    __slots__ = ("lo", "mentions", "sentence")

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.lo = -1
        self.mentions: list[NounPhrase] = []

    def stop(self, index: int, word: str) -> None:
        """A word of a closed class or a verb: a phrase ends, and a pronoun is one of its own."""
        sentence, lo = self.sentence, self.lo
        name_goes_on = lo >= 0 and sentence.kinds[index] == sentence.kinds[lo] == CAPITAL
        if name_goes_on and word not in SUBJECT_PRONOUNS:
            return
        self.close(index)
        pronoun = SUBJECT_PRONOUNS.get(word) or _object_pronoun(sentence.words, index)
        if pronoun:
            self.mentions.append(NounPhrase(sentence, index, index + 1, pronoun))

    def determine(self, index: int, word: str) -> None:
        """A determiner: a phrase begins; `in her words` is a pronoun's."""
        self.close(index)
        low = self.sentence.words
        if word in POSSESSIVE_PRONOUNS and index + 1 < len(low) and low[index + 1] in OPINION_NOUNS:
            self.mentions.append(
                NounPhrase(self.sentence, index, index + 1, POSSESSIVE_PRONOUNS[word])
            )
        else:
            self.lo = index

    def close(self, hi: int) -> None:
        """Add the phrase that ends before `hi`, if one is open and it is one."""
        lo, sentence = self.lo, self.sentence
        self.lo = -1
        if lo < 0:
            return
        low = sentence.words
        if (
            hi - lo > 1
            and low[hi - 1] in OPINION_NOUNS
            and low[hi - 2].endswith(POSSESSIVE_ENDINGS)
        ):
            hi -= 1
        kind = LOWER if low[hi - 1].endswith("-year-old") else sentence.kinds[hi - 1]
        alone = hi - lo == 1 and low[lo] in DETERMINERS and low[lo] not in STAND_ALONE
        if not alone and kind != NUMBER:
            self.mentions.append(NounPhrase(sentence, lo, hi, "C" if kind == CAPITAL else "l"))


def _object_pronoun(low: list[str], index: int) -> str:
    """The kind of the pronoun in `according to him`, `quoted him as`, "" for any other word."""
    if low[index] not in OBJECT_PRONOUNS:
        return ""
    if index and low[index - 1] in _QUOTES and low[index + 1 : index + 2] == ["as"]:
        return OBJECT_PRONOUNS.get(low[index], "")
    if index > 1 and low[index - 1] == "to" and low[index - 2] == "according":
        return OBJECT_PRONOUNS.get(low[index], "")
    return ""


def _after_brackets(low: list[str], index: int) -> int:
    """The first token after a short bracket that opens at `index`; 0 for a long one."""
    for at in range(index + 1, min(index + MAX_BRACKET_TOKENS, len(low))):
        if low[at] == ")":
            return at + 1
    return 0


def _is_inside(sentence: Sentence, index: int) -> bool:
    """True for the full stop of an abbreviation before a name."""
    return (
        0 < index < len(sentence) - 1
        and sentence.kinds[index - 1] == CAPITAL
        and sentence.kinds[index + 1] == CAPITAL
        and sentence.starts[index] == sentence.ends[index - 1]
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
    if cue and (cue.form == "b" or word == "forecast"):
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
