"""What the text calls a person: the office before the name, the apposition or clause after it."""

import re
from dataclasses import dataclass
from types import MappingProxyType

from worker.model import EntityLabel
from worker.parse.entities.lexicon import Lexicon
from worker.parse.entities.name_grammar import NameMention

__all__ = ["PersonRole", "find_role_after", "find_role_before", "role_descriptors"]

_WINDOW = 160
_NEAR = 40
"""Mentions before a name that may stand in its title: more do not fit into the window."""
_WORD = re.compile(r"\w+(?:[.'’&/-]\w+)*\.?")
_LINKERS = frozenset("of to for at on the and in under with from".split())
_HONORIFICS = frozenset("dr mr mrs ms miss mme madam madame sir lady dame messrs".split())
_LEADING = frozenset("then late team first second".split())

_TRADE = re.compile(r"[a-z-]{2,}(?:ist|ian|man|woman|ess|er|or|ee|eer|ant|keeper|hand)s?")
"""What people's trades end in: "climatologist", "bakery owner", "off-spinner"."""

_LIMIT_MODIFIERS = 3
_OWNERS = frozenset("the a an his her their its our my".split())
_TRAILING = re.compile(r"(?:[ ](?:Dr|Mr|Mrs|Ms|Sir|Prof)\.?)+\Z")

_CLAUSE = re.compile(
    r"""
    ,[ ]who[ ](?:now[ ]|also[ ]|currently[ ]){0,1}
    (?: (?P<be> (?: is | was | (?:serves|served|works|worked|acts)[ ]as ) [ ]
                (?:also[ ]){0,1} (?:the[ ]|an?[ ]){0,1} )
      | (?= (?P<verb> heads | leads | chairs | directs | runs | headed | led | chaired
                    | founded | teaches | represents ) [ ] ) )
    """,
    re.VERBOSE,
)
"""", who heads the Institute": what a relative clause says that someone is or does."""

_APPOSITION = re.compile(
    r"""
    (?: ,[ ] (?: \d{2},[ ] )? | [ ]\( )
    (?: the[ ] | an?[ ] )?
    (?: \d{1,3}-year-old[ ] )?
    """,
    re.VERBOSE,
)
"""What stands between a name and its apposition: ", 58, a ", " (the "."""

_WHERE = re.compile(r"[ ](?:in|from|near|based[ ]in)[ ](?:the[ ])?(?=[A-Z])|[ ]\w+ing[ ]the[ ]")
"""Where an apposition ends and the place begins: "a farmer from the Ariege department"."""
_PHRASE = re.compile(r"(?:[^\s,;:()\[\]\"“”—–]|[ ](?![-—–][ ])){3,140}")
_STOPS = re.compile(
    r"\.(?=\s|$)|[ ]and[ ](?=an?[ ])|[ ](?:who|which|that|said|says|told|has|had|was|is|will)\b"
)

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


@dataclass(frozen=True, slots=True)
class PersonRole:
    """Words of the text that say what a person is. `heads` are its nouns of office, lower case."""

    text: str
    heads: tuple[str, ...] = ()


def role_descriptors(roles: list[PersonRole]) -> tuple[str, ...]:
    """The roles as an actor's descriptors: each whole phrase, then its nouns, without doubles."""
    return tuple(dict.fromkeys(word for role in roles for word in (role.text.lower(), *role.heads)))


def find_role_before(
    full: str, floor: int, mentions: list[NameMention], index: int, lexicon: Lexicon
) -> PersonRole | None:
    """The office that stands before the person `mentions[index]`, back to `floor` at most."""
    start = mentions[index].start
    if full.startswith(",", mentions[index].end) and full.endswith(", ", floor, start):
        return _find_role_apart(full, floor, mentions, index, lexicon)
    nearest = full[max(floor, start - 30) : start].split()
    if not nearest or nearest[-1].lower() in lexicon.stop or nearest[-1][-1] in ',:;"“”()—–':
        return None
    return _walk_back(full, floor, start, mentions[max(0, index - _NEAR) : index], lexicon).role()


def _find_role_apart(
    full: str, floor: int, mentions: list[NameMention], index: int, lexicon: Lexicon
) -> PersonRole | None:
    """The office in "his lawyer, Ann Moe, said": after a small word, and parted by a comma."""
    start = mentions[index].start - 1
    walk = _walk_back(full, floor, start, mentions[max(0, index - _NEAR) : index], lexicon)
    if walk.first is None or walk.last != start - 1:
        return None
    before = full[max(floor, walk.first - 30) : walk.first].split()
    is_owned = bool(before) and (before[-1].lower() in _OWNERS or before[-1].endswith(("'s", "’s")))
    return walk.role() if is_owned or walk.owned else None


