"""Faults at a running service, and what became of its promises.

    python tests/chaos/run.py [SCENARIO] [--items 20000] [--rate 60] [--faults 60] [--seed 1]

Numbered items go in by way of feeds and of the inbox while processes are killed, frozen, slowed and
restarted, connections cut, delayed and silenced, and feeds fail. Then the desk is compared with
what went in: lost, doubled, phantom (never sent), stale (an older version after a newer one) and
renamed (one version under two ids) must all be none. The timeline is printed with its seed, which
makes the same faults again. Exit status: 0 if every promise was kept, 1 if not. `--p99` and `--gap`
are promises too: so late may one event in a hundred be, so long may the desk be without one.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import redis
from plan import SCENARIOS, Fault, plan_of
from service import Service
from source import FeedServer, Inbox, Producer
from witness import Arrived, Reader, Sent, Verdict, Witness, judge, measure, read_desk, wait_until

from worker.broker.embedded import open_broker
from worker.model import Feed, feed_id
from worker.store.store import RedisStore

PREFIX = "chaos"
DESK = f"{PREFIX}:desk:items"
SETTLE_S = 120.0
"""For what is on its way when the last fault has ended."""


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def environ_of(feeds: FeedServer) -> dict[str, str]:
    """What an operator sets who wants news within seconds, from feeds of a private network."""
    return {
        "COPYTASTER_PREFIX": PREFIX,
        "COPYTASTER_ALLOW_ORIGINS": feeds.origin,
        "COPYTASTER_POLL_FLOOR_S": "1",
        "COPYTASTER_TASK_TIME_LIMIT_S": "10",
        "COPYTASTER_FETCH_TIMEOUT_S": "5",
        "COPYTASTER_LOG_FORMAT": "json",
    }


def run(options: argparse.Namespace, scratch: Path) -> Verdict:
    """One run; its verdict."""
    during_s = options.items / options.rate
    plan = plan_of(
        options.scenario,
        options.seed,
        options.faults,
        during_s * 0.95,
        healthy_feeds=options.healthy_feeds,
    )
    feeds = FeedServer(options.feeds)
    with open_broker(scratch / "witness") as second:
        witness = Witness(second.url)
        chance = random.Random(options.seed)
        service = Service(scratch, feeds, environ_of(feeds), chance, options.replicas)
        reader = Reader(service.url, DESK, witness)
        inbox = Inbox(service.url, PREFIX)
        producer = Producer(
            witness=witness,
            feeds=feeds,
            inbox=inbox if options.scenario == "faults" else None,
            count=options.items,
            rate=options.rate,
            seed=options.seed,
        )
        store = RedisStore(service.url, prefix=PREFIX)
        try:
            add_feeds(store, feeds)
            warm_up(service, inbox, store, reader)
            producer.start()
            endure(service, plan, producer, lambda: begin_again(service, store, feeds, reader))
            service.heal()
            settled = wait_until(lambda: turn_and_see(service, store, witness), SETTLE_S)
            if not settled:
                say(f"not settled after {SETTLE_S:.0f} s: {store.stats.sizes()}")
            sent = witness.sent()
            verdict = judge(sent, read_desk(redis.Redis.from_url(service.url, protocol=2), DESK))
            seen = witness.seen()
            measure(verdict, sent, seen)
            note_times(scratch / "times.jsonl", sent, seen)
            consumer = judge(sent, seen)
            # What the broker lost, a reader may see again: the id tells.
            say(f"its reader saw {len(consumer.doubled)} events again")
            consumer.doubled.clear()
            if verdict.is_kept and not consumer.is_kept:
                say("the desk is right, and its reader saw something else")
                for name in BROKEN:
                    setattr(verdict, name, getattr(consumer, name))
            for letter in store.dead_letters.list(5):
                say(f"dead letter: {letter.kind}: {letter.reason}")
                verdict.lost.append(f"dead letter {letter.id}")
        finally:
            producer.stopping.set()
            inbox.stopping.set()
            reader.stopping.set()
            store.close()
            service.stop()
            feeds.close()
    return verdict


def note_times(path: Path, sent: list[Sent], seen: list[Arrived]) -> None:
    """When each version could be seen and when it came, for a look at gaps beside the logs."""
    came = {(one.uri, one.version): one.at for one in reversed(seen)}
    with path.open("w", encoding="utf-8") as lines:
        for one in sent:
            times = {**asdict(one), "came_at": came.get((one.uri, one.version))}
            lines.write(json.dumps(times) + "\n")


def warm_up(service: Service, inbox: Inbox, store: RedisStore, reader: Reader) -> None:
    """Wait until each role has done something."""
    service.turn()
    inbox.put("urn:warm", 1, "VARNA, March 4. /TASS/. The first.")

    def has_begun() -> bool:
        polled = all(store.feeds.state(feed.id).polled_at for feed in store.feeds.all())
        return polled and store.stats.sizes().get("desk:items", 0) > 0

    if not wait_until(has_begun, 60):
        raise SystemExit("the service does not start; see its logs")
    store._server.call("XTRIM", DESK, "MAXLEN", 0)  # the reader reads numbered items alone
    reader.start()


def add_feeds(store: RedisStore, feeds: FeedServer) -> None:
    """As an operator adds them."""
    store.feeds.add([Feed(id=feed_id(url), url=url, interval_s=1) for url in feeds.urls])


def begin_again(service: Service, store: RedisStore, feeds: FeedServer, reader: Reader) -> None:
    """After a wipe the operator adds the feeds, and the reader reads from the first entry on."""
    service.is_wiped = False
    reader.begin_again()
    add_feeds(store, feeds)


def endure(
    service: Service, plan: list[Fault], producer: Producer, on_wiped: Callable[[], None]
) -> None:
    """Every fault at its time, until all items are made."""
    began = time.monotonic()
    say(f"begun at {datetime.now(UTC):%H:%M:%S.%f}")
    left = list(plan)
    while left or producer.is_alive():
        now_s = time.monotonic() - began
        if left and left[0].at_s <= now_s:
            fault = left.pop(0)
            late_s = now_s - fault.at_s
            say(f"{fault}: {service.strike(fault)}" + (f", {late_s:.1f} s late" * (late_s > 1)))
        service.turn()
        if service.is_wiped and service.is_up:
            on_wiped()
        time.sleep(0.02)


def turn_and_see(service: Service, store: RedisStore, witness: Witness) -> bool:
    """Has the last version of everything come out, and is nothing left to do?"""
    service.turn()
    verdict = judge(witness.sent(), witness.seen())
    sizes = store.stats.sizes()
    return not verdict.lost and sizes["inbox"] == 0


def report(verdict: Verdict, options: argparse.Namespace) -> None:
    """For a person on stderr, for a program on stdout."""
    broken = {name: getattr(verdict, name) for name in BROKEN}
    say(
        f"seed {options.seed}: {verdict.sent} versions sent, {verdict.arrived} events, "
        + ", ".join(f"{name} {len(which)}" for name, which in broken.items())
    )
    say(
        f"delay p50 {verdict.delay_p50_s:.2f} s, p99 {verdict.delay_p99_s:.2f} s, "
        f"worst {verdict.delay_max_s:.2f} s; longest gap {verdict.gap_s:.2f} s"
    )
    for name, which in broken.items():
        for one in which[:10]:
            say(f"{name}: {one}")
    for late in too_late(verdict, options):
        say(late)
    if options.json:
        told = {
            name: len(value) if isinstance(value, list) else value
            for name, value in asdict(verdict).items()
        }
        sys.stdout.write(json.dumps({"seed": options.seed, **told}) + "\n")


def too_late(verdict: Verdict, options: argparse.Namespace) -> list[str]:
    """What of the promised times was not kept, in words."""
    asked = (
        ("p99 of the delay", verdict.delay_p99_s, options.p99),
        ("longest gap", verdict.gap_s, options.gap),
    )
    return [
        f"{name} {took_s:.2f} s, more than {limit_s:g} s"
        for name, took_s, limit_s in asked
        if limit_s is not None and took_s > limit_s
    ]


BROKEN = ("lost", "doubled", "phantom", "stale", "renamed")


def main() -> int:
    """Read the options, run, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "scenario",
        nargs="?",
        choices=SCENARIOS,
        default="faults",
        help="; ".join(f"{name}: {what}" for name, what in SCENARIOS.items()),
    )
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=60.0, help="items a second")
    parser.add_argument("--feeds", type=int, default=20)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--healthy-feeds", action="store_true", help="no fault strikes a feed")
    parser.add_argument("--p99", type=float, help="seconds that the p99 of the delay may be")
    parser.add_argument("--gap", type=float, help="seconds that the longest gap may be")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--replicas", type=int, default=2, help="processes of each role; 0: one `up`"
    )
    parser.add_argument("--logs", type=Path, help="keep logs, data and times in this directory")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-") as scratch:
        folder = options.logs or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            parser.error(f"{folder} is not empty")
        verdict = run(options, folder)
    report(verdict, options)
    return 0 if verdict.is_kept and not too_late(verdict, options) else 1


if __name__ == "__main__":
    sys.exit(main())
