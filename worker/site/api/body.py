"""The body of a request, read within limits of size, time and number."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from worker.site.problems import ProblemError

__all__ = ["Bodies", "media_type"]

_AT_ONCE = 32
"""Bodies that a process holds at once; with the limit of one, this bounds their memory."""

_IGNORED_BYTES = 16 << 20
"""Bytes beyond the limit that are read, and dropped, before the refusal."""

_WAIT_S = 10.0
_READ_S = 30.0


def media_type(request: Request) -> tuple[str, str]:
    """Return the media type of a body and its charset, both in small letters; "" for none."""
    kind, *parameters = request.headers.get("content-type", "").lower().split(";")
    named = dict(one.strip().partition("=")[::2] for one in parameters)
    return kind.strip(), named.get("charset", "").strip('"')


class Bodies:
    """Reads bodies of up to `limit_bytes`."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def read(self, request: Request) -> bytes:
        """Return the body of a request.

        Raises:
            ProblemError: It is too long, encoded, or does not come.
        """
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise ProblemError(415, "a body in a content coding is not taken")
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._turn.acquire()
        except TimeoutError as error:
            raise ProblemError(503, "busy", headers={"retry-after": "2"}) from error
        try:
            async with asyncio.timeout(_READ_S):
                return await self._collect(request)
        except TimeoutError as error:
            raise ProblemError(408, f"the body did not come within {_READ_S:g} s") from error
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
            else:  # a client that is still sending would not read the answer
                body.clear()
                if size > self._limit_bytes + _IGNORED_BYTES:
                    break
        if size > self._limit_bytes:
            raise self._too_long()
        return bytes(body)

    def _too_long(self) -> ProblemError:
        words = f"the body is longer than {self._limit_bytes} bytes"
        return ProblemError(413, words, headers={"connection": "close"})
