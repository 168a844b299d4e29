"""Metrics: exact sums over processes, bounded labels, and the heartbeats of processes."""

import multiprocessing
import os
import signal
import time

import pytest

from worker.errors import BrokerAway
from worker.metrics import Counts, Presence, catalogue
from worker.metrics.counts import FLUSH_S
from worker.model.metrics import OTHER, Heartbeat
from worker.store.store import RedisStore

NAMES = tuple(metric.name for metric in catalogue.SUMMED)
WIRE = "OSLO, May 1. /NTB/. The port has opened, Mayor Kari Lund said."


def sums(store, *metrics):
    return {name: dict(series) for name, series in store.metrics.read(metrics).items() if series}


def total(store, metric):
    return sum(sums(store, metric.name).get(metric.name, {}).values())


def test_the_counts_of_a_world_are_those_of_its_items(make_world):
    world = make_world()
    for number in range(3):
        world.put({"uri": f"urn:{number}", "headline": f"Port {number}", "body_text": WIRE})
    world.put({"uri": "urn:flash", "headline": "Flash", "body_text": "No dateline."}, urgent=True)
    world.put({"no": "message"})
    world.work(2)
    world.work(1)
    flush(world.services.counts, world.store)

    counted = sums(world.store, *NAMES)
    assert counted["messages"] == {("work",): 3, ("urgent",): 1, ("dead",): 1}
    assert counted["dead_letters"] == {("message",): 1}
    assert counted["parsed_items"] == {(): 4}
    assert 0 < counted["parse_cpu_seconds"][()] < 60e6  # in microseconds
    assert counted["items"] == {("published",): 4}
    assert counted["published_items"] == {("NTB",): 3, ("none",): 1}
    assert counted["events"][("items",)] == len(world.events("items")) == 4
    lanes = {labels[0]: 0 for labels in counted["feed_to_desk_seconds"]}
    for (lane, part), by in counted["feed_to_desk_seconds"].items():
        lanes[lane] += by if part != "sum" else 0
    assert lanes == {"urgent": 1, "normal": 3}


def flush(counts, store):
    """Add counts of a process to the sums of this store."""
    counts._sums = store.metrics
    counts.flush()


def test_a_message_that_does_not_move_is_not_counted(world):
    world.put({"uri": "urn:1", "body_text": WIRE})
    world.consumer.step()
    world.consumer.step()

    assert sums(world.store, "messages") == {"messages": {("work",): 1}}


def test_a_letter_that_dies_again_is_counted_again(world):
    world.put({"no": "message"})
    world.consumer.step()
    (letter,) = world.store.dead_letters.list()
    assert world.store.dead_letters.retry(letter.id)
    world.consumer.step()

    assert sums(world.store, "dead_letters") == {"dead_letters": {("message",): 2}}


def test_counts_of_several_processes_add_up(make_store):
    first, second = (Counts(make_store().metrics) for _ in range(2))
    for counts in (first, second):
        counts.add(catalogue.EVENTS, "items", by=3)
        counts.observe(catalogue.FETCH, 0.3)
        counts.observe(catalogue.FETCH, 100)
    first.close()
    second.close()

    assert sums(make_store(), *NAMES) == {
        "events": {("items",): 6},
        "fetch_duration_seconds": {("3",): 2, ("10",): 2, ("sum",): 200_600_000},
    }


def test_counts_reach_the_store_without_a_further_call(store):
    counts = Counts(store.metrics)
    counts.add(catalogue.PARSED_ITEMS)
    deadline = time.monotonic() + 10 * FLUSH_S
    while not total(store, catalogue.PARSED_ITEMS) and time.monotonic() < deadline:
        time.sleep(0.05)
    counts.add(catalogue.PARSED_ITEMS)
    counts.close()

    assert total(store, catalogue.PARSED_ITEMS) == 2


def count_and_die(url, prefix):
    counts = Counts(RedisStore(url, prefix=prefix).metrics)
    counts.add(catalogue.PARSED_ITEMS, by=5)
    counts.flush()
    counts.add(catalogue.PARSED_ITEMS, by=7)
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_loses_only_its_unsaved_counts(broker_url, prefix, store):
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=count_and_die, args=(broker_url, prefix))
    process.start()
    process.join(60)

    assert process.exitcode == -signal.SIGKILL
    assert total(store, catalogue.PARSED_ITEMS) == 5


