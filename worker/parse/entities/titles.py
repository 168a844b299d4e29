"""Titles of people, before their names.

    Foreign Minister Anna Moe said                       title
    his lawyer, Ann Moe, said                            title set apart by commas
    an engineer named Anna Moe said                      title before "named"

A title is read from right to left: only its end, at the name, is certain. Its beginning depends on
the nouns of office that the reading meets on the way.
"""

import re
from collections.abc import Sequence

from worker.model import EntityLabel
from worker.parse.entities.lexicon import Lexicon
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.roles import LINKERS, WORD, PersonRole, is_office, is_trade

__all__ = ["find_role_before"]

_WINDOW = 160
"""Code points before a name in which its title is looked for."""

_NEAR = 40
"""Mentions before a name that may stand in its title: more do not fit into the window."""

_HONORIFICS = frozenset("dr mr mrs ms miss mme madam madame sir lady dame messrs".split())

_LEADING = frozenset("then late first second".split())
"""First words that do not belong to the office: `then President`, `late king`."""

_LEADING_KEPT = ("deputy", "lady", "vice")
"""Words before which they do: `first deputy minister`, `second vice president`."""

_LIMIT_MODIFIERS = 3
_LIMIT_CROSSED = 2
"""Unlisted words that a title is read across. A third means that a clause, not a title, is read."""

_S = ("'s", "’s")

_BEFORE_VERBS = frozenset(
    "not to will would can could did does do may might must should cannot didn't doesn't don't"
    " didn’t doesn’t don’t".split()
)
"""Words before a verb that is formed like a trade: `That does not bother Moe`."""

_HELD_WITH_ANOTHER = frozenset(
    "founder co-founder owner co-owner chairman chairwoman editor actor actress singer writer"
    "".split()
)
"""Offices and trades before `and` of which the same person mostly has the second too."""

_ADDRESS_BEFORE = re.compile(
    r"(?<=,[ ])(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Cllr|Gen|Col|Capt|Lt|Maj|Sgt|Adm|Rev"
    r"|Sen|Rep)\.?[ ]){1,3}\Z"
)
"""Forms of address between an office and its name: `the vice chancellor, Prof. Anna Moe,`."""

_NAMED = re.compile(r"[ ](?:named|called|identified as)[ ]\Z")

_SENTENCE_START = re.compile(r"(?:\A|\n|[.!?][\"”’]?[ ])\Z")

_NOUN_OWNER = re.compile(
    r"\b(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Tt]heir|[Ii]ts|[Oo]ur|[Mm]y)[ ]"
    r"(?P<owner>(?:[a-z-]+[ ])?(?P<noun>[a-z-]+)['’]s[ ])\Z"
)
"""A common noun to which an office belongs; another office is named with it, a body is not:
`the prime minister's spokesman`, `the bank's chairman`.
"""

_OWNERS = frozenset("the a an his her their its our my".split())

_TRAILING_TITLES = re.compile(r"(?:[ ](?:Dr|Mr|Mrs|Ms|Sir|Prof)\.?)+\Z")

_NEXT_WORD = re.compile(r"[ ](?P<word>[a-z]+)\b")

_HOME_AFTER = re.compile(r"[ ]of[ ][A-Z][\w ]{2,30},")
"""`, Ingrid Moe of Norway,`: the home of a person in apposition."""

_FIELD = re.compile(r"[ ](?:for|of|to|in|at|on)[ ](?:the[ ])?[^,;:.()“”\"]{2,60}")
"""The field of an office: ` for Haiti`, ` to the United Nations`."""


