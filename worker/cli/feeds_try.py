"""`copytaster feeds try`: one poll of one feed, without a broker, with every guard of the service.

The poll is `worker.polling.poll_task.poll_feed` without a server. It runs in a process of its own,
with limits of time and memory: there is an answer, whatever a feed does to it.
"""

import asyncio
import contextlib
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

import click
import msgspec
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.sources import WORDS
from worker.errors import CopytasterError
from worker.feeds import ListedEntry
from worker.model import Feed, Lease, feed_id
from worker.polling.poll_task import READ_SHARE, Poll, poll_feed
from worker.polling.schedule import Arrived, Failed, NotModified, retry_after_s
from worker.ports import Store
from worker.render.console import one_line, open_console, print_json
from worker.services import Services, open_fetcher
from worker.settings import Settings
from worker.store.trial import TrialStore
from worker.web.api import Fetcher

__all__ = ["Trial", "TrialEntry", "try_feed", "try_poll"]

_READ_S = 50
"""For reading what was fetched: a hundred thousand entries, on a busy machine."""

_WHOLE_S = 58.0
"""For all of it; what is not done then is broken off."""

_LIMIT_MEMORY_BYTES = 448 * 1024 * 1024


class TrialEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that this poll would publish. `date` is RFC 3339 with offset, or None."""

    id: str
    title: str
    link: str
    date: datetime | None
    kind: Literal["new", "update"]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What one poll came to.

    `unchanged` is the server's word (304); `retry` comes again later; `gone` never; `refused` is
    what we would not ask for or stopped reading. `url` is the address to poll from now on, `error`
    one word of docs/politeness.md.
    """

    status: Literal["ok", "unchanged", "retry", "gone", "refused"]
    entries: tuple[TrialEntry, ...] = ()
    retry_after: int | None = None
    url: str
    error: str | None = None


