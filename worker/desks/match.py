"""The conditions of a desk: matching an item against them, and explaining the result."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta

from worker.model import ParsedItem, PubStatus

__all__ = ["Check", "Match", "MatchValues", "is_near"]

Word = Annotated[str, Meta(min_length=1)]
Country = Annotated[str, Meta(pattern=r"^[A-Za-z]{2}\Z")]
Language = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*\Z")]
"""A BCP 47 tag: `en`, `pt-BR`. Languages have subtags of two or three letters."""
Status = Annotated[str, Meta(pattern=rf"(?i)^(?:{'|'.join(PubStatus)})\Z")]
Phrase = Annotated[str, Meta(min_length=1, pattern=r"^\s*[^*\s][^*]*\*?\Z")]
"""Words that are not all blank, with a `*` at most at their end."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a condition of a desk for an item.

    `asked` are the words of the desks file, `found` the values of the item (for `text`: the asked
    words that occur only inside longer words). `matched` is the asked word that holds, `word` in
    JSON; None if none does. `close` is True if a value of the item almost holds.
    """

    condition: str
    asked: tuple[str, ...]
    found: tuple[str, ...]
    matched: str | None = msgspec.field(default=None, name="word")
    close: bool = False


class MatchValues:
    """The values of an item that conditions compare, each computed once for all desks.

    Words are folded for comparison by `fold`.
    """

    def __init__(self, parsed: ParsedItem, fold: Callable[[str], str] = str.casefold) -> None:
        self._parsed = parsed
        self._fold = fold

    def _words(self, words: Iterable[str | None]) -> frozenset[str]:
        return frozenset(self._fold(word) for word in words if word)

    @cached_property
    def urgency(self) -> int:
        """The editorial urgency, from 1 to 9."""
        return self._parsed.life.urgency

    @cached_property
    def places(self) -> frozenset[str]:
        """The dateline's places, by name and by country, and the countries of entities."""
        places = self._parsed.dateline.places if self._parsed.dateline else ()
        return self._words(place.name for place in places) | self.countries

    @cached_property
    def countries(self) -> frozenset[str]:
        """The ISO 3166-1 countries of the dateline's places and of entities."""
        places = self._parsed.dateline.places if self._parsed.dateline else ()
        named = [entity.iso for entity in self._parsed.entities]
        return self._words([*(place.iso for place in places), *named])

    @cached_property
    def agencies(self) -> frozenset[str]:
        """The dateline's agency, and the agency that the provider names."""
        agency = self._parsed.dateline.agency if self._parsed.dateline else None
        return self._words([agency, self._parsed.item.infosource])

    @cached_property
    def speakers(self) -> frozenset[str]:
        """The full names of speakers, and their Latin forms."""
        names = {quote.speaker for quote in self._parsed.quotes}
        named = (entity for entity in self._parsed.entities if entity.canonical in names)
        return self._words([*names, *(entity.latin for entity in named)])

    @cached_property
    def entities(self) -> frozenset[str]:
        """The canonical names of entities, and their Latin forms."""
        entities = self._parsed.entities
        return self._words(name for entity in entities for name in (entity.canonical, entity.latin))

    @cached_property
    def languages(self) -> frozenset[str]:
        """The language tag, its language alone ("en-GB" is also "en"), and that of the text."""
        tag = self._parsed.item.language
        return self._words([tag, tag.partition("-")[0], self._parsed.language])

    @cached_property
    def pubstatus(self) -> frozenset[str]:
        """The publication status, as annotated."""
        return self._words([self._parsed.life.pubstatus])

    @cached_property
    def text(self) -> str:
        """The full text with single spaces, since print breaks lines anywhere."""
        return " ".join(self._fold(self._parsed.item.text).split())


