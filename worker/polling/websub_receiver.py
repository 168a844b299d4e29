"""The web application that hubs call: confirmations, denials and pushes for the feeds.

Each subscription has a URL of its own. A push only announces news: it is acknowledged when the
store has made the feed due, and an ordinary poll reads the feed. So a push that is repeated, late,
or older than the feed's last poll changes nothing. Source: WebSub, section 5.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from worker.errors import BrokerError
from worker.model import FeedState, Subscription
from worker.polling.websub import callback_token, may_poll_at, read_signature
from worker.ports import Store
from worker.settings import Settings

__all__ = ["Receiver"]

log = structlog.get_logger(__name__)

_LIMIT_ID_CHARS = 64
_LIMIT_FIELDS = 20
_LIMIT_CHALLENGE_CHARS = 4096
_LIMIT_LEASE_S = 400 * 86_400
_LIMIT_REASON_CHARS = 200
_ASSUMED_LEASE_S = 86_400
"""Lease of a hub that does not tell its length: renewing it often is better than losing it."""

_HEADERS = {"x-content-type-options": "nosniff"}
"""A challenge is text, even where a browser would take it for markup."""


class Receiver:
    """The ASGI application that hubs call, in `copytaster web`. It calls the store in threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request; ignore other protocols."""
        if scope["type"] != "http":
            return
        try:
            response = await self._answer(Request(scope, receive))
        except HTTPException as refusal:
            response = _respond(refusal.status_code)
        except BrokerError as error:  # the hub tries again
            log.error("broker_away", reason=str(error))
            response = _respond(503)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        # A HEAD is not treated as a GET, since a GET confirms a subscription.
        if request.method not in {"GET", "POST"}:
            raise HTTPException(405)
        feed_id, subscription = await asyncio.to_thread(self._find, request.scope["path"])
        if request.method == "GET":
            if subscription is None:
                raise HTTPException(404)
            return await self._confirm(feed_id, subscription, _read_fields(request.query_params))
        if subscription is None or subscription.mode != "subscribe":
            raise HTTPException(410)  # the subscription has ended, and the hub may forget it
        return await self._take(feed_id, subscription, request)

    def _find(self, path: str) -> tuple[str, Subscription | None]:
        """Return the feed that a path names, and its subscription if the token is right.

        The path ends in feed id and token; a proxy may put other parts before them.
        """
        feed_id, token = path.rpartition("/")[0].rpartition("/")[2], callback_token(path)
        is_id = 0 < len(feed_id) <= _LIMIT_ID_CHARS
        subscription = self._store.subscriptions.get(feed_id) if is_id and token else None
        own = callback_token(subscription.callback) if subscription else ""
        # In constant time: an answer's delay must not tell how much of a guessed token is right.
        is_own = hmac.compare_digest(own.encode(), token.encode("utf-8", "replace"))
        return feed_id, subscription if is_own else None

    async def _confirm(
        self, feed_id: str, subscription: Subscription, fields: Mapping[str, str]
    ) -> Response:
        """Answer with the challenge if we sent this request. Source: WebSub, section 5.3."""
        mode, challenge = fields.get("hub.mode", ""), fields.get("hub.challenge", "")
        if fields.get("hub.topic") != subscription.topic:
            log.warning("hub_unasked", feed_id=feed_id, mode=mode[:20])
            raise HTTPException(404)
        if mode == "denied":
            reason = fields.get("hub.reason", "")[:_LIMIT_REASON_CHARS] or "it gave no reason"
            await asyncio.to_thread(self._deny, feed_id, subscription, reason)
            log.warning("hub_denied", feed_id=feed_id, reason=reason)
            return _respond(200)
        lease_s = _lease_s(fields.get("hub.lease_seconds", ""))
        if not 0 < len(challenge) <= _LIMIT_CHALLENGE_CHARS or not await asyncio.to_thread(
            self._confirmed, feed_id, subscription, mode, lease_s
        ):
            log.warning("hub_unasked", feed_id=feed_id, mode=mode[:20])
            raise HTTPException(404)
        log.info("hub_confirmed", feed_id=feed_id, mode=mode)
        return _respond(200, challenge)

    def _deny(self, feed_id: str, subscription: Subscription, reason: str) -> None:
        """Record the denial, and make a feed that waited for pushes due: no more will come."""
        self._store.subscriptions.deny(feed_id, subscription.callback, reason)
        if subscription.is_live(datetime.now(UTC)):
            self._make_due(feed_id, subscription.callback)

    def _confirmed(self, feed_id: str, subscription: Subscription, mode: str, lease_s: int) -> bool:
        """Record the confirmation of a request; return False if we did not send this request."""
        pushes, now = self._store.subscriptions, datetime.now(UTC)
        if mode == "subscribe":
            until = now + timedelta(seconds=lease_s)
            return pushes.confirm(feed_id, subscription.callback, now, until)
        return mode == "unsubscribe" and pushes.forget(feed_id, subscription.callback)

    async def _take(self, feed_id: str, subscription: Subscription, request: Request) -> Response:
        """Acknowledge a push, which makes its feed due if the signature is right.

        A wrong signature gets the same answer. Source: WebSub, section 7.
        """
        signature = read_signature(request.headers.get("x-hub-signature", ""))
        method, digest = signature or ("sha256", b"")
        signed = hmac.new(subscription.secret.encode(), digestmod=getattr(hashlib, method))
        try:
            async with asyncio.timeout(self._settings.fetch_timeout_s):
                await self._sign(request, signed)
        except TimeoutError as error:
            raise HTTPException(408) from error
        except ClientDisconnect as error:
            raise HTTPException(400) from error
        if not hmac.compare_digest(signed.digest(), digest):
            await asyncio.to_thread(
                self._store.subscriptions.refuse, feed_id, subscription.callback
            )
            log.warning("push_refused", feed_id=feed_id, signed=signature is not None)
        elif await asyncio.to_thread(self._make_due, feed_id, subscription.callback):
            log.info("push_taken", feed_id=feed_id)
        else:
            raise HTTPException(410)
        return _respond(202)

    async def _sign(self, request: Request, signed: "hmac.HMAC") -> None:
        """Feed the body of a push to its signature; nothing of it is kept in memory."""
        limit_bytes, size_bytes = self._settings.fetch_limit_bytes, 0
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdecimal() and int(length[:18]) > limit_bytes:
            raise HTTPException(413)
        async for part in request.stream():
            size_bytes += len(part)
            if size_bytes > limit_bytes:
                raise HTTPException(413)
            signed.update(part)

    def _make_due(self, feed_id: str, callback: str) -> bool:
        now = datetime.now(UTC)

        def not_before(state: FeedState) -> datetime:
            return may_poll_at(state, now, self._settings.poll_floor_s)

        return self._store.subscriptions.push(feed_id, callback, not_before, now)


def _respond(status: int, text: str = "") -> Response:
    return PlainTextResponse(text, status, _HEADERS)


def _read_fields(query: QueryParams) -> dict[str, str]:
    """Return the first value of each field; nothing if there are too many fields."""
    fields = query.multi_items()
    # Reversed, so that the first value stays.
    return dict(reversed(fields)) if len(fields) <= _LIMIT_FIELDS else {}


def _lease_s(written: str) -> int:
    digits = written.strip()
    is_number = digits.isascii() and digits.isdecimal()
    return min(int(digits[:12]), _LIMIT_LEASE_S) if is_number else _ASSUMED_LEASE_S
