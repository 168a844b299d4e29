"""Large numbers of items for benchmarks: the corpus repeated under other people's names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from worker.demo.corpus import SeedItem, load_seed_items
from worker.model import content_digest

__all__ = ["scale_items"]

# The syllables of made-up surnames.
_HEADS = ("bar", "bel", "dar", "dov", "fal", "gor", "hal", "kar", "lor", "mar", "nor", "pel", "ros")
_MIDDLES = ("a", "e", "i", "o", "u", "ane", "eri", "oda", "umi", "ive", "ola", "ami", "usa", "eni")
_TAILS = ("bek", "din", "dorf", "lin", "mak", "nen", "nik", "ran", "ston", "tov", "vich", "zak")


def scale_items(count: int) -> tuple[SeedItem, ...]:
    """Return `count` items made from the corpus by renaming its people.

    The same count gives the same items; uris are unique, and so are the texts of the first
    several thousand copies of an item.
    """
    originals = [seed for seed in load_seed_items() if seed.stage == 1 and seed.people]
    return tuple(_renamed(originals[ordinal % len(originals)], ordinal) for ordinal in range(count))


def _surname(number: int) -> str:
    """Return the surname of a number; surnames repeat after 2,184."""
    number, tail = divmod(number, len(_TAILS))
    number, middle = divmod(number, len(_MIDDLES))
    return (_HEADS[number % len(_HEADS)] + _MIDDLES[middle] + _TAILS[tail]).capitalize()


def _renamed(seed: SeedItem, ordinal: int) -> SeedItem:
    """Return the item with other surnames and a uri of its own."""
    names = {
        # 1009 and 2,184, the number of surnames, have no common factor: the people of an item all
        # get different names.
        person: _surname(ordinal * 7 + position * 1009)
        for position, person in enumerate(seed.people)
    }
    uri = f"urn:copytaster:scale:{ordinal:07d}"
    headline, deck, body_text, byline = _replace_names(
        (seed.item.headline, seed.item.deck, seed.item.body_text, seed.item.byline), names
    )
    item = msgspec.structs.replace(
        seed.item,
        uri=uri,
        version=content_digest(headline, deck, body_text, seed.item.pubstatus),
        headline=headline,
        deck=deck,
        body_text=body_text,
        byline=byline,
        link="",
    )
    return replace(seed, item=item, name=f"{seed.name}-{ordinal:07d}", people=tuple(names.values()))


def _replace_names(texts: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    any_name = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names))
    return tuple(any_name.sub(lambda name: names[name[0]], text) for text in texts)
