"""The pushes of WebSub hubs: they come to the callbacks of `COPYTASTER_WEBSUB_CALLBACK_URL`."""

import re
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["HubCalls"]

_CALLBACK = re.compile(r"/[0-9a-f]{12}/[\w-]{43}", re.ASCII)
"""The end of a callback: the id of a feed, and 256 random bits."""

_CALLBACK_CHARS = 57


class HubCalls:
    """ASGI middleware that hands requests for callbacks to the receiver, and passes all others on.

    It stands before the check of tokens, since hubs have none: each callback is a secret of its
    own. What it passes on has no exception from any check.

    Args:
        receiver: The application that hubs call.
        url: The public URL of the callbacks. A proxy may cut off the first parts of its path.
    """

    def __init__(self, app: ASGIApp, *, receiver: ASGIApp, url: str) -> None:
        self._app = app
        self._receiver = receiver
        self._path = unquote(urlsplit(url).path.rstrip("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        is_hubs = scope["type"] == "http" and self._is_callback(scope["path"])
        await (self._receiver if is_hubs else self._app)(scope, receive, send)

    def _is_callback(self, path: str) -> bool:
        before, end = path[:-_CALLBACK_CHARS], path[-_CALLBACK_CHARS:]
        return self._path.endswith(before) and _CALLBACK.fullmatch(end) is not None
