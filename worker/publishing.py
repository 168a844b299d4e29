"""From parsed items to events on desks: what each does to the ones before it, and when it goes out.

Everything that only the store knows is asked here: the version before, the item that a kill takes
back, the desks that have had it. The store publishes only if that is still so; else it is asked
again.
"""

import datetime
import itertools
import traceback
from collections.abc import Iterator, Sequence

import msgspec
import structlog

from worker.desks import events_for
from worker.errors import BrokerError, CodecError, MessageError
from worker.firsts import Firsts, Placed
from worker.kills import find_kill, kill_outcome, publications
from worker.lifecycle import (
    describe,
    find_change,
    pack_copy,
    read_copy,
    unpack_copy,
    wires_of,
)
from worker.model import Change, NewsItem, ParsedItem, Signal
from worker.ports import DeadLetter, InboxEntry, Known, OpenKill, Outcome, PublishResult
from worker.services import Services

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


def publish_all(services: Services, work: Sequence[Work]) -> Published:
    """Publish all; what is not done in the end is still pending.

    Raises:
        BrokerError: The store went away.
    """
    results: list[PublishResult] = []
    events = 0
    for run in _runs(work):
        done = _publish_run(services, run)
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


def _publish_run(services: Services, work: Sequence[Work]) -> Published:
    results: list[PublishResult] = []
    events = 0
    for _ in range(_CONFLICT_ROUNDS):
        done, again = _publish_once(services, work)
        results += done.results
        events += done.events
        if not again:
            break
        work = again
    return Published(tuple(results), events)


def _publish_once(services: Services, work: Sequence[Work]) -> tuple[Published, list[Work]]:
    """What became of the items, and those of which the store knows more than we did."""
    made, waiting = _make(services, work)
    answers = list(services.store.publish([one.outcome for one in made])) if made else []
    answers += [services.store.hold(one.outcome, one.until) for one in waiting if one.until]
    results: list[PublishResult] = []
    again: list[Work] = []
    events = 0
    for one, answer in zip((*made, *waiting), answers, strict=True):
        if answer is PublishResult.CONFLICT:
            again.append((one.outcome.entry, one.parsed))
            continue
        results.append(answer)
        events += len(one.outcome.publications) * (answer is PublishResult.PUBLISHED)
    return Published(tuple(results), events), again


class _Made(msgspec.Struct, frozen=True):
    """What one item makes; `until` where it has to wait."""

    parsed: ParsedItem
    outcome: Outcome
    until: datetime.datetime | None = None


def _make(services: Services, work: Sequence[Work]) -> tuple[list[_Made], list[_Made]]:
    """What each item makes, now and later; an item whose events cannot be made goes to the dead
    letters instead.
    """
    uris = [parsed.item.uri for _, parsed in work]
    kills = services.store.open_kills()
    firsts = Firsts(services.store, [parsed for _, parsed in work])
    known = dict(zip(uris, services.store.known(uris), strict=True))
    before: dict[str, NewsItem] = {}
    made: list[_Made] = []
    for entry, parsed in work:
        uri = parsed.item.uri
        try:
            one = _make_one(
                services, (entry, parsed), known[uri], before.get(uri), kills=kills, firsts=firsts
            )
        except BrokerError:
            raise
        except Exception as error:  # noqa: BLE001  # a fault of ours in one item costs that item only
            bury_fault(services, entry, error, "making its events failed", item=uri)
            continue
        if one is None:
            continue
        made.append(one)
        if one.until is None:
            firsts.enter(one.outcome)
            # Two versions of one item in one batch: the later one follows the earlier.
            known[uri] = msgspec.structs.replace(known[uri], version=parsed.item.version)
            before[uri] = parsed.item
    return [one for one in made if not one.until], [one for one in made if one.until]


def _make_one(
    services: Services,
    one: Work,
    known: Known,
    before: NewsItem | None,
    *,
    kills: Sequence[OpenKill],
    firsts: Firsts,
) -> _Made | None:
    """What one item makes; None where nothing of it is left to do."""
    entry, parsed = one
    if _is_kill(parsed):
        return _Made(parsed, kill_outcome(services, entry, parsed, known, kills))
    until = _waits_until(services, entry, parsed)
    if until is not None and until - services.now() > _LONGEST_EMBARGO:
        reason = f"an embargo until {until:%Y-%m-%d}, more than a year ahead"
        bury(services, entry, kind="embargo", reason=reason, item=parsed.item.uri)
        return None
    outcome = Outcome(
        entry=entry,
        uri=parsed.item.uri,
        version=parsed.item.version,
        expected=known.version,
        publications=(),
        recent=describe(parsed),
        wires=wires_of(parsed),
        kills_to=kills[-1].id if kills else "0-0",
    )
    if (kill := find_kill(entry, parsed, outcome.wires, kills)) is not None:
        log.info("item_killed", uri=outcome.uri, kill=kill.note.item.uri)
        services.store.finish(entry)
        return None
    if until is not None:
        log.info("item_waits", uri=outcome.uri, until=until.isoformat())
        return _Made(parsed, outcome, until)
    placed = firsts.place(parsed, known)
    told = msgspec.structs.replace(
        _with_change(services, parsed, known, before), duplicate_of=placed.duplicate_of
    )
    return _Made(parsed, _with_events(services, outcome, told, placed))


def _with_events(services: Services, outcome: Outcome, told: ParsedItem, placed: Placed) -> Outcome:
    latest = outcome.expected
    events = events_for(told, services.desks, latest, services.now(), copied=placed.copied)
    return msgspec.structs.replace(
        outcome,
        publications=publications(events),
        copy=pack_copy(told, outcome.entry.fields, latest, placed.copied),
        placing=placed.placing,
    )


def _waits_until(
    services: Services, entry: InboxEntry, parsed: ParsedItem
) -> datetime.datetime | None:
    """When the item may go out; None for at once.

    One that the store released has waited: its clock counts, not ours.
    """
    until = parsed.life.embargoed
    if until is None or "released" in entry.fields:
        return None
    return until if until > services.now() else None


def _with_change(
    services: Services, parsed: ParsedItem, known: Known, before: NewsItem | None
) -> ParsedItem:
    """The item with what it changed, as much as can be known where the older one is not kept."""
    if known.version in {None, parsed.item.version}:
        return parsed
    before = before or _read_kept(services, known)
    change = (
        find_change(before, parsed.item)
        if before is not None
        else Change(previous=known.version or "", is_complete=False)
    )
    return msgspec.structs.replace(parsed, change=change)


def _read_kept(services: Services, known: Known) -> NewsItem | None:
    kept = services.store.copy(known.copy) if known.copy else None
    try:
        return None if kept is None else read_copy(unpack_copy(kept.body))
    except (CodecError, MessageError) as error:
        log.warning("copy_unreadable", copy=known.copy, reason=str(error))
        return None


# what cannot go on


def bury_fault(
    services: Services, entry: InboxEntry, error: Exception, what: str, *, item: str = ""
) -> None:
    """To the dead letters with the fault that we are in; call it where that is caught."""
    bury(
        services,
        entry,
        kind="parse",
        reason=f"{what}: {type(error).__name__}: {error}",
        detail=traceback.format_exc(),
        item=item,
    )


def bury(
    services: Services,
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
    if services.store.reject(entry, letter):
        log.warning("message_dead", entry=entry.id, kind=kind, reason=reason)
