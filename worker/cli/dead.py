"""`copytaster dead`: list, show, retry and drop dead letters."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial, reduce
from itertools import islice
from typing import Any

import click
import msgspec
from rich.table import Table
from rich.text import Text

from worker.cli.moments import MOMENT, shown_moment
from worker.cli.root import pass_settings
from worker.cli.store import open_cli_store
from worker.errors import MessageError
from worker.model.inbox import LETTER_KINDS, DeadLetter
from worker.model.redaction import redact, redact_all
from worker.ports import Store
from worker.render.console import Failure, one_line, open_console, print_json, table, visible
from worker.settings import Settings

__all__ = ["dead"]

_PAGE = 100


class _Filter(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions that select dead letters; an empty field is no condition."""

    kinds: tuple[str, ...] = ()
    feed: str = ""
    reason: str = ""
    since: datetime | None = None

    def matches(self, letter: DeadLetter) -> bool:
        """Return True if the letter fulfils all conditions."""
        return (
            (not self.kinds or letter.kind in self.kinds)
            and self.feed.casefold() in letter.source.casefold()
            and self.reason.casefold() in letter.reason.casefold()
            and not self.is_past(letter)
        )

    def is_past(self, letter: DeadLetter) -> bool:
        """Return True if the letter was given up before `since`, and so were all older letters."""
        return bool(self.since and letter.last_at and letter.last_at < self.since)

    @property
    def is_set(self) -> bool:
        """True if there is any condition."""
        return self != _Filter()


_FILTERS = (
    click.option(
        "--kind",
        "kinds",
        type=click.Choice(LETTER_KINDS),
        multiple=True,
        help="Only letters of this kind; repeatable.",
    ),
    click.option("--feed", default="", metavar="TEXT", help="Only with TEXT in feed or sender."),
    click.option("--reason", default="", metavar="TEXT", help="Only with TEXT in the reason."),
    click.option(
        "--since", type=MOMENT, help="Only if given up since then: 2h, 3d, or a date and time."
    ),
)


def _with_filters(command: Callable[..., None]) -> Callable[..., None]:
    # From the last, as decorators are applied: --help lists the options in the order of the tuple.
    return reduce(lambda decorated, option: option(decorated), reversed(_FILTERS), command)


def _find(store: Store, conditions: _Filter) -> Iterator[DeadLetter]:
    """Yield the matching letters, newest first, a page at a time."""
    before = ""
    while page := store.dead_letters.list(_PAGE, before=before):
        for letter in page:
            if conditions.is_past(letter):
                return
            if conditions.matches(letter):
                yield letter
        before = page[-1].id


@click.group()
def dead() -> None:
    """List, show, retry and drop dead letters."""


@dead.command("list")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="Maximum to list."
)
@_with_filters
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per letter.")
@pass_settings
def list_letters(settings: Settings, *, limit: int, as_json: bool, **filters: Any) -> None:
    """List the newest dead letters with their reasons."""
    conditions = _Filter(**filters)
    with open_cli_store(settings) as store:
        matching = _find(store, conditions)
        letters = list(islice(matching, limit))
        has_more = next(matching, None) is not None
        total = store.stats.sizes().get("dead", len(letters))
        dropped = store.dead_letters.dropped()
    if as_json:
        for letter in letters:
            print_json(msgspec.json.encode(redact_all(msgspec.to_builtins(letter))))
        return
    if dropped:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(dropped.items()))
        click.echo(f"dropped to make room, since the store was created: {counts}")
    if not letters:
        click.echo(f"none of {total} dead letters" if conditions.is_set else "no dead letters")
        return
    console = open_console()
    console.print(_letter_table(letters))
    if has_more:
        rest = "there are more" if conditions.is_set else f"of {total}"
        console.print(Text(f"the newest {len(letters)} {rest}"))


def _letter_table(letters: Iterable[DeadLetter]) -> Table:
    rows = table("Id", "Kind", "Attempts", "Reason", "From")
    rows.columns[0].no_wrap = True
    for letter in letters:
        reason = Text(one_line(redact(letter.reason), 200))
        origin = Text(one_line(redact(letter.source or letter.stream), 60))
        rows.add_row(letter.id, Text(one_line(letter.kind)), str(letter.attempts), reason, origin)
    return rows


