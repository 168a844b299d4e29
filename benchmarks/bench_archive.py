"""Measures a full archive: searches per second, their p50 and p99, and events per CPU second.

    python benchmarks/bench_archive.py [--items 1000000] [--database sqlite,postgresql]
        [--directory DIR] [--searches 200]

The items are those of `worker.demo` with other names, spread over the last month. PostgreSQL is a
server that this program starts, with its default settings except for a larger max_wal_size.

Writing: batches of 100 events through the sink, as a relay sends them. CPU seconds are those of
this process, without PostgreSQL's server. Only the last tenth of the items is measured, when the
archive is almost full.

Searches: a single connection, the kinds in turn, each search with other words of the corpus and a
page of 20 hits. Before the measurement, answers of each kind are compared with a scan of the last
items. Other programs on the same cores lengthen the times.
"""

import argparse
import dataclasses
import datetime
import itertools
import os
import pwd
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from _bench import describe_machine

from worker.archive import Archive, open_archive
from worker.archive.search import Query, search_items, search_speeches
from worker.demo.scale import scale_items
from worker.model import Event, ParsedItem, event_id
from worker.model.codec import dataschema, dump
from worker.model.publishing import DeskEntry
from worker.parse import annotate
from worker.sinks.sql import open_sql

BATCH = 100
PARSED = 4000
"""The number of items to parse; the archive gets them repeatedly, under different uris."""

CHECKED = 2000
"""The number of last items that are scanned to check the answers."""

MONTH_S = 30 * 86_400
PROGRAMS = next(Path("/usr/lib/postgresql").glob("*/bin/initdb"), Path("/none/initdb")).parent


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--directory", default=None, help="on the disk to be measured")
    given = parser.parse_args()
    print(describe_machine("sqlalchemy", "psycopg"))
    parsed = [annotate(seed.item) for seed in scale_items(min(PARSED, given.items))]
    size = statistics.mean(len(item.item.text.encode()) for item in parsed)
    print(f"{given.items:,} items of {size:,.0f} bytes of text on average")
    for database in given.database.split(","):
        with tempfile.TemporaryDirectory(prefix="bench-", dir=given.directory) as scratch:
            open_url = {"sqlite": sqlite_url, "postgresql": postgresql_url}[database]
            with open_url(Path(scratch)) as url:
                measure(database, url, parsed, given.items, given.searches)


@contextmanager
def sqlite_url(directory: Path) -> Iterator[str]:
    yield f"sqlite:///{directory}/archive.db"


@contextmanager
def postgresql_url(directory: Path) -> Iterator[str]:
    """Run a PostgreSQL server on a Unix socket in the directory."""
    directory.chmod(0o755)
    own = directory / "server"
    own.mkdir()
    as_user: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        os.chown(own, pwd.getpwnam("postgres").pw_uid, -1)
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = str(own / "data")
    initdb = [*as_user, str(PROGRAMS / "initdb"), "-D", data, "-A", "trust", "-U", "copy"]
    subprocess.run(initdb, check=True, capture_output=True, cwd="/")
    options = ["-k", str(own), "-c", "listen_addresses=", "-c", "max_wal_size=4GB"]
    command = [*as_user, str(PROGRAMS / "postgres"), "-D", data, *options]
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
    try:
        while not (own / ".s.PGSQL.5432").exists():
            if server.poll() is not None:
                sys.exit((directory / "log").read_text(encoding="utf-8"))
            time.sleep(0.1)
        time.sleep(1)
        yield f"postgresql://copy@/postgres?host={own}"
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(own, ignore_errors=True)