def _walk_back(
    full: str, floor: int, start: int, before: list[NameMention], lexicon: Lexicon
) -> "_Walk":
    """What the words before `start` say, read from the right; `before` are their mentions."""
    begin = max(floor, start - _WINDOW)
    gap = 1 if full[start - 1 : start] == "," else 0
    walk = _Walk(full, start - gap, before, lexicon)
    for word in reversed(list(_WORD.finditer(full, begin, start))):
        if not walk.takes(word.group(), word.start(), word.end()):
            break
    return walk


class _Walk:
    """Goes back over the words before a name, and knows where the office began."""

    def __init__(self, full: str, start: int, before: list[NameMention], lexicon: Lexicon) -> None:
        self.full = full
        self.mentions = before
        self.index = len(before) - 1
        self.lexicon = lexicon
        self.name_start = start
        self.right = start
        self.left = start
        self.first: int | None = None
        self.last: int | None = None
        self.heads: list[str] = []
        self.ranked = False
        self.unknown = 0
        self.modifiers = 0
        self.bare = 0
        self.joined = False
        self.owned = False

    def takes(self, word: str, start: int, end: int) -> bool:
        """True while the word can belong to the office."""
        gap = self.full[end : self.right]
        if gap not in {" ", "", "  "} and not (self.last is None and gap in {"’s ", "'s "}):
            return False
        mention = self._mention_at(start)
        if mention is not None:
            if word.endswith(".") and mention.end < end:
                return False
            return self._takes_mention(mention, start)
        lower = word.lower().rstrip(".")
        self.left = self.right
        self.right = start
        if word.endswith(".") and lower not in self.lexicon.abbreviations and "." not in lower:
            return False
        if lower in _HONORIFICS:
            return not self.heads and self.last is None
        return self._takes_word(lower, start, end)

    def _takes_word(self, lower: str, start: int, end: int) -> bool:
        lexicon = self.lexicon
        is_next = self.left == self.name_start
        if _is_office(lower, lexicon) or (is_next and is_trade(lower, lexicon)):
            return self._mark_head(lower, start, end)
        if lower in lexicon.abbreviations:
            self.ranked = True
            return self._mark(start, end)
        if lower in lexicon.role_mods:
            return self._mark(start, end) if self.heads or self.ranked else self.last is None
        if not self.heads and lower.title() in lexicon.topics:
            return self.last is None
        if lower == "and" and self.heads and self.full[self.left].isupper():
            self.joined = True
            return True
        if lower in _LINKERS:
            return not self.heads and (self.unknown > 0 or self.last is None or self.ranked)
        if lower in lexicon.verbs or lower in lexicon.stop:
            return False
        if not self.heads:
            self.bare += 1
            return (
                self.bare <= 2 and self.full[start].islower() and _may_modify(lower, self.lexicon)
            )
        return self._takes_modifier(lower, start, end)

    def _takes_modifier(self, lower: str, start: int, end: int) -> bool:
        """A noun or an adjective that no list knows: "mining minister", "alleged gang leader"."""
        if not _may_modify(lower, self.lexicon) or self._is_cut_off(start):
            return False
        is_weak = self.full[start].isupper() and self.full[self.left].islower() and self.modifiers
        is_next = self.first == self.left or (self.joined and self.full[start].isupper())
        if is_next and self.modifiers < _LIMIT_MODIFIERS and not is_weak:
            if lower in self.lexicon.calendar or lower.title() in self.lexicon.given:
                return False
            self.modifiers += 1
            return self._mark(start, end)
        self.unknown += 1
        return self.unknown <= 2

    def _is_cut_off(self, start: int) -> bool:
        """True for a small word before a capital: "include Foreign Minister", "met IMF chief"."""
        return self.full[start].islower() and self.full[self.left].isupper()

    def _mention_at(self, start: int) -> NameMention | None:
        while self.index >= 0 and self.mentions[self.index].start > start:
            self.index -= 1
        if self.index >= 0 and self.mentions[self.index].end > start:
            return self.mentions[self.index]
        return None

    def _takes_mention(self, mention: NameMention, start: int) -> bool:
        if mention.label is EntityLabel.PERSON:
            return False
        self.right = start
        if start == mention.start and (self.heads or self.ranked):
            self.first = start
            self.owned = self.full.startswith(("'s ", "’s "), mention.end)
        elif self.bare and mention.label is EntityLabel.NORP and self.last is None:
            self.heads.append(self.full[mention.end : self.name_start].split()[-1])
            return self._mark(start, mention.end)
        if not self.heads:
            self.unknown += start == mention.start
        return True

    def _mark_head(self, lower: str, start: int, end: int) -> bool:
        if self.unknown and not self.heads:
            self.unknown = 0
        self.heads.append(lower)
        return self._mark(start, end)

    def _mark(self, start: int, end: int) -> bool:
        self.first = start
        self.last = self.last or end
        return True

    def role(self) -> PersonRole | None:
        """The office, None where no noun of office was met."""
        if self.first is None or not (self.heads or self.ranked):
            return None
        text = self.full[self.first : self.name_start].rstrip()
        for tail in ("’s", "'s"):
            text = text.removesuffix(tail)
        text = _TRAILING.sub("", text)
        lead, _, rest = text.partition(" ")
        if (
            lead.lower() in _LEADING
            and rest
            and not rest.lower().startswith(("deputy", "lady", "vice"))
        ):
            text = rest
        return PersonRole(text.strip(), tuple(dict.fromkeys(self.heads)))


