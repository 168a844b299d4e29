"""`copytaster dead`: messages that were given up, and what to do with them."""

from collections.abc import Callable, Sequence

import click
import msgspec
from rich.table import Table
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.store import open_cli_store
from worker.cli.terminal import Failure, one_line, open_console, print_json, table, visible
from worker.ports import DeadLetter, Store
from worker.settings import Settings

__all__ = ["dead"]


@click.group(short_help="List, show, retry, drop what was given up.")
def dead() -> None:
    """Dead letters: list them, read one, send it again, drop it."""


@dead.command("list")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="The newest this many."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a letter.")
@pass_settings
def list_letters(settings: Settings, *, limit: int, as_json: bool) -> None:
    """List the newest dead letters with their reasons."""
    with open_cli_store(settings) as store:
        letters = store.dead_letters(limit)
        total = store.sizes().get("dead", len(letters))
    if as_json:
        for letter in letters:
            print_json(msgspec.json.encode(letter))
        return
    if not letters:
        click.echo("no dead letters")
        return
    rows = table("Id", "Kind", "Tried", "Reason", "From")
    rows.columns[0].no_wrap = True
    for letter in letters:
        reason = Text(one_line(letter.reason, 200))
        where = Text(one_line(letter.source or letter.stream, 60))
        rows.add_row(letter.id, Text(one_line(letter.kind)), str(letter.attempts), reason, where)
    console = open_console()
    console.print(rows)
    if total > len(letters):
        console.print(Text(f"the newest {len(letters)} of {total}"))


@dead.command("show")
@click.argument("letter_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the letter as one JSON object.")
@pass_settings
def show_letter(settings: Settings, *, letter_id: str, as_json: bool) -> None:
    """Show one dead letter whole, its payload included."""
    with open_cli_store(settings) as store:
        letter = store.dead_letter(letter_id)
    if letter is None:
        raise _unknown(letter_id)
    if as_json:
        print_json(msgspec.json.encode(letter))
        return
    facts = Table.grid(padding=(0, 2, 0, 0))
    for name in ("id", "kind", "reason", "attempts", "stream", "source"):
        facts.add_row(Text(name, style="dim"), Text(one_line(str(getattr(letter, name)))))
    console = open_console()
    console.print(facts)
    console.print(Text(f"\n{visible(letter.payload)}"))
    if letter.detail:
        console.print(Text(f"\n{visible(letter.detail)}", style="dim"))


@dead.command("retry")
@click.argument("letter_id", metavar="[ID]", required=False)
@click.option("--all", "every", is_flag=True, help="All that are there now.")
@pass_settings
def retry_letters(settings: Settings, *, letter_id: str | None, every: bool) -> None:
    """Put a letter's message back on the inbox it came from."""
    with open_cli_store(settings) as store:
        count = _apply(store.retry_dead, _named(store, letter_id, every=every), letter_id)
    click.echo(f"{count} back on the inbox")


@dead.command("drop")
@click.argument("letter_id", metavar="[ID]", required=False)
@click.option("--all", "every", is_flag=True, help="All that are there now.")
@pass_settings
def drop_letters(settings: Settings, *, letter_id: str | None, every: bool) -> None:
    """Delete a letter for good."""
    with open_cli_store(settings) as store:
        count = _apply(store.drop_dead, _named(store, letter_id, every=every), letter_id)
    click.echo(f"{count} dropped")


def _named(store: Store, letter_id: str | None, *, every: bool) -> Sequence[str]:
    """The letters that the call names: those there now, since a retried one may soon be back."""
    if every == (letter_id is not None):
        raise click.UsageError("name one letter by its ID, or say --all")
    if letter_id is not None:
        return (letter_id,)
    letters: Sequence[DeadLetter] = store.dead_letters(max(1, store.sizes().get("dead", 0)))
    return [letter.id for letter in reversed(letters)]


def _apply(act: Callable[[str], bool], ids: Sequence[str], asked: str | None) -> int:
    done = sum(act(letter_id) for letter_id in ids)
    if asked is not None and not done:
        raise _unknown(asked)
    return done


def _unknown(letter_id: str) -> Failure:
    return Failure(f"no dead letter {letter_id!r}; `copytaster dead list` has them")
