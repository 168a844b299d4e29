"""Builds the publish requests of parsed items, and builds them again if the store has newer state.

A request depends on state that only the store has: the previous version of an item, the target of a
kill, the desks that have it. The store publishes a request only if that state is still the same
(optimistic concurrency).
"""

import datetime
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import msgspec
import structlog

from worker.desks import events_for
from worker.errors import BrokerError, CodecError, MessageError
from worker.metrics import catalogue
from worker.model import Change, NewsItem, ParsedItem
from worker.model.inbox import InboxEntry
from worker.model.metrics import OTHER
from worker.model.publishing import (
    OpenKill,
    OpenKills,
    PublishedState,
    PublishRequest,
    PublishResult,
    RecentItem,
)
from worker.parse.dateline.agencies import known_agencies
from worker.publishing.context import PublishContext
from worker.publishing.duplicates import DuplicateFinder, DuplicateMatch
from worker.publishing.kills import build_kill, encode_events, find_overtaking_kill
from worker.publishing.rejection import reject, reject_fault
from worker.publishing.versions import (
    as_judged,
    is_repeated_kill,
    is_withdrawal,
    key_of,
    resolve_version,
    with_version,
)
from worker.story.archive import pack_copy, read_copy, unpack_copy
from worker.story.diff import find_change
from worker.story.kill_targets import describe_item, wires_of
from worker.telemetry import tracing

__all__ = ["PublishReport", "publish_all"]

log = structlog.get_logger(__name__)

_RETRIES = 5
"""Further tries for an item of which other workers publish versions at the same time."""

_SCRIPT_BYTES = 16 << 20
"""Limit for the events that a script publishes together; an item with more is published alone."""

_LONGEST_EMBARGO = datetime.timedelta(days=366)
"""A longer embargo is a date that was misread or misprinted: a person must look at it."""

Work = tuple[InboxEntry, ParsedItem]
"""An inbox entry and the item that was parsed from it."""


class PublishReport(msgspec.Struct, frozen=True):
    """The results of the finished entries of a batch, and the number of published events."""

    results: tuple[PublishResult, ...] = ()
    events: int = 0


class _Draft(msgspec.Struct, frozen=True):
    """The publish request for an entry.

    If `until` is set, the item is held until then; if `kill` is set, that kill stops the item.
    """

    work: Work
    request: PublishRequest
    until: datetime.datetime | None = None
    kill: OpenKill | None = None

    @property
    def is_ready(self) -> bool:
        """True if the item is to be published now."""
        return self.until is None and self.kill is None


def publish_all(context: PublishContext, work: Sequence[Work]) -> PublishReport:
    """Publish the events of a batch, in order; unfinished entries stay pending.

    Raises:
        BrokerError: The store cannot be reached.
    """
    results: list[PublishResult] = []
    events = 0
    for run in _runs(work):
        report = _publish_run(context, run)
        results += report.results
        events += report.events
    return PublishReport(tuple(results), events)


def _runs(work: Sequence[Work]) -> Iterator[list[Work]]:
    """Split a batch into runs, in order.

    A kill is a run of its own: its target may precede it. No run has two entries of an item: the
    request for the second depends on what the store did with the first.
    """
    run: list[Work] = []
    uris: set[str] = set()
    was_kill = False
    for pair in work:
        uri, is_kill = pair[1].item.uri, is_withdrawal(pair[1])
        if run and (is_kill or was_kill or uri in uris):
            yield run
            run, uris = [], set()
        run.append(pair)
        uris.add(uri)
        was_kill = is_kill
    if run:
        yield run


def _publish_run(context: PublishContext, run: Sequence[Work]) -> PublishReport:
    """Publish a run together, then each item alone for which the store had newer state.

    An item that fails every retry is given back, so that it is handed out once more; that counts as
    no attempt.
    """
    report, again = _publish_once(context, run)
    results, events, unfinished = list(report.results), report.events, []
    for pair in again:
        left: list[Work] = [pair]
        for _ in range(_RETRIES):
            report, left = _publish_once(context, left)
            results += report.results
            events += report.events
            if not left:
                break
        unfinished += left
    context.inbox.release([entry for entry, _ in unfinished])
    return PublishReport(tuple(results), events)


