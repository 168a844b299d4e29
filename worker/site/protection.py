"""Protection of every answer of the web application: the Host header, and security headers.

A page of an attacker may point its own domain name at 127.0.0.1 once it is loaded ("DNS
rebinding"); the browser would then let it read the answers, as those of its own site. So only
requests to an IP address, to `localhost` or to a name in the settings are answered.
"""

import ipaddress
import re
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.site.problems import answer_refusal

__all__ = ["CheckHost", "SecurityHeaders", "is_own_host"]

_PORT = re.compile(r":[0-9]*\Z")

_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class CheckHost:
    """ASGI middleware that refuses requests whose Host header is not a name of this service."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_own_host(
            Headers(scope=scope).get("host", ""), self._names
        ):
            await self._app(scope, receive, send)
            return
        words = "this service does not answer for that name: set COPYTASTER_WEB_HOSTS"
        # 421 is Misdirected Request, RFC 9110.
        await answer_refusal(scope["path"], 421, words)(scope, receive, send)


def is_own_host(host: str, names: Collection[str]) -> bool:
    """Return True for a Host header with an IP address, `localhost`, or one of these names.

    >>> is_own_host("127.0.0.1:8080", ()), is_own_host("[::1]", ()), is_own_host("localhost", ())
    (True, True, True)
    >>> is_own_host("evil.example", ()), is_own_host("News.example:80", {"news.example"})
    (False, True)
    """
    name = _PORT.sub("", host).lower().removesuffix(".")
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


class SecurityHeaders:
    """ASGI middleware that adds security headers to every answer, and a CSP to HTML."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["content-security-policy"] = _POLICY
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
