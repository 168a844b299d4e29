"""The targets of a kill: the items that it withdraws.

A kill names its target by the agency's number, by slug or by headline; without a name it refers to
the story that just moved. Every reference that fits the item adds to the confidence; every
contradiction lowers it, so that at most a guess remains.

Each item is compared with the kill on its own, so that an item that the kill finds and an item that
the kill overtook are judged alike. The exceptions are a number that two stories have, and a
headline that many have (`_undisputed`).
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
from worker.model.codec import dump
from worker.model.publishing import KillNote, RecentItem
from worker.parse.dateline.agencies import bare_credit
from worker.parse.editorial.marker_rules import Marker
from worker.parse.editorial.markers import strip_markers
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
    "count_left_out",
    "describe_item",
    "describe_kill",
    "find_sharing",
    "find_targets",
    "is_meant",
    "max_targets",
    "names_target",
    "order_key",
    "wires_of",
    "wires_of_kill",
]

CERTAIN = 0.7
"""The least confidence of a target that is withdrawn; any other target is a guess."""

_NUMBER = 0.95
"""The weights of the evidence: alone, only an equal number, AP slug or headline is certain."""
_NUMBER_OF_YESTERDAY = 0.45
_STORY_SLUG = 0.8
_SLUG = 0.4
_HEADLINE = {Fit.SAME: 0.95, Fit.PART: 0.4, Fit.ALIKE: 0.6}
_UNMARKED_HEADLINE = 0.45
"""The kill has the item's headline, but no marker: perhaps the provider removed an item of its own,
and this item with the same headline stays."""
_NEAREST = 0.3
_GUESS = 0.6
"""The highest confidence that is shown for a guess."""

_DOUBT = 0.6
"""The factor for each contradiction: .95 becomes .57, so that the target becomes a guess."""

_NEAR_MS = 3 * 60 * 60 * 1000
"""The greatest age of the last item for a kill that names nothing."""

_SAME_DAY_MS = 12 * 60 * 60 * 1000
"""Agencies reuse numbers and slugs every day: those of an older item may be another story's."""

_MOST_TARGETS = 100
_MOST_BYTES = 4_000_000
"""Targets of a kill, and bytes of their events on a desk, each of which has the whole kill. A kill
that fits more items is a guess: a script publishes all its events, and would block the server."""

_MOST_SHARED = 10
"""A headline that more items have is a standing headline, such as "World News Summary"."""

_SHARED = frozenset({("number",), ("headline",)})
"""Evidence that other items may have as well, if there is no other evidence beside it."""

_HEAD = 400
_HEAD_LINES = 4
"""Code points and lines of an item in which its headline is looked for."""

_WIRE_LENGTH = 200
"""Code points of a name in a Redis key; a longer name is replaced by its hash."""

# `EU--Oslo Talks`: a slug of a single story and its versions. Slugs of other forms name a subject,
# which several stories share. Source: AP's Filewire guide, slugs.
_OF_STORY = re.compile(r"\w--\w")
# `nL5N3AB0CD`: the numbers of Reuters, which are never reused.
_LASTING = re.compile(r"n[a-z][a-z0-9]{6,12}")
# A kill's own slug of these words alone is the name of the notice, not of the target.
_NO_SLUG = frozenset("kill note notice advisory withdrawal withdrawn story item editors".split())

_WORD = re.compile(r"[^\W_]+")


# names of items, and references of kills


