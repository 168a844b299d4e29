"""Which item a kill takes back, among the last ones of the same agency.

A kill names its target by the agency's number, by slug or by headline, or says nothing and means
the story that just moved. Each thing that the two share adds to the confidence; what the kill names
and the item has otherwise takes from it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import Life, ParsedItem, Target
from worker.ports import Recent

__all__ = ["describe", "find_targets", "is_named", "names_target", "wires_of"]

CERTAIN = 0.7
"""From this confidence on, a target is taken for the right one."""

_NUMBER = 0.95
_SLUG = 0.8
_HEADLINE = 0.95
_OWN_HEADLINE = 0.75
"""The kill's own headline repeats the item's: "WITHDRAWN: Talks resume in Oslo"."""

_NEAREST = 0.3
_NEAR_MS = 3 * 60 * 60 * 1000
_TURN_MS = 24 * 60 * 60 * 1000
_TURNING = frozenset({"number", "slug"})
"""Agencies use both again after a day or so: an older item with them is a doubt."""

_STALE = 0.7
_CONTRADICTED = 0.5
_AMBIGUOUS = 0.8
"""What is left of the confidence after each of the three doubts."""

_ALIKE = 0.6
"""Headlines that share less of their words are two headlines."""

_LONGEST = 300
_WORD = re.compile(r"[^\W_]+")


def wires_of(parsed: ParsedItem) -> tuple[str, ...]:
    """The names under which an item is listed among recent ones: its agency, and where it came in.

    >>> from worker.model import NewsItem
    >>> wires_of(ParsedItem(item=NewsItem(uri="urn:x", version="1", infosource="TASS")))
    ('agency:tass', 'source:')
    """
    agency = parsed.dateline.agency if parsed.dateline else None
    agencies = [name for name in (agency, parsed.item.infosource) if name]
    names = [f"agency:{name.casefold()}" for name in agencies]
    return tuple(dict.fromkeys([*names, f"source:{parsed.item.source}"]))


def describe(parsed: ParsedItem) -> Recent:
    """What a later kill may call this item."""
    item, life = parsed.item, parsed.life
    return Recent(
        uri=item.uri,
        version=item.version,
        number=life.item_number or "",
        slug=(life.slug or "")[:_LONGEST],
        headline=(item.headline or item.body_text.lstrip().partition("\n")[0])[:_LONGEST],
    )


@dataclass(frozen=True, slots=True)
class _Found:
    recent: Recent
    confidence: float
    by: tuple[str, ...]


def find_targets(kill: ParsedItem, recent: Sequence[Recent], now_ms: int) -> tuple[Target, ...]:
    """What the kill takes back, best first: one item for each number that it names, else one.

    `recent` are the items of the kill's wires, the newest first. Empty where there are none.
    """
    others = _newest_each([one for one in recent if one.uri != kill.item.uri])
    numbers = kill.life.target_numbers
    if len(numbers) > 1:
        of_each = [_best(_weigh(kill, others, now_ms, (number,))) for number in numbers]
        found = [one for one in of_each if one is not None and "number" in one.by]
        if found:
            unique = {one.recent.uri: one for one in found}
            return tuple(_target(one) for one in unique.values())
    best = _best(_weigh(kill, others, now_ms, numbers)) or _nearest(others, now_ms)
    return (_target(best),) if best else ()


def names_target(kill: ParsedItem) -> bool:
    """True for a kill that says which item it means."""
    life = kill.life
    return bool(life.target_numbers or life.target_slug or life.target_headline)


def is_named(parsed: ParsedItem, kill: ParsedItem) -> bool:
    """True for an item that the kill means beyond doubt."""
    found = find_targets(kill, [describe(parsed)], 0)
    return any(target.is_certain for target in found)


def _newest_each(recent: Sequence[Recent]) -> list[Recent]:
    """Each uri once, as it was last."""
    newest: dict[str, Recent] = {}
    for one in recent:
        newest.setdefault(one.uri, one)
    return list(newest.values())


def _weigh(
    kill: ParsedItem, recent: Sequence[Recent], now_ms: int, numbers: Sequence[str]
) -> list[_Found]:
    """Every item that shares something with what the kill says."""
    life, named = kill.life, {number.casefold() for number in numbers}
    headline = _words(life.target_headline or "")
    own = frozenset(_words(kill.item.headline))
    found = []
    for one in recent:
        evidence = _evidence(life, one, named, headline, own)
        if now_ms - one.at_ms > _TURN_MS:
            evidence |= {name: evidence[name] * _STALE for name in evidence.keys() & _TURNING}
        if not evidence:
            continue
        confidence = 1.0
        for weight in evidence.values():
            confidence *= 1 - weight
        confidence = 1 - confidence
        if named and one.number and "number" not in evidence:
            confidence *= _CONTRADICTED
        found.append(_Found(one, confidence, tuple(evidence)))
    return found


def _evidence(
    life: Life, one: Recent, named: set[str], headline: Sequence[str], own: frozenset[str]
) -> dict[str, float]:
    """What speaks for the item, and how much."""
    evidence: dict[str, float] = {}
    if one.number and one.number.casefold() in named:
        evidence["number"] = _NUMBER
    if life.target_slug and one.slug and _words(life.target_slug) == _words(one.slug):
        evidence["slug"] = _SLUG
    words = _words(one.headline)
    alike = _alikeness(headline, words)
    if alike >= _ALIKE:
        evidence["headline"] = _HEADLINE * alike
    elif not headline and len(set(words)) >= 3 and own.issuperset(words):
        evidence["headline"] = _OWN_HEADLINE
    return evidence


def _words(text: str) -> list[str]:
    return _WORD.findall(text[:_LONGEST].casefold())


def _alikeness(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of words that two headlines have in common; 1 for the same words."""
    if not one or not other:
        return 0.0
    return 2 * len(set(one) & set(other)) / (len(set(one)) + len(set(other)))


def _best(found: Sequence[_Found]) -> _Found | None:
    """The likeliest, the newest of equals; with a doubt where another is as likely."""
    if not found:
        return None
    best = max(found, key=lambda one: (one.confidence, one.recent.at_ms))
    rivals = [one for one in found if one.confidence >= best.confidence - 0.01]
    if len(rivals) == 1:
        return best
    return _Found(best.recent, best.confidence * _AMBIGUOUS, best.by)


def _nearest(recent: Sequence[Recent], now_ms: int) -> _Found | None:
    """The last item that moved, if it moved lately."""
    near = [one for one in recent if now_ms - one.at_ms <= _NEAR_MS]
    return _Found(near[0], _NEAREST, ("nearest",)) if near else None


def _target(found: _Found) -> Target:
    confidence = round(found.confidence, 3)
    return Target(
        uri=found.recent.uri,
        version=found.recent.version,
        confidence=confidence,
        by=found.by,
        is_certain=confidence >= CERTAIN,
    )
