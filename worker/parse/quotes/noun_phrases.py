"""Noun phrases of a sentence, delimited by closed word classes and verbs alone.

There is no parser: a phrase ends at a function word, a verb or a punctuation mark.
"""

from worker.model import Span
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import (
    BEFORE_NOUNS,
    DETERMINERS,
    IRREGULAR_PAST,
    MAX_BRACKET_TOKENS,
    OBJECT_PRONOUNS,
    OPINION_NOUNS,
    POSSESSIVE_ENDINGS,
    POSSESSIVE_PRONOUNS,
    POSSESSIVE_S,
    PRONOMINAL_DETERMINERS,
    STOPS,
    SUBJECT_PRONOUNS,
)
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import (
    CAPITAL,
    LISTED_STRENGTHS,
    LOWER,
    NUMBER,
    CueForm,
    CueStrength,
    MentionType,
    SyntacticRole,
)

__all__ = ["NounPhrase", "find_noun_phrases"]

_PROPER, _NOMINAL = MentionType.PROPER, MentionType.NOMINAL
_NO_ROLE = SyntacticRole.OTHER
_NO_STRENGTH = CueStrength.NONE
_BARE = CueForm.BARE
_ATTRIBUTES_ALONE = frozenset((SyntacticRole.BEFORE_COLON, SyntacticRole.AFTER_DASH))


class NounPhrase:
    """A noun phrase: the tokens `start_token` to `end_token` (exclusive) of `sentence`.

    `complement_end` is the end with a complement: of `the head of state`, `end_token` is that of
    `the head`. `cue` is the token of the verb or of the words that gave the phrase its role, -1 for
    none, and `strength` the likelihood that this cue reports speech. Of `said the mayor, Ann Lee`,
    `apposed_to` of the name is the noun, which has the cue.
    """

    __slots__ = (
        "_head",
        "apposed_to",
        "complement_end",
        "cue",
        "end_token",
        "role",
        "sentence",
        "start_token",
        "strength",
        "type",
    )

    def __init__(
        self, sentence: Sentence, start_token: int, end_token: int, mention_type: MentionType
    ) -> None:
        self.sentence = sentence
        self.start_token = start_token
        self.end_token = end_token
        self.complement_end = end_token
        self.type = mention_type
        self.role = _NO_ROLE
        self.strength = _NO_STRENGTH
        self.cue = -1
        self.apposed_to: NounPhrase | None = None
        self._head = ""

    def assign(self, role: SyntacticRole, cue: int, strength: CueStrength) -> None:
        """Set the role and the cue that gives it."""
        self.role, self.cue, self.strength = role, cue, strength

    def drop_cue(self, role: SyntacticRole = _NO_ROLE) -> None:
        """Take the cue away, since it belongs to another phrase, and set another role."""
        self.assign(role, -1, _NO_STRENGTH)

    @property
    def reports(self) -> bool:
        """True where a reporting verb, a colon or a dash attributes speech to this phrase."""
        return self.strength in LISTED_STRENGTHS or self.role in _ATTRIBUTES_ALONE

    @property
    def start(self) -> int:
        """The offset of the first word."""
        return self.sentence.starts[self.start_token]

    @property
    def end(self) -> int:
        """The offset behind the last word of the complement, without a possessive's ending."""
        end = self.sentence.ends[self.complement_end - 1]
        word = self.sentence.words[self.complement_end - 1]
        if word.endswith(POSSESSIVE_S):
            return end - 2
        return end - 1 if word.endswith(("'", "’")) else end

    @property
    def span(self) -> Span:
        """The words with their complement, without a possessive's ending."""
        return Span(self.start, self.end)

    @property
    def words(self) -> list[str]:
        """The words in lower case, without a complement."""
        return self.sentence.words[self.start_token : self.end_token]

    @property
    def first_word(self) -> str:
        """The first word in lower case, often a determiner."""
        return self.sentence.words[self.start_token]

    @property
    def head(self) -> str:
        """The last word in lower case, without "ex-" and a possessive's ending."""
        # Nearly every pass of the resolver asks for it.
        if not self._head:
            word = self.sentence.words[self.end_token - 1].removeprefix("ex-")
            self._head = word[:-2] if word.endswith(POSSESSIVE_S) else word.rstrip("'’")
        return self._head


