"""The bytes that bodies share."""

import asyncio

from worker.web.memory_budget import ByteBudget


def run(work):
    return asyncio.run(asyncio.wait_for(work, 5))


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def test_small_bodies_never_wait():
    async def act():
        budget = ByteBudget(10, free_bytes=100)
        with budget.room() as large, budget.room() as small:
            await large.take(1000)
            await small.take(100)
            return budget.held_bytes

    assert run(act()) == 900


def test_a_body_waits_until_another_is_given_back():
    async def act():
        budget, took = ByteBudget(100, free_bytes=0), []

        async def second():
            with budget.room() as room:
                await room.take(50)
                took.append(budget.held_bytes)

        with budget.room() as first:
            await first.take(80)
            waiting = asyncio.create_task(second())
            await settle()
            assert took == []
        await waiting
        return took, budget.held_bytes

    assert run(act()) == ([50], 0)


def test_the_first_may_always_go_on_or_all_would_wait_for_each_other():
    async def act():
        budget, most = ByteBudget(100, free_bytes=0), 0

        async def body():
            nonlocal most
            with budget.room() as room:
                for _ in range(10):
                    await room.take(10)
                    most = max(most, budget.held_bytes)
                    await asyncio.sleep(0)

        await asyncio.gather(*(body() for _ in range(30)))
        return most, budget.held_bytes

    most, held = run(act())
    assert held == 0
    assert most <= 200, "the limit and one whole body"


def test_who_gives_up_waiting_is_told_that_it_waited_and_holds_nothing():
    async def act():
        budget = ByteBudget(10, free_bytes=0)
        with budget.room() as first:
            await first.take(10)
            with budget.room() as second:
                try:
                    async with asyncio.timeout(0.01):
                        await second.take(5)
                except TimeoutError:
                    told = second.is_waiting
            return told, first.is_waiting, budget.held_bytes

    assert run(act()) == (True, False, 10)
