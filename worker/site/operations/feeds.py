"""The list of feeds, and the page of a feed with the reasons of its schedule."""

import datetime
from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from worker.model import HEALTH, Feed, PollRecord, poll_url
from worker.model.feed import FeedStanding
from worker.model.redaction import redact, without_secrets
from worker.polling.explain import describe_cadence, describe_publisher_terms, explain_due_time
from worker.ports import Store
from worker.render.feeds import (
    history_json,
    is_failed,
    name_of_feed,
    say_due,
    say_host,
    say_last_answer,
    say_response,
    say_wait,
)
from worker.render.subscriptions import hub_rows
from worker.settings import Settings
from worker.site.context import SiteContext
from worker.site.operations.forms import Forms
from worker.site.operations.notices import find_notice, with_query
from worker.site.operations.words import TimeAgo, say_moment
from worker.site.pages.filters import Filters
from worker.site.pages.frame import render_error

__all__ = ["feed_routes"]

_ON_PAGE = 50
_LONGEST_WORDS = 200
_LARGEST_PAGE = 100_000
_EARLIER = datetime.timedelta(seconds=2)
"""A feed due this much earlier than its last poll decided was advanced by a person or a push."""

_STATES = ("paused", "due", *HEALTH)
_TONES = {"failing": "alarm", "gone": "alarm", "slowed": "warn", "empty": "warn", "moved": "calm"}


class Badge(Struct, frozen=True):
    """A flag of a feed, with the CSS class of its colour: `alarm`, `warn` or `calm`."""

    word: str
    tone: str = ""


class FeedRow(Struct, frozen=True, kw_only=True):
    """A feed in words.

    `url` is without secrets. `answered_at` is the time of its last answer, `new_at` that of its
    last new entries.
    """

    id: str
    name: str
    url: str
    badges: tuple[Badge, ...]
    answer: str
    is_bad: bool
    answered_at: TimeAgo | None
    new_at: TimeAgo | None
    next_poll: str
    why: str
    is_paused: bool


class Filter(Struct, frozen=True, kw_only=True):
    """The conditions of the list, and the number of its page, from 1."""

    words: str = ""
    state: str = ""
    page: int = 1

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Filter":
        """Return the conditions in a query or a form; values that make no sense are ignored."""
        state, page = values.get("state") or "", values.get("page") or ""
        is_page = page.isascii() and page.isdigit() and 0 < int(page[:7]) <= _LARGEST_PAGE
        return cls(
            words=(values.get("q") or "").strip()[:_LONGEST_WORDS],
            state=state if state in _STATES else "",
            page=int(page[:7]) if is_page else 1,
        )

    def query(self, page: int = 0) -> dict[str, str | int]:
        """Return the query of a page of the list, by default of this one."""
        number = page or self.page
        return {"q": self.words, "state": self.state, "page": number if number > 1 else 0}


def feed_routes(context: SiteContext, forms: Forms) -> list[BaseRoute]:
    """Return the routes of the list and of a feed's page."""
    return [
        forms.page("/feeds", partial(_show_list, context, forms)),
        forms.page("/feeds/{feed_id}", partial(_show_feed, context, forms)),
    ]


