"""Roles of people in the words after their names.

Anna Moe, 58, a farmer from the Ariege, said         apposition
Anna Moe, who heads the Institute of Politics, said  relative clause
"""

import re
from collections.abc import Sequence
from types import MappingProxyType

from worker.model import EntityLabel
from worker.parse.entities.lexicon import Lexicon
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.roles import LINKERS, WORD, PersonRole, is_trade

__all__ = ["find_role_after"]

# `, who heads the Institute`, `, who now is the`, `, who served as`.
_RELATIVE_CLAUSE = re.compile(
    r"""
    ,[ ]who[ ](?:now[ ]|also[ ]|currently[ ]){0,1}
    (?: (?P<be> (?: is | was | ha[sd][ ]been | (?:serves|served|works|worked|acts)[ ]as ) [ ]
                (?:also[ ]){0,1} (?: (?: appointed | elected | named | made )[ ] ){0,1}
                (?:the[ ]|an?[ ]){0,1} )
      | (?= (?P<verb> heads | leads | chairs | directs | runs | headed | led | chaired
                    | founded | teaches | represents ) [ ] ) )
    """,
    re.VERBOSE,
)

# Between a name and its apposition: `, 58, a `, ` (the `, `, 24-year-old `, `, now a `.
_APPOSITION = re.compile(
    r"""
    (?: [ ]\([^()\n]{1,30}\) (?=,) )?
    (?: ,[ ] (?: \d{2},[ ] )? | [ ]\( )
    (?: (?: now | currently | formerly | once | himself | herself )[ ] )?
    (?: the[ ] | an?[ ] )?
    (?: \d{1,3}-year-old[ ] )?
    """,
    re.VERBOSE,
)

_TAIL = re.compile(
    r"[ ](?:in|from|near|based[ ]in)[ ](?:the[ ])?(?=[A-Z])"
    r"|[ ][a-z]+ing[ ](?:the|an?|his|her|their|its)[ ]"
    r"|[ ](?:since|until|last[ ](?:year|month|week|\w+day)|in[ ]\d{4})\b"
    r"|[ ](?:for|of)[ ](?:the[ ](?:last|past)[ ])?[\w-]+[ ](?:years|months|decades)\b"
)
"""What follows an apposition: a place, a clause, a time: `a farmer from the Ariege department`."""

_PHRASE = re.compile(r"(?:[^\s,;:()\[\]\"“”—–]|[ ](?![-—–][ ])){3,140}")

_PHRASE_END = re.compile(
    r"\.(?=\s|$)|[ ]and[ ](?=an?[ ])|[ ](?:who|which|that|said|says|told|has|had|was|is|will)\b"
)

_VERBS_OF_OFFICE = frozenset("heads headed leads led chairs chaired directs".split())

_NOUNS_OF_VERBS = MappingProxyType(
    {
        "heads": "head",
        "headed": "head",
        "leads": "leader",
        "led": "leader",
        "chairs": "chair",
        "chaired": "chair",
        "directs": "director",
        "runs": "head",
        "founded": "founder",
        "teaches": "teacher",
        "represents": "representative",
    }
)


def find_role_after(
    full: str, mentions: list[NameMention], index: int, lexicon: Lexicon
) -> PersonRole | None:
    """Return the role in the apposition or relative clause after the person `mentions[index]`."""
    end = mentions[index].end
    if clause := _RELATIVE_CLAUSE.match(full, end):
        return _read_clause(full, clause, mentions[index + 1 : index + 4], lexicon)
    opening = _APPOSITION.match(full, end)
    if not opening:
        return None
    start = opening.end()
    phrase = _without_tail(_read_phrase(full, start))
    phrase = _with_whole_names(full, start, phrase, mentions[index + 1 : index + 4])
    heads = _leading_heads(phrase, lexicon)
    if not heads or _is_title_of_another(full, start, len(phrase), mentions[index + 1 : index + 6]):
        return None
    return PersonRole(phrase, heads)


def _read_clause(
    full: str, clause: re.Match[str], following: Sequence[NameMention], lexicon: Lexicon
) -> PersonRole | None:
    """`, who heads the Institute`: the role `heads the Institute`, with the head `head`.

    `, who runs a shop` is no office: such verbs need a named organisation.
    """
    phrase = _read_phrase(full, clause.end())
    verb = clause["verb"]
    if not verb:
        phrase = _without_tail(phrase)
        heads = _leading_heads(phrase, lexicon)
        return PersonRole(phrase, heads) if heads else None
    end = clause.end() + len(phrase)
    is_office = verb in _VERBS_OF_OFFICE or any(
        mention.label is EntityLabel.ORG and mention.start < end for mention in following
    )
    return PersonRole(phrase, (_NOUNS_OF_VERBS[verb],)) if is_office and phrase else None


def _without_tail(phrase: str) -> str:
    tail = _TAIL.search(phrase)
    return phrase[: tail.start()] if tail else phrase


def _with_whole_names(full: str, start: int, phrase: str, following: Sequence[NameMention]) -> str:
    """Return the phrase, extended to the end of a name that it breaks off at a comma.

    `Moe, head of the Department of Trade, Industry and Mines`: the comma is inside the name.
    """
    end = start + len(phrase)
    for mention in following:
        if mention.start < end < mention.end and mention.label is not EntityLabel.PERSON:
            return full[start : mention.end]
    return phrase


def _read_phrase(full: str, start: int) -> str:
    """Return the words from `start` to the end of their clause."""
    match = _PHRASE.match(full, start)
    if not match:
        return ""
    phrase = match.group()
    for end in _PHRASE_END.finditer(phrase):
        word = phrase[: end.start()].rpartition(" ")[2]
        # `head of St. Olaf's`: the full stop of a short capitalised word ends no sentence.
        if end.group() != "." or not (word[:1].isupper() and len(word) <= 3):
            return phrase[: end.start()].strip()
    return phrase.strip()


def _leading_heads(phrase: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the nouns of office before the first small word, none if the phrase opens otherwise.

    `editor and publisher of the Herald` has the heads `editor` and `publisher`.
    """
    heads: list[str] = []
    for position, word in enumerate(WORD.findall(phrase)[:8]):
        lower = word.lower()
        if lower in lexicon.role_heads or (position < 4 and is_trade(lower, lexicon)):
            heads.append(lower)
        elif _ends_heads(lower, position, lexicon, has_heads=bool(heads)):
            break
    return tuple(dict.fromkeys(heads))


def _ends_heads(lower: str, position: int, lexicon: Lexicon, *, has_heads: bool) -> bool:
    """True for a word behind which no head of the phrase can stand."""
    if lower == "only":  # `the town's only doctor`
        return False
    if lower in LINKERS or lower in lexicon.stop:
        return not (lower == "and" and has_heads)
    # `Moe, asked about the minister`: a verb opens a clause, not an apposition.
    return position == 0 and lower in lexicon.verbs


def _is_title_of_another(
    full: str, start: int, length: int, following: Sequence[NameMention]
) -> bool:
    """True if the phrase holds another person: `Moe, President Doe and Lind`.

    A person after a preposition is part of the role: `Moe, an adviser to Anna Lind`.
    """
    for mention in following:
        if mention.start >= start + length:
            return False
        if mention.label is EntityLabel.PERSON:
            return not full[start : mention.start].endswith(("of ", "to ", "for ", "by ", "with "))
    return False