def events_of(parsed: Sequence[ParsedItem], count: int) -> Iterator[tuple[DeskEntry, ParsedItem]]:
    """Yield `count` events of the items in turn, each with a uri of its own."""
    end = datetime.datetime.now(datetime.UTC)
    for number, original in zip(range(count), itertools.cycle(parsed), strict=False):
        item = msgspec.structs.replace(original.item, uri=f"urn:copytaster:bench:{number:08d}")
        copy = msgspec.structs.replace(original, item=item)
        event = Event(
            id=event_id(item.uri, item.version, "items", 0),
            source="urn:copytaster:bench",
            type="copytaster.item.created",
            subject=item.uri,
            time=end - datetime.timedelta(seconds=MONTH_S * (1 - number / count)),
            dataschema=dataschema("item"),
            data=msgspec.Raw(dump(copy)),
        )
        yield (
            DeskEntry(entry_id=f"{number}-0", id=event.id, type=event.type, body=dump(event)),
            copy,
        )


def measure(
    database: str, url: str, parsed: Sequence[ParsedItem], count: int, searches: int
) -> None:
    """Fill a database, check its answers, and print its rates and times."""
    written, last = fill(url, parsed, count)
    print(f"\n{database}: {written:,.0f} events per CPU second into an archive of {count:,} items")
    archive = open_archive(url)
    if database == "postgresql":
        with archive.write() as connection:
            connection.exec_driver_sql("ANALYZE")
    kinds = kinds_of(parsed)
    check(archive, kinds, last)
    time_searches(archive, kinds, searches)
    archive.close()


