"""The actions on feeds: add, pause, resume, poll, remove.

An action on a feed that somebody else has removed in the meantime leads to the list of feeds, with
a message.
"""

from collections.abc import Callable
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from worker.errors import MessageError
from worker.inbox.messages import read_message
from worker.model import Feed
from worker.model.inbox import FeedRequest
from worker.model.redaction import without_secrets
from worker.render.feeds import name_of_feed
from worker.services import resume_polls, unsubscribe
from worker.settings import Settings
from worker.site.context import SiteContext
from worker.site.operations.feeds import Filter
from worker.site.operations.forms import Form, Forms
from worker.site.operations.notices import redirect
from worker.site.pages.frame import render_error

__all__ = ["action_routes"]

_Act = Callable[[SiteContext, str], str]
"""An action on the feed with an id, which returns the code of the message to show."""

_FIELDS = ("feed", "name", "agency", "language", "interval_s")


def action_routes(context: SiteContext, forms: Forms) -> list[BaseRoute]:
    """Return the routes of the actions, and of the forms to add and to remove a feed."""
    acts: dict[str, _Act] = {"pause": _pause, "resume": _resume, "poll": _poll}
    return [
        forms.page("/feeds/add", partial(_show_add, forms)),
        forms.action("/feeds/add", partial(_add, context, forms)),
        forms.page("/feeds/{feed_id}/remove", partial(_show_remove, context, forms)),
        forms.action("/feeds/{feed_id}/remove", partial(_remove, context)),
        *(
            forms.action(f"/feeds/{{feed_id}}/{name}", partial(_act, context, act))
            for name, act in acts.items()
        ),
    ]


def _act(context: SiteContext, act: _Act, request: Request, form: Form) -> Response:
    """Perform the action of a button, and return to its page: the list or the feed's page."""
    feed_id = request.path_params["feed_id"]
    feed = context.store.feeds.get(feed_id)
    done = "feed-gone" if feed is None else act(context, feed_id)
    if done == "feed-gone":
        return redirect("/feeds", {"done": done})
    if form.get("back") == "list":
        query = Filter.of({name: form.get(name) for name in ("q", "state", "page")}).query()
        return redirect("/feeds", {**query, "done": done}, fragment=f"feed-{feed_id}")
    return redirect(f"/feeds/{feed_id}", {"done": done})


def _pause(context: SiteContext, feed_id: str) -> str:
    # The pause comes first: a poll after the end of the subscription would renew it.
    if not context.store.feeds.pause(feed_id):
        return "feed-gone"
    return _with_hub(context, feed_id, "paused")


def _with_hub(context: SiteContext, feed_id: str, done: str) -> str:
    """End the feed's subscription, and return the code of the message after the action."""
    return f"{done}-hub" if unsubscribe(context.settings, context.store, feed_id) else done


def _resume(context: SiteContext, feed_id: str) -> str:
    is_resumed = resume_polls(context.settings, context.store, feed_id)
    return "resumed" if is_resumed else "not-paused"


def _poll(context: SiteContext, feed_id: str) -> str:
    if context.store.feeds.is_paused(feed_id):
        return "poll-paused"
    return "due" if context.store.feeds.poll_now(feed_id) else "feed-gone"


def _show_remove(context: SiteContext, forms: Forms, request: Request) -> Response:
    feed = context.store.feeds.get(request.path_params["feed_id"])
    if feed is None:
        return render_error(request, 404, "There is no feed of this id. It may have been removed.")
    name, url = name_of_feed(feed), without_secrets(feed.url)
    return forms.render(request, "feed_remove.html.j2", feed_id=feed.id, feed_name=name, url=url)


def _remove(context: SiteContext, request: Request, form: Form) -> Response:  # noqa: ARG001
    feed_id = request.path_params["feed_id"]
    if not context.store.feeds.remove(feed_id):
        return redirect("/feeds", {"done": "feed-gone"})
    return redirect("/feeds", {"done": _with_hub(context, feed_id, "removed")})


def _show_add(forms: Forms, request: Request) -> Response:
    blank = dict.fromkeys((*_FIELDS, "full_text"), "")
    return forms.render(request, "feed_add.html.j2", values=blank, problem="", known="")


def _add(context: SiteContext, forms: Forms, request: Request, form: Form) -> Response:
    """Add a feed by the same rules as a feed request in the inbox; a known feed stays unchanged."""
    values = {name: form.get(name) for name in (*_FIELDS, "full_text")}
    again = partial(forms.render, request, "feed_add.html.j2", status=400, values=values)
    try:
        feed = _read_feed(context.settings, values)
    except MessageError as error:
        return again(problem=error.reason, known="")
    if context.store.feeds.get(feed.id) is not None:
        return again(problem="This feed exists already, and was not changed.", known=feed.id)
    context.store.feeds.add([feed])
    return redirect(f"/feeds/{feed.id}", {"done": "added"})


def _read_feed(settings: Settings, values: dict[str, str]) -> Feed:
    """Return the feed that a form describes.

    Raises:
        MessageError: A field is wrong; the reason names it.
    """
    message: dict[str, object] = {name: values[name] for name in _FIELDS if values[name]}
    if not values["feed"]:
        raise MessageError("The URL of the feed is missing.")
    if interval := values["interval_s"]:
        if not (interval.isascii() and interval.isdigit() and len(interval) <= 9):
            raise MessageError("The interval must be a number of seconds, such as 300.")
        message["interval_s"] = int(interval)
    message["full_text"] = bool(values["full_text"])
    encoded = msgspec.json.encode(message).decode()
    request = read_message({"message": encoded}, limit_bytes=settings.message_limit_bytes)
    assert isinstance(request, FeedRequest)
    return request.feed