def _show_list(context: SiteContext, forms: Forms, request: Request) -> Response:
    wanted, now = Filter.of(request.query_params), context.now()
    found = _find(context.store, wanted)
    last_page = max(1, -(-len(found) // _ON_PAGE))
    wanted = replace(wanted, page=min(wanted.page, last_page))
    start = (wanted.page - 1) * _ON_PAGE
    shown = context.store.feeds.standings(found[start : start + _ON_PAGE])
    sizes = context.store.stats.sizes()
    return forms.render(
        request,
        "feeds.html.j2",
        notice=find_notice(request),
        rows=[_describe(standing, now) for standing in shown],
        wanted=wanted,
        states=[(name, sizes.get(name, 0)) for name in _STATES],
        total=sizes["feeds"],
        found=len(found),
        start=start,
        last_page=last_page,
        to_page=lambda number: f"/feeds{with_query(wanted.query(number))}",
    )


def _find(store: Store, wanted: Filter) -> list[str]:
    """Return the ids of the feeds that match, in the order of their names.

    It reads all feeds, since the store has no index by name: 100,000 feeds take a quarter of a
    second.
    """
    in_state = store.feeds.in_state(wanted.state) if wanted.state else None
    words = wanted.words.casefold().split()
    named = [
        (name_of_feed(feed).casefold(), feed.id)
        for feed in store.feeds.all()
        if (in_state is None or feed.id in in_state) and (not words or _has_words(feed, words))
    ]
    return [feed_id for _, feed_id in sorted(named)]


def _has_words(feed: Feed, words: Sequence[str]) -> bool:
    """Return True if all words occur outside of secrets.

    A search that matched the secret of a URL could be used to guess it, letter by letter.
    """
    text = f"{feed.id} {feed.name} {feed.agency} {feed.url}".casefold()
    if not all(word in text for word in words):
        return False  # as most feeds do, without the cost of parsing the URL below
    text = f"{feed.id} {feed.name} {feed.agency} {without_secrets(feed.url)}".casefold()
    return all(word in text for word in words)


def _show_feed(context: SiteContext, forms: Forms, request: Request) -> Response:
    feed_id, store, now = request.path_params["feed_id"], context.store, context.now()
    standing = next(iter(store.feeds.standings([feed_id])), None)
    if standing is None:
        return render_error(request, 404, "There is no feed of this id. It may have been removed.")
    feed, state = standing.feed, standing.state
    return forms.render(
        request,
        "feed.html.j2",
        notice=find_notice(request),
        row=_describe(standing, now),
        facts=_facts(context.settings, store, standing),
        history=_history(store.feeds.history(feed.id), now),
        items_path=Filters(source=without_secrets(feed.url)).address(),
        polled_at_url=without_secrets(poll_url(feed, state)),
    )


def _describe(standing: FeedStanding, now: datetime.datetime) -> FeedRow:
    """Return a feed in words."""
    feed, state = standing.feed, standing.state
    flags = ("paused",) * standing.is_paused + state.health
    return FeedRow(
        id=feed.id,
        name=name_of_feed(feed),
        url=without_secrets(feed.url),
        badges=tuple(Badge(flag, _TONES.get(flag, "")) for flag in flags),
        answer=say_last_answer(feed, state),
        is_bad=state.failures > 0 or state.gone,
        answered_at=say_moment(state.polled_at, now),
        new_at=say_moment(standing.new_at, now),
        next_poll=_say_next(standing, now),
        why=_say_why(standing),
        is_paused=standing.is_paused,
    )


def _say_next(standing: FeedStanding, now: datetime.datetime) -> str:
    if standing.is_leased and not standing.is_paused:
        return "being polled now"
    state = standing.state
    # A feed that is gone has no next poll, unless a person has asked for one.
    if standing.due_at is not None:
        state = replace(state, due_at=standing.due_at, gone=False)
    return say_due(state, now, is_paused=standing.is_paused)


def _say_why(standing: FeedStanding) -> str:
    state, due_at = standing.state, standing.due_at
    if standing.is_paused:
        return "somebody paused it"
    if due_at and state.polled_at:
        decided_at = state.due_at
        if decided_at is None or decided_at - due_at > _EARLIER:
            return "a person or a push of its hub asked for it"
    return explain_due_time(standing.feed, state)


def _facts(settings: Settings, store: Store, standing: FeedStanding) -> list[tuple[str, str]]:
    """Return the names and values of a feed's facts; facts without a value are left out."""
    feed, state = standing.feed, standing.state
    # With a wait and a spacing of 0 s this reads the state of the host and takes no slot.
    host = store.hosts.take_slot(urlsplit(poll_url(feed, state)).hostname or "", 0, 0)
    facts = [
        ("Publisher's terms", describe_publisher_terms(state)),
        ("Cadence", describe_cadence(state).removeprefix("its rhythm: ")),
        ("Host", say_host(host)),
        ("Items seen", f"{state.items_seen:,}" if state.items_seen else ""),
        ("Agency", feed.agency),
        ("Language", feed.language),
        ("Interval", f"{feed.interval_s} s, as configured" if feed.interval_s else ""),
        ("Pages", "each entry's page is read" if feed.full_text else ""),
        *(
            (name.capitalize(), value)
            for name, value in hub_rows(state, store.subscriptions.get(feed.id), settings)
        ),
    ]
    return [(name, redact(value)) for name, value in facts if value]


def _history(records: Sequence[PollRecord], now: datetime.datetime) -> list[dict[str, object]]:
    """Return past polls in words, the newest first."""
    rows = []
    for record, shown in zip(records, history_json(records), strict=True):
        in_words = {
            "at": say_moment(datetime.datetime.fromtimestamp(record.at, datetime.UTC), now),
            "answer": say_response(record),
            "wait": "never" if record.wait_s < 0 else say_wait(record.wait_s),
            "is_bad": is_failed(record),
        }
        rows.append({**shown, **in_words})
    return rows
