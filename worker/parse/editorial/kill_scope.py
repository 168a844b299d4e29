"""Which of the things that a note names it takes back, sentence by sentence.

A name is taken back where the last word before it that decides, in its clause, is one that kills
("Kill item 0042 and item 0043"), or the words behind it are ("Item 0042 is withdrawn"). What is
kept, denied, doubted or only compared with is spared, whatever the rest of the sentence says.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

__all__ = ["Disposition", "Reference", "classify_references"]


class Disposition(Enum):
    """What a note does to a thing that it names."""

    KILLED = auto()
    WRONG = auto()
    MENTIONED = auto()
    SPARED = auto()


@dataclass(frozen=True, slots=True)
class Reference:
    """A number, a slug or a headline in a note: where it stands, and what it says."""

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
# Before it, that it is another one: `Use item 0043 instead`, `is replaced by item 0043`, `keep item
# 0043`, `which repeated item 0041`, `a correction to item 0041`, `our kill of item 0041`.
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
        | stattdessen | statt | anstelle | использ\w+ | взамен | вместо
        | замен[её]н\w*\s(?:на|сообщением) | исправленн\w+ | см\. | дубл\w+ | повтор\w+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)

# Behind it, that it is not: `is correct`, `remains valid`, `is not withdrawn`, `sent in its stead`.
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
# A name with a verb of its own: what was said before it does not go on to it.
_OWN_VERB = re.compile(
    r"""["”»'’)\]]*\s(?:is|are|was|were|has|have|had|will|can|may|shall|should|must|does|did
    |contains?|gives?|says?|said|carr(?:y|ies|ied)|ist|sind|wird|bleibt)\b""",
    re.VERBOSE | re.IGNORECASE,
)
# What ends the reach of a word that kills: `Kill item 0042 because item 0043 has ...`
_CLAUSE = re.compile(
    r"\b(?:because|since|while|whilst|whereas|but(?!\salso)|yet|although|though|however|unless"
    r"|except|aber|weil|während|mais|pero|но|потому|так\sкак|а(?=\s(?:сообщение|№)))\b",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"""(?:[\s,:"“”„«»'’‘()–—-]|\b(?:and|or|und|et|y|e|и|both|also|the|our|an?|under|with|no|number
    |head(?:ed|line|lined)|titled|slug(?:ged)?|items?|story|stories|report|dispatch|dpa)\b|[№#.])*""",
    re.VERBOSE | re.IGNORECASE,
)
_ITSELF = re.compile(
    r"\b(?:kill|withdraw|disregard|use)\s(?:it|this|that|them|the\s(?:story|item))\b", re.IGNORECASE
)
# What is named otherwise: `(0043 stands)`, `but "Talks end" stands`.
_BARE = re.compile(r"\(\s?(?=\d{3,6}\b)|\b(?=0\d{2,5}\b)|\s[\"“«„](?=\w)")

_SENTENCE = 300
_SENTENCE_END = re.compile(r"(?<!\b[Nn][or])[.!?;][\"”“»'’)]?\s|\n\n")


def classify_references(
    words: str, things: Sequence[Reference], others: Sequence[Reference] = ()
) -> list[Disposition]:
    """What the note does to each of the things; `others` are all that it names besides.

    >>> text = "Kill item 0042 and keep item 0043."
    >>> classify_references(text, [Reference(10, 14, ("0042",)), Reference(29, 33, ("0043",))])
    [<Disposition.KILLED: 1>, <Disposition.SPARED: 4>]
    """
    starts = sorted({one.start for one in (*things, *others)})
    ends = {one.start: one.end for one in (*others, *things)}
    return [_role(words, one, starts, ends) for one in things]


def _role(words: str, one: Reference, starts: Sequence[int], ends: dict[int, int]) -> Disposition:
    before = _SENTENCE_END.split(words[max(0, one.start - _SENTENCE) : one.start])[-1]
    clause = _CLAUSE.split(before)[-1]
    killed, spared = _last(_KILLED, clause), _last(_SPARED, clause)
    is_killed = killed > spared
    behind = _behind(words, one, starts, ends, is_joined=not is_killed)
    if spared > killed or _STANDS.search(behind) or _is_asked(words, one.end):
        return Disposition.SPARED
    if _KILLED.search(behind):
        return Disposition.KILLED
    has_own_verb = _OWN_VERB.match(behind) is not None
    if _WRONG.search(behind):
        return Disposition.KILLED if is_killed else Disposition.WRONG
    if is_killed:
        return Disposition.SPARED if has_own_verb else Disposition.KILLED
    if _WRONG.search(clause):
        return Disposition.WRONG
    if _KILLED.search(before) or (has_own_verb and not _ITSELF.search(words)):
        return Disposition.SPARED
    return Disposition.MENTIONED


def _behind(
    words: str, one: Reference, starts: Sequence[int], ends: dict[int, int], *, is_joined: bool
) -> str:
    """The words behind the thing in its sentence, to the next one that is named: to where they say
    something, where things stand side by side ("Item 0042 and item 0043 are withdrawn").
    """
    behind = _SENTENCE_END.split(words[one.end : one.end + _SENTENCE])[0]
    stop = one.end + len(behind)
    following = [start for start in starts if one.end <= start < stop]
    at = one.end
    for start in following:
        if not (is_joined and _JOINT.fullmatch(words, at, start)):
            stop = start
            break
        at = max(at, ends[start])
    behind = words[at:stop]
    bare = _BARE.search(behind)
    return behind[: bare.start()] if bare else behind


def _is_asked(words: str, at: int) -> bool:
    """True in a question: "Is item 0043 withdrawn?"."""
    end = _SENTENCE_END.search(words, at, at + _SENTENCE)
    return words[end.start() if end else -1] == "?"


def _last(pattern: re.Pattern[str], words: str) -> tuple[int, int]:
    """Where the pattern is found last: what ends later, or begins earlier and ends with it, is
    greater. So of `do not use` and `use` the first counts.
    """
    return max(((found.end(), -found.start()) for found in pattern.finditer(words)), default=(0, 0))
