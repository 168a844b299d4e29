"""The scope of a kill: which of the items that a note refers to it withdraws.

A reference is a number, a slug or a headline. It is withdrawn if the last deciding word before it
in its clause kills (`Kill item 0042 and item 0043`), or if the words behind it do (`Item 0042 is
withdrawn`). A reference that the note keeps, denies, doubts or only compares with is spared.

A wrong kill withdraws a good story, so a reference is spared where the sentence leaves a doubt. The
cases are in tests/cases/named-targets.toml and tests/cases/kill-notes.toml.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

__all__ = ["Disposition", "Reference", "classify_references"]


class Disposition(Enum):
    """The treatment of an item by the note that refers to it."""

    KILLED = auto()
    """`Kill item 0042`, `Item 0042 is withdrawn`"""
    WRONG = auto()
    """`Item 0042 was in error`: withdrawn if the note kills nothing else"""
    MENTIONED = auto()
    """`Item 0042`: withdrawn if the note names nothing better"""
    SPARED = auto()
    """`Keep item 0043`, `Item 0043 stands`"""


@dataclass(frozen=True, slots=True)
class Reference:
    """Numbers, a slug or a headline in a note, and their span.

    `words` has several members for a list of numbers: `items 0042 to 0044`.
    """

    start: int
    end: int
    words: tuple[str, ...]


_KILLING = (
    r"(?:kill|hold|withdr[ae]|disregard|cancel|retract|annul|delet|spike)\w*"
    r"|zurückgezogen|zurückziehen|ungültig|anul\w*|storn\w*"
    r"|аннулир\w*|отмен\w*|сн[яи][мт]\w*|отзыв\w*|отозв\w*"
)
_KILLED = re.compile(
    rf"""
    \b(?:{_KILLING})
    | \b(?:not|never|cannot|\w{{2,7}}n['’]t|nicht|no\slonger)\b
      (?: (?!\b(?:but|and|kill|withdr|cancel|retract))[^.;,] ){{0,24}}
      \b(?:use|run|publish|keep|retain|refer\ to|be\ (?:used|run|published)|verwenden|benutzen)\b
    | \bне\s+(?:использ|публик)\w*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WRONG = re.compile(
    r"\bin\serror\b|\b(?:errors?|mistaken|wrong|incorrect|erroneous|falsch)\b|ошибочн",
    re.IGNORECASE,
)

# `do not kill`, `is no longer withdrawn`, `may be withdrawn`, `if it is cancelled`, `не отменяется`
_DENIED = (
    r"""
    \b(?: not | never | no | nor | neither | cannot | \w{2,7}n['’]t | nicht | keine?s?
        | ne\s(?:pas)? | n['’]est\spas | pas | longer | without | не | нельзя
        | may | might | could | would | possibly | perhaps | if | whether | unless | until
        | nobody | no\sone | circumstances? | avoid\w* | refrain\w* | ignor\w* | stop\w* | wrongly
        | mistakenly | erroneously | consider\w* | (?:plan|expect|ask|want)\w*\sto ),?\s+
    (?: (?: be|been|being|to|yet|now|have|has|had|also|we|you|us|it|is|are|was|were|se|necessary
          | need(?:ed)?|intend(?:ed)?|meant|want|wish|asked|asking|planning|going|supposed|please
          | therefore|so|a|any|the|as|required|in|on|our|reason|request|plans?|actually|yet|ever
          | should|must|from|not|repeat|note|advice|advisory|that|which
          | officially|mandatorily|был\w*|будет|надо|нужно ),?\s+ ){0,5}
    """
    rf"(?:{_KILLING})"
)
_PREPOSITION = (
    r"not|nor|after|before|following|like|unlike|than|except|besides?|from|of|with|by|to|in"
)
_THING = (
    r"(?:items?|stor(?:y|ies)|dispatch|takes?|reports?|articles?|versions?|notes?|dpa|nos?\.?"
    r"|numbers?|Meldung|сообщени\w+)"
)
# Before a reference, that the item is spared: `Use item 0043 instead`, `is replaced by item 0043`,
# `keep item 0043`, `which repeated item 0041`, `a correction to item 0041`, `our kill of 0041`.
_SPARED = re.compile(
    rf"""
    {_DENIED}
    | (?<!\bnot\s)(?<!n['’]t\s)\b(?: keep(?:s|ing)? | retain\w* | leav(?:e|es|ing) | maintain\w*
        | preserv\w* ) \b
    | \b(?: use | see | cf | run | spar(?:e|es|ed|ing) | neither | nor | stand\sby
        | reinstat\w* | restor\w* | reaffirm\w* | reconfirm\w* )\b
    | \b(?: (?:replaced|superseded|corrected|updated|followed)\s(?:by|with|in|as)
        | refer(?:s|red)?\sto | (?:replacement|substitut\w+)(?!\s(?:for|to)\b)
        | (?:repeat|duplicat|cop|mirror)(?:s|ed|ies)\b
        | duplicates?\b | (?:copy|repeat|repetition|version|rewrite|part)\s(?:of|from)
        | in\s(?:favou?r|place|lieu|stead)\sof | instead\b | rather\sthan
        | (?:identical|similar|equal|related|compared|contrary|prior|subsequent|addition)
          \s(?:to|with)
        | (?:confused?|mistaken|mixed\sup|agree\w*|conflict\w*|clash\w*|compar\w*)\s(?:for|with)
        | (?:contradict|match|resembl)\w* | same\s(?:\w+\s)?as
        | re-?(?:sent|issued?|filed|published|transmitted|run|numbered)\b
        | (?:corrected|correct|right|valid|new|newer|updated|proper|amended)
          \s(?:version|form|story|item|dispatch|article|text|one|number)
        | (?:correction|clarification|addition|sequel|update|follow-?up|reply|reference|link)
          \s(?:to|of|on)
        | (?:our|the|an?|earlier|previous|that|this)
          \s(?:kill|withdrawal|cancellation|hold)\b(?!\s(?:note|notice|advisory))
        | should\s(?:have\s)?(?:read|been\s(?:as|in)) | follow(?:s|ed|ing)?\s(?:as|in|under|by)
        | (?:{_PREPOSITION})\s(?:(?:our|the|an?|that|this|other|earlier|correct)\s){{0,2}}
          (?:{_THING}\s)?(?:(?:No\.?|number|№|\#)\s?)?[\s"“”«„'‘(]*\Z
        | stattdessen | statt | anstelle | использ\w+ | взамен | вместо(?!\s(?:сообщени|№))
        | замен[яеё]\w*\s(?:на|сообщением) | исправленн\w+ | см\. | дубл\w+ | повтор\w+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)

# Behind a reference, that the item is spared: `is correct`, `remains valid`, `is not withdrawn`,
# `sent in its stead`.
_STANDS = re.compile(
    rf"""
    {_DENIED}
    | \b(?:{_KILLING})\s(?:\w+\s)?(?:in\serror|by\s(?:mistake|error))\b
    | \A\s(?:in\serror|by\s(?:mistake|error))\b
    | \A\W*(?:\w+\s){{0,2}}instead\b(?!\sof) | \A\W*(?:will\s)?follows?\b
    | \b(?:is|are|was|were|being)\s(?:still\s|also\s|both\s|all\s|now\s|quite\s|perfectly\s){{0,2}}
      (?: correct | right | valid | good | fine | ok(?:ay)? | accurate | in\s(?:force|order|effect)
        | usable | live | unaffected | sound | true | authentic | the\s(?:right|correct|valid)\b )
    | \b(?: stands? | stays? | remains? | (?:un|not\s)affected | still\b | hold\sgood
        | (?:may|can|should|must|will|is\sto|are\sto)\s(?:still\s|now\s|only\s)?
          (?:be\s(?:used|run|published|kept|retained)|stay|stand|remain|run|follow)
        | (?:lifted|revoked|rescinded|reversed|reinstated|restored)
        | (?:in|as)\s(?:its|their|the)\s(?:stead|place|substitute|replacement)
        | (?:replac|supersed)(?:es?|ing)\b(?!\sby) | takes?\s(?:its|the)\splace
        | (?:has|have|had|with|gives?|carr(?:y|ies)|contains?)\s(?:the|all)\s(?:right|correct|valid)
        | kept | retained | untouched | bleib\w* | gilt | gültig | reste\w* | sigue\w*
        | верно | не\sменя\w+ | остается | остаётся | остаются | в\sсиле )\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
# A reference with a verb of its own: the words before it do not govern it.
_OWN_VERB = re.compile(
    r"""["”»'’)\]]*\s(?:is|are|was|were|has|have|had|will|can|may|shall|should|must|does|did
    |contains?|gives?|says?|said|carr(?:y|ies|ied)|ist|sind|wird|bleibt)\b""",
    re.VERBOSE | re.IGNORECASE,
)
# The end of a clause, which a killing word does not reach beyond: `Kill item 0042 because item
# 0043 has ...`
_CLAUSE = re.compile(
    r"\b(?:because|since|while|whilst|whereas|but(?!\salso)|yet|although|though|however|unless"
    r"|except|aber|weil|während|mais|pero|но|потому|так\sкак|а(?=\s(?:сообщение|№)))\b",
    re.IGNORECASE,
)
# Text between two references of a list: `, item`, ` and the story headed "`.
_JOINT = re.compile(
    r"""(?:[\s,:"“”„«»'’‘()–—-]|\b(?:and|or|und|et|y|e|и|both|also|the|our|an?|under|with|no|number
    |head(?:ed|line|lined)|titled|slug(?:ged)?|items?|story|stories|report|dispatch|dpa)\b|[№#.])*""",
    re.VERBOSE | re.IGNORECASE,
)
# An order for the item that the note names without an order: `Kill it.`
_ITSELF = re.compile(
    r"\b(?:kill|withdraw|disregard|use)\s(?:it|this|that|them|the\s(?:story|item))\b", re.IGNORECASE
)
# References that no other pattern reads: `(0043 stands)`, `but "Talks end" stands`.
_BARE = re.compile(r"\(\s?(?=\d{3,6}\b)|\b(?=0\d{2,5}\b)|\s[\"“«„](?=\w)")

_SENTENCE = 300
"""Code points on either side of a reference that are read as its sentence."""

_SENTENCE_END = re.compile(r"(?<!\b[Nn][or])[.!?;][\"”“»'’)]?\s|\n\n")


def classify_references(
    note: str, references: Sequence[Reference], others: Sequence[Reference] = ()
) -> list[Disposition]:
    """Return the note's treatment of each of the references.

    Args:
        note: The text of the note.
        references: The references to classify.
        others: All other references of the note, at which the words about a reference end.

    >>> text = "Kill item 0042 and keep item 0043."
    >>> classify_references(text, [Reference(10, 14, ("0042",)), Reference(29, 33, ("0043",))])
    [<Disposition.KILLED: 1>, <Disposition.SPARED: 4>]
    """
    starts = sorted({reference.start for reference in (*references, *others)})
    ends = {reference.start: reference.end for reference in (*others, *references)}
    dispositions: list[Disposition] = []
    end, disposition = 0, Disposition.MENTIONED
    for reference in references:
        is_killed_before = disposition is Disposition.KILLED
        disposition = _disposition(note, reference, starts, ends)
        # `Kill the items headlined "A", ..., "N"`: the verb of a long list is far from its last.
        if (
            is_killed_before
            and disposition is Disposition.MENTIONED
            and _is_far_in_sentence(note, reference)
            and _JOINT.fullmatch(note, end, reference.start)
        ):
            disposition = Disposition.KILLED
        end = reference.end
        dispositions.append(disposition)
    return dispositions


def _is_far_in_sentence(note: str, reference: Reference) -> bool:
    """Return True if the sentence begins before the words that are read before the reference."""
    begin = reference.start - _SENTENCE
    return begin > 0 and not _SENTENCE_END.search(note, begin, reference.start)


def _disposition(
    note: str, reference: Reference, starts: Sequence[int], ends: dict[int, int]
) -> Disposition:
    preceding = note[max(0, reference.start - _SENTENCE) : reference.start]
    before = _SENTENCE_END.split(preceding)[-1]
    clause = _CLAUSE.split(before)[-1]
    killed_at, spared_at = _last(_KILLED, clause), _last(_SPARED, clause)
    is_killed = killed_at > spared_at
    behind = _words_behind(note, reference, starts, ends, is_joined=not is_killed)
    # `Use item 0043 instead`, `Item 0043 remains valid`, `Is item 0043 withdrawn?`
    if spared_at > killed_at or _STANDS.search(behind) or _is_question(note, reference.end):
        return Disposition.SPARED
    # `Item 0042 is withdrawn`
    if _KILLED.search(behind):
        return Disposition.KILLED
    return _open_disposition(note, before, behind, is_killed=is_killed)


def _open_disposition(note: str, before: str, behind: str, *, is_killed: bool) -> Disposition:
    """Return the disposition of a reference that the words behind it neither kill nor spare.

    Args:
        note: The whole note.
        before: The sentence up to the reference.
        behind: The words behind the reference.
        is_killed: The last deciding word in its clause kills.
    """
    has_own_verb = _OWN_VERB.match(behind) is not None
    is_wrong = _WRONG.search(behind) is not None
    if is_killed:
        # `Kill item 0042, item 0043 has details` spares 0043; `..., item 0043 was wrong` does not.
        return Disposition.SPARED if has_own_verb and not is_wrong else Disposition.KILLED
    # `Item 0042 was in error`, `the erroneous item 0042`
    if is_wrong or _WRONG.search(_CLAUSE.split(before)[-1]):
        return Disposition.WRONG
    # `Kill item 0042 because item 0043 ...`: the kill is of another clause.
    if _KILLED.search(before):
        return Disposition.SPARED
    # `Item 0043 has details`: news of the item, unless the note orders `Kill it`.
    if has_own_verb and not _ITSELF.search(note):
        return Disposition.SPARED
    return Disposition.MENTIONED


def _words_behind(
    note: str,
    reference: Reference,
    starts: Sequence[int],
    ends: dict[int, int],
    *,
    is_joined: bool,
) -> str:
    """Return the words behind a reference in its sentence, up to the next reference.

    With `is_joined` the references of a list are passed over, so that in `Item 0042 and item 0043
    are withdrawn` both have the same words behind them.
    """
    behind = _SENTENCE_END.split(note[reference.end : reference.end + _SENTENCE])[0]
    stop = reference.end + len(behind)
    begin = reference.end
    for start in (start for start in starts if reference.end <= start < stop):
        if not (is_joined and _JOINT.fullmatch(note, begin, start)):
            stop = start
            break
        begin = max(begin, ends[start])
    behind = note[begin:stop]
    bare = _BARE.search(behind)
    return behind[: bare.start()] if bare else behind


def _is_question(note: str, at: int) -> bool:
    """`Is item 0043 withdrawn?`: the sentence around the offset is a question."""
    end = _SENTENCE_END.search(note, at, at + _SENTENCE)
    return note[end.start() if end else -1] == "?"


def _last(pattern: re.Pattern[str], words: str) -> tuple[int, int]:
    """Return the position of the pattern's last match, for comparison with another pattern's.

    The match that ends later is greater, and of two that end together the longer, so that `do not
    use` outweighs the `use` in it.
    """
    return max(((match.end(), -match.start()) for match in pattern.finditer(words)), default=(0, 0))
