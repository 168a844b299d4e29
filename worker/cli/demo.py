"""`copytaster demo`: the whole service on this machine, with sample items, from feed to desk."""

import contextlib
import logging
import signal
import socket
import tempfile
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import click
from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.service import WEB_PORT, is_web_installed, members, running_broker
from worker.demo.feed_server import FeedServer
from worker.errors import CopytasterError
from worker.model import Event, ParsedItem
from worker.model.codec import load
from worker.render.console import open_console
from worker.render.short import render_line
from worker.runtime.supervisor import Supervisor
from worker.services import open_store
from worker.settings import Settings
from worker.store.store import RedisStore

__all__ = ["demo"]

POLL_S = 1
DESKS = ("items", "quotes", "alerts")

_ABOUT = """\
Invented news items go from their feeds through the service to its desks.
All of it runs on this machine, and no other is contacted.
"""

_PAGE_S = 30.0
"""Longest wait for the web server, which imports for some seconds on a busy machine."""

_LOOK_S = 0.1

_PACE_S = 0.35
"""Time between two items on a terminal, so that a person can follow."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of the item versions that were served and that arrived, by uri."""

    served: Counter[str] = field(default_factory=Counter)
    arrived: Counter[str] = field(default_factory=Counter)
    event_ids: set[str] = field(default_factory=set)
    twice: list[str] = field(default_factory=list)
    first_s: float = 0.0
    last_s: float = 0.0

    @property
    def missing(self) -> tuple[str, ...]:
        """The uris with a version that has not arrived."""
        return tuple((self.served - self.arrived).elements())

    def book(self, event: Event, parsed: ParsedItem, elapsed_s: float) -> None:
        """Record an event of the items desk under its item: a kill's subject is its target."""
        if event.id in self.event_ids:
            self.twice.append(parsed.item.uri)
        self.event_ids.add(event.id)
        self.arrived[parsed.item.uri] += 1
        self.first_s = self.first_s or elapsed_s
        self.last_s = elapsed_s


@click.command()
@click.option("--timeout-s", default=60.0, show_default=True, help="Give up after this time.")
@click.option("--workers", default=2, show_default=True, help="Number of parse processes.")
@click.option("--fast", is_flag=True, help="Print the items as they arrive, also on a terminal.")
@click.option("--exit", "exits", is_flag=True, help="End after the summary, also on a terminal.")
@pass_settings
def demo(settings: Settings, *, timeout_s: float, workers: int, fast: bool, exits: bool) -> None:
    """Show sample items on their way from feed to desk, then a summary.

    On a terminal the items are shown at a pace that can be read, and their pages are then served
    until Ctrl-C. Starts its own broker, a
    feed server on loopback, a poller and workers. Nothing is left running, and no other machine is
    contacted.
    """
    console = open_console()
    console.print(_ABOUT, soft_wrap=True)
    stays = console.is_terminal and not exits and is_web_installed()
    pace_s = _PACE_S if console.is_terminal and not fast else 0.0
    logging.getLogger("worker.cli.service").setLevel(logging.WARNING)  # the screen is for items
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # unwinds the `with` blocks below
    with tempfile.TemporaryDirectory(prefix="copytaster-demo-") as scratch, FeedServer() as server:
        # The demo counts what its own feeds bring to the default desks, through its own broker.
        own = replace(
            settings,
            redis_url="",
            celery_url="",
            data_dir=str(Path(scratch) / "data"),
            prefix="demo",
            feeds="",
            desks="",  # of the default desks, `items` has the archive
            archive=_archive_url(Path(scratch)) if stays else "off",
            websub_callback_url="",
            poll_floor_s=float(POLL_S),
            allow_origins=server.base_url.removeprefix("http://"),
        )
        log_path = Path(scratch) / "log.jsonl"
        try:
            with log_path.open("wb") as log, running_broker(own) as running:
                _run(
                    console,
                    running,
                    server,
                    log_fd=log.fileno(),
                    timeout_s=timeout_s,
                    workers=workers,
                    pace_s=pace_s,
                    web_port=_free_port(WEB_PORT) if stays else None,
                )
        except KeyboardInterrupt:
            console.print("\nThe demo was interrupted; nothing of it is left running.")
            raise
        except CopytasterError as error:
            raise CopytasterError(f"{error}\n{_last_errors(log_path)}".rstrip()) from error


