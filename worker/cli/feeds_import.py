"""`copytaster feeds suggest` and `feeds import`: feeds from a list, chosen by a person."""

import difflib
from pathlib import Path

import click
import msgspec
from rich.text import Text

from worker.cli.feeds_opml import load_feeds
from worker.cli.root import pass_settings
from worker.cli.sources import WORDS, complete_files
from worker.cli.store import open_cli_store
from worker.model import Feed
from worker.render.console import Failure, open_console, print_json
from worker.settings import Settings

__all__ = ["import_feeds", "suggest_feeds"]

_ALL = "all"


@click.command("suggest", short_help="Show public feeds that can be imported by name.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per feed.")
def suggest_feeds(*, as_json: bool) -> None:
    """Show public feeds. None of them is polled before you import it.

    Read the publisher's terms first, at the address that `terms` gives.
    """
    from worker.polling.feeds_file import load_suggested_feeds  # late: see `load_feeds`

    console = open_console()
    for suggested in load_suggested_feeds():
        feed = suggested.feed
        if as_json:
            print_json(msgspec.json.encode({**msgspec.to_builtins(feed), "terms": suggested.terms}))
            continue
        console.print(Text(f"{feed.name} ({feed.agency}, {feed.language})", style="bold"))
        for line in (feed.url, f"terms: {suggested.terms}"):
            console.print(Text(f"  {line}"), soft_wrap=True)
    if not as_json:
        console.print(Text("\ncopytaster feeds import NAME adds one, feeds import all adds all"))


@click.command("import", short_help="Add the feeds of a file, or suggested feeds by name.")
@click.argument(
    "names",
    metavar="FILE|NAME...",
    nargs=-1,
    required=True,
    type=WORDS,
    shell_complete=complete_files,
)
@pass_settings
def import_feeds(settings: Settings, *, names: tuple[str, ...]) -> None:
    """Add or update the feeds of OPML files or feeds.toml files.

    A NAME is the name of a feed that `copytaster feeds suggest` shows; `all` means all of them.
    """
    imported = {feed.id: feed for name in names for feed in _load(name)}
    with open_cli_store(settings) as store:
        new = store.feeds.add([*imported.values()])
    noun = "feed" if len(imported) == 1 else "feeds"
    click.echo(f"{len(imported)} {noun} read, {new} of them new")


def _load(name: str) -> tuple[Feed, ...]:
    """Return the feeds of a file or, if there is no such file, the suggested feeds of that name."""
    if Path(name).exists():
        return load_feeds(name)
    from worker.polling.feeds_file import load_suggested_feeds  # late: see `load_feeds`

    suggested = tuple(suggestion.feed for suggestion in load_suggested_feeds())
    named = tuple(feed for feed in suggested if feed.name.casefold() == name.casefold())
    if named or name != _ALL:
        return named or _refuse(name, [feed.name for feed in suggested])
    return suggested


def _refuse(name: str, known: list[str]) -> tuple[Feed, ...]:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "`copytaster feeds suggest` lists the names"
    raise Failure(f"{name}: neither a file nor a suggested feed; {hint}")
