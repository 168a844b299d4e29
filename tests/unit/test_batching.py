"""Calls that are made together: in order, as many as have come, each with its own answer."""

import asyncio
import threading
import time

import pytest

from worker.runtime.batching import CallBatcher


def run(call, *requests):
    """The answers or errors of requests made at once."""

    async def main():
        batcher = CallBatcher(call)
        asked = (batcher.ask(request) for request in requests)
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(main())


def test_requests_that_come_together_go_together_and_each_gets_its_answer():
    calls = []

    def double(numbers):
        calls.append((list(numbers), threading.current_thread() is threading.main_thread()))
        return [2 * number for number in numbers]

    assert run(double, 1, 2, 3) == [2, 4, 6]
    assert calls == [([1, 2, 3], False)]


def test_requests_that_come_during_a_call_wait_and_then_go_together():
    calls = []

    def slowly(numbers):
        calls.append(list(numbers))
        time.sleep(0.1)
        return numbers

    async def main():
        batcher = CallBatcher(slowly)
        first = asyncio.create_task(batcher.ask(1))
        await asyncio.sleep(0.02)
        return [await first, *await asyncio.gather(batcher.ask(2), batcher.ask(3))]

    async def later():
        batcher = CallBatcher(slowly)
        first = asyncio.create_task(batcher.ask(4))
        await asyncio.sleep(0.02)
        return await asyncio.gather(first, batcher.ask(5), batcher.ask(6))

    assert asyncio.run(main()) == [1, 2, 3]
    assert asyncio.run(later()) == [4, 5, 6]
    assert calls == [[1], [2, 3], [4], [5, 6]]


def test_an_error_is_that_of_its_own_call_alone():
    turns = iter([ValueError("away"), None])

    def fail_once(numbers):
        error = next(turns)
        if error:
            raise error
        return numbers

    async def main():
        batcher = CallBatcher(fail_once)
        asked = (batcher.ask(number) for number in (1, 2))
        failed = await asyncio.gather(*asked, return_exceptions=True)
        return [str(error) for error in failed], await batcher.ask(3)

    assert asyncio.run(main()) == (["away", "away"], 3)


def test_who_no_longer_waits_takes_no_answer_from_the_others():
    def slowly(numbers):
        time.sleep(0.05)
        return numbers

    async def main():
        batcher = CallBatcher(slowly)
        impatient = asyncio.create_task(batcher.ask(1))
        patient = asyncio.create_task(batcher.ask(2))
        await asyncio.sleep(0.01)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        return await patient

    assert asyncio.run(main()) == 2
