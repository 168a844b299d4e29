"""Short messages on the page that follows an action.

The query of a page holds the code of a message and its numbers, never its words, so that a link
cannot put words into the page.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse

__all__ = ["Notice", "find_notice", "redirect", "with_query"]


class Notice(Struct, frozen=True):
    """A message about a past action. `is_problem` is True if some of it was not done."""

    words: str
    is_problem: bool = False


_HUB = "Its hub could not be reached and may push until its lease ends; such pushes are refused."

_NOTICES = {
    "added": Notice("The feed is added and due now."),
    "paused": Notice("The feed is paused: it is not polled until somebody resumes it."),
    "paused-hub": Notice(f"The feed is paused. {_HUB}", is_problem=True),
    "resumed": Notice("The feed is polled again, no earlier than it was due."),
    "not-paused": Notice("The feed was not paused, so there was nothing to resume."),
    "due": Notice("The feed is due now, and is polled at once while a dispatcher runs."),
    "poll-paused": Notice("The feed is paused, so it is not polled: resume it.", is_problem=True),
    "removed": Notice("The feed is removed, together with its state."),
    "removed-hub": Notice(f"The feed is removed. {_HUB}", is_problem=True),
    "feed-gone": Notice(
        "This feed no longer exists: somebody has removed it. Nothing was changed.",
        is_problem=True,
    ),
    "none-chosen": Notice("No letter was chosen. Nothing was changed.", is_problem=True),
}

_LATE = "came in so long ago that kills and later versions of"

_COUNTED = {
    "retried": (
        "1 letter is back where it came from.",
        "{} letters are back where they came from.",
    ),
    "dropped": ("1 letter is dropped.", "{} letters are dropped."),
    "gone": (
        "1 letter was gone already: somebody has retried or dropped it.",
        "{} letters were gone already: somebody has retried or dropped them.",
    ),
    "late": (
        f"1 letter stays: it {_LATE} its item may be forgotten. Retry it on its own page.",
        f"{{}} letters stay: they {_LATE} their items may be forgotten. Retry each on its page.",
    ),
    "cut": (
        "1 letter stays: its message was too long to be kept whole.",
        "{} letters stay: their messages were too long to be kept whole.",
    ),
}
"""Messages with a number, in the singular and the plural, in the order in which they are shown."""

_LONGEST_NUMBER = 6


def find_notice(request: Request) -> Notice | None:
    """Return the message that the query of a request names; None without a message."""
    query = request.query_params
    if known := _NOTICES.get(query.get("done", "")):
        return known
    counts = {name: _count(query.get(name, "")) for name in _COUNTED}
    words = [_say(name, count) for name, count in counts.items() if count]
    is_problem = any(counts[name] for name in ("gone", "late", "cut"))
    return Notice(" ".join(words), is_problem) if words else None


def _count(written: str) -> int:
    is_number = written.isascii() and written.isdigit() and len(written) <= _LONGEST_NUMBER
    return int(written) if is_number else 0


def _say(name: str, count: int) -> str:
    singular, plural = _COUNTED[name]
    return singular if count == 1 else plural.format(count)


def redirect(path: str, query: Mapping[str, str | int], *, fragment: str = "") -> RedirectResponse:
    """Return the redirect to a page after an action.

    With 303 the browser sends a GET, so that a reload of the page does not repeat the action.

    Args:
        path: The path of the page.
        query: Its query, without empty values and zeros: `done` is the code of a message; the
            number of a counted message stands under its name.
        fragment: The id of the element to scroll to.
    """
    return RedirectResponse(f"{path}{with_query(query)}{fragment and f'#{fragment}'}", 303)


def with_query(query: Mapping[str, str | int]) -> str:
    """Return a query with its question mark, without empty values; "" if none is left."""
    given = {name: value for name, value in query.items() if value}
    return f"?{urlencode(given)}" if given else ""