def _archive_url(scratch: Path) -> str:
    return f"sqlite:///{scratch / 'archive.db'}"


def _free_port(wanted: int) -> int:
    """Return a port of loopback that nobody listens on, the wanted one if it is free."""
    try:
        listening = socket.create_server(("127.0.0.1", wanted))
    except OSError:
        listening = socket.create_server(("127.0.0.1", 0))
    with listening:
        return int(listening.getsockname()[1])


def _environ(settings: Settings) -> dict[str, str]:
    return {
        # The processes inherit the user's environment: what the demo sets aside is emptied there.
        "COPYTASTER_CELERY_URL": "",
        "COPYTASTER_WEB_TOKENS": "",
        "COPYTASTER_DESKS": settings.desks,
        "COPYTASTER_ARCHIVE": settings.archive,
        "COPYTASTER_FEEDS": "",
        "COPYTASTER_WEBSUB_CALLBACK_URL": "",
        "COPYTASTER_REDIS_URL": settings.redis_url,
        "COPYTASTER_PREFIX": settings.prefix,
        "COPYTASTER_DATA_DIR": settings.data_dir,
        "COPYTASTER_POLL_FLOOR_S": str(settings.poll_floor_s),
        "COPYTASTER_ALLOW_ORIGINS": settings.allow_origins,
        "COPYTASTER_LOG_FORMAT": "json",
    }


def _run(
    console: Console,
    settings: Settings,
    server: FeedServer,
    *,
    log_fd: int,
    timeout_s: float,
    workers: int,
    pace_s: float,
    web_port: int | None,
) -> None:
    """Run the service until all items have arrived, print the summary, and serve the pages."""
    store = open_store(settings)
    store.feeds.add(server.feeds(interval_s=POLL_S))
    environ = _environ(settings)
    tree = members(settings, workers=workers, pollers=1, environ=environ, web_port=web_port)
    tally = Tally(served=Counter(item.item.uri for item in server.items))
    with Supervisor(tree, output=log_fd) as supervisor, _Screen(console, pace_s) as screen:
        _show_items(screen, store, supervisor, server, tally=tally, timeout_s=timeout_s)
        _check(tally, store)
        sizes = store.stats.sizes()
        store.close()
        screen.close()
        console.print(_summary(server.counts, tally, sizes), soft_wrap=True)
        if web_port is not None:
            _keep_open(console, supervisor, web_port)


class _Screen:
    """Prints items above a progress bar, one every `pace_s` seconds; with 0 as soon as it can."""

    def __init__(self, console: Console, pace_s: float) -> None:
        self._progress = _progress(console)
        self._bar = self._progress.add_task("starting the service", total=None)
        self._pace_s = pace_s
        self._waiting: deque[ParsedItem] = deque()
        self._shown = 0
        self._next_at = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def is_behind(self) -> bool:
        """True while there are items to show."""
        return bool(self._waiting)

    def add(self, parsed: ParsedItem) -> None:
        """Have an item shown in its turn."""
        self._waiting.append(parsed)

    def show_due(self, total: int) -> None:
        """Show the items that are due, of `total` that are known of."""
        while self._waiting and time.monotonic() >= self._next_at:
            parsed = self._waiting.popleft()
            self._progress.console.print(render_line(parsed), Text(), sep="\n", crop=False)
            self._shown += 1
            self._next_at = time.monotonic() + self._pace_s
            self._progress.update(
                self._bar, description="feed to desk", completed=self._shown, total=total
            )

    def close(self) -> None:
        """Take the bar away; a second call does nothing."""
        self._progress.stop()


