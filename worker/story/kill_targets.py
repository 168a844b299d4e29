"""Which items a kill takes back.

A kill names its target by the agency's number, by slug or by headline, or says nothing and means
the story that just moved. What the two share adds to the confidence. What the kill names and the
item has otherwise takes from it, and leaves a guess at most.

Each item is compared with the kill by itself, whatever else is out: an item that the kill finds and
an item that the kill overtook are judged alike. The one exception: a number that two stories have.
"""

import hashlib
import itertools
import math
import re
import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from worker.model import NewsItem, ParsedItem, Target
from worker.model.publishing import KillNote, RecentItem
from worker.parse.dateline.agencies import bare_credit
from worker.parse.editorial.markers import Marker, strip_markers
from worker.parse.editorial.references import find_target, is_header
from worker.story.headlines import (
    CUT_FROM,
    LONGEST,
    Fit,
    Headline,
    compare,
    may_be_like,
    read_headline,
)

__all__ = [
    "came_before",
    "describe_item",
    "describe_kill",
    "find_targets",
    "is_meant",
    "max_targets",
    "names_target",
    "order_key",
    "wires_of",
    "wires_of_kill",
]

CERTAIN = 0.7
"""From this confidence on, a target is taken for the right one."""

_NUMBER = 0.95
_NUMBER_OF_YESTERDAY = 0.45
_STORY_SLUG = 0.8
_SLUG = 0.4
_HEADLINE = {Fit.SAME: 0.95, Fit.PART: 0.4, Fit.ALIKE: 0.6}
_UNMARKED_HEADLINE = 0.45
"""The kill has the item's headline, and no marker: it may be an item that its provider took off,
while another with that headline stands."""
_NEAREST = 0.3
_GUESS = 0.6
"""More than that is no guess."""

_DOUBT = 0.6
"""What each contradiction leaves of the confidence: one is enough to make a guess of it."""

_NEAR_MS = 3 * 60 * 60 * 1000
_TURN_MS = 12 * 60 * 60 * 1000
"""Agencies begin their numbers and slugs again each day: what is older may be yesterday's."""

_MOST_TARGETS = 100
_MOST_TEXT = 2_000_000
"""What fits more items than the one, or than the other has room for the note's text, names none."""

_MOST_SHARED = 10
"""A headline that more items have stands over another text each time: "World News Summary"."""

_SHARED = frozenset({("number",), ("headline",)})
"""What others may have too speaks alone."""

_MOST_NUMBERS = 100
_HEAD = 400
_HEAD_LINES = 4
_WIRE_LENGTH = 200

# `EU--Oslo Talks`: a slug that stands for one story and its versions. Other slugs say what a story
# is about, and others about the same have them too. Source: AP's Filewire guide, slugs.
_OF_STORY = re.compile(r"\w--\w")
# `nL5N3AB0CD`: Reuters' numbers, which are not used again.
_LASTING = re.compile(r"n[a-z][a-z0-9]{6,12}")
_NO_SLUG = frozenset("kill note notice advisory withdrawal withdrawn story item editors".split())

_WORD = re.compile(r"[^\W_]+")


# what is said of an item, and by a kill


def wires_of(parsed: ParsedItem) -> tuple[str, ...]:
    """The names under which an item is listed: its agency, and where it came in.

    >>> from worker.model import NewsItem
    >>> item = NewsItem(uri="urn:x", version="1", infosource="TASS", source="https://a.example/")
    >>> wires_of(ParsedItem(item=item))
    ('agency:tass', 'source:https://a.example/')
    """
    agencies, source = _agencies_of(parsed), parsed.item.source
    if not agencies:
        return (_wire("unsigned", source),)
    return (*agencies, _wire("source", source)) if source else agencies


def wires_of_kill(kill: ParsedItem) -> tuple[str, ...]:
    """The names under which the items are listed that a kill may take back.

    Those of its own agency and, where it came in, those of no agency. A kill of no agency may mean
    any item from there, and one from nowhere only what is from nowhere as well.
    """
    agencies, source = _agencies_of(kill), kill.item.source
    if not source:
        return agencies or (_wire("unsigned", ""),)
    return (*(agencies or (_wire("source", source),)), _wire("unsigned", source))


