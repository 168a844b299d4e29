"""The path of an item through the service, from what its version and the store still know."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from worker.archive.views import ItemView
from worker.errors import BrokerError
from worker.model import Feed, ParsedItem, PollRecord, feed_id
from worker.model.redaction import redact
from worker.ports import Store
from worker.site.context import SiteContext

__all__ = ["PathRow", "path_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """A step of the path: its name, its time, the time since the previous step, and details.

    `feed_id` is the id of the feed that brought the item, if the store knows it.
    """

    step: str
    at: datetime.datetime | None
    after: str
    words: str
    feed_id: str


@dataclass(frozen=True, slots=True)
class _Step:
    step: str
    at: datetime.datetime | None
    words: str
    feed_id: str = ""


def path_of(context: SiteContext, parsed: ParsedItem, view: ItemView) -> tuple[PathRow, ...]:
    """Return the steps of the version that is shown.

    While the broker is away, the steps that only it knows are left out.
    """
    published = parsed.item.published
    steps = [_Step("Released by its publisher", published, "")] if published else []
    try:
        steps += _from_store(context.store, parsed, view)
    except BrokerError:
        steps.append(_Step("On the desks", view.shown.seen, "the broker does not answer now"))
    if context.archive is not None:
        steps.append(_Step("In the archive", None, f"as number {view.shown.number}"))
    return tuple(_timed(steps))


def _from_store(store: Store, parsed: ParsedItem, view: ItemView) -> Iterator[_Step]:
    seen, item = view.shown.seen, parsed.item
    feed = store.feeds.get(feed_id(item.source)) if item.source else None
    if feed:
        yield from _polled(store, feed, seen)
    elif item.source:
        yield _Step("Received", None, f"from {redact(item.source)}")
    trace = store.publications.trace(item.uri)
    desks = ", ".join(trace.desks) or "none that the store remembers"
    yield _Step("Parsed and published", seen, f"desks: {desks}")
    if trace.is_held:
        yield _Step("Held", None, "a version waits for the end of its embargo")
    # A newer version than the published one is still on a work stream.
    if trace.admitted is not None and trace.admitted != trace.version:
        yield _Step("In progress", None, f"version {trace.admitted}")
    if trace.withheld:
        yield _Step("Withheld", None, f"version {trace.withheld}, by the kill {trace.withheld_by}")


def _polled(store: Store, feed: Feed, seen: datetime.datetime) -> Iterator[_Step]:
    """Yield the poll that probably brought the version.

    That is the last poll with new entries before the version was published: the history has counts
    of entries, and no uris.
    """
    name = redact(feed.url)
    polls = store.feeds.history(feed.id)
    record = next((poll for poll in polls if poll.new and _at(poll) <= seen), None)
    if record is None:
        yield _Step("Polled", None, f"from {name}, in a poll that is no longer remembered", feed.id)
        return
    words = f"from {name}: HTTP {record.status}, {record.new} new, in {record.took_ms} ms"
    yield _Step("Polled", _at(record), words, feed.id)


def _at(record: PollRecord) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(record.at, datetime.UTC)


def _timed(steps: list[_Step]) -> Iterator[PathRow]:
    last: datetime.datetime | None = None
    for step in steps:
        after = _say_span(step.at - last) if step.at and last and step.at >= last else ""
        yield PathRow(
            step=step.step, at=step.at, after=after, words=step.words, feed_id=step.feed_id
        )
        last = step.at or last


def _say_span(span: datetime.timedelta) -> str:
    """Return a length of time in words.

    >>> _say_span(datetime.timedelta(seconds=4.25)), _say_span(datetime.timedelta(hours=30))
    ('4.2 s', '30 h')
    """
    seconds = span.total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours = round(seconds / 3600)
    return f"{hours} h" if hours < 72 else f"{round(hours / 24)} days"