def find_role_before(
    full: str, floor: int, mentions: list[NameMention], index: int, lexicon: Lexicon
) -> PersonRole | None:
    """Return the title before the person `mentions[index]`, None if there is none.

    Args:
        full: The full text.
        floor: Offset before which the title cannot begin: the start of the paragraph.
        mentions: All mentions of the item, in text order.
        index: The person's place among the mentions.
        lexicon: The word lists.
    """
    start, end = mentions[index].start, mentions[index].end
    before = mentions[max(0, index - _NEAR) : index]
    address = _ADDRESS_BEFORE.search(full, max(floor, start - 30), start)
    comma = (address.start() if address else start) - 1
    # `the chancellor, Prof. Moe, said`: commas on both sides, or an end
    is_apposition = full.endswith(", ", floor, comma + 1) and (
        full.startswith((",", ". ", ".\n", ";"), end)
        or end + 1 >= len(full)
        or _HOME_AFTER.match(full, end)
        or _is_before_verb(full, end, lexicon)
    )
    if is_apposition:
        role = _find_role_between_commas(full, floor, comma, before, lexicon)
        if role or not address:
            return role
    # `a farmer named Moe`
    if named := _NAMED.search(full, max(floor, start - 15), start):
        return _find_role_before_named(full, floor, named.start(), before, lexicon)
    preceding = full[max(floor, start - 30) : start].split()
    if not preceding or preceding[-1].lower() in lexicon.stop or preceding[-1][-1] in ',:;"“”()—–':
        return None
    return _read_title(full, floor, start, before, lexicon).role()


def _is_before_verb(full: str, end: int, lexicon: Lexicon) -> bool:
    """True for a name that a verb follows: `Brazil's envoy, Paulo Neves told reporters`."""
    following = _NEXT_WORD.match(full, end)
    return following is not None and following["word"] in lexicon.verbs


def _find_role_before_named(
    full: str, floor: int, stop: int, before: Sequence[NameMention], lexicon: Lexicon
) -> PersonRole | None:
    """`an engineer named Ann Moe`: the words before `named`, behind an article."""
    title = _read_title(full, floor, stop, before, lexicon)
    is_article = title.first is not None and full.endswith(
        (" a ", " an ", "A ", "An "), 0, title.first
    )
    return title.role() if is_article else None


def _find_role_between_commas(
    full: str, floor: int, comma: int, before: Sequence[NameMention], lexicon: Lexicon
) -> PersonRole | None:
    """`his lawyer, Ann Moe, said`: a title before a comma needs an article or a possessive.

    Without either, the comma separates a list: `They met ministers, Ann Moe, and others`.
    """
    title = _read_title(full, floor, comma, before, lexicon)
    if title.first is None or title.last is None:
        return None
    preceding = full[max(floor, title.first - 30) : title.first].split()
    # `his lawyer,`, `the club's captain,`, `Ghana's president,`
    is_possessed = title.is_possessed or (
        bool(preceding) and (preceding[-1].lower() in _OWNERS or preceding[-1].endswith(_S))
    )
    # `Brazil's special envoy for Haiti,`
    field = full[title.last : comma - 1]
    if not is_possessed or (field and not _FIELD.fullmatch(field)):
        return None
    return title.role()


def _read_title(
    full: str, floor: int, stop: int, preceding: Sequence[NameMention], lexicon: Lexicon
) -> "_TitleReader":
    """Read the words before `stop` from right to left, as far as they can belong to a title."""
    begin = max(floor, stop - _WINDOW)
    comma = 1 if full[stop - 1 : stop] == "," else 0
    title = _TitleReader(full, stop - comma, preceding, lexicon)
    for word in reversed(list(WORD.finditer(full, begin, stop))):
        if not title.takes(word):
            break
    return title


