"""From parsed items to events on desks: what each does to the ones before it, and when it goes out.

Everything that only the store knows is asked here: the version before, the item that a kill takes
back, the desks that have had it. The store publishes only if that is still so; else it is asked
again.
"""

import datetime
import itertools
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import msgspec
import structlog

from worker.desks import events_for
from worker.errors import BrokerError, CodecError, MessageError
from worker.inbox.messages import is_own_digest
from worker.model import Change, NewsItem, ParsedItem, Signal, version_key
from worker.model.digests import version_hash
from worker.model.inbox import DeadLetter, InboxEntry
from worker.model.publishing import (
    OpenKill,
    OpenKills,
    PublishedState,
    PublishRequest,
    PublishResult,
    RecentItem,
)
from worker.publishing.context import PublishContext
from worker.publishing.duplicates import DuplicateFinder, DuplicateMatch
from worker.publishing.kills import find_kill, kill_outcome, publications
from worker.story.archive import pack_copy, read_copy, unpack_copy
from worker.story.diff import find_change
from worker.story.kill_targets import describe_item, wires_of

__all__ = ["Published", "bury", "bury_fault", "publish_all"]

log = structlog.get_logger(__name__)

_CONFLICT_ROUNDS = 5
"""How often events are made again because another worker published the same uri meanwhile."""

_LONGEST_EMBARGO = datetime.timedelta(days=366)
"""An item that is to wait for longer has its date misread, or misprinted: a person must look."""

Work = tuple[InboxEntry, ParsedItem]


class Published(msgspec.Struct, frozen=True):
    """What became of each item, and how many events went out."""

    results: tuple[PublishResult, ...] = ()
    events: int = 0


def publish_all(context: PublishContext, work: Sequence[Work]) -> Published:
    """Publish all; what is not done in the end is still pending.

    Raises:
        BrokerError: The store went away.
    """
    results: list[PublishResult] = []
    events = 0
    for run in _runs(work):
        done = _publish_run(context, run)
        results += done.results
        events += done.events
    return Published(tuple(results), events)


def _runs(work: Sequence[Work]) -> Iterator[list[Work]]:
    """The items in order; a kill stands alone, since its target may be just before it."""
    for is_kill, run in itertools.groupby(work, key=lambda one: _is_kill(one[1])):
        if is_kill:
            yield from ([one] for one in run)
        else:
            yield list(run)


def _is_kill(parsed: ParsedItem) -> bool:
    return parsed.life.signal is Signal.WITHDRAWN


def _publish_run(context: PublishContext, work: Sequence[Work]) -> Published:
    """Publish all at once, then one by one those of which the store knew more than we did.

    What is overtaken again and again is let go without an attempt: it is handed out once more.
    """
    done, again = _publish_once(context, work)
    results, events, left = list(done.results), done.events, []
    for one in again:
        rest: list[Work] = [one]
        for _ in range(_CONFLICT_ROUNDS):
            done, rest = _publish_once(context, rest)
            results += done.results
            events += done.events
            if not rest:
                break
        left += rest
    context.inbox.release([entry for entry, _ in left])
    return Published(tuple(results), events)


def _publish_once(context: PublishContext, work: Sequence[Work]) -> tuple[Published, list[Work]]:
    """What became of the items, and those of which the store knows more than we did."""
    made, waiting = _make(context, work)
    answers = list(context.publications.publish([one.outcome for one in made])) if made else []
    answers += [_put_aside(context, one) for one in waiting]
    results: list[PublishResult] = []
    again: list[Work] = []
    events = 0
    for one, answer in zip((*made, *waiting), answers, strict=True):
        if answer is PublishResult.CONFLICT:
            again.append(one.work)
            continue
        if answer is PublishResult.DUE:
            again.append((_released(one.outcome.entry), one.work[1]))
            continue
        results.append(answer)
        events += len(one.outcome.publications) * (answer is PublishResult.PUBLISHED)
    return Published(tuple(results), events), again


def _put_aside(context: PublishContext, one: "_Made") -> PublishResult:
    """Have an item that does not go out now stopped by its kill, or wait for its time."""
    if one.kill is not None:
        log.warning("item_withheld", uri=one.outcome.uri, kill=one.kill.note.uri)
        return context.publications.withhold(one.outcome, one.kill)
    assert one.until is not None
    return context.publications.hold(one.outcome, one.until)


def _released(entry: InboxEntry) -> InboxEntry:
    """Return the entry as one that has waited for its time."""
    return msgspec.structs.replace(entry, fields={**entry.fields, "released": "1"})


class _Made(msgspec.Struct, frozen=True):
    """What one item makes; `until` where it has to wait, `kill` where that stops it."""

    work: Work
    outcome: PublishRequest
    until: datetime.datetime | None = None
    kill: OpenKill | None = None

    @property
    def goes_out(self) -> bool:
        return self.until is None and self.kill is None