@dead.command("show")
@click.argument("letter_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the letter as one JSON object.")
@pass_settings
def show_letter(settings: Settings, *, letter_id: str, as_json: bool) -> None:
    """Show a dead letter with its payload."""
    with open_cli_store(settings) as store:
        letter = store.dead_letters.get(letter_id)
    if letter is None:
        raise _unknown(letter_id)
    if as_json:
        print_json(msgspec.json.encode(redact_all(msgspec.to_builtins(letter))))
        return
    facts = Table.grid(padding=(0, 2, 0, 0))
    for name in ("id", "kind", "reason", "attempts", "item", "source", "stream"):
        if value := one_line(redact(str(getattr(letter, name)))):
            facts.add_row(Text(name, style="dim"), Text(value))
    facts.add_row(Text("first", style="dim"), Text(shown_moment(letter.first_at)))
    facts.add_row(Text("last", style="dim"), Text(shown_moment(letter.last_at)))
    console = open_console()
    console.print(facts)
    console.print(Text(f"\n{visible(redact(letter.payload))}"))
    if letter.detail:
        console.print(Text(f"\n{visible(redact(letter.detail))}", style="dim"))


@dead.command("retry", short_help="Send messages again.")
@click.argument("letter_id", metavar="[ID]", required=False)
@_with_filters
@click.option("--all", "every", is_flag=True, help="All present letters.")
@click.option("--late", is_flag=True, help="Also those older than COPYTASTER_KILL_WINDOW_S.")
@pass_settings
def retry_letters(
    settings: Settings, *, letter_id: str | None, every: bool, late: bool, **filters: Any
) -> None:
    """Send messages again: a single letter's, those of a filter, or all.

    Each message goes back to the stream that it came from, a door or a work stream. A message that
    is older than COPYTASTER_KILL_WINDOW_S stays, since a kill of its item may be forgotten.
    """
    with open_cli_store(settings) as store:
        ids = _select(store, letter_id, _Filter(**filters), every=every)
        retry = partial(store.dead_letters.retry, late=late)
        count = _apply(partial(_try, retry, is_alone=letter_id is not None), ids, letter_id)
    click.echo(f"{count} back on the inbox")


@dead.command("drop", short_help="Delete letters for good.")
@click.argument("letter_id", metavar="[ID]", required=False)
@_with_filters
@click.option("--all", "every", is_flag=True, help="All present letters.")
@pass_settings
def drop_letters(settings: Settings, *, letter_id: str | None, every: bool, **filters: Any) -> None:
    """Delete letters for good: a single letter, those of a filter, or all."""
    with open_cli_store(settings) as store:
        ids = _select(store, letter_id, _Filter(**filters), every=every)
        count = _apply(store.dead_letters.drop, ids, letter_id)
    click.echo(f"{count} dropped")


def _select(store: Store, letter_id: str | None, conditions: _Filter, *, every: bool) -> list[str]:
    """Return the ids that the command line selects, oldest first.

    The list is complete before the first is retried, since a retried message may soon be back.
    """
    if (letter_id is not None) + every + conditions.is_set != 1:
        raise click.UsageError("give the ID of a letter, or --all, or a filter")
    if letter_id is not None:
        return [letter_id]
    return [letter.id for letter in _find(store, conditions)][::-1]


def _try(retry: Callable[[str], bool], letter_id: str, *, is_alone: bool) -> bool:
    """Retry a letter; if it stays, print the reason on stderr.

    Raises:
        Failure: The letter stays, and is the only letter of the command.
    """
    try:
        return retry(letter_id)
    except MessageError as error:
        if is_alone:
            raise Failure(str(error)) from error
        click.echo(f"copytaster: {error}", err=True)
        return False


def _apply(act: Callable[[str], bool], ids: list[str], letter_id: str | None) -> int:
    count = sum(map(act, ids))
    if letter_id is not None and not count:
        raise _unknown(letter_id)
    return count


def _unknown(letter_id: str) -> Failure:
    return Failure(f"no dead letter {letter_id!r}; `copytaster dead list` lists them")