class Away:
    """A store that is away for a number of calls."""

    def __init__(self, sums, calls):
        self.sums, self.calls = sums, calls

    def add(self, sums, limits):
        self.calls -= 1
        if self.calls >= 0:
            raise BrokerAway("does not answer", subject="test")
        self.sums.add(sums, limits)


def test_counts_wait_for_a_store_that_is_away(store):
    counts = Counts(Away(store.metrics, 2))
    for _ in range(3):
        counts.add(catalogue.EVENTS, "items")
        counts.observe(catalogue.PARSE, 0.02)
        counts.flush()
    counts.close()

    assert sums(store, "events", "parse_duration_seconds") == {
        "events": {("items",): 3},
        "parse_duration_seconds": {("2",): 3, ("sum",): 60_000},
    }


HOSTILE = ("\ud800", "a" * 5000, '"],["', "x\ny", "{}", "é" * 300, OTHER, "sum", "\x00", "")


@pytest.mark.parametrize("processes", [1, 3])
def test_labels_are_bounded_whatever_they_are(make_store, processes):
    store, most = make_store(), catalogue.EVENTS.most
    for process in range(processes):
        counts = Counts(make_store().metrics)
        for name in HOSTILE:
            counts.add(catalogue.EVENTS, name)
        for number in range(2 * most):
            counts.add(catalogue.EVENTS, f"desk {process} {number}")
        counts.close()

    series = sums(store, "events")["events"]
    assert len(series) <= most + 1
    assert sum(series.values()) == processes * (len(HOSTILE) + 2 * most)
    assert series[(OTHER,)] > processes * most
    assert all(len(name) <= 100 for (name,) in series)


def test_a_series_that_has_room_goes_on_when_there_is_none_for_others(store):
    counts = Counts(store.metrics)
    for _ in range(2):
        for number in range(catalogue.EVENTS.most + 5):
            counts.add(catalogue.EVENTS, f"desk {number}")
        counts.flush()

    assert sums(store, "events")["events"][("desk 0",)] == 2
    assert sums(store, "events")["events"][(OTHER,)] == 10


def test_agencies_that_no_lexicon_has_share_a_label(make_world):
    world = make_world()
    for name in ("Xinfo", "Norland News Agency"):
        text = f"OSLO, May 1 ({name}) - The port of {name} has opened."
        world.put({"uri": f"urn:{name}", "body_text": text})
    world.work(2)
    flush(world.services.counts, world.store)

    assert sums(world.store, "published_items") == {"published_items": {(OTHER,): 2}}


def test_fields_of_other_programs_are_left_out(store, broker_url, prefix):
    store._server.call(
        "HSET", f"{prefix}:metrics:events", '["items"]', 4, "not JSON", 1, '["x"]', "y"
    )

    assert sums(store, "events") == {"events": {("items",): 4}}


def test_a_process_is_present_from_its_heartbeat_to_its_end(store, broker_url, prefix, pass_time):
    worker = Presence(broker_url, prefix, "worker", "poller")
    worker.beat()
    pass_time(40)

    beats = store.metrics.heartbeats()
    assert sorted(beat.role for beat in beats) == ["poller", "worker"]
    assert all(40 <= beat.age_s < 60 and beat.process == os.getpid() for beat in beats)
    worker.leave()
    assert store.metrics.heartbeats() == ()


def test_heartbeats_of_an_hour_ago_are_forgotten_and_those_kept_are_bounded(store, pass_time):
    for number in range(1010):
        store.metrics.beat("web", "host", number)
    assert len(store.metrics.heartbeats()) == 1000
    pass_time(3601)
    store.metrics.beat("web", "a host", 1)

    (last,) = store.metrics.heartbeats()
    assert last == Heartbeat(role="web", host="a-host", process=1, age_s=last.age_s)


def test_a_heartbeat_for_a_broker_that_is_away_harms_nothing(tmp_path, prefix):
    presence = Presence(f"unix://{tmp_path / 'none'}", prefix, "worker")
    presence.beat()
    presence.leave()