def _publish_once(context: PublishContext, run: Sequence[Work]) -> tuple[PublishReport, list[Work]]:
    """Return the results, and the items to build again: in conflict, or no longer embargoed."""
    drafts = _draft_all(context, run)
    ready = [draft for draft in drafts if draft.is_ready]
    waiting = [draft for draft in drafts if not draft.is_ready]
    answers = _publish_all(context, ready) + [_set_aside(context, draft) for draft in waiting]
    results: list[PublishResult] = []
    again: list[Work] = []
    published: list[_Draft] = []
    for draft, answer in zip((*ready, *waiting), answers, strict=True):
        if answer is PublishResult.CONFLICT:
            context.counts.add(catalogue.RETRIES, "conflict")
            again.append(draft.work)
        elif answer is PublishResult.DUE:
            entry, parsed = draft.work
            again.append((_without_embargo(entry), parsed))
        else:
            results.append(answer)
            _note_result(draft, answer)
            if answer is PublishResult.PUBLISHED:
                published.append(draft)
    _count(context, published)
    events = sum(len(draft.request.publications) for draft in published)
    return PublishReport(tuple(results), events), again


def _note_result(draft: _Draft, answer: PublishResult) -> None:
    """Note in the item's span what became of it, and on which desks its events are."""
    if tracing.is_on():
        desks = {publication.desk for publication in draft.request.publications}
        noted = tuple(sorted(desks)) if answer is PublishResult.PUBLISHED else ()
        attributes = {"copytaster.result": answer.value, "copytaster.desk": noted}
        tracing.note(draft.work[0].fields, attributes)


def _publish_all(context: PublishContext, drafts: Sequence[_Draft]) -> list[PublishResult]:
    """Publish drafts in groups; return an answer for each."""
    answers: list[PublishResult] = []
    for group in _in_groups([draft.request for draft in drafts]):
        answers += context.publications.publish(group)
    return answers


def _count(context: PublishContext, published: Sequence[_Draft]) -> None:
    """Count published items by agency, their events by desk, and their time from feed to desk."""
    counts, now_s = context.counts, context.now().timestamp()
    agencies = Counter(_agency_label(draft.work[1]) for draft in published)
    events = Counter(event.desk for draft in published for event in draft.request.publications)
    for agency, items in agencies.items():
        counts.add(catalogue.PUBLISHED_ITEMS, agency, by=items)
    for desk, number in events.items():
        counts.add(catalogue.EVENTS, desk, by=number)
    for lane, times_s in _latencies_s(published, now_s).items():
        counts.observe(catalogue.LATENCY, *times_s, labels=(lane,))


def _latencies_s(published: Sequence[_Draft], now_s: float) -> dict[str, list[float]]:
    """Return for each lane the seconds from the arrival of its items to now."""
    took_s: dict[str, list[float]] = {"urgent": [], "normal": []}
    for entry in (draft.work[0] for draft in published):
        if "released" not in entry.fields:  # else it was held for as long as its sender wished
            lane = "urgent" if entry.stream.endswith(":urgent") else "normal"
            took_s[lane].append(now_s - int(entry.order.partition("-")[0]) / 1000)
    return took_s


def _agency_label(parsed: ParsedItem) -> str:
    agency = (parsed.dateline and parsed.dateline.agency) or ""
    return agency if agency in known_agencies() else OTHER if agency else "none"


def _in_groups(requests: Sequence[PublishRequest]) -> Iterator[list[PublishRequest]]:
    """Yield the requests in order, in groups that a script may publish."""
    group: list[PublishRequest] = []
    room = _SCRIPT_BYTES
    for request in requests:
        size = len(request.copy) + sum(len(event.body) for event in request.publications)
        if group and size > room:
            yield group
            group, room = [], _SCRIPT_BYTES
        group.append(request)
        room -= size
    if group:
        yield group


def _set_aside(context: PublishContext, draft: _Draft) -> PublishResult:
    """Withhold an item that a kill stops, or hold an item until its time."""
    if draft.kill is not None:
        log.warning("item_withheld", uri=draft.request.uri, kill=draft.kill.note.uri)
        return context.publications.withhold(draft.request, draft.kill)
    assert draft.until is not None
    return context.publications.hold(draft.request, draft.until)


def _without_embargo(entry: InboxEntry) -> InboxEntry:
    """Return the entry as if it had been held and released: its embargo is over."""
    return msgspec.structs.replace(entry, fields={**entry.fields, "released": "1"})


def _draft_all(context: PublishContext, run: Sequence[Work]) -> list[_Draft]:
    """Build the publish requests of a run; an entry for which that fails becomes a dead letter."""
    uris = [parsed.item.uri for _, parsed in run]
    wires = [wire for _, parsed in run for wire in wires_of(parsed)]
    kills = context.publications.open_kills(tuple(dict.fromkeys(wires)))
    recent = cache(context.publications.recent)  # each wire is read once, whatever kills are open
    finder = DuplicateFinder(context.publications, [parsed for _, parsed in run])
    drafts: list[_Draft] = []
    for (entry, parsed), known in zip(run, context.publications.known(uris), strict=True):
        try:
            draft = _draft(
                context,
                (entry, parsed),
                known,
                kills=kills,
                recent=recent,
                finder=finder,
            )
        except BrokerError:
            raise
        except MessageError as error:
            reject(context, entry, kind="message", reason=str(error), item=parsed.item.uri)
            continue
        except Exception as error:  # noqa: BLE001  # a fault of ours costs a single item
            reject_fault(context, entry, error, "making its events", item=parsed.item.uri)
            continue
        if draft is None:
            continue
        drafts.append(draft)
        if draft.is_ready:
            finder.add(draft.request)
    return drafts


