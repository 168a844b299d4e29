"""Roles of people in the words around their names, in the nominative.

министру иностранных дел РФ Сергею Лаврову   title
Ирина Петрова, глава комитета Госдумы,       apposition
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from worker.model import EntityLabel
from worker.parse.languages.russian.nominatives import with_capitals
from worker.parse.languages.russian.role_nouns import is_womans_noun, role_noun_forms
from worker.parse.languages.russian.word_forms import WordForm, adjective_forms, fold_yo

__all__ = ["Named", "RoleMention", "find_office_after", "find_office_before"]

_LOOK_BACK = 200
_LOOK_AHEAD = 160
_MOST_WORDS = 18
_TOKEN = re.compile(r"и\. ?о\.|[\w.-]*\w|[^\w\s]")
_APPOSITION = re.compile(r"\s*(?:,| [-–—])\s+(?=[\w])")
_ENDS_APPOSITION = frozenset(",.;:!?)(–—")
_MARKS_AROUND_NAMES = frozenset('«»"“”„()')
_BETWEEN = frozenset("по в на при с из от для и имени со во".split())
"""Words that a title may hold between its noun and the name."""

_PREPOSITIONS = _BETWEEN - {"и", "имени"}
_VERB = re.compile(
    r"(?:[иаеуыоя]л(?:а|и|о)?|[иаеуыя]л(?:ась|ись|ось|ся)|[аяеи]ет|[аяу]ют|[еи]тся|ит|ят"
    r"|[аяеи]ть|[аяие]ться|ш[её]л|шли|шла)\Z"
)
_NO_VERBS = frozenset("дел сил школ земель отдел отдела раздел канал генерал филиал журнал".split())
_NEVER_ADJECTIVES = frozenset("этот этого эта этой этим свой своего своей самый его ее их".split())


class Named(NamedTuple):
    """A name of the item: its span and label."""

    start: int
    end: int
    label: EntityLabel


class RoleMention(NamedTuple):
    """A role, its noun, and the noun with its adjectives, all in the nominative."""

    text: str
    head: str
    phrase: str

    @property
    def is_womans(self) -> bool:
        """True if only women are called so."""
        return is_womans_noun(self.head)


class _Token(NamedTuple):
    start: int
    text: str
    is_name: bool


def find_office_before(
    text: str, floor: int, named: Sequence[Named], index: int, case: str
) -> RoleMention | None:
    """Return the role in the words before a person's name.

    Args:
        text: The item's text.
        floor: The start of the paragraph.
        named: The names of the item, in text order.
        index: The number of the person's name.
        case: The case in which the name stands, "" if it cannot be told.

    >>> text = "Он сообщил министру иностранных дел РФ Сергею Лаврову"
    >>> names = [Named(36, 38, EntityLabel.GPE), Named(39, 53, EntityLabel.PERSON)]
    >>> find_office_before(text, 0, names, 1, "d").text
    'министр иностранных дел РФ'
    """
    start = named[index].start
    if text[start - 1 : start] not in {" ", "\u00a0", "\n"}:
        return None
    tokens = _tokens_before(text, max(floor, start - _LOOK_BACK), named, index)
    head: tuple[int, WordForm] | None = None
    for number in range(len(tokens) - 1, -1, -1):
        token = tokens[number]
        if token.is_name:
            continue
        if not token.text[0].isalpha() or _ends_title(token.text):
            break
        forms = _agreeing(role_noun_forms(token.text), case, is_next=number == len(tokens) - 1)
        if forms and _may_hold(tokens[number + 1 :]):
            head = (number, forms[0])
    if head is None:
        return None
    return _make_role(text, tokens, head[0], head[1], start)


def _tokens_before(text: str, low: int, named: Sequence[Named], index: int) -> list[_Token]:
    """Return the words left of a name, back to the name of another person."""
    tokens: list[_Token] = []
    end = named[index].start
    at = index - 1
    while at >= 0 and named[at].end > low and len(tokens) < _MOST_WORDS:
        if named[at].label is EntityLabel.PERSON:
            low = max(low, named[at].end)
            break
        if named[at].label is EntityLabel.NORP:
            at -= 1
            continue
        tokens[:0] = _tokens(text, named[at].end, end)
        tokens.insert(0, _Token(named[at].start, text[named[at].start : named[at].end], True))
        end = named[at].start
        at -= 1
    tokens[:0] = _tokens(text, low, end) if low < end else []
    return _without_marks(tokens)[-_MOST_WORDS:]


def _without_marks(tokens: Sequence[_Token]) -> list[_Token]:
    """Leave out the marks around names: `директор "Газпрома" Ли`, `глава союза (ЕС) Ли`."""
    return [
        token
        for number, token in enumerate(tokens)
        if token.text not in _MARKS_AROUND_NAMES
        or not any(other.is_name for other in tokens[max(0, number - 1) : number + 2])
    ]


def _tokens(text: str, start: int, end: int) -> list[_Token]:
    return [_Token(match.start(), match[0], False) for match in _TOKEN.finditer(text, start, end)]


def _ends_title(word: str) -> bool:
    folded = fold_yo(word)
    if folded in _BETWEEN or folded.startswith(("и.о", "и. о")):
        return False
    if role_noun_forms(word) or folded in _NO_VERBS:
        return False
    return len(folded) < 3 or bool(_VERB.search(folded))


def _agreeing(forms: Sequence[WordForm], case: str, *, is_next: bool) -> list[WordForm]:
    """Return the readings in the case of the name; right before it also in another.

    `с министром Ли`: a name that does not decline has the case of its title.
    """
    own = [form for form in forms if form.case == case or (case == "g" and form.case == "a")]
    if own or not case:
        return own or list(forms)
    # `племянник Сомова`: the genitive is of another person.
    return list(forms) if is_next and case != "g" else []


def _may_hold(between: Sequence[_Token]) -> bool:
    """True for words that a title may end with: `министр обороны`, not `министр и врач`."""
    if between and not between[-1].is_name and between[-1].text.lower() in _BETWEEN:
        return False
    # `на мать и на сестру Анну`: the mother is another person.
    return not any(
        word.text == "и" and following.text in _PREPOSITIONS
        for word, following in pairwise(between)
    )


def _make_role(
    text: str, tokens: Sequence[_Token], number: int, form: WordForm, end: int
) -> RoleMention:
    first = number
    adjectives: list[str] = []
    while first > 0 and not tokens[first - 1].is_name:
        token = tokens[first - 1]
        own = _adjective_of(token.text, form)
        if own is None:
            break
        adjectives.insert(0, own)
        first -= 1
    word = tokens[number].text
    noun = with_capitals(form.nominative, word) if len(word) > 1 else word
    if first < number or noun[:1].isupper():
        noun = noun if noun[1:2].isupper() else noun[0].lower() + noun[1:]
    phrase = " ".join([*adjectives, noun])
    rest = text[tokens[number].start + len(word) : end].strip(" \u00a0\n-–—,")
    rest = " ".join(rest.split()).removesuffix(" (")
    return RoleMention(" ".join(filter(None, (phrase, rest))), form.nominative, phrase)


def _adjective_of(word: str, form: WordForm) -> str | None:
    """Return the nominative of an adjective that agrees with a noun, None for other words."""
    folded = fold_yo(word)
    if folded in _NEVER_ADJECTIVES:
        return None
    if folded in {"и.о.", "и. о.", "и.о"}:
        return "и.о."
    for own in adjective_forms(folded):
        if own.gender == form.gender and own.case == form.case:
            return own.nominative
    return None


def find_office_after(
    text: str, named: Sequence[Named], index: int, case: str
) -> RoleMention | None:
    """Return the role in the apposition behind a person's name.

    >>> text = "сказала Анна Лис, директор музея."
    >>> find_office_after(text, [Named(8, 16, EntityLabel.PERSON)], 0, "n").text
    'директор музея'
    """
    end = named[index].end
    comma = _APPOSITION.match(text, end)
    if not comma:
        return None
    limit = comma.end() + _LOOK_AHEAD
    following = index + 1
    while following < len(named) and named[following].start < limit:
        if named[following].label is EntityLabel.PERSON:
            limit = min(limit, named[following].start)
            break
        following += 1
    tokens = _apposition_tokens(text, comma.end(), limit, named[index + 1 : following])
    for number, token in enumerate(tokens):
        if token.is_name:
            return None
        forms = role_noun_forms(token.text)
        own = [form for form in forms if form.case in {case or "n", "n"}]
        if own and token.text[0].islower():
            last = tokens[-1]
            return _make_role(text, tokens, number, own[0], last.start + len(last.text))
        if not adjective_forms(fold_yo(token.text)):
            return None
    return None


def _apposition_tokens(text: str, start: int, limit: int, named: Sequence[Named]) -> list[_Token]:
    """Return the words up to the mark that closes an apposition; none if no mark closes it."""
    tokens: list[_Token] = []
    at = start
    names = {name.start: name for name in named if name.label is not EntityLabel.NORP}
    while at < limit and len(tokens) < _MOST_WORDS:
        name = names.get(at)
        if name:
            tokens.append(_Token(name.start, text[name.start : name.end], True))
            at = name.end
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            at += 1
            continue
        if match[0] in _ENDS_APPOSITION or match[0] == "\n":
            return tokens
        if tokens and _VERB.search(match[0]) and not role_noun_forms(match[0]):
            return [] if match[0] not in _NO_VERBS else tokens
        tokens.append(_Token(at, match[0], False))
        at = match.end()
    return tokens if at >= len(text) else []
