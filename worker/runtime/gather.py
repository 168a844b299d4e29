"""Concurrent work of which each part runs to its end, whatever becomes of the others."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from worker.errors import BrokerError

__all__ = ["gather_all"]

T = TypeVar("T")


async def gather_all(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run coroutines concurrently until all have ended, and return their results in order.

    A coroutine that was still running would go on during the next task, past its own deadline.

    Raises:
        BaseException: The first error that is not a BrokerError, else the first BrokerError. An
            outage of the broker must not hide a fault.
    """
    results = await asyncio.gather(*work, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    if errors:
        raise next((e for e in errors if not isinstance(e, BrokerError)), errors[0])
    return [result for result in results if not isinstance(result, BaseException)]
