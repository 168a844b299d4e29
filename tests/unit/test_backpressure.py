"""When feeds are polled less, and what the log says of it."""

import pytest
from structlog.testing import capture_logs

from worker.model.backlog import Backlog, InboxBacklog, ReaderBacklog
from worker.polling.backpressure import BacklogWatch, Throttle, find_throttle


def backlog(*, waits_s=None, waiting=0, at_work=0, used=0, limit=0, readers=(), dropped=0):
    inbox = InboxBacklog(waiting=waiting, at_work=at_work, waits_s=waits_s)
    return Backlog(
        inboxes={"inbox": inbox, "inbox:urgent": InboxBacklog()},
        inbox_limit=1000,
        memory_used=used,
        memory_limit=limit,
        readers=readers,
        dead_dropped=dropped,
    )


@pytest.mark.parametrize(
    ("found", "state", "pause_s"),
    [
        (backlog(), "free", 0),
        (backlog(waits_s=60.0, waiting=700), "free", 0),
        (backlog(waits_s=100.0, waiting=1), "slowed", 5),
        (backlog(waits_s=9999.0, waiting=700), "slowed", 30),
        (backlog(waits_s=1.0, waiting=600, at_work=200), "held", 0),
        (backlog(waits_s=1.0, waiting=600, at_work=199), "free", 0),
        (backlog(used=80, limit=100), "held", 0),
        (backlog(used=79, limit=100), "free", 0),
        (backlog(used=80, limit=0), "free", 0),
    ],
)
def test_polling_is_slowed_by_what_waits_and_held_by_what_is_full(found, state, pause_s):
    throttle = find_throttle(found)
    assert (throttle.state, throttle.pause_s, bool(throttle.reason)) == (
        state,
        pause_s,
        state != "free",
    )


class Told:
    """Backlogs that are told."""

    def __init__(self, *backlogs):
        self.left = list(backlogs)

    def backlog(self):
        return self.left.pop(0)


def looks(*backlogs):
    clock = [0.0]
    watch = BacklogWatch(Told(*backlogs), clock=lambda: clock[0])
    with capture_logs() as logs:
        for _ in backlogs:
            watch.check()
            clock[0] += 1
    return [(record["event"], record["log_level"]) for record in logs]


def test_what_begins_and_what_ends_is_logged_once():
    full = backlog(used=9, limit=10)
    assert looks(full, full, backlog(waits_s=99.0), backlog(), backlog()) == [
        ("polls_held", "warning"),
        ("polls_slowed", "warning"),
        ("polls_free", "info"),
    ]


def test_a_reader_that_loses_events_is_named_once_until_it_has_lost_none_for_a_while():
    def lost(count, seconds_ago):
        found = ReaderBacklog(desk="items", reader="relay", lost=count, lost_s=seconds_ago)
        return backlog(readers=(found,))

    never = backlog(readers=(ReaderBacklog(desk="items", reader="relay"),))
    losing = (lost(3, 0.5), lost(3, 300.0), lost(5, 0.0), lost(5, 599.0))
    assert looks(never, *losing) == [("desk_overrun", "warning")]
    assert looks(*losing, lost(5, 601.0), lost(6, 0.0)) == [("desk_overrun", "warning")] * 2
    assert looks(lost(5, 601.0), lost(5, 90_000.0)) == []


def test_letters_that_made_room_are_logged_as_they_do_and_not_again_after_a_start():
    many = [backlog(dropped=count) for count in (5, 5, 8, 8, 9)]
    assert looks(*many) == [("dead_letters_dropped", "warning")] * 2
    assert looks(backlog(dropped=5)) == []


def test_the_backlog_is_read_once_a_second():
    store = Told(backlog(), backlog(used=9, limit=10))
    clock = [0.0]
    watch = BacklogWatch(store, clock=lambda: clock[0])
    assert [watch.check() for _ in range(5)] == [Throttle()] * 5
    assert len(store.left) == 1
    clock[0] = 1.0
    assert watch.check().is_held