def _make(context: PublishContext, work: Sequence[Work]) -> tuple[list[_Made], list[_Made]]:
    """What each item makes: now, and later or never. An item whose events cannot be made goes to
    the dead letters instead.
    """
    uris = [parsed.item.uri for _, parsed in work]
    wires = [wire for _, parsed in work for wire in wires_of(parsed)]
    kills = context.publications.open_kills(tuple(dict.fromkeys(wires)))
    recent = cache(context.publications.recent)  # a wire is read once, however many kills are open
    finder = DuplicateFinder(context.publications, [parsed for _, parsed in work])
    known = dict(zip(uris, context.publications.known(uris), strict=True))
    before: dict[str, NewsItem] = {}
    made: list[_Made] = []
    for entry, parsed in work:
        uri = parsed.item.uri
        try:
            one = _make_one(
                context,
                (entry, parsed),
                known[uri],
                before.get(uri),
                kills=kills,
                recent=recent,
                finder=finder,
            )
        except BrokerError:
            raise
        except Exception as error:  # noqa: BLE001  # a fault of ours in one item costs that item only
            bury_fault(context, entry, error, "making its events failed", item=uri)
            continue
        if one is None:
            continue
        made.append(one)
        if one.goes_out:
            finder.enter(one.outcome)
            # Two versions of one item in one batch: the later one follows the earlier.
            known[uri] = _known_after(known[uri], one.outcome)
            # Under the version with which it goes out: `<digest>.2` for a content that came back.
            before[uri] = msgspec.structs.replace(parsed.item, version=one.outcome.version)
    return [one for one in made if one.goes_out], [one for one in made if not one.goes_out]


def _make_one(
    context: PublishContext,
    one: Work,
    known: PublishedState,
    before: NewsItem | None,
    *,
    kills: OpenKills,
    recent: Callable[[tuple[str, ...]], Sequence[RecentItem]],
    finder: DuplicateFinder,
) -> _Made | None:
    """What one item makes; None where nothing of it is left to do."""
    entry, parsed = one[0], _named(one, known)
    if _is_kill(parsed):
        if _is_done(one, parsed, known):
            log.warning("kill_repeated", uri=parsed.item.uri)
            return _Made(one, _nothing_more(entry, parsed, known))
        outcome = kill_outcome(context, entry, parsed, known, kills.kills)
        return _Made(one, _with_version(outcome, one, known))
    until = _waits_until(entry, parsed)
    if until is not None and until - context.now() > _LONGEST_EMBARGO:
        reason = f"an embargo until {until:%Y-%m-%d}, more than a year ahead"
        bury(context, entry, kind="embargo", reason=reason, item=parsed.item.uri)
        return None
    item, wires = parsed.item, wires_of(parsed)
    outcome = PublishRequest(
        entry=entry,
        uri=item.uri,
        version=item.version,
        expected=known.key,
        publications=(),
        recent=describe_item(parsed, entry.order),
        wires=wires,
        kills_to={wire: kills.newest[wire] for wire in wires},
    )
    if (kill := find_kill(entry, parsed, wires, kills.kills, recent)) is not None:
        return _Made(one, outcome, kill=kill)
    outcome = _with_version(outcome, one, known)
    if until is not None:
        return _Made(one, outcome, until)
    match = finder.place(parsed, known)
    told = msgspec.structs.replace(
        _with_change(context, parsed, known, before), duplicate_of=match.duplicate_of
    )
    return _Made(one, _with_events(context, outcome, told, match))


def _key_of(parsed: ParsedItem) -> str:
    return version_key(parsed.item.version, is_kill=_is_kill(parsed))


def _is_done(one: Work, kill: ParsedItem, known: PublishedState) -> bool:
    """True for a kill that is put once more: nothing is opened for it, and nothing looked for."""
    key = _key_of(kill)
    return known.key == key or (_is_named(one, known) and version_hash(key) in known.published)


def _nothing_more(entry: InboxEntry, parsed: ParsedItem, known: PublishedState) -> PublishRequest:
    """Return the outcome of a version that is out: its entry is finished, and nothing moves."""
    return PublishRequest(
        entry=entry,
        uri=parsed.item.uri,
        version=_key_of(parsed),
        expected=known.key,
        publications=(),
        is_named=True,
    )


