"""A feed, its next poll and its past polls in words, tables and JSON."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
from rich.table import Table
from rich.text import Text

from worker.model import Feed, FeedState, PollRecord, feed_id
from worker.model.polling import HostSlot
from worker.model.redaction import redact, redact_all, without_secrets
from worker.ports import Store
from worker.render.console import Failure, one_line, table
from worker.render.subscriptions import subscription_json

__all__ = [
    "FeedLine",
    "feed_json",
    "feeds_table",
    "find_feed",
    "history_json",
    "history_table",
    "is_failed",
    "name_of_feed",
    "say_due",
    "say_host",
    "say_last_answer",
    "say_response",
    "say_wait",
    "shorten_middle",
    "shown_feed",
]

_ID_COLUMNS = 12
_AGENCY_COLUMNS = 12
_GAPS = 10
"""Columns between the six cells of a row."""
_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """A feed in a list; each field is a text without line breaks."""

    id: str
    name: str
    agency: str
    due: str
    last: str
    items: str
    is_failing: bool


def find_feed(store: Store, name: str) -> Feed:
    """Return the feed with this id or URL.

    Raises:
        Failure: There is no such feed.
    """
    feed = store.feeds.get(feed_id(name) if "://" in name else name.strip())
    if feed is None:
        raise Failure(f"no feed {redact(name)!r}; `copytaster feeds list` lists them")
    return feed


def say_due(state: FeedState, now: datetime, *, is_paused: bool = False) -> str:
    """Return the time until the next poll in words.

    >>> say_due(FeedState(), datetime(2026, 1, 12, tzinfo=UTC))
    'now'
    """
    if is_paused:
        return "never: paused"
    if state.gone:
        return "never: gone"
    if state.due_at is None:
        return "now" if state.polled_at is None else "never"
    left_s = round((state.due_at - now).total_seconds())
    return "now" if left_s <= 0 else f"in {say_wait(left_s)}"


def say_last_answer(feed: Feed, state: FeedState) -> str:
    """Return the answer to the last poll in words, with the number of failures in a row."""
    if state.polled_at is None:
        return "not polled yet"
    error = (state.error or f"HTTP {state.status}").removeprefix(f"{without_secrets(feed.url)}: ")
    # `10.0.0.1:80: 10.0.0.1 is not a public address`: the row names the feed, and so its host.
    host = re.escape(urlsplit(feed.url).hostname or "")
    error = re.sub(rf"\A\[?{host}\]?(?::\d+)?: ", "", error)
    return f"{redact(error)} ({state.failures} in a row)" if state.failures > 1 else redact(error)


def say_host(host: HostSlot) -> str:
    """Return in words whether a host has asked for a pause, and how often of late."""
    strikes = f", {host.strikes} strikes" if host.strikes else ""
    if host.is_slowed:
        return f"asked us to wait, {say_wait(round(host.wait_s))} more{strikes}"
    return f"ready for a request{strikes}"


def say_wait(seconds: int) -> str:
    """Return a duration in seconds, minutes, hours or days.

    >>> [say_wait(seconds) for seconds in (90, 900, 9000, 604_800)]
    ['90 s', '15 min', '150 min', '7 d']
    """
    if seconds < 2 * _MINUTE_S:
        return f"{seconds} s"
    if seconds < 4 * _HOUR_S:
        return f"{seconds // _MINUTE_S} min"
    return f"{seconds // _HOUR_S} h" if seconds < 4 * _DAY_S else f"{seconds // _DAY_S} d"


def history_table(records: Sequence[PollRecord]) -> Table:
    """Return a table with a row per poll, the newest first."""
    rows = table("Polled", "Response", "New", "Bytes", "Took", "Next after", "Why")
    for record in records:
        rows.add_row(
            f"{_moment(record):%Y-%m-%d %H:%M:%S}",
            Text(say_response(record), style="red" if is_failed(record) else ""),
            str(record.new),
            f"{record.size:,}",
            f"{record.took_ms / 1000:.1f} s",
            "-" if record.wait_s < 0 else say_wait(record.wait_s),
            record.why,
        )
    return rows


def history_json(records: Sequence[PollRecord]) -> list[dict[str, object]]:
    """Return the poll records as objects for JSON; `at` becomes a date and time."""
    return [
        {
            "at": _moment(record),
            "status": record.status or None,
            "code": record.code or None,
            "new": record.new,
            "bytes": record.size,
            "seconds": record.took_ms / 1000,
            "why": record.why,
            "wait_s": None if record.wait_s < 0 else record.wait_s,
        }
        for record in records
    ]


def feed_json(store: Store, feed: Feed, state: FeedState) -> dict[str, object]:
    """Return a feed with its state, subscription and history as an object, without secrets."""
    shown = shown_feed(feed, state, is_paused=store.feeds.is_paused(feed.id))
    if subscription := store.subscriptions.get(feed.id):
        shown["subscription"] = subscription_json(subscription)
    history = history_json(store.feeds.history(feed.id))
    return {**shown, "history": history} if history else shown


def shown_feed(feed: Feed, state: FeedState, *, is_paused: bool) -> dict[str, object]:
    """Return a feed with its state as an object, without secrets (docs/security.md)."""
    fields = {**msgspec.to_builtins(feed), "state": msgspec.to_builtins(state)}
    shown = {name: redact_all(value) for name, value in fields.items()}
    return {**shown, "paused": True} if is_paused else shown


def feeds_table(rows: Sequence[FeedLine], width: int) -> Table:
    """Return a table with a line per feed, which fits the width; it cuts long names in the middle.

    The agency has a fixed width; name and last answer share the rest, of which the name gets at
    least three fifths.
    """

    def longest(field: str) -> int:
        return max(len(field), *(len(getattr(row, field)) for row in rows))

    agency = min(longest("agency"), _AGENCY_COLUMNS)
    rest = max(20, width - _ID_COLUMNS - agency - longest("due") - longest("items") - _GAPS)
    name = min(longest("name"), max(rest - longest("last"), rest * 3 // 5))
    shown = table("Id", "Feed", "Agency", "Due", "Last", "Items")
    for column in shown.columns:
        column.no_wrap = True
    for row in rows:
        shown.add_row(
            row.id,
            Text(shorten_middle(row.name, name)),
            Text(one_line(row.agency, _AGENCY_COLUMNS)),
            row.due,
            Text(one_line(row.last, rest - name), style="red" if row.is_failing else ""),
            row.items,
        )
    return shown


def shorten_middle(text: str, width: int) -> str:
    """Return a text in at most `width` characters, with an ellipsis in the middle if it is longer.

    Both ends of a URL tell feeds apart: its host, and its last part.

    >>> shorten_middle("https://news.example/world/rss.xml", 20)
    'https://ne…d/rss.xml'
    """
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def name_of_feed(feed: Feed) -> str:
    """Return the feed's name, else its URL without secrets."""
    return feed.name or redact(feed.url)


def _moment(record: PollRecord) -> datetime:
    return datetime.fromtimestamp(record.at, UTC)


def say_response(record: PollRecord) -> str:
    """Return the HTTP status and the failure code of a poll: `HTTP 200`, `timeout`."""
    parts = (f"HTTP {record.status}" if record.status else "", record.code)
    return " ".join(filter(None, parts))


def is_failed(record: PollRecord) -> bool:
    """Return True for a poll that failed. 226 is the answer with a delta (RFC 3229)."""
    return bool(record.code) or record.status not in {200, 226, 304}
