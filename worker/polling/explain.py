"""Explanations for people: the time of a feed's next poll, and the terms of its publisher."""

from worker.model import Feed, FeedState
from worker.polling.cadence import Cadence

__all__ = ["describe_publisher_terms", "explain_due_time"]


def explain_due_time(feed: Feed, state: FeedState) -> str:
    """Return the reason for the time of the next poll.

    >>> explain_due_time(Feed(id="1", url="https://wire.example/"), FeedState())
    'not polled yet'
    """
    if state.gone:
        return "the server said 410 Gone: never again by itself"
    if state.polled_at is None and not state.why:
        return "not polled yet"
    times = "once" if state.failures == 1 else f"{state.failures} times in a row"
    failed = f"it failed {times} ({state.code or 'broken'})"
    reasons = {
        "retry_after": f"{failed}: the server's Retry-After asks us to wait",
        "back_off": f"{failed}: the wait grows up to a day",
        "host": "its host said 429 or 503 to one of its feeds: all of them wait",
        "turn": "other requests to its host came first",
        "memory": "other bodies filled the memory that polls may use",
        "busy": "slow names or large bodies of other feeds kept us",
        "offline": "our own network was away",
        "fresh": f"the server's Cache-Control or Expires asks for {state.fresh_s} s",
        "pace": f"the feed's own ttl or sy:updatePeriod asks for {state.pace_s} s",
        "push": "its hub tells us what is new; this poll only makes sure, and renews the lease",
        "rhythm": describe_cadence(state),
    }
    return reasons.get(state.why, f"its interval is {feed.interval_s} s")


def describe_cadence(state: FeedState) -> str:
    """Return the feed's usual gap between new entries, in words.

    >>> describe_cadence(FeedState())
    'its rhythm: not known yet; a new entry every 1800 s is assumed'
    """
    cadence = Cadence(state.new_entries, state.watched_s) if state.watched_s else Cadence()
    gap_s = cadence.watched_s / cadence.entries
    if cadence == Cadence():
        return f"its rhythm: not known yet; a new entry every {gap_s:.0f} s is assumed"
    return f"its rhythm: a new entry about every {gap_s:.0f} s lately"


def describe_publisher_terms(state: FeedState) -> str:
    """Return the headers and feed elements by which the publisher steers polls.

    >>> describe_publisher_terms(FeedState(fresh_s=600, etag="x"))
    'Cache-Control or Expires: 600 s; gave an ETag'
    """
    terms = (
        (state.pace_s, f"ttl or sy:updatePeriod: {state.pace_s} s"),
        (state.fresh_s, f"Cache-Control or Expires: {state.fresh_s} s"),
        (state.why == "retry_after", f"Retry-After: {state.interval_s} s"),
        (state.url, f"moved for good to {state.url}"),
        (state.gone, "never to be asked again"),
        (state.etag, "gave an ETag"),
        (state.last_modified, "gave a Last-Modified"),
    )
    return "; ".join(words for is_given, words in terms if is_given) or "nothing"
