"""Grammatical categories: token kinds, mention types, syntactic roles and cue strengths.

The values of `MentionType`, `SyntacticRole`, `CueStrength` and `CueForm` are parts of feature names
in `worker/parse/data` (`speaker_weights.tsv`, `speaker_quotehood.tsv`, `cues.tsv`): a value that
changes makes those tables stale.
"""

from enum import StrEnum

__all__ = [
    "CAPITAL",
    "LISTED_STRENGTHS",
    "LOWER",
    "NUMBER",
    "PUNCTUATION",
    "QUOTED",
    "SUBJECTS",
    "CueForm",
    "CueStrength",
    "MentionType",
    "SyntacticRole",
    "TokenKind",
]


class TokenKind(StrEnum):
    """The kind of a token, by its first character; a quotation is a token of its own kind."""

    LOWER = "lower"
    CAPITAL = "capital"
    NUMBER = "number"
    PUNCTUATION = "punctuation"
    QUOTED = "quoted"


LOWER, CAPITAL, NUMBER, PUNCTUATION, QUOTED = TokenKind


class MentionType(StrEnum):
    """The type of a noun phrase: a name, a common noun, or a class of pronoun."""

    PROPER = "C"
    """`Ann Lee`, `the Lake Bank`."""
    NOMINAL = "l"
    """`the minister`."""
    HE = "m"
    SHE = "f"
    IT = "n"
    THEY = "t"
    I_OR_YOU = "i"
    """First and second person: a word of the conversation, which names no speaker."""


class CueStrength(StrEnum):
    """The likelihood that a verb reports speech, counted in annotated news."""

    STRONG = "S"
    """`said`, `told`."""
    MEDIUM = "M"
    WEAK = "W"
    UNLISTED = "u"
    """A past form that the lexicon does not list: `shrugged`."""
    NONE = "-"
    """No verb."""


LISTED_STRENGTHS = frozenset((CueStrength.STRONG, CueStrength.MEDIUM, CueStrength.WEAK))
"""The strengths of verbs that the lexicon lists."""


class CueForm(StrEnum):
    """The form of a verb."""

    FINITE = "p"
    """Past tense or third person: `said`, `says`."""
    PARTICIPLE = "i"
    """`saying`."""
    BARE = "b"
    """`say`, which needs a plural subject and may be a noun (`report`)."""


class SyntacticRole(StrEnum):
    """The place of a noun phrase relative to the reporting verb or to the words beside it.

    The examples are of the phrase `Ms. Lee` unless they say more.
    """

    SUBJECT = "subj"
    """`Ms. Lee said`."""
    SUBJECT_BEFORE_PHRASE = "subjpp"
    """`the head of the union said`: other words of the phrase stand before the verb."""
    SUBJECT_BEFORE_APPOSITION = "appos"
    """`Ms. Lee, the head of the union, said`."""
    SUBJECT_OF_RELATIVE = "rel"
    """`Ms. Lee, who said`."""
    SUBJECT_INVERTED = "inv"
    """`"So it is," said Ms. Lee`."""
    SUBJECT_PASSIVE = "pas"
    """`Ms. Lee was told`."""
    ACCORDING_TO = "acc"
    """`according to Ms. Lee`, `in her words`."""
    QUOTED_AS_SAYING = "quoted"
    """`quoted Ms. Lee as saying`."""
    AGENT = "agent"
    """`told by Ms. Lee`."""
    RELAY = "via"
    """`quoted by Ms. Lee`: the words are another speaker's."""
    LISTENER = "obj"
    """`told Ms. Lee`: the object of a verb that takes a listener."""
    OBJECT = "vobj"
    """`announced the plan`: the object of any other reporting verb."""
    BEFORE_COLON = "colon"
    """`Ms. Lee: "So it is."`"""
    AFTER_DASH = "dash"
    """`"So it is" — Ms. Lee`, in headlines."""
    POSSESSOR = "poss"
    """`Ms. Lee's`."""
    COMPLEMENT = "tail"
    """`the head of the union`: `the union` is part of a longer phrase and no candidate itself."""
    INITIAL = "init"
    """First in its sentence or right after a quotation, without a verb."""

    IN_PREPOSITION = "pp"
    """`after Ms. Lee`."""
    IN_OF = "pp:of"
    IN_FOR = "pp:for"
    IN_BY = "pp:by"
    IN_FROM = "pp:from"
    IN_AS = "pp:as"
    IN_WITH = "pp:with"

    OTHER = "other"
    OTHER_AFTER_COMMA = "other ,"
    """First in a clause: `In May, Ms. Lee ...`."""
    OTHER_AFTER_AND = "other and"
    OTHER_AFTER_BUT = "other but"
    OTHER_AFTER_THAT = "other that"
    OTHER_AFTER_BECAUSE = "other because"
    OTHER_AFTER_WHILE = "other while"
    OTHER_AFTER_WHEN = "other when"
    OTHER_AFTER_IF = "other if"

    # A phrase in a prepositional phrase or an object, with the verb of another phrase right after
    # it: `Oslo` in `the mayor of Oslo said`.
    SUBJECT_IN_PREPOSITION = "subj.pp"
    SUBJECT_IN_OF = "subj.pp:of"
    SUBJECT_IN_FOR = "subj.pp:for"
    SUBJECT_IN_BY = "subj.pp:by"
    SUBJECT_IN_FROM = "subj.pp:from"
    SUBJECT_IN_AS = "subj.pp:as"
    SUBJECT_IN_WITH = "subj.pp:with"
    SUBJECT_IN_LISTENER = "subj.obj"
    SUBJECT_IN_OBJECT = "subj.vobj"
    PASSIVE_IN_PREPOSITION = "pas.pp"
    PASSIVE_IN_OF = "pas.pp:of"
    PASSIVE_IN_FOR = "pas.pp:for"
    PASSIVE_IN_BY = "pas.pp:by"
    PASSIVE_IN_FROM = "pas.pp:from"
    PASSIVE_IN_AS = "pas.pp:as"
    PASSIVE_IN_WITH = "pas.pp:with"
    PASSIVE_IN_LISTENER = "pas.obj"
    PASSIVE_IN_OBJECT = "pas.vobj"


SUBJECTS = frozenset(
    role
    for role in SyntacticRole
    if role.startswith(("subj", "inv", "appos", "acc", "init", "rel", "colon", "pas"))
)
"""Roles of the subject or the speaker of a sentence."""