_QUOTING_VERBS = frozenset("quoted quotes quoting cited cites citing".split())
_SINGULAR_DETERMINERS = frozenset("a an the this that its his her their my our".split())
_PLURALS_WITHOUT_S = frozenset(
    "police people men women children media poor rich two three four many".split()
)
_ADJECTIVE = 2
"""Words of `the balding`."""
_PARTY_PREFIXES = frozenset(("d-", "r-", "i-"))
_MIN_VERB_LETTERS = 5
"""A shorter word in -ed, -ing or -ly is often a noun: `bed`, `king`."""


def find_noun_phrases(sentence: Sentence) -> list[NounPhrase]:
    """Return the noun phrases of a sentence; a short bracket is skipped."""
    chunker = _Chunker(sentence)
    words, kinds = sentence.words, sentence.kinds
    resume = 0
    for index, word in enumerate(words):
        if index < resume:
            continue
        kind = kinds[index]
        if kind is LOWER or kind is CAPITAL:
            chunker.add_word(index, word)
        elif kind is NUMBER:
            chunker.open_at(index)
        elif word != "." or not _is_inside_name(sentence, index):
            chunker.close(index)
            resume = _after_bracket(words, index) if word == "(" else 0
    chunker.close(len(words))
    return chunker.phrases


class _Chunker:
    """The phrases so far and the token at which the open phrase begins, -1 for none."""

    __slots__ = ("opened", "phrases", "sentence")

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.opened = -1
        self.phrases: list[NounPhrase] = []

    def add_word(self, index: int, word: str) -> None:
        """Let a word end, begin or continue a phrase."""
        sentence = self.sentence
        # `Ann Roe, D-Vinalhaven, said`: a party and its seat are nobody.
        if sentence.kinds[index] is CAPITAL and word[:2] in _PARTY_PREFIXES:
            self.close(index)
        elif word in STOPS or (
            sentence.kinds[index] is LOWER and _is_verbal(sentence.words, self.opened, index)
        ):
            self.stop(index, word)
        elif word in DETERMINERS:
            self.begin_at_determiner(index, word)
        elif self.opened < 0:
            self.opened = index

    def open_at(self, index: int) -> None:
        """Begin a phrase unless another is open."""
        if self.opened < 0:
            self.opened = index

    def stop(self, index: int, word: str) -> None:
        """End the open phrase at a function word or verb; a pronoun is a phrase by itself."""
        sentence, opened = self.sentence, self.opened
        # `Bank Of Norland`: a capital function word inside a capital phrase is part of the name.
        in_name = opened >= 0 and sentence.kinds[index] is sentence.kinds[opened] is CAPITAL
        if in_name and word not in SUBJECT_PRONOUNS:
            return
        self.close(index)
        pronoun = SUBJECT_PRONOUNS.get(word) or _object_pronoun(sentence.words, index)
        if pronoun:
            self.phrases.append(NounPhrase(sentence, index, index + 1, pronoun))

    def begin_at_determiner(self, index: int, word: str) -> None:
        """Begin a phrase at a determiner; of `in her words`, only the pronoun is a phrase."""
        self.close(index)
        words = self.sentence.words
        owner = POSSESSIVE_PRONOUNS.get(word)
        following = words[index + 1 : index + 2]
        # `according to her, the plan is safe`
        is_object = word == "her" and not (following and following[0][0].isalnum())
        if owner and (
            not OPINION_NOUNS.isdisjoint(following) or (is_object and _object_pronoun(words, index))
        ):
            self.phrases.append(NounPhrase(self.sentence, index, index + 1, owner))
        else:
            self.opened = index

    def close(self, end: int) -> None:
        """Add the open phrase, which ends before token `end`, unless no noun is in it."""
        start, sentence = self.opened, self.sentence
        self.opened = -1
        if start < 0:
            return
        words = sentence.words
        # `in Ms. Lee's words`: the owner alone.
        if end - start > 1 and words[end - 1] in OPINION_NOUNS:
            end -= words[end - 2].endswith(POSSESSIVE_ENDINGS)
        is_bare_determiner = (
            end - start == 1
            and words[start] in DETERMINERS
            and words[start] not in PRONOMINAL_DETERMINERS
        )
        # `the 41-year-old` ends in a number's token, yet it is a common noun.
        kind = sentence.kinds[end - 1]
        if words[end - 1].endswith("-year-old"):
            kind, start = LOWER, self._start_of_age(start)
        if not is_bare_determiner and kind is not NUMBER:
            mention_type = _PROPER if kind is CAPITAL else _NOMINAL
            self.phrases.append(NounPhrase(sentence, start, end, mention_type))

    def _start_of_age(self, start: int) -> int:
        """`the balding, 41-year-old`: return the start with the adjective before the comma."""
        last = self.phrases[-1] if self.phrases else None
        if last is None or last.end_token != start - 1 or self.sentence.words[start - 1] != ",":
            return start
        is_opened = last.first_word in ("the", "a", "an") and len(last.words) == _ADJECTIVE
        return self.phrases.pop().start_token if is_opened else start


