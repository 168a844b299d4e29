"""Measures the time of the pages: the wire, with and without filters, and an item.

`python benchmarks/bench_site.py [ITEMS]` fills a SQLite archive with copies of the sample items of
`seeds/`, checks the answer of each page, and then times the handlers in this process, without a
network. It prints the CPU time of a request, as median and range, to which the limit applies, and
the median of the elapsed time, which other processes lengthen.
"""

import asyncio
import datetime
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
from _bench import describe_machine

from worker.archive import Archive, open_archive
from worker.archive.writer import write_events
from worker.broker import embedded
from worker.demo.corpus import load_seed_items
from worker.desks import DEFAULT_DESKS
from worker.model import Event, ParsedItem, event_id
from worker.parse import annotate
from worker.settings import Settings
from worker.site.app import build_app
from worker.site.context import SiteContext
from worker.site.pages.frame import item_path
from worker.store.store import RedisStore

ITEMS = 20_000
BATCH = 500
REQUESTS = 40
ROWS = 200
LIMIT_MS = 50
"""The limit on the CPU time of a request."""

HEADLINES = re.compile(r'<h2 class="line">')


def events(count: int) -> Iterator[tuple[Event, ParsedItem]]:
    """Yield `count` events with the sample items in turn, each with a uri of its own."""
    seeds = [annotate(seed.item) for seed in load_seed_items()]
    begin = datetime.datetime(2026, 1, 12, tzinfo=datetime.UTC)
    for number in range(count):
        seed = seeds[number % len(seeds)]
        item = msgspec.structs.replace(seed.item, uri=f"{seed.item.uri}/{number}")
        yield (
            Event(
                id=event_id(item.uri, item.version, "archive"),
                source="urn:bench",
                type="copytaster.item.created",
                subject=item.uri,
                time=begin + datetime.timedelta(seconds=number),
                dataschema="urn:copytaster:schema:item:1",
                data=msgspec.Raw(b"{}"),
            ),
            msgspec.structs.replace(seed, item=item),
        )


def fill(archive: Archive, count: int) -> str:
    """Fill the archive; return the uri of the last item that is not a kill."""
    batch, uri = [], ""
    for event, parsed in events(count):
        batch.append((event, parsed))
        uri = parsed.item.uri if parsed.life.signal == "created" else uri
        if len(batch) == BATCH:
            write(archive, batch)
            batch = []
    write(archive, batch)
    return uri


def write(archive: Archive, batch: list[tuple[Event, ParsedItem]]) -> None:
    with archive.write() as connection:
        write_events(connection, batch)


async def measure(context: SiteContext, uri: str) -> bool:
    """Print a line for each page; return True if all are within the limit."""
    transport = httpx.ASGITransport(build_app(context))
    rows = f"limit={ROWS}"
    pages = {
        f"the wire, {ROWS} items": (f"/?{rows}", ROWS),
        f"TASS alone, {ROWS} items": (f"/?{rows}&agency=TASS", ROWS),
        f"page 2, {ROWS} items": (f"/?{rows}&before=10000", ROWS),
        "an item": (item_path(uri), 0),
    }
    is_within = True
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for name, (path, headlines) in pages.items():
            answer = await client.get(path, headers={"accept": "text/html"})
            if answer.status_code != 200 or len(HEADLINES.findall(answer.text)) != headlines:
                sys.exit(f"{name}: not the requested page: {answer.status_code}")
            used_ms, passed_ms = [], []
            for _ in range(REQUESTS):
                used, begun = time.process_time(), time.perf_counter()
                await client.get(path)
                used_ms.append((time.process_time() - used) * 1000)
                passed_ms.append((time.perf_counter() - begun) * 1000)
            median = statistics.median(used_ms)
            is_within = is_within and median < LIMIT_MS
            spread = f"[{min(used_ms):.1f} to {max(used_ms):.1f}]"
            passed = statistics.median(passed_ms)
            print(f"{name:24} {median:6.1f} ms {spread}, {passed:.1f} ms elapsed")
    return is_within


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    print(describe_machine("starlette", "jinja2", "sqlalchemy"))
    with tempfile.TemporaryDirectory() as folder, embedded.open_broker(Path(folder)) as broker:
        archive = open_archive(f"sqlite:///{folder}/archive.db")
        uri = fill(archive, count)
        store = RedisStore(broker.url, prefix="bench")
        context = SiteContext(
            settings=Settings(),
            store=store,
            archive=archive,
            desks=lambda: DEFAULT_DESKS,
            now=lambda: datetime.datetime.now(datetime.UTC),
        )
        print(f"SQLite archive, {count:,} items")
        is_within = asyncio.run(measure(context, uri))
        store.close()
        archive.close()
    if not is_within:
        sys.exit(f"a page takes more than {LIMIT_MS} ms")


if __name__ == "__main__":
    main()
