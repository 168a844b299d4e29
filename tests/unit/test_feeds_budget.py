"""MemoryBudget: the bytes that the bodies of a process share."""

import asyncio

from worker.web.memory_budget import MemoryBudget


def run(work):
    return asyncio.run(asyncio.wait_for(work, 5))


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def test_small_bodies_never_wait():
    async def act():
        budget = MemoryBudget(10, free_bytes=100)
        with budget.reserve() as large, budget.reserve() as small:
            await large.extend(1000)
            await small.extend(100)
            return budget.held_bytes

    assert run(act()) == 900


def test_a_body_waits_until_another_is_given_back():
    async def act():
        budget, took = MemoryBudget(100, free_bytes=0), []

        async def second():
            with budget.reserve() as memory:
                await memory.extend(50)
                took.append(budget.held_bytes)

        with budget.reserve() as first:
            await first.extend(80)
            waiting = asyncio.create_task(second())
            await settle()
            assert took == []
        await waiting
        return took, budget.held_bytes

    assert run(act()) == ([50], 0)


def test_the_first_may_always_go_on_or_all_would_wait_for_each_other():
    async def act():
        budget, most = MemoryBudget(100, free_bytes=0), 0

        async def body():
            nonlocal most
            with budget.reserve() as memory:
                for _ in range(10):
                    await memory.extend(10)
                    most = max(most, budget.held_bytes)
                    await asyncio.sleep(0)

        await asyncio.gather(*(body() for _ in range(30)))
        return most, budget.held_bytes

    most, held = run(act())
    assert held == 0
    assert most <= 200, "the limit and one whole body"


def test_who_gives_up_waiting_is_told_that_it_waited_and_holds_nothing():
    async def act():
        budget = MemoryBudget(10, free_bytes=0)
        with budget.reserve() as first:
            await first.extend(10)
            with budget.reserve() as second:
                try:
                    async with asyncio.timeout(0.01):
                        await second.extend(5)
                except TimeoutError:
                    told = second.is_waiting
            return told, first.is_waiting, budget.held_bytes

    assert run(act()) == (True, False, 10)
