"""`copytaster feeds try`: polls a feed once, without a broker, with all guards of the service.

It runs `worker.polling.poll_task.poll_feed` on a store without a server. The poll is in a sandbox,
so that the command has a result whatever the feed sends.
"""

import asyncio
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click
import msgspec
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.sources import WORDS
from worker.errors import CopytasterError
from worker.feeds import ListedEntry
from worker.model import Feed, Lease, feed_id
from worker.polling.context import PollContext
from worker.polling.fetching import READ_SHARE
from worker.polling.poll_task import FinishedPoll, poll_feed
from worker.polling.schedule import Arrived, Failed, NotModified
from worker.ports import HostSlots
from worker.render.console import one_line, open_console, print_json
from worker.runtime.fetcher import open_fetcher
from worker.runtime.sandbox import Limits, Sandbox, SandboxFailure
from worker.settings import Settings
from worker.store.trial import TrialStore
from worker.web.api import Fetcher
from worker.web.connectivity import Connectivity
from worker.web.memory_budget import MemoryBudget

__all__ = ["LIMITS", "Trial", "TrialEntry", "trial_context", "try_feed", "try_poll"]

_READ_S = 50
"""The time for reading a body: enough for a hundred thousand entries on a busy machine."""

_START_S = 3.0
"""The time that is subtracted from the fetch's limit, which a caller counts from the command."""
_WIRE_BYTES = 56 * 1024 * 1024
"""The limit on a body: with the bytes that the kernel receives ahead, it stays under 64 MiB."""

LIMITS = Limits(
    time_s=58.0,  # with its start, the command answers within a minute
    memory_bytes=380 * 1024 * 1024,  # with the interpreter, less than 512 MiB
    answer_bytes=380 * 1024 * 1024,
)


class TrialEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that the poll would publish; a missing text is None.

    `date` is RFC 3339 with an offset.
    """

    id: str
    title: str | None
    link: str | None
    date: datetime | None
    kind: Literal["new", "update"]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a poll.

    The status is `unchanged` for a 304, `retry` for a failure that a later poll may cure, `gone`
    for the end of the feed, and `refused` for a forbidden address or a body that broke a limit.
    `retry_after` is the time in seconds until copytaster would poll again after an error, `asked`
    the server's own Retry-After. `url` is the address for the next poll, `error` a code of
    docs/politeness.md.
    """

    status: Literal["ok", "unchanged", "retry", "gone", "refused"]
    entries: tuple[TrialEntry, ...] = ()
    retry_after: int | None = None
    asked: int | None = None
    url: str
    error: str | None = None