def fill(url: str, parsed: Sequence[ParsedItem], count: int) -> tuple[float, list[ParsedItem]]:
    """Write all events; return the rate of the last tenth, and the last items."""
    sink = open_sql(url, "items")
    measured_from = count - max(BATCH, count // 10)
    last: list[ParsedItem] = []
    cpu_s, measured, batch = 0.0, 0, []
    for number, (entry, item) in enumerate(events_of(parsed, count), 1):
        batch.append(entry)
        last = [*last[-CHECKED + 1 :], item] if number > count - CHECKED else last
        if len(batch) == BATCH or number == count:
            began_s = cpu()
            sink.send(batch)
            if number > measured_from:
                cpu_s += cpu() - began_s
                measured += len(batch)
            batch = []
    sink.close()
    return measured / cpu_s, last


def cpu() -> float:
    """Return the CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Kind(msgspec.Struct, frozen=True):
    """A kind of search: its queries, and whether it searches quotes and statements."""

    name: str
    make: Callable[[random.Random], Query]
    is_speech: bool = False


def kinds_of(parsed: Sequence[ParsedItem]) -> tuple[Kind, ...]:
    """Return the kinds of searches, with words and names from the items."""
    speakers = [said.speaker for item in parsed for said in item.quotes if said.speaker]
    lines = [item.dateline for item in parsed if item.dateline]
    places = [place.name for line in lines for place in line.places]
    agencies = [line.agency for line in lines if line.agency]
    ten_days_ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=10)

    def words(chance: random.Random, count: int) -> list[str]:
        found = [word for word in tokens(chance.choice(parsed).item.text) if len(word) > 3]
        start = chance.randrange(len(found) - count)
        return found[start : start + count]

    def phrase(chance: random.Random) -> str:
        found = tokens(chance.choice(parsed).item.body_text)
        start = chance.randrange(len(found) - 2)
        return " ".join(found[start : start + 3])

    def speaker(chance: random.Random) -> str:
        return tokens(chance.choice(speakers))[-1]

    return (
        Kind("a word", lambda c: Query(words=words(c, 1)[0])),
        Kind("two words", lambda c: Query(words=" ".join(words(c, 2)))),
        Kind("a phrase", lambda c: Query(words=f'"{phrase(c)}"')),
        Kind("a word without another", lambda c: Query(words=" -".join(words(c, 2)))),
        Kind("a speaker", lambda c: Query(speaker=speaker(c))),
        Kind("a place, ten days", lambda c: Query(place=c.choice(places), since=ten_days_ago)),
        Kind(
            "an agency and a word",
            lambda c: Query(agency=c.choice(agencies), words=words(c, 1)[0]),
        ),
        Kind("quotes by a word", lambda c: Query(words=words(c, 1)[0]), is_speech=True),
        Kind("quotes of a speaker", lambda c: Query(speaker=speaker(c)), is_speech=True),
    )


def tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def answer(archive: Archive, kind: Kind, query: Query) -> list[str]:
    """Return the uris of the hits."""
    with archive.read() as connection:
        if kind.is_speech:
            return [hit.item.uri for hit in search_speeches(connection, query)]
        return [hit.uri for hit in search_items(connection, query)]


def check(archive: Archive, kinds: Sequence[Kind], last: Sequence[ParsedItem]) -> None:
    """Compare answers with a scan of the last items.

    The archive stems words, which a scan cannot do. So every item with the very words must be
    found, and no item without words that begin with the same three letters.
    """
    chance = random.Random(1)
    uris = {item.item.uri for item in last}
    for kind in kinds:
        for _ in range(5):
            query = dataclasses.replace(kind.make(chance), since=None, limit=100_000)
            found = uris & set(answer(archive, kind, query))
            surely = {item.item.uri for item in last if has(item, kind, query, whole=True)}
            perhaps = {item.item.uri for item in last if has(item, kind, query, whole=False)}
            if not surely <= found <= perhaps:
                missed, wrong = sorted(surely - found), sorted(found - perhaps)
                sys.exit(f"{kind.name}: {query}: missed {missed[:3]}, wrong {wrong[:3]}")
    print("the answers are those of a scan")


def has(item: ParsedItem, kind: Kind, query: Query, *, whole: bool) -> bool:
    """Return True if an item matches a query, by whole words or by words that begin alike."""
    full, said = item.item.text, (*item.quotes, *item.statements)
    if kind.is_speech:
        texts = [quote.contents.of(full) for quote in item.quotes]
        texts += [" ".join(p.of(full) for p in told.contents) for told in item.statements]
    else:
        texts = [full]
    wanted = [term for term in re.findall(r'"[^"]+"|\S+', query.words) if term[0] != "-"]
    unwanted = [term[1:] for term in query.words.split() if term[0] == "-"]
    places = [place.name for place in item.dateline.places] if item.dateline else []
    agency = (item.dateline and item.dateline.agency) or item.item.infosource
    names = [speech.speaker for speech in said if speech.speaker]
    return (
        any(
            all(occurs(term, text, whole=whole) for term in wanted)
            and not any(occurs(term, text, whole=not whole) for term in unwanted)
            for text in texts
        )
        and (not query.speaker or any(occurs(query.speaker, n, whole=whole) for n in names))
        and (not query.place or any(occurs(query.place, n, whole=whole) for n in places))
        and (not query.agency or occurs(query.agency, agency, whole=whole))
    )


def occurs(term: str, text: str, *, whole: bool) -> bool:
    """Return True if a term occurs in a text as a phrase; unless `whole`, compare beginnings."""
    wanted, found = tokens(term), tokens(text)
    if not whole:
        wanted, found = [word[:3] for word in wanted], [word[:3] for word in found]
    size = len(wanted)
    return any(found[at : at + size] == wanted for at in range(len(found) - size + 1))


def time_searches(archive: Archive, kinds: Sequence[Kind], count: int) -> None:
    """Print the rate of searches, and the times of all searches and of each kind."""
    chance = random.Random(2)
    times_s: dict[str, list[float]] = {kind.name: [] for kind in kinds}
    for _ in range(count):
        for kind in kinds:
            query = kind.make(chance)
            began_s = time.perf_counter()
            answer(archive, kind, query)
            times_s[kind.name].append(time.perf_counter() - began_s)
    every_s = [time_s for some_s in times_s.values() for time_s in some_s]
    rate = len(every_s) / sum(every_s)
    print(f"{rate:,.0f} searches per second; {say(every_s)}")
    for name, some_s in times_s.items():
        print(f"  {name:24} {say(some_s)}")


def say(times_s: Sequence[float]) -> str:
    hundredths = statistics.quantiles(times_s, n=100)
    return f"p50 {hundredths[49] * 1000:.1f} ms, p99 {hundredths[98] * 1000:.1f} ms"


if __name__ == "__main__":
    main()