class _TitleReader:
    """A title that grows to the left, word by word.

    Words are marked as part of the title, or only crossed in the hope of a noun of office further
    left: reading `minister of mines Anna Moe` crosses `mines` and `of`, and then marks `minister`.
    Words that were crossed belong to the title when a marked word stands left of them.

    Attributes:
        first: Start of the leftmost marked word, None before any.
        last: End of the rightmost marked word, None before any.
        heads: Nouns of office, from right to left.
        has_rank: An abbreviated title was marked: `Gen.`, `Sen.`.
        is_possessed: The title begins with a possessive name: `Ghana's president`.
    """

    def __init__(
        self, full: str, stop: int, preceding: Sequence[NameMention], lexicon: Lexicon
    ) -> None:
        self.first: int | None = None
        self.last: int | None = None
        self.heads: list[str] = []
        self.has_rank = False
        self.is_possessed = False
        self._full = full
        self._name_start = stop
        self._lexicon = lexicon
        self._mentions = preceding
        self._mention_index = len(preceding) - 1
        # Starts of the word read last and of the word to the right of it.
        self._frontier = stop
        self._follower = stop
        self._crossed = 0
        self._crossed_next_to_name = 0
        self._modifiers = 0
        self._is_coordinated = False

    def takes(self, word: re.Match[str]) -> bool:
        """Read the next word to the left; False if the title cannot reach that far."""
        start, end = word.span()
        if not self._is_adjacent(end):
            return False
        mention = self._mention_at(start)
        if mention is not None:
            is_sentence_end = word[0].endswith(".") and mention.end < end
            return not is_sentence_end and self._takes_mention(mention, start)
        self._follower, self._frontier = self._frontier, start
        return self._takes_word(word[0], start, end)

    def _is_adjacent(self, end: int) -> bool:
        """True if a word touches the word read last; `'s ` may part the name from its title."""
        gap = self._full[end : self._frontier]
        return gap in {" ", "", "  "} or (self.last is None and gap in {"’s ", "'s "})

    def _mention_at(self, start: int) -> NameMention | None:
        """Return the mention that covers the offset; each call asks further left than the last."""
        while self._mention_index >= 0 and self._mentions[self._mention_index].start > start:
            self._mention_index -= 1
        if self._mention_index >= 0 and self._mentions[self._mention_index].end > start:
            return self._mentions[self._mention_index]
        return None

    def _takes_mention(self, mention: NameMention, start: int) -> bool:
        """Read a word of another name: the country, organisation or place of an office."""
        # `Lind met President Moe`: a person's name is no part of another person's title.
        if mention.label is EntityLabel.PERSON:
            return False
        self._frontier = start
        if start == mention.start and (self.heads or self.has_rank):
            # `Ghana's President Anna Moe`, `French Foreign Minister Anna Moe`
            self.first = start
            self.is_possessed = self._full.startswith(("'s ", "’s "), mention.end)
        elif self._crossed_next_to_name and mention.label is EntityLabel.NORP and self.last is None:
            # `Russian grandmaster Ilya Sokolin`: an unlisted noun between a nationality and a name
            # can only be a role.
            self.heads.append(self._full[mention.end : self._name_start].split()[-1])
            return self._mark(start, mention.end)
        if not self.heads:
            self._crossed += start == mention.start
        return True

    def _takes_word(self, word: str, start: int, end: int) -> bool:
        lexicon = self._lexicon
        lower = word.lower().rstrip(".")
        if _ends_sentence(word, lower, lexicon):
            return False
        # `Minister Mr Moe`: a form of address may only stand right before the name.
        if lower in _HONORIFICS:
            return not self.heads and self.last is None
        if self._is_head(lower, start):
            return self._mark_head(lower, start, end)
        # `Gen. Anna Moe`, `Sen. Anna Moe`
        if lower in lexicon.abbreviations:
            self.has_rank = True
            return self._mark(start, end)
        # `deputy minister`; with no office yet a modifier is crossed only next to the name.
        if lower in lexicon.role_mods:
            return self._mark(start, end) if self.heads or self.has_rank else self.last is None
        if self.heads:
            return self._takes_modifier(lower, start, end)
        return self._crosses(lower, start)

    def _is_head(self, lower: str, start: int) -> bool:
        """True for a listed noun of office anywhere, for an unlisted trade right before the name.

        `climatologist Anna Moe` names a trade. Further left the ending of a word proves too little:
        `quarter` and `river` end like trades.
        """
        is_next_to_name = self._follower == self._name_start
        if not is_next_to_name or not is_trade(lower, self._lexicon):
            return is_office(lower, self._lexicon)
        preceding = self._full[max(0, start - 12) : start].split()
        return not (preceding and self._full[start].islower() and preceding[-1] in _BEFORE_VERBS)

    def _crosses(self, lower: str, start: int) -> bool:
        """Read a word between the name and a noun of office that is still to come."""
        # `minister of foreign affairs Anna Moe`: the field of an office that is still to come
        if lower.title() in self._lexicon.topics:
            return self.last is None
        # the `of` of the same title, and of `Chief of Staff Gen. Anna Moe`
        if lower in LINKERS:
            return self._crossed > 0 or self.last is None or self.has_rank
        if lower in self._lexicon.verbs or lower in self._lexicon.stop:
            return False
        # `Russian grandmaster Ilya Sokolin`: up to two unlisted words, in small letters
        self._crossed_next_to_name += 1
        return (
            self._crossed_next_to_name <= _LIMIT_CROSSED
            and self._full[start].islower()
            and _may_modify(lower, self._lexicon)
        )

    def _takes_modifier(self, lower: str, start: int, end: int) -> bool:
        """Read a word left of a noun of office."""
        # `Trade and Mining Minister Anna Moe`: `and` joins two fields of an office.
        if lower == "and" and (self._full[self._follower].isupper() or self._joins(start)):
            self._is_coordinated = True
            return True
        if _is_function_word(lower, self._lexicon) or not _may_modify(lower, self._lexicon):
            return False
        is_capital = self._full[start].isupper()
        # `include Foreign Minister`, `met IMF chief`: a small word before a capital is outside.
        if not is_capital and self._full[self._follower].isupper():
            return False
        if self._may_be_marked(is_capital=is_capital):
            # `in March director Moe`: a month or a given name is no field of an office.
            if lower in self._lexicon.calendar or lower.title() in self._lexicon.given:
                return False
            # `mining minister`, `alleged gang leader`
            self._modifiers += 1
            return self._mark(start, end)
        self._crossed += 1
        return self._crossed <= _LIMIT_CROSSED

    def _joins(self, start: int) -> bool:
        """True if the office left of `and` is held by the same person.

        `the founder and chief executive Anna Moe`, not `the mayor and governor Anna Moe`, unless a
        comma is behind the two.
        """
        word = self._full[max(0, start - 20) : start].split()[-1:]
        is_behind_comma = self._full.startswith(",", self._name_start)
        offices = self._lexicon.role_heads if is_behind_comma else _HELD_WITH_ANOTHER
        return bool(word) and word[0].lower() in offices

    def _may_be_marked(self, *, is_capital: bool) -> bool:
        """True for a word next to the marked ones, while the title has few unlisted words."""
        is_next = self.first == self._follower or (self._is_coordinated and is_capital)
        # Left of unlisted words in small letters a capital belongs to another phrase.
        is_other_name = (
            is_capital
            and self._full[self._follower].islower()
            and self._modifiers > 0
            and not _SENTENCE_START.search(self._full, max(0, self._frontier - 4), self._frontier)
        )
        return is_next and self._modifiers < _LIMIT_MODIFIERS and not is_other_name

    def _mark_head(self, lower: str, start: int, end: int) -> bool:
        if self._crossed and not self.heads:
            self._crossed = 0
        self.heads.append(lower)
        return self._mark(start, end)

    def _mark(self, start: int, end: int) -> bool:
        self.first = start
        self.last = self.last or end
        return True

    def role(self) -> PersonRole | None:
        """Return the role, None if the words hold neither a noun of office nor a rank."""
        if self.first is None or not (self.heads or self.has_rank):
            return None
        # `the minister's aide`: the office of the owner is part of the role.
        owner = _NOUN_OWNER.search(self._full, max(0, self.first - 40), self.first)
        is_office = owner is not None and owner["noun"] in self._lexicon.role_heads
        first = owner.start("owner") if owner and is_office else self.first
        text = self._full[first : self._name_start].rstrip()
        for possessive in ("’s", "'s"):
            text = text.removesuffix(possessive)
        text = _TRAILING_TITLES.sub("", text)
        return PersonRole(_without_lead(text).strip(), tuple(dict.fromkeys(self.heads)))


def _ends_sentence(word: str, lower: str, lexicon: Lexicon) -> bool:
    """`It failed. Minister Moe`: a full stop ends the sentence, except in `Gen.` and `U.S.`."""
    return word.endswith(".") and lower not in lexicon.abbreviations and "." not in lower


def _is_function_word(lower: str, lexicon: Lexicon) -> bool:
    return lower in LINKERS or lower in lexicon.verbs or lower in lexicon.stop


def _may_modify(lower: str, lexicon: Lexicon) -> bool:
    """True for a word that can narrow an office: a noun, an adjective, a listed participle.

    Other participles and adverbs open a clause: "announced minister", "reportedly minister".
    """
    if lower in lexicon.no_modifiers or not lower.replace("-", "").isalpha():
        return False
    return lower in lexicon.participles or not lower.endswith(("ed", "ing", "ly"))


def _without_lead(text: str) -> str:
    lead, _, rest = text.partition(" ")
    is_outside = lead.lower() in _LEADING and rest and not rest.lower().startswith(_LEADING_KEPT)
    return rest if is_outside else text
