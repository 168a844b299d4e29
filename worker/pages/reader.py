"""The reader of pages: a sandbox with limits of time and memory."""

import msgspec

from worker.errors import FormatError
from worker.pages.article import PageText
from worker.runtime.sandbox import Limits, Sandbox, SandboxFailure

__all__ = ["PageReader"]

_PAGE_S = 10.0
_START_S = 10.0

_LIMIT_MEMORY_BYTES = 700 * 1024 * 1024
"""Memory on top of trafilatura and lxml, so that the process stays under 768 MiB."""


class PageReader:
    """Reads pages in turn; a page that breaks a limit ends the sandbox and nothing else."""

    def __init__(self) -> None:
        limits = Limits(time_s=_PAGE_S, start_s=_START_S, memory_bytes=_LIMIT_MEMORY_BYTES)
        self._sandbox = Sandbox("worker.pages.extract:extract_page", limits)

    async def read(self, body: bytes, media_type: str) -> PageText:
        """Return the article of a page, empty if there is none.

        Raises:
            FormatError: Reading took too long, or ended the sandbox.
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
