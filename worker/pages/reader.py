"""Reads pages in a process of its own, with limits of time and memory."""

import msgspec

from worker.errors import FormatError
from worker.pages.article import PageText
from worker.runtime.sandbox import Limits, Sandbox, SandboxFailure

__all__ = ["PageReader"]

_PAGE_S = 10.0
_START_S = 10.0

_LIMIT_MEMORY_BYTES = 700 * 1024 * 1024
"""On top of trafilatura and lxml, so that all of it stays under 768 MiB."""


class PageReader:
    """Reads one page after another; a page that breaks a limit costs itself only."""

    def __init__(self) -> None:
        limits = Limits(time_s=_PAGE_S, start_s=_START_S, memory_bytes=_LIMIT_MEMORY_BYTES)
        self._sandbox = Sandbox("worker.pages.extract:answer", limits)

    async def read(self, body: bytes, media_type: str) -> PageText:
        """Return the article in a page; an empty text where there is none.

        Raises:
            FormatError: The page was not read in time, or broke its reader.
        """
        request = media_type.encode("utf-8", "replace")[:1000], body
        answer = await self._sandbox.ask(msgspec.msgpack.encode(request))
        if answer is SandboxFailure.TIMED_OUT:
            raise FormatError(f"the page was not read within {self._sandbox.limits.time_s:g} s")
        if isinstance(answer, SandboxFailure):
            raise FormatError("the page broke its reader")
        try:
            return msgspec.json.decode(answer, type=PageText)
        except msgspec.DecodeError as error:
            raise FormatError("the page broke its reader") from error

    async def aclose(self) -> None:
        """End the process."""
        self._sandbox.close()
