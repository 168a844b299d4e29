"""The country of each place that an item names."""

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from worker.model import Dateline, EntityLabel
from worker.parse.entities.name_grammar import NameMention
from worker.parse.places import prominence, resolve

__all__ = ["find_countries"]

_CITY = 50_000.0
"""Weighted people. A smaller place is known abroad by few: an item that names no other country
means the one of that name in its own."""

_HEADS = frozenset(
    "Region District Oblast Province State County City Governorate Prefecture Territory Krai"
    " Republic Municipality Department Autonomous Banner Commune Island Islands".split()
)
_DATELINE_WEIGHT = 3


def find_countries(
    full: str, mentions: list[NameMention], dateline: Dateline | None
) -> dict[str, str | None]:
    """The ISO code of each place that the lists do not know, by its name in small letters."""
    named = Counter(m.entry.iso for m in mentions if m.entry and m.entry.iso)
    found: dict[str, str | None] = {}
    if dateline:
        for place in dateline.places:
            found[place.name.casefold()] = place.iso
            if place.region:
                found.setdefault(place.region.casefold(), place.iso)
            if place.iso:
                named[place.iso] += _DATELINE_WEIGHT
    hints = tuple(sorted(named))
    own = named.most_common(1)[0][0] if named else None
    for mention, after in zip_longest(mentions, mentions[1:]):
        name = mention.name.casefold()
        if mention.label is not EntityLabel.GPE or mention.entry or name in found:
            continue
        qualified = _qualified(full, mention, after)
        if qualified and after and after.entry and after.entry.iso not in {qualified, None}:
            found[after.name.casefold()] = qualified
        found[name] = qualified or _find_country(mention.name, hints, own)
    return found


def _qualified(full: str, mention: NameMention, after: NameMention | None) -> str | None:
    """The country of a town that stands before its state or country: "Macon, Georgia"."""
    if after is None or after.label is not EntityLabel.GPE:
        return None
    if full[mention.end : after.start] != ", ":
        return None
    place = resolve(mention.name, qualifiers=(after.name,))
    return place.iso if place and place.geonames_id else None


def _find_country(name: str, hints: tuple[str, ...], own: str | None) -> str | None:
    for form in _forms(name):
        place = resolve(form, hints=hints)
        if place is not None:
            is_far = place.iso not in hints and prominence(form) < _CITY
            return own if own and is_far else place.iso
    return own if len(hints) == 1 else None


def _forms(name: str) -> Iterator[str]:
    """The name, then without the words that say what kind of place it is."""
    yield name
    words = name.split()
    while len(words) > 1 and words[-1] in _HEADS:
        words.pop()
        yield " ".join(words)