def _is_office(lower: str, lexicon: Lexicon) -> bool:
    """True for a noun of office, alone or in a compound: "vice-captain", "ambassador-at-large"."""
    first, hyphen, rest = lower.partition("-")
    if not hyphen:
        return lower in lexicon.role_heads
    return first in lexicon.role_heads or rest.rpartition("-")[2] in lexicon.role_heads


def is_trade(lower: str, lexicon: Lexicon) -> bool:
    """True for a word that is formed as trades are, and is none of the usual small words."""
    if lower in lexicon.no_trades or lower in lexicon.stop or lower in lexicon.verbs:
        return False
    return len(lower) > 4 and _TRADE.fullmatch(lower) is not None


def _may_modify(lower: str, lexicon: Lexicon) -> bool:
    if lower in lexicon.no_modifiers or not lower.replace("-", "").isalpha():
        return False
    return lower in lexicon.participles or not lower.endswith(("ed", "ing", "ly"))


def find_role_after(
    full: str, mentions: list[NameMention], index: int, lexicon: Lexicon
) -> PersonRole | None:
    """What an apposition or a clause right after the person `mentions[index]` says of them."""
    end = mentions[index].end
    clause = _CLAUSE.match(full, end)
    if clause:
        phrase = _phrase(full, clause.end())
        verb = clause.group("verb")
        if not phrase:
            return None
        return PersonRole(phrase, (_NOUNS_OF_VERBS[verb],) if verb else _heads(phrase, lexicon))
    opening = _APPOSITION.match(full, end)
    if not opening:
        return None
    phrase = _phrase(full, opening.end())
    if where := _WHERE.search(phrase):
        phrase = phrase[: where.start()]
    phrase = _whole_names(full, opening.end(), phrase, mentions[index + 1 : index + 4])
    heads = _heads(phrase, lexicon)
    if not heads or _names_another(full, opening.end(), len(phrase), mentions, index):
        return None
    return PersonRole(phrase, heads)


def _whole_names(full: str, start: int, phrase: str, mentions: list[NameMention]) -> str:
    """The phrase, to the end of a body whose name it breaks off at a comma."""
    end = start + len(phrase)
    for mention in mentions:
        if mention.start < end < mention.end and mention.label is not EntityLabel.PERSON:
            return full[start : mention.end]
    return phrase


def _phrase(full: str, start: int) -> str:
    """The words from `start` to the end of their clause."""
    match = _PHRASE.match(full, start)
    if not match:
        return ""
    phrase = match.group()
    for stop in _STOPS.finditer(phrase):
        word = phrase[: stop.start()].rpartition(" ")[2]
        if stop.group() != "." or not (word[:1].isupper() and len(word) <= 3):
            return phrase[: stop.start()].strip()
    return phrase.strip()


def _heads(phrase: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The nouns of office before the first small word; none where the phrase begins otherwise."""
    heads: list[str] = []
    for position, word in enumerate(_WORD.findall(phrase)[:8]):
        lower = word.lower()
        if lower in lexicon.role_heads or (position < 4 and is_trade(lower, lexicon)):
            heads.append(lower)
        elif lower in _LINKERS or lower in lexicon.stop:
            if lower not in {"and", "of"} or not heads or lower == "of":
                break
        elif position == 0 and lower in lexicon.verbs:
            break
    return tuple(dict.fromkeys(heads))


def _names_another(
    full: str, start: int, length: int, mentions: list[NameMention], index: int
) -> bool:
    """True where the phrase is another person's title ("Moe, President Doe"), or names a list."""
    for mention in mentions[index + 1 : index + 6]:
        if mention.start >= start + length:
            return False
        if mention.label is EntityLabel.PERSON:
            return not full[start : mention.start].endswith(("of ", "to ", "for ", "by ", "with "))
    return False
