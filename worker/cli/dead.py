"""`copytaster dead`: messages that were given up, and what to do with them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import reduce
from itertools import islice
from typing import Any

import click
import msgspec
from rich.table import Table
from rich.text import Text

from worker.cli.moments import MOMENT, shown_moment
from worker.cli.root import pass_settings
from worker.cli.store import open_cli_store
from worker.log import redact, redact_all
from worker.model.inbox import DeadLetter
from worker.ports import Store
from worker.render.console import Failure, one_line, open_console, print_json, table, visible
from worker.settings import Settings

__all__ = ["dead"]

_PAGE = 100


class _Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter is asked for; what is empty asks nothing."""

    kinds: tuple[str, ...] = ()
    feed: str = ""
    reason: str = ""
    since: datetime | None = None

    def takes(self, letter: DeadLetter) -> bool:
        return (
            (not self.kinds or letter.kind in self.kinds)
            and self.feed.casefold() in letter.source.casefold()
            and self.reason.casefold() in letter.reason.casefold()
            and not self.is_past(letter)
        )

    def is_past(self, letter: DeadLetter) -> bool:
        """True for a letter that was given up before `since`, as are all that are older."""
        return bool(self.since and letter.last_at and letter.last_at < self.since)

    @property
    def asks(self) -> bool:
        return self != _Filter()


_FILTERS = (
    click.option("--kind", "kinds", multiple=True, help="Letters of this kind; repeatable."),
    click.option("--feed", default="", metavar="TEXT", help="Whose feed or sender has TEXT in it."),
    click.option("--reason", default="", metavar="TEXT", help="Whose reason has TEXT in it."),
    click.option("--since", type=MOMENT, help="Given up since then: 2h, 3d, or a date and time."),
)


def _with_filters(command: Callable[..., None]) -> Callable[..., None]:
    return reduce(lambda made, option: option(made), reversed(_FILTERS), command)


def _find(store: Store, asked: _Filter) -> Iterator[DeadLetter]:
    """The letters that are asked for, the newest first, a page at a time."""
    before = ""
    while page := store.dead_letters.list(_PAGE, before=before):
        for letter in page:
            if asked.is_past(letter):
                return
            if asked.takes(letter):
                yield letter
        before = page[-1].id


@click.group()
def dead() -> None:
    """Dead letters: list them, read one, send it again, drop it."""


@dead.command("list")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="The newest this many."
)
@_with_filters
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a letter.")
@pass_settings
def list_letters(settings: Settings, *, limit: int, as_json: bool, **filters: Any) -> None:
    """List the newest dead letters with their reasons."""
    asked = _Filter(**filters)
    with open_cli_store(settings) as store:
        found = _find(store, asked)
        letters = list(islice(found, limit))
        more = next(found, None) is not None
        total = store.stats.sizes().get("dead", len(letters))
        dropped = store.dead_letters.dropped()
    if as_json:
        for letter in letters:
            print_json(msgspec.json.encode(redact_all(msgspec.to_builtins(letter))))
        return
    if dropped:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(dropped.items()))
        click.echo(f"made room for others, since the store began: {counts}")
    if not letters:
        click.echo("no dead letters" if not asked.asks else f"none of {total} dead letters")
        return
    rows = table("Id", "Kind", "Tried", "Reason", "From")
    rows.columns[0].no_wrap = True
    for letter in letters:
        reason = Text(one_line(redact(letter.reason), 200))
        where = Text(one_line(redact(letter.source or letter.stream), 60))
        rows.add_row(letter.id, Text(one_line(letter.kind)), str(letter.attempts), reason, where)
    console = open_console()
    console.print(rows)
    if more:
        whole = "there are more" if asked.asks else f"of {total}"
        console.print(Text(f"the newest {len(letters)} {whole}"))


@dead.command("show")
@click.argument("letter_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the letter as one JSON object.")
@pass_settings
def show_letter(settings: Settings, *, letter_id: str, as_json: bool) -> None:
    """Show one dead letter whole, its payload included."""
    with open_cli_store(settings) as store:
        letter = store.dead_letters.get(letter_id)
    if letter is None:
        raise _unknown(letter_id)
    if as_json:
        print_json(msgspec.json.encode(redact_all(msgspec.to_builtins(letter))))
        return
    facts = Table.grid(padding=(0, 2, 0, 0))
    for name in ("id", "kind", "reason", "attempts", "item", "source", "stream"):
        if said := one_line(redact(str(getattr(letter, name)))):
            facts.add_row(Text(name, style="dim"), Text(said))
    facts.add_row(Text("first", style="dim"), Text(shown_moment(letter.first_at)))
    facts.add_row(Text("last", style="dim"), Text(shown_moment(letter.last_at)))
    console = open_console()
    console.print(facts)
    console.print(Text(f"\n{visible(redact(letter.payload))}"))
    if letter.detail:
        console.print(Text(f"\n{visible(redact(letter.detail))}", style="dim"))


@dead.command("retry")
@click.argument("letter_id", metavar="[ID]", required=False)
@_with_filters
@click.option("--all", "every", is_flag=True, help="All that are there now.")
@pass_settings
def retry_letters(
    settings: Settings, *, letter_id: str | None, every: bool, **filters: Any
) -> None:
    """Put a letter's message back on the inbox it came from: one, all, or those of a filter."""
    with open_cli_store(settings) as store:
        ids = _named(store, letter_id, _Filter(**filters), every=every)
        count = _apply(store.dead_letters.retry, ids, letter_id)
    click.echo(f"{count} back on the inbox")


@dead.command("drop")
@click.argument("letter_id", metavar="[ID]", required=False)
@_with_filters
@click.option("--all", "every", is_flag=True, help="All that are there now.")
@pass_settings
def drop_letters(settings: Settings, *, letter_id: str | None, every: bool, **filters: Any) -> None:
    """Delete a letter for good: one, all, or those of a filter."""
    with open_cli_store(settings) as store:
        ids = _named(store, letter_id, _Filter(**filters), every=every)
        count = _apply(store.dead_letters.drop, ids, letter_id)
    click.echo(f"{count} dropped")


def _named(store: Store, letter_id: str | None, asked: _Filter, *, every: bool) -> list[str]:
    """The letters that the call names, the oldest first: those there now, since a retried one may
    soon be back.
    """
    if (letter_id is not None) + every + asked.asks != 1:
        raise click.UsageError("name one letter by its ID, or say --all, or give a filter")
    if letter_id is not None:
        return [letter_id]
    return [letter.id for letter in _find(store, asked)][::-1]


def _apply(act: Callable[[str], bool], ids: list[str], asked: str | None) -> int:
    done = sum(act(letter_id) for letter_id in ids)
    if asked is not None and not done:
        raise _unknown(asked)
    return done


def _unknown(letter_id: str) -> Failure:
    return Failure(f"no dead letter {letter_id!r}; `copytaster dead list` has them")