def _draft(
    context: PublishContext,
    work: Work,
    known: PublishedState,
    *,
    kills: OpenKills,
    recent: Callable[[tuple[str, ...]], Sequence[RecentItem]],
    finder: DuplicateFinder,
) -> _Draft | None:
    """Build the publish request of an entry; None if the entry became a dead letter.

    Args:
        context: The equipment of the worker.
        work: The entry and its item.
        known: The published state of the item.
        kills: The open kills of the batch's wires.
        recent: Returns the recent items of some wires.
        finder: Finds duplicates, in the batch too.
    """
    entry, original = work
    parsed = resolve_version(entry, original, known)
    if is_withdrawal(parsed):
        if is_repeated_kill(entry, original, parsed, known):
            log.warning("kill_repeated", uri=parsed.item.uri)
            return _Draft(work, with_version(_finish_only(entry, parsed, known), original, known))
        order, state = as_judged(entry, original, parsed, known)
        request = build_kill(context, entry, parsed, state, kills.kills, order=order)
        return _Draft(work, with_version(request, original, known))
    until = _held_until(entry, parsed)
    if until is not None and until - context.now() > _LONGEST_EMBARGO:
        reason = f"an embargo until {until:%Y-%m-%d}, more than a year ahead"
        reject(context, entry, kind="embargo", reason=reason, item=parsed.item.uri)
        return None
    item, wires = parsed.item, wires_of(parsed)
    request = PublishRequest(
        entry=entry,
        uri=item.uri,
        version=item.version,
        expected=known.key,
        publications=(),
        recent=describe_item(parsed, entry.order),
        wires=wires,
        kills_to={wire: kills.newest[wire] for wire in wires},
    )
    kill = find_overtaking_kill(entry, parsed, wires, kills.kills, recent)
    if kill is not None:
        return _Draft(work, request, kill=kill)
    request = with_version(request, original, known)
    if until is not None:
        return _Draft(work, request, until)
    match = finder.match(parsed, known)
    parsed = _with_change(context, parsed, known)
    parsed = msgspec.structs.replace(parsed, duplicate_of=match.duplicate_of)
    return _Draft(work, _with_events(context, request, parsed, match))


def _finish_only(entry: InboxEntry, parsed: ParsedItem, known: PublishedState) -> PublishRequest:
    """Return the request for a kill that is published already: it makes no event.

    If its sender named no version, the versions that came in before it are not published.
    """
    return PublishRequest(
        entry=entry,
        uri=parsed.item.uri,
        version=key_of(parsed),
        expected=known.key,
        publications=(),
    )


def _with_events(
    context: PublishContext, request: PublishRequest, parsed: ParsedItem, match: DuplicateMatch
) -> PublishRequest:
    """Return the request with the events of the item, its copy and its place among duplicates."""
    latest = request.expected
    events = events_for(parsed, context.desks, latest, context.now(), copied=match.copied)
    return msgspec.structs.replace(
        request,
        publications=encode_events(events, request.entry),
        copy=pack_copy(parsed, request.entry.fields, latest, match.copied),
        placing=match.placing,
    )


def _held_until(entry: InboxEntry, parsed: ParsedItem) -> datetime.datetime | None:
    """Return the time until which the item is held, None if it is not.

    The store's clock decides if that time has come, so a released item is not held again.
    """
    return None if "released" in entry.fields else parsed.life.embargoed


def _with_change(context: PublishContext, parsed: ParsedItem, known: PublishedState) -> ParsedItem:
    """Return the item with its change; incomplete if no copy of the previous version is kept."""
    if known.key in {None, key_of(parsed)}:
        return parsed
    before = _read_archived(context, known)
    change = (
        find_change(before, parsed.item)
        if before is not None
        else Change(previous=known.version or "", is_complete=False)
    )
    return msgspec.structs.replace(parsed, change=change)


def _read_archived(context: PublishContext, known: PublishedState) -> NewsItem | None:
    """Return the archived item of a published version; None if it is gone or unreadable."""
    archived = context.archive.get(known.copy) if known.copy else None
    try:
        return None if archived is None else read_copy(unpack_copy(archived.body))
    except (CodecError, MessageError) as error:
        log.warning("copy_unreadable", copy=known.copy, reason=str(error))
        return None
