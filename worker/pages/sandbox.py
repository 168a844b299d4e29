"""Our end of the process that reads pages: a page goes there, its text comes back, or it ends."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

import msgspec

from worker.errors import FormatError
from worker.pages.article import PageText
from worker.pages.sandbox_child import LENGTH, PAGE_S

__all__ = ["PageReader"]

_START_S = 10.0
"""What a process may take on top of a page's time until its libraries are loaded."""

_LIMIT_ANSWER_BYTES = 64 * 1024 * 1024


class _Broken(Exception):  # noqa: N818
    """The process went away instead of answering."""


class PageReader:
    """Reads pages in one process of its own, one after another. One event loop's.

    A page that is not read in time, or takes too much memory, ends the process; the next page gets
    a new one.
    """

    def __init__(self, *, page_s: float = PAGE_S) -> None:
        self._page_s = page_s
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def read(self, body: bytes, media_type: str) -> PageText:
        """The article in a page; nothing in it where there is none.

        Raises:
            FormatError: The page was not read in time, or broke its reader.
        """
        async with self._turn:
            process, is_new = await self._started()
            try:
                return await self._read(process, body, media_type, is_new=is_new)
            except _Broken as error:
                if is_new:
                    raise FormatError("the page broke its reader") from error
            # It may have ended itself, having had nothing to do, as the page came.
            process, _ = await self._started()
            try:
                return await self._read(process, body, media_type, is_new=True)
            except _Broken as error:
                raise FormatError("the page broke its reader") from error

    async def _read(
        self, process: Process, body: bytes, media_type: str, *, is_new: bool
    ) -> PageText:
        """What the process answers; one that does not is ended."""
        limit_s = self._page_s + (_START_S if is_new else 0)
        try:
            async with asyncio.timeout(limit_s):
                answer = await _ask(process, body, media_type)
            return msgspec.json.decode(answer, type=PageText)
        except TimeoutError as error:
            await self._end()
            raise FormatError(f"the page was not read within {limit_s:g} s") from error
        except (OSError, asyncio.IncompleteReadError, msgspec.DecodeError) as error:
            await self._end()
            raise _Broken from error
        except BaseException:  # broken off: its answer would be taken for the next page's
            await self._end()
            raise

    async def aclose(self) -> None:
        """End the process."""
        await self._end()

    async def _started(self) -> tuple[Process, bool]:
        """The process, and whether it is a new one. One that had nothing to do has ended itself."""
        if self._process is not None and self._process.returncode is None:
            return self._process, False
        await self._end()
        # None of our settings: the page's reader needs none, and they may hold passwords.
        environ = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "worker.pages.sandbox_child"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=environ,
        )
        return self._process, True

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _ask(process: Process, body: bytes, media_type: str) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    for frame in (media_type.encode("utf-8", "replace")[:1000], body):
        process.stdin.write(LENGTH.pack(len(frame)))
        process.stdin.write(frame)
    await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    if length > _LIMIT_ANSWER_BYTES:
        raise OSError("an answer beyond its limit")
    return await process.stdout.readexactly(length)