def _agencies_of(parsed: ParsedItem) -> tuple[str, ...]:
    said = (parsed.dateline.agency if parsed.dateline else None, parsed.item.infosource)
    names = [known.agency if (known := bare_credit(name)) else name for name in said if name]
    return tuple(dict.fromkeys(_wire("agency", name.casefold()) for name in names))


def _wire(kind: str, name: str) -> str:
    if len(name) > _WIRE_LENGTH:
        name = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind}:{name}"


def describe_item(parsed: ParsedItem, order: str = "") -> RecentItem:
    """What a later kill may call this item. `order`: its place among all that came in."""
    item, life = parsed.item, parsed.life
    return RecentItem(
        uri=item.uri,
        version=item.version,
        number=life.item_number or "",
        slug=(life.slug or "")[:LONGEST],
        headline=_headline_of(item)[:LONGEST],
        order=order,
    )


def _headline_of(item: NewsItem) -> str:
    """The first line that is neither a header nor a marker alone: a plain text has its headline
    there.
    """
    head = "\n".join(part[:_HEAD] for part in (item.headline, item.deck, item.body_text))
    lines = itertools.islice(filter(None, map(str.strip, head.split("\n"))), _HEAD_LINES)
    return next((line for line in lines if strip_markers(line)[0] and not is_header(line)), "")


def describe_kill(kill: ParsedItem) -> KillNote:
    """What the kill says of its target, cut to what is compared."""
    item, life = kill.item, kill.life
    slug = life.target_slug if life.target_slug != life.slug else ""
    return KillNote(
        uri=item.uri[:LONGEST],
        numbers=tuple(number[:LONGEST] for number in life.target_numbers[:_MOST_NUMBERS]),
        slug=(slug or "")[:LONGEST],
        headline=(life.target_headline or "")[:LONGEST],
        more_headlines=_more_headlines(kill),
        own_slug=(life.slug or "")[:LONGEST],
        own_headline=item.headline[:LONGEST],
        is_marked=any(
            mark is Marker.KILL for words in life.markers[:1] for mark, _ in strip_markers(words)[1]
        ),
    )


def _more_headlines(kill: ParsedItem) -> tuple[str, ...]:
    """The headlines that the kill names beside the one that its Life has."""
    if not kill.life.target_headline:
        return ()
    target = find_target(kill.item.text, kill.item, kill.life.slug)
    return tuple(headline[:LONGEST] for headline in target.headlines[1:]) if target else ()


def names_target(note: KillNote) -> bool:
    """True for a kill that says anything of its target."""
    said = _read(note)
    return bool(said.numbers or said.slug or said.headlines[0].words)


# what fits


@dataclass(frozen=True, slots=True)
class _Found:
    recent: RecentItem
    confidence: float
    by: tuple[str, ...]

    @property
    def is_certain(self) -> bool:
        return self.confidence >= CERTAIN