_LISTS = ("pubstatus", "languages", "agencies", "countries", "places", "speakers", "entities")
"""The conditions that compare whole words, in the order of their cost."""


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conditions of a desk. Words are compared without regard to case; an empty list is no
    condition.

    `places` takes ISO 3166-1 countries ("UA") and dateline names ("KIEV"), `countries` countries
    alone; `languages` "en" takes "en-GB" too; `text` is searched for in headline, deck and body as
    whole words, "harbour*" with any ending; `urgency_max` 3 takes urgency 1 to 3. `firsts` excludes
    duplicates of items that the desk has had, which only the publisher knows and checks.
    """

    places: tuple[Word, ...] = ()
    countries: tuple[Country, ...] = ()
    agencies: tuple[Word, ...] = ()
    speakers: tuple[Word, ...] = ()
    entities: tuple[Word, ...] = ()
    languages: tuple[Language, ...] = ()
    text: tuple[Phrase, ...] = ()
    pubstatus: tuple[Status, ...] = ()
    urgency_max: Annotated[int, Meta(ge=1, le=9)] | None = None
    firsts: bool = False

    def takes(self, parsed: ParsedItem) -> bool:
        """True if all conditions hold, on the assumption that the desk has had every original."""
        is_duplicate = self.firsts and parsed.duplicate_of is not None
        return not is_duplicate and self.wants(MatchValues(parsed))

    def wants(self, values: MatchValues) -> bool:
        """True if all conditions but `firsts` hold. `values` are shared by all desks."""
        if self.urgency_max is not None and values.urgency > self.urgency_max:
            return False
        for condition in _LISTS:
            asked = getattr(self, condition)
            if asked and _fold_all(asked).isdisjoint(getattr(values, condition)):
                return False
        return not self.text or any(_contains(values.text, word) for word in self.text)

    def explain(self, parsed: ParsedItem) -> tuple[Check, ...]:
        """Return the result of each condition of the desk, in the order of docs/desks.md."""
        # Folded words decide, the item's own spelling is shown.
        values, shown = MatchValues(parsed), MatchValues(parsed, str)
        checks = []
        for condition in self.__struct_fields__:
            asked = getattr(self, condition)
            if condition == "urgency_max" and asked is not None:
                checks.append(_check_urgency(asked, values.urgency))
            elif condition == "firsts" and asked:
                checks.append(_check_first(parsed.duplicate_of))
            elif condition == "text" and asked:
                checks.append(_check_text(asked, values.text))
            elif condition not in {"urgency_max", "firsts"} and asked:
                checks.append(_check_list(condition, asked, values, getattr(shown, condition)))
        return tuple(checks)


def is_near(checks: Sequence[Check]) -> bool:
    """True for an item that a desk just misses: a single condition fails, and it is close or two
    others hold.

    If one other sufficed, most of the wire would be near to a desk with a language and a text.
    """
    failed = [check for check in checks if check.matched is None]
    return len(failed) == 1 and (failed[0].close or len(checks) > 2)


def _check_urgency(limit: int, urgency: int) -> Check:
    return Check(
        condition="urgency_max",
        asked=(str(limit),),
        found=(str(urgency),),
        matched=str(limit) if urgency <= limit else None,
        close=urgency == limit + 1,
    )


def _check_first(duplicate_of: str | None) -> Check:
    return Check(
        condition="firsts",
        asked=("true",),
        found=(duplicate_of,) if duplicate_of else (),
        matched=None if duplicate_of else "true",
    )


def _check_text(asked: tuple[str, ...], text: str) -> Check:
    return Check(
        condition="text",
        asked=asked,
        found=(inside := tuple(word for word in asked if _fold_phrase(word)[0] in text)),
        matched=next((word for word in asked if _contains(text, word)), None),
        close=bool(inside),
    )


def _check_list(
    condition: str, asked: tuple[str, ...], values: MatchValues, shown: frozenset[str]
) -> Check:
    folded: frozenset[str] = getattr(values, condition)
    return Check(
        condition=condition,
        asked=asked,
        found=tuple(sorted(shown)),
        matched=next((word for word in asked if word.casefold() in folded), None),
        close=any(_is_close(condition, word.casefold(), folded, values) for word in asked),
    )


def _is_close(condition: str, asked: str, folded: frozenset[str], values: MatchValues) -> bool:
    """True if a value of the item almost holds."""
    if condition == "languages":  # `en-US` is asked, the item is in `en-GB`
        return asked.partition("-")[0] in folded
    if (
        condition == "places" and asked in values.entities
    ):  # the text names `Lviv`, the dateline KIEV
        return True
    # `Marlow` is asked, the speaker is `Ada Marlow`; two letters are inside too many names
    return any(
        min(len(asked), len(value)) > 2 and (asked in value or value in asked) for value in folded
    )


@lru_cache(maxsize=4096)
def _fold_all(words: tuple[str, ...]) -> frozenset[str]:
    """Return folded words of the desks file, cached since they are the same for every item."""
    return frozenset(word.casefold() for word in words)


@lru_cache(maxsize=4096)
def _fold_phrase(asked: str) -> tuple[str, bool]:
    """Return the words folded as in `MatchValues`, and True where any ending will do."""
    return " ".join(asked.rstrip("*").casefold().split()), asked.endswith("*")


def _contains(text: str, asked: str) -> bool:
    """True if the text contains the phrase between word boundaries.

    >>> _contains("the harbours", "harbour"), _contains("the harbours", "harbour*")
    (False, True)
    """
    phrase, any_ending = _fold_phrase(asked)
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        # At the start of the text the first slice, [-1:0], is empty.
        if not _is_joined(text[at - 1 : at], phrase[0]) and (
            any_ending or not _is_joined(phrase[-1], text[end : end + 1])
        ):
            return True
        at = text.find(phrase, at + 1)
    return False


def _is_joined(before: str, after: str) -> bool:
    """True if no word boundary can lie between two characters, either of which may be missing."""
    return (
        before.isalnum() and after.isalnum() and not (_is_unspaced(before) or _is_unspaced(after))
    )


def _is_unspaced(letter: str) -> bool:
    """True for scripts without spaces between words (Thai to Burmese, ideographs, kana), and for
    Korean, whose particles are attached to the word.
    """
    return "\u0e00" <= letter <= "\u109f" or letter >= "\u2e80"