def wires_of(parsed: ParsedItem) -> tuple[str, ...]:
    """Return the wires of an item, under which kills find it: its agency's, and its source's.

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
    """Return the wires of the items that a kill may withdraw.

    They are its agency's wire, and that of the items without an agency from its source. A kill
    without an agency may refer to any item from its source; without a source either, only to items
    that have neither.
    """
    agencies, source = _agencies_of(kill), kill.item.source
    if not source:
        return agencies or (_wire("unsigned", ""),)
    return (*(agencies or (_wire("source", source),)), _wire("unsigned", source))


def _agencies_of(parsed: ParsedItem) -> tuple[str, ...]:
    printed = (parsed.dateline.agency if parsed.dateline else None, parsed.item.infosource)
    names = [known.agency if (known := bare_credit(name)) else name for name in printed if name]
    return tuple(dict.fromkeys(_wire("agency", name.casefold()) for name in names))


def _wire(kind: str, name: str) -> str:
    return f"{kind}:{name if len(name) <= _WIRE_LENGTH else _digest(name)}"


def _name(uri: str) -> str:
    """Return the uri as a kill's note holds it: a long one ends with a digest of the whole."""
    return uri if len(uri) <= LONGEST else f"{uri[: LONGEST - 65]}#{_digest(uri)}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def describe_item(parsed: ParsedItem, order: str = "") -> RecentItem:
    """Return the names by which a later kill may refer to the item; `order` is the item's order."""
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
    """Return the first line that is neither a header nor only a marker; "" if there is none.

    An item that came in as plain text may have its headline at the head of its body.
    """
    head = "\n".join(part[:_HEAD] for part in (item.headline, item.deck, item.body_text))
    lines = itertools.islice(filter(None, map(str.strip, head.split("\n"))), _HEAD_LINES)
    return next((line for line in lines if strip_markers(line)[0] and not is_header(line)), "")