def _named(one: Work, known: PublishedState) -> ParsedItem:
    """Return the item under the version that it goes out with.

    A message without a version has its content's digest. Where that content was out before, and
    another since, it has come back: it is the `<digest>.2`, then the `<digest>.3`, and so on. Not
    so while a kill has the item: what was seen before does not come out again.
    """
    entry, parsed = one
    item, key = parsed.item, _key_of(parsed)
    if "door" not in entry.fields or known.version is None or not is_own_digest(item):
        return parsed
    if f"{known.key}.".startswith(f"{key}."):
        return _renamed(parsed, known.version)
    times = 0 if _is_killed(known, parsed) else dict(known.seen).get(version_hash(key), 0)
    if not times:
        return parsed
    numbers = itertools.count(times + 1)
    free = (n for n in numbers if version_hash(f"{key}.{n}") not in known.published)
    return _renamed(parsed, f"{item.version}.{next(free)}")


def _is_killed(known: PublishedState, parsed: ParsedItem) -> bool:
    """True while a kill has the item: one that took back its last version, or that is the last."""
    return known.is_withdrawn or (known.is_kill and not _is_kill(parsed))


def _renamed(parsed: ParsedItem, version: str) -> ParsedItem:
    item = msgspec.structs.replace(parsed.item, version=version)
    return msgspec.structs.replace(parsed, item=item)


def _is_named(one: Work, known: PublishedState) -> bool:
    """True for a version by its sender's own word, and for a content that a kill has taken back."""
    entry, parsed = one
    return "door" in entry.fields and (_is_killed(known, parsed) or not is_own_digest(parsed.item))


def _with_version(outcome: PublishRequest, one: Work, known: PublishedState) -> PublishRequest:
    """Return the outcome with what the store must know of its version."""
    key = _key_of(one[1])
    is_back = outcome.version not in {key, known.key}
    return msgspec.structs.replace(
        outcome,
        is_named=_is_named(one, known),
        counts=key if is_back else "",
    )


def _known_after(known: PublishedState, outcome: PublishRequest) -> PublishedState:
    """Return what is known of the item once the outcome is out."""
    times = dict(known.seen)
    if not times and known.key is not None:
        times[version_hash(known.key)] = 1  # of an item's only version nothing else is noted
    for version in {outcome.counts or outcome.version, outcome.version}:
        if version != known.key:
            times[version_hash(version)] = times.get(version_hash(version), 0) + 1
    seen = tuple(times.items())
    return msgspec.structs.replace(known, version=outcome.version, is_kill=False, seen=seen)


def _with_events(
    context: PublishContext, outcome: PublishRequest, told: ParsedItem, match: DuplicateMatch
) -> PublishRequest:
    latest = outcome.expected
    events = events_for(told, context.desks, latest, context.now(), copied=match.copied)
    return msgspec.structs.replace(
        outcome,
        publications=publications(events),
        copy=pack_copy(told, outcome.entry.fields, latest, match.copied),
        placing=match.placing,
    )


def _waits_until(entry: InboxEntry, parsed: ParsedItem) -> datetime.datetime | None:
    """Return when the item may go out; None for at once. Whether that time has come, the store's
    clock decides.
    """
    return None if "released" in entry.fields else parsed.life.embargoed


def _with_change(
    context: PublishContext, parsed: ParsedItem, known: PublishedState, before: NewsItem | None
) -> ParsedItem:
    """The item with what it changed, as much as can be known where the older one is not kept."""
    if known.key in {None, _key_of(parsed)}:
        return parsed
    before = before or _read_kept(context, known)
    change = (
        find_change(before, parsed.item)
        if before is not None
        else Change(previous=known.version or "", is_complete=False)
    )
    return msgspec.structs.replace(parsed, change=change)


def _read_kept(context: PublishContext, known: PublishedState) -> NewsItem | None:
    kept = context.archive.get(known.copy) if known.copy else None
    try:
        return None if kept is None else read_copy(unpack_copy(kept.body))
    except (CodecError, MessageError) as error:
        log.warning("copy_unreadable", copy=known.copy, reason=str(error))
        return None


# what cannot go on


def bury_fault(
    context: PublishContext, entry: InboxEntry, error: Exception, what: str, *, item: str = ""
) -> None:
    """To the dead letters with the fault that we are in; call it where that is caught."""
    bury(
        context,
        entry,
        kind="parse",
        reason=f"{what}: {type(error).__name__}: {error}",
        detail=traceback.format_exc(),
        item=item,
    )


def bury(
    context: PublishContext,
    entry: InboxEntry,
    *,
    kind: str,
    reason: str,
    detail: str = "",
    item: str = "",
) -> None:
    """To the dead letters, unless somebody else was faster."""
    letter = DeadLetter(
        reason=reason,
        kind=kind,
        attempts=entry.attempts,
        payload=entry.fields.get("message", ""),
        stream=entry.stream,
        source=entry.fields.get("source", ""),
        detail=detail,
        item=item,
    )
    if context.inbox.reject(entry, letter):
        log.warning("message_dead", entry=entry.id, kind=kind, reason=reason)
