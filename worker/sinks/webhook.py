"""Events as HTTP requests, signed by the rules of Standard Webhooks.

Target: the URL to post to; options for us, not for the receiver, follow its `#`:
`https://desk.example/wire#secret_file=/run/secrets/wire&private=yes&timeout_s=20`.

Each event is the body of one POST, in CloudEvents' structured mode. The header `webhook-id` is the
event's id, and `webhook-signature` signs id, time and body with each secret of the file, which has
a secret on each line: base64 of at least 24 bytes, with or without `whsec_` before it; two lines
while a secret is being changed.

An event is taken with a 2xx answer; redirects are not followed. 410 means that the receiver wants
no more events, and 413 without `Retry-After` that it never takes this one. As for feeds, only
public addresses are connected to, unless `private=yes` is set.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import httpcore
import httpx

from worker import __version__
from worker.errors import (
    EventRefused,
    FetchRefused,
    SettingsError,
    SinkClosed,
    SinkError,
    reason_of,
)
from worker.model.publishing import DeskEntry
from worker.model.target_url import TargetOptions
from worker.web.caching import read_retry_after_s
from worker.web.ssrf_guard import GuardedBackend, GuardedTransport, check_url

__all__ = ["WebhookSink", "open_webhook", "sign_event"]

_OPTIONS = {"secret_file": "", "private": "no", "timeout_s": "20"}
_PREFIX = "whsec_"
_SECRET_BYTES_MIN = 24
"""Source: Standard Webhooks 1.0, which asks for 24 to 64 bytes."""
_LIMIT_ANSWER_BYTES = 64 * 1024
"""Of a longer answer the rest is not worth the wait: its connection is closed instead."""


def open_webhook(target: str, desk: str) -> "WebhookSink":  # noqa: ARG001  every sink is told
    """Open the sink for a target such as `https://desk.example/wire#secret_file=PATH`.

    Raises:
        SettingsError: The target is no http or https URL, or has no secret to sign with.
        SinkError: The file with the secret cannot be read now.
    """
    url, _, words = target.partition("#")
    try:
        check_url(url)
    except FetchRefused as error:
        raise SettingsError(error.reason, subject=error.subject.partition("?")[0]) from error
    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if "@" in parts.netloc:
        reason = "user and password are not sent; the signature says who we are"
        raise SettingsError(reason, subject=shown)
    options = TargetOptions.read(words, _OPTIONS, shown)
    private = options.choice("private", "yes", "no") == "yes"
    return WebhookSink(
        url,
        _read_secrets(options.text("secret_file"), shown),
        allow_origins=frozenset({_origin(parts)} if private else ()),
        timeout_s=options.seconds("timeout_s"),
        shown=shown,
    )


def sign_event(secret: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of an event. Source: Standard Webhooks 1.0, "Signature scheme".

    >>> sign_event(b"k" * 24, "a", 1, b"{}")
    'v1,A4Z0Dxwi88o6+BU5VBkwkhIro8S4CTGiNo1lWHvGV7c='
    """
    signed = f"{event_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class WebhookSink:
    """A `worker.ports.Sink` on a URL: a request for each event, after the answer to the last."""

    def __init__(
        self,
        url: str,
        secrets: tuple[bytes, ...],
        *,
        allow_origins: frozenset[str],
        timeout_s: float,
        shown: str,
    ) -> None:
        self._url = url
        self._secrets = secrets
        self._allow_origins = allow_origins
        self._timeout_s = timeout_s
        self._shown = shown
        self._runner: asyncio.Runner | None = None
        self._backend: GuardedBackend | None = None
        self._transport: GuardedTransport | None = None

    def send(self, entries: Iterable[DeskEntry]) -> None:
        self._runner = self._runner or asyncio.Runner()
        for taken, entry in enumerate(entries):
            try:
                self._runner.run(self._post(entry, taken))
            except SinkError:
                raise
            except (httpx.HTTPError, httpcore.ConnectError, FetchRefused, OSError) as error:
                reason = f"the receiver took no event: {_reason(error)}"
                raise SinkError(reason, subject=self._shown, taken=taken) from error

    def close(self) -> None:
        transport, self._transport = self._transport, None
        if self._runner is not None:
            if transport is not None:
                self._runner.run(transport.aclose())
            self._runner.close()
            self._runner = None
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    async def _post(self, entry: DeskEntry, taken: int) -> None:
        """Post an event; raise SinkError unless the answer is a 2xx."""
        request = httpx.Request("POST", self._url, headers=self._headers(entry), content=entry.body)
        async with asyncio.timeout(self._timeout_s):
            response = await self._open().handle_async_request(request)
            try:
                await _drain(response)
            finally:
                await response.aclose()
        status = response.status_code
        if HTTPStatus(200) <= status < HTTPStatus(300):
            return
        retry_after_s = read_retry_after_s(response.headers, datetime.now(UTC))
        raise _kind_of(status, retry_after_s)(
            f"the receiver answered HTTP {status} {response.reason_phrase}".rstrip(),
            subject=self._shown,
            taken=taken,
            retry_after_s=retry_after_s,
        )

    def _open(self) -> GuardedTransport:
        if self._transport is None:
            self._backend = GuardedBackend(self._allow_origins)
            context = httpx.create_ssl_context(trust_env=False)
            self._transport = GuardedTransport(self._backend, context, connections=1)
        return self._transport

    def _headers(self, entry: DeskEntry) -> dict[str, str]:
        timestamp = int(time.time())
        signatures = (
            sign_event(secret, entry.id, timestamp, entry.body) for secret in self._secrets
        )
        return {
            "user-agent": f"copytaster/{__version__}",
            "content-type": "application/cloudevents+json; charset=utf-8",
            "webhook-id": entry.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signatures),
            **entry.trace,
        }


def _kind_of(status: int, retry_after_s: float | None) -> type[SinkError]:
    """Return the error for a status. Source: RFC 9110, 15.5.14, a 413 that is temporary says so."""
    if status == HTTPStatus.GONE:
        return SinkClosed
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and retry_after_s is None:
        return EventRefused
    return SinkError


async def _drain(response: httpx.Response) -> None:
    """Read the body, up to a limit, so that the connection can be used again."""
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > _LIMIT_ANSWER_BYTES:
            return


def _read_secrets(path: str, shown: str) -> tuple[bytes, ...]:
    if not path:
        reason = "name the file with the secret to sign with: ...#secret_file=PATH"
        raise SettingsError(reason, subject=shown)
    try:
        lines = Path(path).expanduser().read_text(encoding="ascii").split()
    except OSError as error:  # it may be back in a moment: a mount, a rotation
        raise SinkError(f"the secret cannot be read: {error.strerror}", subject=path) from error
    except UnicodeDecodeError as error:
        raise SettingsError("the secret cannot be read: no ASCII", subject=path) from error
    secrets = tuple(_decode(line) for line in lines)
    if not secrets or not all(len(secret) >= _SECRET_BYTES_MIN for secret in secrets):
        reason = f"not a secret: base64 of at least {_SECRET_BYTES_MIN} random bytes on each line"
        raise SettingsError(reason, subject=path)
    return secrets


def _decode(line: str) -> bytes:
    try:
        return base64.b64decode(line.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return b""


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error.__cause__, ssl.SSLError):
        error = error.__cause__
    return reason_of((isinstance(error, FetchRefused) and error.reason) or error, 200)
