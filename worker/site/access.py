"""Access to the web application: tokens, roles, and requests from pages of other sites.

A token comes as `Authorization: Bearer TOKEN`, or as the password of HTTP Basic, for which browsers
show a dialog by themselves. A browser then sends the password with every request, including
requests that a page of another site makes (CSRF); those are refused by headers that only the
browser can set.
"""

import base64
import binascii
import functools
import ipaddress
from collections.abc import Awaitable, Callable

import structlog
from starlette.authentication import (
    AuthCredentials,
    BaseUser,
    SimpleUser,
    UnauthenticatedUser,
)
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.errors import SettingsError
from worker.site.problems import answer_refusal
from worker.site.tokens import TokenRole, TokensFile

__all__ = ["Access", "RequireRole", "check_exposure", "requires"]

log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]

CHALLENGE = {"www-authenticate": 'Basic realm="copytaster", charset="UTF-8"'}

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})  # none: typed into the address bar
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_FORWARDED = (
    *("forwarded", "via", "x-real-ip"),
    *("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
)

LOCAL = SimpleUser("local")
"""The user of every request where there are no tokens; only this machine can send one."""


def requires(role: TokenRole | str) -> Callable[[Endpoint], Endpoint]:
    """Return a decorator of request handlers that requires a role.

    Starlette's own `requires` answers 403 without a token as well, and no browser would then ask
    for one.

    Raises:
        HTTPException: Raised by the handler: 401 without a token, 403 for a token of another role.
    """
    wanted = TokenRole(role)

    def decorate(endpoint: Endpoint) -> Endpoint:
        @functools.wraps(endpoint)
        async def checked(request: Request) -> Response:
            _check_role(request, wanted)
            return await endpoint(request)

        checked.role = wanted  # type: ignore[attr-defined]  # a test reads it of every route
        return checked

    return decorate


class RequireRole:
    """ASGI middleware for pages: GET needs the role `read`, actions need `operate`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _check_role(
                Request(scope), TokenRole.READ if scope["method"] in _SAFE else TokenRole.OPERATE
            )
        await self._app(scope, receive, send)


def _check_role(request: Request, wanted: TokenRole) -> None:
    """Raise HTTPException 401 without a token, 403 for a token of another role."""
    if not request.user.is_authenticated:
        raise HTTPException(401, "a token is needed", CHALLENGE)
    if wanted not in request.auth.scopes:
        reason = f"a token of the role {wanted.value} is needed"
        raise HTTPException(403, f"{reason}; that of {request.user.display_name} has another")


def check_exposure(address: str, tokens: str) -> None:
    """Refuse to listen where other machines can connect, unless there are tokens.

    Args:
        address: The IP address to listen on, perhaps with a zone (`fe80::1%eth0`).
        tokens: The setting `web_tokens`.

    Raises:
        SettingsError: The address is not loopback, and there are no tokens.
    """
    listened = ipaddress.ip_address(address.partition("%")[0])
    if not tokens and not any(listened in network for network in _LOOPBACK):
        reason = "not set; an address other than loopback needs a file of tokens (docs/http.md)"
        raise SettingsError(reason, subject="COPYTASTER_WEB_TOKENS")


class Access:
    """ASGI middleware that finds the sender of a request, and refuses pages of other sites.

    It sets `request.user` and `request.auth`, which `requires` and `RequireRole` check. Without
    tokens everybody on this machine has every role.

    Args:
        tokens: The file of tokens, if there is one.
    """

    def __init__(self, app: ASGIApp, *, tokens: TokensFile | None = None) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = self._refuse(scope, Headers(scope=scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
            send = self._while_valid(scope, send)
        await self._app(scope, receive, send)

    def _while_valid(self, scope: Scope, send: Send) -> Send:
        """Return a `send` that ends an answer which goes on, once its token is no longer valid."""
        tokens, headers = self._tokens, Headers(scope=scope)
        if tokens is None or not scope["user"].is_authenticated:
            return send
        token = _token_of(headers["authorization"])
        holder, is_over = tokens.find(token), False

        async def send_while_valid(message: Message) -> None:
            nonlocal is_over
            if is_over:
                return  # until the handler hears that its client has left
            if message.get("more_body") and tokens.find(token) != holder:
                is_over = True
                message = {**message, "body": b"", "more_body": False}
            await send(message)

        return send_while_valid

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the refusal of a request; None if it may go on to its handler."""
        scope["auth"], scope["user"] = AuthCredentials(), UnauthenticatedUser()
        path: str = scope["path"]
        if _is_from_other_site(scope["method"], headers):
            return answer_refusal(path, 403, "this request comes from a page of another site")
        if self._tokens is None:
            # A proxy on this machine makes the whole world look local.
            if any(name in headers for name in _FORWARDED):
                return answer_refusal(path, 403, "came through a proxy: set COPYTASTER_WEB_TOKENS")
            scope["auth"], scope["user"] = _signed_in(LOCAL, TokenRole.OPERATE)
            return None
        if "authorization" not in headers:
            return None
        holder = self._tokens.find(_token_of(headers["authorization"]))
        if holder is None:
            log.warning("token_refused")  # without the token, which may be mistyped by a character
            return answer_refusal(path, 401, "unknown token", CHALLENGE)
        scope["auth"], scope["user"] = _signed_in(SimpleUser(holder.name), holder.role)
        return None


def _signed_in(user: BaseUser, role: TokenRole) -> tuple[AuthCredentials, BaseUser]:
    return AuthCredentials(role.included), user


def _token_of(authorization: str) -> str:
    """Return the token in a header `Authorization`; empty if there is none.

    >>> _token_of("Bearer abc"), _token_of("Basic bWU6YTpi"), _token_of("Digest x")
    ('abc', 'a:b', '')
    """
    scheme, _, words = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return words.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        login = base64.b64decode(words.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return login.partition(":")[2]


def _is_from_other_site(method: str, headers: Headers) -> bool:
    """Return True for a request that a page of another site makes.

    Following a link from another site is allowed. Browsers too old for `Sec-Fetch-Site` still send
    `Origin` with every POST; programs send neither. Source: W3C, "Fetch Metadata Request Headers".
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        is_link = method in _SAFE and headers.get("sec-fetch-mode") == "navigate"
        return site not in _OWN_SITES and not is_link
    origin = headers.get("origin")
    if origin is None or method in _SAFE:
        return False
    return origin.partition("://")[2].lower() != headers.get("host", "").lower()
