"""What hubs talk to: confirmations, denials and pushes for one feed each, at a URL of its own.

`Receiver` is a bare ASGI application; `copytaster websub` serves it. A push is a hint: it is
acknowledged when the store knows that the feed is due, and the ordinary poll reads the feed. So a
push that is repeated, late, or older than what we have changes nothing. Source: WebSub, section 5.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import structlog

from worker.errors import BrokerError
from worker.feeds.hubs import callback_token, may_poll_at, read_signature
from worker.model import Subscription
from worker.ports import Store
from worker.settings import Settings

__all__ = ["Receiver"]

log = structlog.get_logger(__name__)

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]

_LIMIT_ID_CHARS = 64
_LIMIT_FIELDS = 20
_LIMIT_CHALLENGE_CHARS = 4096
_LIMIT_LEASE_S = 400 * 86_400
_LIMIT_REASON_CHARS = 200
_ASSUMED_LEASE_S = 86_400
"""Where a hub grants one and does not say how long: it is renewed often rather than lost."""


class _Refused(Exception):  # noqa: N818  # an answer, not a fault
    """The answer to a request that goes no further."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Receiver:
    """An ASGI application. The store's calls wait in threads, never on the loop."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store

    async def __call__(self, scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = b""
        try:
            status, body = await self._answer(scope, receive)
        except _Refused as refused:
            status = refused.status
        except BrokerError as error:  # the hub tries again
            log.error("broker_away", reason=str(error))
            status = 503
        await send({"type": "http.response.start", "status": status, "headers": _headers(body)})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Mapping[str, Any], receive: _Receive) -> tuple[int, bytes]:
        method = scope["method"]
        if method not in {"GET", "POST"}:
            raise _Refused(405)
        feed_id, found = await asyncio.to_thread(self._find, scope["path"])
        if method == "GET":
            if found is None:
                raise _Refused(404)
            return await self._confirm(feed_id, found, scope["query_string"])
        if found is None or found.mode != "subscribe":
            raise _Refused(410)  # the subscription is no more, and the hub may forget it
        await self._take(feed_id, found, scope["headers"], receive)
        return 202, b""

    def _find(self, path: str) -> tuple[str, Subscription | None]:
        """The feed that a path is about, and its subscription if the path is that one's own.

        The path ends in feed id and token; what stands before them is the proxy's.
        """
        feed_id, token = path.rpartition("/")[0].rpartition("/")[2], callback_token(path)
        is_id = 0 < len(feed_id) <= _LIMIT_ID_CHARS
        found = self._store.pushes.get(feed_id) if is_id and token else None
        own = callback_token(found.callback) if found else ""
        is_own = hmac.compare_digest(own.encode(), token.encode("utf-8", "replace"))
        return feed_id, found if is_own else None

    async def _confirm(self, feed_id: str, known: Subscription, query: bytes) -> tuple[int, bytes]:
        """The challenge, for what we asked for. Source: WebSub, section 5.3."""
        said = _read_query(query)
        mode, challenge = said.get("hub.mode", ""), said.get("hub.challenge", "")
        if said.get("hub.topic") != known.topic:
            log.warning("hub_unasked", feed_id=feed_id, mode=mode[:20])
            raise _Refused(404)
        if mode == "denied":
            reason = said.get("hub.reason", "")[:_LIMIT_REASON_CHARS] or "it gave no reason"
            await asyncio.to_thread(self._deny, feed_id, known, reason)
            log.warning("hub_denied", feed_id=feed_id, reason=reason)
            return 200, b""
        if not 0 < len(challenge) <= _LIMIT_CHALLENGE_CHARS or not await asyncio.to_thread(
            self._keep, feed_id, known, mode, _lease_s(said.get("hub.lease_seconds", ""))
        ):
            log.warning("hub_unasked", feed_id=feed_id, mode=mode[:20])
            raise _Refused(404)
        log.info("hub_confirmed", feed_id=feed_id, mode=mode)
        return 200, challenge.encode()

    def _deny(self, feed_id: str, known: Subscription, reason: str) -> None:
        """Keep the denial. A feed that waited for pushes is due, as if one had come: none tells of
        its news from now on.
        """
        self._store.pushes.deny(feed_id, known.callback, reason)
        if known.is_live(datetime.now(UTC)):
            self._push(feed_id, known.callback)

    def _keep(self, feed_id: str, known: Subscription, mode: str, lease_s: int) -> bool:
        """Keep what the hub confirms; False where we asked for something else."""
        pushes, now = self._store.pushes, datetime.now(UTC)
        if mode == "subscribe":
            until = now + timedelta(seconds=lease_s)
            return pushes.confirm(feed_id, known.callback, now, until)
        return mode == "unsubscribe" and pushes.forget(feed_id, known.callback)

    async def _take(
        self,
        feed_id: str,
        known: Subscription,
        headers: list[tuple[bytes, bytes]],
        receive: _Receive,
    ) -> None:
        """Acknowledge a push: with a right signature once its feed is due, else for nothing."""
        said = {name.lower(): value.decode("latin-1") for name, value in headers}
        signature = read_signature(said.get(b"x-hub-signature", ""))
        method, digest = signature or ("sha256", b"")
        signed = hmac.new(known.secret.encode(), digestmod=getattr(hashlib, method))
        try:
            async with asyncio.timeout(self._settings.fetch_timeout_s):
                await self._read(said.get(b"content-length", ""), receive, signed)
        except TimeoutError as error:
            raise _Refused(408) from error
        if not hmac.compare_digest(signed.digest(), digest):
            await asyncio.to_thread(self._store.pushes.refuse, feed_id, known.callback)
            log.warning("push_refused", feed_id=feed_id, signed=signature is not None)
        elif await asyncio.to_thread(self._push, feed_id, known.callback):
            log.info("push_taken", feed_id=feed_id)
        else:
            raise _Refused(410)

    async def _read(self, length: str, receive: _Receive, signed: "hmac.HMAC") -> None:
        """Read the body into its signature; nothing of it is kept."""
        limit_bytes, size_bytes = self._settings.fetch_limit_bytes, 0
        if length.isascii() and length.isdecimal() and int(length[:18]) > limit_bytes:
            raise _Refused(413)
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Refused(400)
            part = message.get("body", b"")
            size_bytes += len(part)
            if size_bytes > limit_bytes:
                raise _Refused(413)
            signed.update(part)
            if not message.get("more_body", False):
                return

    def _push(self, feed_id: str, callback: str) -> bool:
        state = self._store.feed_state(feed_id)
        now = datetime.now(UTC)
        at = may_poll_at(state, now, self._settings.poll_floor_s)
        return self._store.pushes.push(feed_id, callback, at, now)


def _read_query(query: bytes) -> dict[str, str]:
    """The first value of each field; empty where there are too many."""
    try:
        fields = parse_qs(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=_LIMIT_FIELDS
        )
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _lease_s(written: str) -> int:
    digits = written.strip()
    is_number = digits.isascii() and digits.isdecimal()
    return min(int(digits[:12]), _LIMIT_LEASE_S) if is_number else _ASSUMED_LEASE_S


def _headers(body: bytes) -> list[tuple[bytes, bytes]]:
    """A challenge is text, whatever a browser would make of it."""
    return [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", str(len(body)).encode()),
    ]