@click.command("try", short_help="Poll a feed once, without a broker.")
@click.argument("url", type=WORDS)
@click.option(
    "--state",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep validators and seen ids in DIR for the next time.",
)
@click.option(
    "--allow",
    metavar="HOST:PORT,...",
    default="",
    help="Origins that may be private addresses, besides COPYTASTER_ALLOW_ORIGINS.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_settings
def try_feed(
    settings: Settings, *, url: str, state: Path | None, allow: str, as_json: bool
) -> None:
    """Poll a feed once, without a broker, and say what would be published.

    Ends with exit code 0 whatever the feed does.
    """
    origins = ",".join(filter(None, (settings.allow_origins, allow)))
    settings = msgspec.structs.replace(settings, allow_origins=origins)
    feed = Feed(id=feed_id(url), url=url.strip())
    TrialStore(feed, state).save()  # says what is wrong with DIR before anybody is asked
    body = _in_a_process(lambda: _polled(settings, feed, state), _WHOLE_S)
    trial = msgspec.json.decode(body, type=Trial) if body else _lost(feed)
    if as_json:
        print_json(msgspec.json.encode(trial))
    else:
        _show(trial)


async def try_poll(settings: Settings, http: Fetcher, feed: Feed, directory: Path | None) -> Trial:
    """Poll the feed once, as the service would, and keep what it taught us in the directory.

    A feed that is gone is not asked again.

    Raises:
        SettingsError: The directory, or the feed's file in it, cannot be used.
    """
    store = TrialStore(feed, directory)
    if store.state.gone:
        return Trial(status="gone", url=feed.url, error="http_410")
    services = Services(
        settings=msgspec.structs.replace(
            settings, task_time_limit_s=_READ_S * READ_SHARE, websub_callback_url=""
        ),
        store=cast("Store", store),  # it has what a poll of one feed asks for
        http=http,
        desks=(),
        now=lambda: datetime.now(UTC),
    )
    poll = await poll_feed(services, Lease(feed.id, "1"))
    store.save()
    return _trial(poll, store)


def _trial(poll: Poll, store: TrialStore) -> Trial:
    """The poll as it is told."""
    assert poll.feed is not None
    url, outcome = poll.state.url or poll.feed.url, poll.outcome
    if isinstance(outcome, Arrived):
        return Trial(status="ok", entries=_entries(poll, store), url=url)
    if isinstance(outcome, NotModified):
        return Trial(status="unchanged", url=url)
    if not isinstance(outcome, Failed):
        return Trial(status="retry", url=url, error="offline")
    wait_s = retry_after_s(outcome)
    return Trial(
        status="gone" if poll.state.gone else "refused" if outcome.refused else "retry",
        retry_after=None if wait_s is None else round(wait_s),
        url=url,
        error=outcome.code,
    )


def _entries(poll: Poll, store: TrialStore) -> tuple[TrialEntry, ...]:
    if poll.read is None:
        return ()
    listed = {
        item.uri: shown for item, shown in zip(poll.read.items, poll.read.listed, strict=True)
    }
    return tuple(
        _entry(listed[uri], "update" if store.is_known(uri) else "new") for uri in store.admitted()
    )


def _entry(listed: ListedEntry, kind: Literal["new", "update"]) -> TrialEntry:
    return TrialEntry(
        id=listed.id, title=listed.title, link=listed.link, date=listed.date, kind=kind
    )


def _polled(settings: Settings, feed: Feed, directory: Path | None) -> bytes:
    async def poll() -> Trial:
        http = open_fetcher(settings)
        return await try_poll(settings, http, feed, directory)

    _limit_memory()
    return msgspec.json.encode(asyncio.Runner().run(poll()))


def _limit_memory() -> None:
    """A body that would take all memory ends as an error of its own."""
    limit = _LIMIT_MEMORY_BYTES + _untouched_bytes()
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _untouched_bytes() -> int:
    """What the process has reserved and never used, which the system counts as its data."""
    try:
        _, resident, _, _, _, data, _ = Path("/proc/self/statm").read_text("ascii").split()
    except (OSError, ValueError):
        return 0
    return max(0, int(data) - int(resident)) * resource.getpagesize()


def _in_a_process(work: Callable[[], bytes], limit_s: float) -> bytes:
    """What `work` returns in a process of its own; empty where that died, or was not done in time.

    Threads that are stuck in a body end with it.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _work_and_die(work, writing)
    os.close(writing)
    try:
        return _read_until(reading, time.monotonic() + limit_s)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _work_and_die(work: Callable[[], bytes], writing: int) -> None:
    """In the child: leaves without any of the parent's endings."""
    code = 1
    try:
        with os.fdopen(writing, "wb") as out:
            out.write(work())
        code = 0
    except CopytasterError as error:
        click.echo(f"copytaster: {error}", err=True)
    except Exception:  # noqa: BLE001  # the parent has an answer; a person may want to know
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _read_until(reading: int, until: float) -> bytes:
    """What comes through the pipe before it is closed; empty where it is not closed in time."""
    parts: list[bytes] = []
    while (left_s := until - time.monotonic()) > 0:
        ready, _, _ = select.select([reading], [], [], left_s)
        if ready:
            part = os.read(reading, 1 << 16)
            if not part:
                return b"".join(parts)
            parts.append(part)
    return b""


def _lost(feed: Feed) -> Trial:
    return Trial(status="retry", url=feed.url, error="crashed")


def _show(trial: Trial) -> None:
    console = open_console()
    said = [trial.status, trial.error or "", f"{len(trial.entries)} entries", trial.url]
    if trial.retry_after is not None:
        said.insert(2, f"again in {trial.retry_after} s")
    console.print(Text(one_line(" · ".join(filter(None, said)))))
    for entry in trial.entries:
        date = f"{entry.date:%Y-%m-%d %H:%M}" if entry.date else "-"
        console.print(Text(one_line(f"{entry.kind} {date} {entry.title or entry.id}", 200)))