def describe_kill(kill: ParsedItem) -> KillNote:
    """Return the references of the kill to its target, cut to the compared length."""
    item, life = kill.item, kill.life
    slug = life.target_slug if life.target_slug != life.slug else ""
    return KillNote(
        uri=_name(item.uri),
        numbers=tuple(number[:LONGEST] for number in life.target_numbers),
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
    """Return the headlines that the kill names in addition to `life.target_headline`."""
    if not kill.life.target_headline:
        return ()
    target = find_target(kill.item.text, kill.item, kill.life.slug)
    return tuple(headline[:LONGEST] for headline in target.headlines[1:]) if target else ()


def count_left_out(kill: ParsedItem) -> int:
    """Return how many items the kill names by number or headline beyond those that it withdraws."""
    target = find_target(kill.item.text, kill.item, kill.life.slug)
    return target.left_out if target else 0


def names_target(note: KillNote) -> bool:
    """Return True if the kill has any reference to a target."""
    references = _read(note)
    return bool(references.numbers or references.slug or references.headlines[0].words)


# targets among the recent items


@dataclass(frozen=True, slots=True)
class _Match:
    """An item that may be the target. `by` names the evidence, in the terms of `Target.by`."""

    item: RecentItem
    confidence: float
    by: tuple[str, ...]

    @property
    def is_certain(self) -> bool:
        return self.confidence >= CERTAIN


def max_targets(kill: ParsedItem) -> int:
    """Return the number of items that the kill may withdraw: each of its events has all of it."""
    return min(_MOST_TARGETS, _MOST_BYTES // len(dump(kill)))


def find_targets(
    note: KillNote, recent: Sequence[RecentItem], order: str, most: int = _MOST_TARGETS
) -> tuple[Target, ...]:
    """Return the targets of the kill: all certain ones, the likeliest first, else the best guess.

    Args:
        note: The references of the kill.
        recent: The items of the kill's wires, newest first. Of each, its last version before the
            kill counts.
        order: The order of the kill. Items that came in after it are no targets.
        most: The number of certain targets beyond which there is only a guess.
    """
    before = [item for item in recent if came_before(item, order) and _name(item.uri) != note.uri]
    newest = list(_newest_each(before))
    matches = _match_all(note, newest, order)
    certain = _undisputed([match for match in matches if match.is_certain])
    if 0 < len(certain) <= most:
        return tuple(_target(match, is_certain=True) for match in certain)
    best = matches[0] if matches else _nearest(newest, order)
    return () if best is None else (_target(best, is_certain=False),)


def came_before(item: RecentItem, order: str) -> bool:
    """Return True for an item that came in before a kill of this order."""
    return not item.order or order_key(item.order) < order_key(order)


def is_meant(
    note: KillNote,
    item: RecentItem,
    order: str,
    recent: Callable[[], Sequence[RecentItem]] = tuple,
) -> bool:
    """Return True for an item that is a certain target of the kill.

    `recent` returns the items of the kill's wires that share a name with the item
    (`find_sharing`). It is called only if the number or the headline is the sole evidence, since
    other items may have the same.
    """
    targets = find_targets(note, [item], order)
    if any(target.by in _SHARED and target.is_certain for target in targets):
        before = (other for other in recent() if came_before(other, order))
        targets = find_targets(note, [item, *_few_of_each(before)], order)
    return any(target.is_certain and target.uri == item.uri for target in targets)


def find_sharing(item: RecentItem, recent: Sequence[RecentItem]) -> tuple[RecentItem, ...]:
    """Return the other recent items that have the item's number or the beginning of its headline.

    No further items bear on the question whether the item is a certain target of a kill.
    """
    others = [other for other in recent if other.uri != item.uri]
    alike = may_be_like(read_headline(item.headline), [other.headline for other in others])
    number, beginning = _number(item.number), _beginning(item)
    return tuple(
        other
        for other, is_alike in zip(others, alike, strict=True)
        if (item.number and other.number and _number(other.number) == number)
        or (is_alike and _beginning(other) == beginning)
    )


def _few_of_each(recent: Iterable[RecentItem]) -> Iterator[RecentItem]:
    """Yield of the items with the same names as many as make a standing headline."""
    counts: Counter[tuple[str, str, str, bool]] = Counter()
    for item in _newest_each(recent):
        names = (item.number, item.slug, item.headline, item.is_held)
        counts[names] += 1
        if counts[names] <= _MOST_SHARED + 1:
            yield item


def _undisputed(certain: Sequence[_Match]) -> list[_Match]:
    """Return the matches without those whose sole evidence fits other stories as well.

    A number that two stories have decides nothing: services of an agency may number their items
    independently. Neither does a headline that many items have.
    """
    stories = defaultdict(set)
    sharing: Counter[tuple[str, ...]] = Counter()
    for match in certain:
        stories[_number(match.item.number)].add(read_headline(match.item.headline).words)
        sharing[_beginning(match.item)] += 1
    return [
        match
        for match in certain
        if not (match.by == ("number",) and len(stories[_number(match.item.number)]) > 1)
        and not (match.by == ("headline",) and sharing[_beginning(match.item)] > _MOST_SHARED)
    ]


def _beginning(item: RecentItem) -> tuple[str, ...]:
    """Return the words that a whole and a cut-off form of the item's headline share."""
    return read_headline(item.headline).words[:CUT_FROM]


def _newest_each(recent: Iterable[RecentItem]) -> Iterable[RecentItem]:
    """Return the newest published and the newest embargoed version of each item.

    Both count, since the embargoed version may have another headline than the published version.
    """
    newest: dict[tuple[str, bool], RecentItem] = {}
    for item in recent:
        newest.setdefault((item.uri, item.is_held), item)
    return newest.values()


def _match_all(note: KillNote, recent: Sequence[RecentItem], order: str) -> list[_Match]:
    """Return a match for each item that shares anything with the kill, the likeliest first."""
    references = _read(note)
    headlines = [item.headline for item in recent]
    alike = [may_be_like(headline, headlines) for headline in references.headlines]
    matches: list[_Match] = []
    for item, *are_alike in zip(recent, *alike, strict=True):
        if not (any(are_alike) or references.has_number(item) or references.has_slug(item)):
            continue
        if (match := _match(references, item, _age_ms(item, order))) is not None:
            matches.append(match)
    best: dict[str, _Match] = {}
    for match in sorted(matches, key=lambda match: -match.confidence):
        best.setdefault(match.item.uri, match)
    return list(best.values())


def _age_ms(item: RecentItem, order: str) -> int:
    """Return the time between the arrival of the item and that of the kill."""
    came_ms = order_key(item.order)[0] if item.order else item.at_ms
    return order_key(order)[0] - came_ms


def order_key(order: str) -> tuple[int, int]:
    """Return the sort key of an order.

    >>> order_key("1700000000000-10") > order_key("1700000000000-9")
    True
    """
    ms, _, number = order.partition("-")
    return int(ms), int(number)


def _nearest(recent: Sequence[RecentItem], order: str) -> _Match | None:
    """Return the newest item as a guess; None if it is too old."""
    is_near = bool(recent) and _age_ms(recent[0], order) <= _NEAR_MS
    return _Match(recent[0], _NEAREST, ("nearest",)) if is_near else None


def _target(match: _Match, *, is_certain: bool) -> Target:
    confidence = round(match.confidence, 3)
    return Target(
        uri=match.item.uri,
        version=match.item.version,
        confidence=confidence if is_certain else min(confidence, _GUESS),
        by=match.by,
        is_certain=is_certain,
    )


# the references of a kill, compared with an item


@dataclass(frozen=True, slots=True)
class _References:
    """The references of a kill to its target, folded for comparison."""

    numbers: frozenset[str]
    slug: tuple[str, ...]
    is_slug_named: bool
    headlines: tuple[Headline, ...]
    is_headline_named: bool
    is_headline_marked: bool

    def has_number(self, item: RecentItem) -> bool:
        return bool(self.numbers and item.number) and _number(item.number) in self.numbers

    def has_slug(self, item: RecentItem) -> bool:
        return bool(self.slug and item.slug) and _words(item.slug) == self.slug


@lru_cache(maxsize=4096)
def _read(note: KillNote) -> _References:
    slug = _words(note.slug)
    own_slug = _words(note.own_slug) if note.is_marked and not slug else ()
    named = tuple(map(read_headline, (note.headline, *note.more_headlines)))
    own_headline = read_headline(note.own_headline, is_of_kill=True)
    is_named = bool(named[0].words)
    return _References(
        numbers=frozenset(map(_number, note.numbers)),
        slug=slug or (() if _NO_SLUG.issuperset(own_slug) else own_slug),
        is_slug_named=bool(slug),
        headlines=named if is_named else (own_headline,),
        is_headline_named=is_named,
        is_headline_marked=is_named or note.is_marked or own_headline.is_of_kill,
    )


def _number(number: str) -> str:
    """Return the number as it is compared: `AB-1234` as `ab1234`, `0042` as `42`."""
    return number.casefold().replace("-", "").lstrip("0")


def _may_be_equal(left: str, right: str) -> bool:
    """Return True for a number with and without its letters: `a0456` and `0456`."""
    short, long = sorted((left, right), key=len)
    return short.isdigit() and long.lstrip(string.ascii_lowercase).lstrip("0") == short


def _words(slug: str) -> tuple[str, ...]:
    """Return the folded words of a slug, so that hyphens, spaces and capitals do not count."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", slug).casefold()))


def _match(references: _References, item: RecentItem, age_ms: int) -> _Match | None:
    """Return the match of an item, None without evidence for it.

    The evidence is combined as independent probabilities (noisy-or).
    """
    fit = _fit(references, item) if item.headline else None
    evidence = dict(_evidence(references, item, fit, is_of_today=age_ms <= _SAME_DAY_MS))
    if not evidence:
        return None
    unlikely = math.prod(1 - weight for weight in evidence.values())
    doubts = _contradictions(references, item, fit, evidence)
    return _Match(item, (1 - unlikely) * _DOUBT**doubts, tuple(evidence))


def _fit(references: _References, item: RecentItem) -> Fit:
    """Return the best fit of the item's headline to any that the kill names."""
    headline = read_headline(item.headline)
    fits = {compare(named, headline) for named in references.headlines}
    return next(fit for fit in Fit if fit in fits)


def _evidence(
    references: _References, item: RecentItem, fit: Fit | None, *, is_of_today: bool
) -> Iterator[tuple[str, float]]:
    """Yield what the kill and the item share, with its weight."""
    if references.has_number(item):
        is_sure = is_of_today or _LASTING.fullmatch(item.number.casefold())
        yield "number", _NUMBER if is_sure else _NUMBER_OF_YESTERDAY
    if references.has_slug(item):
        names_story = _OF_STORY.search(item.slug)
        yield "slug", _STORY_SLUG if is_of_today and names_story else _SLUG
    if fit is Fit.SAME and not references.is_headline_marked:
        yield "headline", _UNMARKED_HEADLINE
    elif fit in _HEADLINE:
        yield "headline", _HEADLINE[fit]


def _contradictions(
    references: _References, item: RecentItem, fit: Fit | None, evidence: Mapping[str, float]
) -> int:
    """Return the number of references that the item contradicts."""
    has_other_number = (
        bool(item.number and references.numbers)
        and "number" not in evidence
        and not any(_may_be_equal(_number(item.number), number) for number in references.numbers)
    )
    has_other_slug = (
        references.is_slug_named
        and bool(item.slug)
        and "slug" not in evidence
        and fit is not Fit.SAME
    )
    has_other_headline = fit is Fit.ALIKE or (fit is Fit.OTHER and references.is_headline_named)
    return has_other_number + has_other_slug + has_other_headline