def _show_items(
    screen: _Screen,
    store: RedisStore,
    supervisor: Supervisor,
    server: FeedServer,
    *,
    tally: Tally,
    timeout_s: float,
) -> None:
    """Show the items that arrive within `timeout_s`, and serve the updates of those that have."""
    started = time.monotonic()
    after = "0-0"
    while screen.is_behind or (tally.missing and time.monotonic() < started + timeout_s):
        supervisor.check()
        # Soon again while the screen is behind, which then has an item to show.
        block_ms = 50 if screen.is_behind else 200
        for entry in store.desks.read("items", after=after, block_ms=block_ms):
            after = entry.entry_id
            event = load(Event, entry.body)
            parsed = load(ParsedItem, bytes(event.data))
            tally.book(event, parsed, time.monotonic() - started)
            screen.add(parsed)
            # The whole stage has arrived: serve its updates, corrections and kills.
            if not tally.missing:
                tally.served.update(seed.item.uri for seed in server.advance())
        screen.show_due(tally.served.total())


def _keep_open(console: Console, supervisor: Supervisor, port: int) -> None:
    """Print the address of the pages, and serve them until Ctrl-C.

    Raises:
        CopytasterError: The web server does not start.
    """
    deadline = time.monotonic() + _PAGE_S
    with contextlib.suppress(KeyboardInterrupt):
        while not _is_served(port):
            supervisor.check()
            if "web" not in supervisor.pids or time.monotonic() > deadline:
                raise CopytasterError("the web server does not start", subject="demo")
            time.sleep(_LOOK_S)
        console.print(f"\nThe items are on http://127.0.0.1:{port}/ until you press Ctrl-C.")
        while True:
            supervisor.check()
            time.sleep(_LOOK_S)


def _is_served(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _check(tally: Tally, store: RedisStore) -> None:
    """Check that every item version arrived exactly once.

    Raises:
        CopytasterError: An item is missing, came twice, was never served, or is a dead letter.
    """
    unserved = tuple((tally.arrived - tally.served).elements())
    dead = store.dead_letters.list(1)
    for fault, uris in (
        ("did not arrive in time", tally.missing),
        ("arrived twice", tuple(tally.twice)),
        ("arrived and was never served", unserved),
    ):
        if uris:
            more = f" and {len(uris) - 1} more" if len(uris) > 1 else ""
            raise CopytasterError(f"{uris[0]}{more} {fault}", subject="demo")
    if dead:
        raise CopytasterError(f"a dead letter: {dead[0].reason}", subject="demo")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("items"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _summary(counts: Mapping[tuple[str, int], int], tally: Tally, sizes: Mapping[str, int]) -> Text:
    def answers(status: int) -> int:
        return sum(number for (_, code), number in counts.items() if code == status)

    feeds = len({path for path, _ in counts})
    items = tally.arrived.total()
    faults = (len(tally.missing), len(tally.twice), sizes.get("dead", 0))
    rows = {
        "feeds polled": f"{feeds}; answers: {answers(200)} x 200, {answers(304)} x 304",
        "items in": f"{items}, of which {items - len(tally.arrived)} later versions",
        **{f"events on {desk}": str(sizes.get(f"desk:{desk}", 0)) for desk in DESKS},
        # No rate: the demo mostly waits for its own polls.
        "time": f"first item after {tally.first_s:.1f} s, last after {tally.last_s:.1f} s; "
        f"a poll every {POLL_S} s",
        "lost, doubled, dead": ", ".join(str(count) for count in faults),
    }
    lines = (Text.assemble((f"{name:<21}", "dim"), value) for name, value in rows.items())
    return Text("\n").join(lines)


def _last_errors(log_path: Path, count: int = 5) -> str:
    """Return the last warnings and errors in the log of the processes."""
    with contextlib.suppress(OSError):
        lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        warnings = [line for line in lines if '"level": "info"' not in line and line.strip()]
        return "\n".join(warnings[-count:])
    return ""