def _object_pronoun(words: list[str], index: int) -> MentionType | None:
    """Return the type of an object pronoun that names a source, None for any other word."""
    pronoun = OBJECT_PRONOUNS.get(words[index])
    if pronoun is None or index == 0:
        return None
    # `quoted him as saying`
    if words[index - 1] in _QUOTING_VERBS and words[index + 1 : index + 2] == ["as"]:
        return pronoun
    # `according to him`
    if index > 1 and words[index - 1] == "to" and words[index - 2] == "according":
        return pronoun
    return None


def _after_bracket(words: list[str], index: int) -> int:
    """Return the token after a short bracket that opens at `index`; 0 for a long bracket."""
    for at in range(index + 1, min(index + MAX_BRACKET_TOKENS, len(words))):
        if words[at] == ")":
            return at + 1
    return 0


def _is_inside_name(sentence: Sentence, index: int) -> bool:
    """Return True for the full stop of `Mr. Lee`, which stands right after a capital word."""
    return (
        0 < index < len(sentence) - 1
        and sentence.kinds[index - 1] is CAPITAL
        and sentence.kinds[index + 1] is CAPITAL
        and sentence.starts[index] == sentence.ends[index - 1]
    )


def _is_singular(words: list[str], opened: int, last: str) -> bool:
    """Return True in a singular phrase, which no bare verb follows: `its latest report`."""
    if opened < 0 or words[opened] not in _SINGULAR_DETERMINERS or last in _PLURALS_WITHOUT_S:
        return False
    return not last.endswith("s") or last.endswith((*POSSESSIVE_S, "ous", "ss"))


def _is_verbal(words: list[str], opened: int, index: int) -> bool:
    """Return True for a lower-case word that reads as a verb or an adverb in its place."""
    word = words[index]
    last = words[index - 1] if index else ""
    # `the said minister`, `the meeting`: right after a determiner nothing is a verb.
    if opened >= 0 and index - opened == 1 and last in DETERMINERS:
        return False
    cue = CUES.get(word)
    if cue is None:
        is_long = len(word) >= _MIN_VERB_LETTERS
        return word in IRREGULAR_PAST or (is_long and word.endswith(("ed", "ing", "ly")))
    # `forecast` is bare, third person and past alike.
    is_ambiguous = cue.form is _BARE or word == "forecast"
    return not is_ambiguous or _is_bare_verb(words, opened, last)


def _is_bare_verb(words: list[str], opened: int, last: str) -> bool:
    """Return True where a word such as `report` or `claim` is a verb, by the word before it."""
    # `its latest report`
    if _is_singular(words, opened, last):
        return False
    # `officials claim`, `police report`, `2,000 claim`
    if opened >= 0:
        # `Red Cross volunteer Ann Lee`: no plural
        is_plural = last.endswith("s") and not last.endswith("ss")
        return is_plural or last in _PLURALS_WITHOUT_S or not last.islower()
    # `to report`, `then claim`, but not `in report`
    return last == "to" or last not in BEFORE_NOUNS
