"""The ends of polls, saved together while many polls end at once."""

import asyncio
from collections.abc import Sequence

from worker.model.polling import PollEnd
from worker.polling.context import PollContext
from worker.ports import PollStore
from worker.runtime.batching import CallBatcher

__all__ = ["batch_ends", "save_end"]


async def save_end(context: PollContext, end: PollEnd) -> bool:
    """Save the end of a poll; return False if its lease is fenced off.

    It is saved in a thread: on the event loop, over a slow link, polls would wait for each other.

    Raises:
        BrokerError: The store cannot be reached.
    """
    if context.ends is None:
        return await asyncio.to_thread(_finish, context.polls, end)
    return await context.ends.ask(end)


def batch_ends(polls: PollStore) -> CallBatcher[PollEnd, bool]:
    """Return a batcher that saves the ends of polls in as few round trips as it can."""

    def finish(ends: Sequence[PollEnd]) -> Sequence[bool]:
        return polls.finish_all(ends) if len(ends) > 1 else [_finish(polls, ends[0])]

    return CallBatcher(finish)


def _finish(polls: PollStore, end: PollEnd) -> bool:
    return polls.finish(
        end.lease,
        end.state,
        end.due_at,
        end.record,
        pushed_at=end.pushed_at,
        admission=end.admission,
        now=end.now,
    )
