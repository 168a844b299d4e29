"""Reads the body of a request within limits of size, time and memory."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from worker.site.problems import ProblemError

__all__ = ["Bodies", "media_type"]

_AT_ONCE = 32
"""The most bodies that a process holds; times the limit on a body, this bounds their memory."""

_IGNORED_BYTES = 16 << 20
"""Bytes beyond the limit that are read and dropped before the refusal."""

_WAIT_S = 10.0
_READ_S = 30.0


def media_type(request: Request) -> tuple[str, str]:
    """Return the media type of a body and its charset, both in lower case; "" for none."""
    kind, *parameters = request.headers.get("content-type", "").lower().split(";")
    named = dict(parameter.strip().partition("=")[::2] for parameter in parameters)
    return kind.strip(), named.get("charset", "").strip('"')


class Bodies:
    """Reads bodies of at most `limit_bytes`, a few at a time."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def read(self, request: Request) -> bytes:
        """Return the body of a request.

        Raises:
            ProblemError: The body is too long, is compressed, or did not arrive in time.
        """
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            # A few compressed bytes may be gigabytes of text.
            raise ProblemError(415, "a body with a content coding is not accepted")
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._turn.acquire()
        except TimeoutError as error:
            raise ProblemError(503, "busy", headers={"retry-after": "2"}) from error
        try:
            async with asyncio.timeout(_READ_S):
                return await self._collect(request)
        except TimeoutError as error:
            raise ProblemError(408, f"the body did not arrive within {_READ_S:g} s") from error
        except ClientDisconnect as error:
            raise ProblemError(400, "the connection was closed") from error
        finally:
            self._turn.release()

    async def _collect(self, request: Request) -> bytes:
        body, size = bytearray(), 0
        async for part in request.stream():
            size += len(part)
            if size <= self._limit_bytes:
                body += part
            else:
                # Most clients read the answer only after they have sent the whole body: closing
                # the connection now would give them "connection reset" instead of 413.
                body.clear()
                if size > self._limit_bytes + _IGNORED_BYTES:
                    break
        if size > self._limit_bytes:
            raise self._too_long()
        return bytes(body)

    def _too_long(self) -> ProblemError:
        words = f"the body is longer than {self._limit_bytes} bytes"
        return ProblemError(413, words, headers={"connection": "close"})
