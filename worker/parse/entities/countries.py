"""Countries of the places that an item names."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from worker.model import Dateline, EntityLabel
from worker.parse.entities.name_grammar import NameMention
from worker.parse.places import prominence, resolve

__all__ = ["find_countries"]

_CITY = 50_000.0
"""Weighted people. A smaller town is unknown abroad: an item that does not name its country means
a place of that name at home."""

_PLACE_NOUNS = frozenset(
    "Region District Oblast Province State County City Governorate Prefecture Territory Krai"
    " Republic Municipality Department Autonomous Banner Commune Island Islands".split()
)
_DATELINE_WEIGHT = 3
"""Mentions that a country in the dateline counts for: an item is mostly about the place it was
filed from."""


def find_countries(
    full: str, mentions: Sequence[NameMention], dateline: Dateline | None
) -> dict[str, str | None]:
    """Return the ISO codes of the places that the lexicon lacks, by casefolded name.

    A value is None if the country cannot be told.
    """
    codes = _dateline_codes(dateline)
    named = _count_countries(mentions, dateline)
    hints = tuple(sorted(named))
    home = named.most_common(1)[0][0] if named else None
    for mention, following in zip_longest(mentions, mentions[1:]):
        name = mention.name.casefold()
        if mention.label is not EntityLabel.GPE or mention.entry or name in codes:
            continue
        printed = _printed_country(full, mention, following)
        if printed and _is_listed_elsewhere(following, printed):
            # `Macon, Georgia`: the state, not the country that the lexicon holds by that name
            codes[following.name.casefold()] = printed
        codes[name] = printed or _likeliest_country(mention.name, hints, home)
    return codes


def _dateline_codes(dateline: Dateline | None) -> dict[str, str | None]:
    codes: dict[str, str | None] = {}
    for place in dateline.places if dateline else ():
        codes[place.name.casefold()] = place.iso
        if place.region:
            codes.setdefault(place.region.casefold(), place.iso)
    return codes


def _count_countries(mentions: Sequence[NameMention], dateline: Dateline | None) -> Counter[str]:
    """Count the countries that the item names, those of the dateline with their weight."""
    named = Counter(
        [mention.entry.iso for mention in mentions if mention.entry and mention.entry.iso]
    )
    for place in dateline.places if dateline else ():
        if place.iso:
            named[place.iso] += _DATELINE_WEIGHT
    return named


def _is_listed_elsewhere(mention: NameMention | None, iso: str) -> bool:
    entry = mention.entry if mention else None
    return entry is not None and entry.iso not in {iso, None}


def _printed_country(full: str, mention: NameMention, following: NameMention | None) -> str | None:
    """Return the country of a town that stands before its state or country: "Macon, Georgia"."""
    if following is None or following.label is not EntityLabel.GPE:
        return None
    if full[mention.end : following.start] != ", ":
        return None
    place = resolve(mention.name, qualifiers=(following.name,))
    return place.iso if place and place.geonames_id else None


def _likeliest_country(name: str, hints: tuple[str, ...], home: str | None) -> str | None:
    """Return the country of the place that the name most likely means.

    Args:
        name: The place as the item names it.
        hints: Countries that the item names.
        home: The country that it names most often.
    """
    for form in _name_forms(name):
        place = resolve(form, hints=hints)
        if place is not None:
            is_unlikely = place.iso not in hints and prominence(form) < _CITY
            return home if home and is_unlikely else place.iso
    return home if len(hints) == 1 else None


def _name_forms(name: str) -> Iterator[str]:
    """Yield the name, then the name without the nouns for the kind of place (`Tula Region`)."""
    yield name
    words = name.split()
    while len(words) > 1 and words[-1].title() in _PLACE_NOUNS:
        words.pop()
        yield " ".join(words)
