"""Blocking calls of many coroutines, made together in one thread."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

__all__ = ["CallBatcher"]

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class CallBatcher(Generic[Asked, Answer]):
    """Passes requests to a blocking function, in a thread, as many at a time as have come.

    A request that comes while no call is under way is passed on at once. Those that come during a
    call wait for its end and go together: under load, a call for each would take most of the time.
    """

    def __init__(self, call: Callable[[Sequence[Asked]], Sequence[Answer]]) -> None:
        """
        Args:
            call: Returns an answer for each request, in their order. An error of it is the error of
                each of these requests.
        """
        self._call = call
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._calling: asyncio.Task[None] | None = None

    async def ask(self, request: Asked) -> Answer:
        """Return the answer to a request.

        Raises:
            Exception: As the function.
        """
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answered))
        if self._calling is None or self._calling.done():
            self._calling = asyncio.create_task(self._call_while_asked())
        return await answered

    async def _call_while_asked(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                answers = await asyncio.to_thread(self._call, [request for request, _ in asked])
            except Exception as error:  # noqa: BLE001  # its askers raise it
                for _, answered in asked:
                    if not answered.done():
                        answered.set_exception(error)
            else:
                for (_, answered), answer in zip(asked, answers, strict=True):
                    if not answered.done():
                        answered.set_result(answer)