def max_targets(kill: ParsedItem) -> int:
    """How many items the kill may take back: each event of it has its text."""
    return min(_MOST_TARGETS, _MOST_TEXT // max(1, len(kill.item.text)))


def find_targets(
    note: KillNote, recent: Sequence[RecentItem], order: str, most: int = _MOST_TARGETS
) -> tuple[Target, ...]:
    """What the kill takes back: all that is certain, best first, else the best guess.

    `recent` are the items of the kill's wires, the newest first; each counts as it was last before
    the kill. `order` is the kill's place among all that came in: what came in later is not meant.
    Empty where nothing fits.
    """
    before = [one for one in recent if came_before(one, order) and one.uri[:LONGEST] != note.uri]
    newest = list(_newest_each(before))
    found = _weigh_all(note, newest, order)
    certain = _undisputed([one for one in found if one.is_certain])
    if 0 < len(certain) <= most:
        return tuple(_target(one, is_certain=True) for one in certain)
    best = found[0] if found else _nearest(newest, order)
    return () if best is None else (_target(best, is_certain=False),)


def came_before(one: RecentItem, order: str) -> bool:
    """Return True for an item that came in before a kill of this order."""
    return not one.order or order_key(one.order) < order_key(order)


def is_meant(
    note: KillNote,
    one: RecentItem,
    order: str,
    recent: Callable[[], Sequence[RecentItem]] = tuple,
) -> bool:
    """True for an item that the kill takes back beyond doubt.

    `recent` gives what else moved on the kill's wires. It is asked only where nothing but the
    number or the headline speaks, which others may have.
    """
    found = find_targets(note, [one], order)
    if any(target.by in _SHARED and target.is_certain for target in found):
        others = (other for other in recent() if other.uri != one.uri)
        found = find_targets(note, [one, *others], order)
    return any(target.is_certain and target.uri == one.uri for target in found)


def _undisputed(certain: Sequence[_Found]) -> list[_Found]:
    """Without those of which only the number speaks, where it is also another story's: an agency's
    services may count each for itself. Without those of which only the headline speaks, where many
    have it.
    """
    stories = defaultdict(set)
    sharing: Counter[tuple[str, ...]] = Counter()
    for one in certain:
        stories[_number(one.recent.number)].add(read_headline(one.recent.headline).words)
        sharing[_beginning(one)] += 1
    return [
        one
        for one in certain
        if not (one.by == ("number",) and len(stories[_number(one.recent.number)]) > 1)
        and not (one.by == ("headline",) and sharing[_beginning(one)] > _MOST_SHARED)
    ]


def _beginning(one: _Found) -> tuple[str, ...]:
    """What items have in common that one headline means, cut or whole."""
    return read_headline(one.recent.headline).words[:CUT_FROM]


def _newest_each(recent: Sequence[RecentItem]) -> Iterable[RecentItem]:
    """Each item as it was last, and besides as it is to be once it has waited."""
    newest: dict[tuple[str, bool], RecentItem] = {}
    for one in recent:
        newest.setdefault((one.uri, one.is_held), one)
    return newest.values()


def _weigh_all(note: KillNote, recent: Sequence[RecentItem], order: str) -> list[_Found]:
    """All that share anything with the kill, each once, the likeliest first."""
    said = _read(note)
    texts = [one.headline for one in recent]
    alike = [may_be_like(headline, texts) for headline in said.headlines]
    found: list[_Found] = []
    for one, *are_alike in zip(recent, *alike, strict=True):
        if not (any(are_alike) or said.has_number(one) or said.has_slug(one)):
            continue
        if (likely := _weigh(said, one, _age_ms(one, order))) is not None:
            found.append(likely)
    best: dict[str, _Found] = {}
    for weighed in sorted(found, key=lambda one: -one.confidence):
        best.setdefault(weighed.recent.uri, weighed)
    return list(best.values())


def _age_ms(one: RecentItem, order: str) -> int:
    """How long before the kill the item came in."""
    came_ms = order_key(one.order)[0] if one.order else one.at_ms
    return order_key(order)[0] - came_ms


def order_key(order: str) -> tuple[int, int]:
    """The order as it is compared.

    >>> order_key("1700000000000-10") > order_key("1700000000000-9")
    True
    """
    ms, _, number = order.partition("-")
    return int(ms), int(number)


def _nearest(recent: Sequence[RecentItem], order: str) -> _Found | None:
    """The last item that moved, if it moved lately."""
    is_near = bool(recent) and _age_ms(recent[0], order) <= _NEAR_MS
    return _Found(recent[0], _NEAREST, ("nearest",)) if is_near else None


def _target(found: _Found, *, is_certain: bool) -> Target:
    confidence = round(found.confidence, 3)
    return Target(
        uri=found.recent.uri,
        version=found.recent.version,
        confidence=confidence if is_certain else min(confidence, _GUESS),
        by=found.by,
        is_certain=is_certain,
    )


# one item and one kill


@dataclass(frozen=True, slots=True)
class _Said:
    """What a kill says, read once."""

    numbers: frozenset[str]
    slug: tuple[str, ...]
    is_slug_named: bool
    headlines: tuple[Headline, ...]
    is_headline_named: bool
    is_headline_marked: bool

    def has_number(self, one: RecentItem) -> bool:
        return bool(self.numbers and one.number) and _number(one.number) in self.numbers

    def has_slug(self, one: RecentItem) -> bool:
        return bool(self.slug and one.slug) and _words(one.slug) == self.slug


@lru_cache(maxsize=4096)
def _read(note: KillNote) -> _Said:
    slug = _words(note.slug)
    own_slug = _words(note.own_slug) if note.is_marked and not slug else ()
    named = tuple(map(read_headline, (note.headline, *note.more_headlines)))
    own_headline = read_headline(note.own_headline, is_of_kill=True)
    is_named = bool(named[0].words)
    return _Said(
        numbers=frozenset(map(_number, note.numbers)),
        slug=slug or (() if _NO_SLUG.issuperset(own_slug) else own_slug),
        is_slug_named=bool(slug),
        headlines=named if is_named else (own_headline,),
        is_headline_named=is_named,
        is_headline_marked=is_named or note.is_marked or own_headline.is_of_kill,
    )


def _number(number: str) -> str:
    """The number as it is compared: `AB-1234` and `ab1234` are one, and `0042` and `42`."""
    return number.casefold().replace("-", "").lstrip("0")


def _may_be_one(one: str, other: str) -> bool:
    """True for a number with its letters and without: `a0456` and `0456`."""
    short, long = sorted((one, other), key=len)
    return short.isdigit() and long.lstrip(string.ascii_lowercase).lstrip("0") == short


def _words(slug: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", slug).casefold()))


def _weigh(said: _Said, one: RecentItem, age_ms: int) -> _Found | None:
    """What speaks for the item, and against it; None where nothing speaks for it."""
    fit = _fit(said, one) if one.headline else None
    evidence = dict(_evidence(said, one, fit, is_of_today=age_ms <= _TURN_MS))
    if not evidence:
        return None
    unlikely = math.prod(1 - weight for weight in evidence.values())
    doubts = _contradictions(said, one, fit, evidence)
    return _Found(one, (1 - unlikely) * _DOUBT**doubts, tuple(evidence))


def _fit(said: _Said, one: RecentItem) -> Fit:
    """How well the item's headline fits one of those that the kill names."""
    headline = read_headline(one.headline)
    fits = {compare(named, headline) for named in said.headlines}
    return next(fit for fit in Fit if fit in fits)


def _evidence(
    said: _Said, one: RecentItem, fit: Fit | None, *, is_of_today: bool
) -> Iterator[tuple[str, float]]:
    """What the kill and the item share, and how much each weighs."""
    if said.has_number(one):
        is_sure = is_of_today or _LASTING.fullmatch(one.number.casefold())
        yield "number", _NUMBER if is_sure else _NUMBER_OF_YESTERDAY
    if said.has_slug(one):
        names_story = _OF_STORY.search(one.slug)
        yield "slug", _STORY_SLUG if is_of_today and names_story else _SLUG
    if fit is Fit.SAME and not said.is_headline_marked:
        yield "headline", _UNMARKED_HEADLINE
    elif fit in _HEADLINE:
        yield "headline", _HEADLINE[fit]


def _contradictions(
    said: _Said, one: RecentItem, fit: Fit | None, evidence: Mapping[str, float]
) -> int:
    """How many things the kill names that the item has otherwise."""
    has_other_number = (
        bool(one.number and said.numbers)
        and "number" not in evidence
        and not any(_may_be_one(_number(one.number), number) for number in said.numbers)
    )
    has_other_slug = (
        said.is_slug_named and bool(one.slug) and "slug" not in evidence and fit is not Fit.SAME
    )
    has_other_headline = fit is Fit.ALIKE or (fit is Fit.OTHER and said.is_headline_named)
    return has_other_number + has_other_slug + has_other_headline