@click.command("try", short_help="Poll a feed once, without a broker.")
@click.argument("url", type=WORDS)
@click.option(
    "--state",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep validators and seen ids in DIR for the next poll.",
)
@click.option(
    "--allow",
    metavar="HOST:PORT,...",
    default="",
    help="Origins allowed on private addresses, in addition to COPYTASTER_ALLOW_ORIGINS.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@pass_settings
def try_feed(
    settings: Settings, *, url: str, state: Path | None, allow: str, as_json: bool
) -> None:
    """Poll a feed once, without a broker, and show the entries that would be published.

    The exit code is 1 if the feed is refused, such as one on a private address, else 0.
    """
    origins = ",".join(filter(None, (settings.allow_origins, allow)))
    settings = msgspec.structs.replace(settings, allow_origins=origins)
    feed = Feed(id=feed_id(url), url=url.strip())
    TrialStore(feed, state).save()  # reports an unusable DIR before the feed is requested
    trial = asyncio.run(_poll(settings, feed, state))
    if as_json:
        print_json(msgspec.json.encode(trial))
    else:
        _show(trial)
    if trial.status == "refused":
        raise SystemExit(1)


async def try_poll(settings: Settings, http: Fetcher, feed: Feed, directory: Path | None) -> Trial:
    """Poll the feed once, as the service would, and keep its state in the directory.

    A feed that is gone is not requested again.

    Raises:
        SettingsError: The directory, or the feed's file in it, cannot be used.
    """
    store = TrialStore(feed, directory)
    if store.state.gone:
        return Trial(status="gone", url=feed.url, error="http_410")
    poll = await poll_feed(trial_context(settings, http, store), Lease(feed.id, "1"))
    store.save()
    return _trial(feed, poll, store)


def trial_context(
    settings: Settings, http: Fetcher, store: TrialStore, hosts: HostSlots | None = None
) -> PollContext:
    """Return the context of a single poll; without `hosts` every slot is free."""
    part: Any = store  # it has only the methods of the protocols that a poll calls
    return PollContext(
        # The time for reading becomes _READ_S, and the trial subscribes to no hub.
        settings=msgspec.structs.replace(
            settings, task_time_limit_s=_READ_S / READ_SHARE, websub_callback_url=""
        ),
        polls=part,
        hosts=hosts or part,
        subscriptions=part,
        http=http,
        now=lambda: datetime.now(UTC),
        connectivity=Connectivity(),
        memory=MemoryBudget(),
    )


def _trial(feed: Feed, poll: FinishedPoll, store: TrialStore) -> Trial:
    """Return the result of a poll as the command shows it."""
    url, outcome = poll.state.url or feed.url, poll.outcome
    if isinstance(outcome, Arrived):
        return Trial(status="ok", entries=_entries(poll, store), url=url)
    if isinstance(outcome, NotModified):
        return Trial(status="unchanged", url=url)
    # From here on the poll failed: the schedule has the time of the next attempt.
    due_at = poll.state.due_at
    wait_s = max(0, math.ceil((due_at - datetime.now(UTC)).total_seconds())) if due_at else None
    if not isinstance(outcome, Failed):
        return Trial(status="retry", retry_after=wait_s, url=url, error="offline")
    asked_s = outcome.retry_after_s  # infinite if it names no end
    return Trial(
        status="gone" if poll.state.gone else "refused" if outcome.refused else "retry",
        retry_after=wait_s,
        asked=round(asked_s) if asked_s is not None and math.isfinite(asked_s) else None,
        url=url,
        error=outcome.code,
    )


def _entries(poll: FinishedPoll, store: TrialStore) -> tuple[TrialEntry, ...]:
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
        id=listed.id,
        title=listed.title or None,
        link=listed.link or None,
        date=listed.date,
        kind=kind,
    )


async def _poll(settings: Settings, feed: Feed, directory: Path | None) -> Trial:
    """Poll in a sandbox; the error is `crashed` if its process died or exceeded its time limit."""

    async def poll() -> Trial:
        return await try_poll(settings, open_fetcher(_within_caller(settings)), feed, directory)

    def answer(_: bytes) -> bytes:
        try:
            # Not closed: closing would wait for threads that are stuck in reading a body.
            return msgspec.json.encode(asyncio.Runner().run(poll()))
        except CopytasterError as error:
            click.echo(f"copytaster: {error}", err=True)
            raise SystemExit(1) from error  # ends the child: the result is `crashed`

    with Sandbox(answer, LIMITS) as sandbox:
        trial = await sandbox.ask(b"")
    if isinstance(trial, SandboxFailure):
        # In the service, an interrupted poll is repeated when its lease ends.
        lease_s = math.ceil(settings.poll_lease_s)
        return Trial(status="retry", retry_after=lease_s, url=feed.url, error="crashed")
    return msgspec.json.decode(trial, type=Trial)


def _within_caller(settings: Settings) -> Settings:
    """Return the settings with limits that hold for the whole command."""
    return msgspec.structs.replace(
        settings,
        fetch_timeout_s=max(settings.fetch_timeout_s - _START_S, settings.fetch_timeout_s / 2),
        fetch_limit_bytes=min(settings.fetch_limit_bytes, _WIRE_BYTES),
    )


def _show(trial: Trial) -> None:
    console = open_console()
    facts = [trial.status, trial.error or "", f"{len(trial.entries)} entries", trial.url]
    if trial.retry_after is not None:
        facts.insert(2, f"again in {trial.retry_after} s")
    console.print(Text(one_line(" · ".join(filter(None, facts)))))
    for entry in trial.entries:
        date = f"{entry.date:%Y-%m-%d %H:%M}" if entry.date else "-"
        console.print(Text(one_line(f"{entry.kind} {date} {entry.title or entry.id}", 200)))
