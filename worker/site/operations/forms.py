"""Guards of actions against CSRF: an action is only accepted from a form of these pages.

A form carries a token that is the HMAC of a random cookie, which a page of another site can neither
read nor set (signed double-submit cookie; source: OWASP, "Cross-Site Request Forgery Prevention").
No process keeps sessions, and any process accepts the forms of another, since the key is in the
store. Browsers also tell in Sec-Fetch-Site, or else in Origin, which site sent a form; programs
send neither header, but need cookie and token all the same.
"""

import asyncio
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.errors import BrokerRefused
from worker.ports import Secrets
from worker.site.pages.frame import render, render_error

__all__ = ["Form", "Forms"]

_COOKIE = "copytaster_form"
_FIELD = "token"
_SECRET = "forms"  # noqa: S105  # the name of a secret
_IS_COOKIE = re.compile(r"[\w-]{43}", re.ASCII)

_LIMIT_BYTES = 65_536
_LIMIT_FIELDS = 1000
_BODY_S = 10.0

_OLD_FORM = (
    "This form is out of date. Go back, reload the page, and try again. Nothing was changed."
)
_OTHER_SITE = "The form was sent by a page of another site. Nothing was changed."


class Form:
    """The fields of a form that has passed all guards."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def get(self, name: str) -> str:
        """Return the first value of a field without surrounding white space; "" if it is absent."""
        return self._fields.get(name, [""])[0].strip()

    def all(self, name: str) -> list[str]:
        """Return all values of a field, each once."""
        return list(dict.fromkeys(self._fields.get(name, [])))


class _Refusal(Exception):  # noqa: N818  # the form is refused; nothing failed
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class Forms:
    """Renders pages with forms, and makes the routes of actions, which accept only these forms.

    Args:
        secrets_: The secrets of the store; the key of the forms is read once.
    """

    def __init__(self, secrets_: Secrets) -> None:
        self._secrets = secrets_
        self._key = b""

    def render(
        self, request: Request, name: str, *, status: int = 200, **values: object
    ) -> Response:
        """Return a page whose forms carry `form_token`. It may block, so it runs in a thread."""
        cookie = request.cookies.get(_COOKIE, "")
        is_new = _IS_COOKIE.fullmatch(cookie) is None
        if is_new:
            cookie = secrets.token_urlsafe(32)
        try:
            token = self._token(cookie)
        except BrokerRefused:
            # A server without free memory cannot store the first key. Its page must still open,
            # since that is where an operator looks then; only its actions do not work.
            token = ""
        response = render(request, name, status=status, form_token=token, **values)
        response.headers["cache-control"] = "no-store"
        # Under the policy `no-referrer`, browsers send `Origin: null` with the page's own forms.
        response.headers["referrer-policy"] = "same-origin"
        if is_new:
            is_tls = request.url.scheme == "https"
            response.set_cookie(_COOKIE, cookie, httponly=True, samesite="strict", secure=is_tls)
        return response

    def page(self, path: str, show: Callable[[Request], Response]) -> Route:
        """Return the GET route of a page; `show` runs in a thread."""

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(show, request)

        return Route(path, endpoint, methods=["GET"])

    def action(self, path: str, act: Callable[[Request, Form], Response]) -> Route:
        """Return the POST route of an action; `act` runs in a thread, if the form is accepted."""

        async def endpoint(request: Request) -> Response:
            try:
                form = await self._read(request)
            except _Refusal as refusal:
                return render_error(request, refusal.status, refusal.words)
            return await run_in_threadpool(act, request, form)

        return Route(path, endpoint, methods=["POST"])

    async def _read(self, request: Request) -> Form:
        """Return the form of a request.

        Raises:
            _Refusal: The request does not pass the guards; nothing may be changed.
        """
        _check_site(request)
        fields = _read_fields(await _read_body(request))
        cookie = request.cookies.get(_COOKIE, "")
        if _IS_COOKIE.fullmatch(cookie) is None:
            raise _Refusal(403, _OLD_FORM)
        token = await run_in_threadpool(self._token, cookie)
        if not hmac.compare_digest(fields.get(_FIELD, [""])[0].encode(), token.encode()):
            raise _Refusal(403, _OLD_FORM)
        return Form(fields)

    def _token(self, cookie: str) -> str:
        self._key = self._key or self._secrets.get(_SECRET)
        return hmac.digest(self._key, cookie.encode(), "sha256").hex()


def _check_site(request: Request) -> None:
    headers = request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        is_ours = site == "same-origin"
    else:
        is_ours = origin is None or _host_of(origin) == headers.get("host", "").lower()
    if not is_ours:
        raise _Refusal(403, _OTHER_SITE)


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


async def _read_body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _Refusal(415, "Only the forms of these pages are accepted.")
    body = b""
    try:
        async with asyncio.timeout(_BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _LIMIT_BYTES:
                    raise _Refusal(413, f"A form has at most {_LIMIT_BYTES} bytes.")
    except TimeoutError:
        raise _Refusal(408, "The form did not arrive in time.") from None
    return body


def _read_fields(body: bytes) -> dict[str, list[str]]:
    try:
        text = body.decode("ascii")
        return parse_qs(text, keep_blank_values=True, max_num_fields=_LIMIT_FIELDS)
    except ValueError:
        raise _Refusal(400, "The form cannot be read.") from None
