"""`copytaster search`: items, quotes and statements of the archive."""

import contextlib
import datetime

import click
import msgspec
from rich.console import Console
from rich.text import Text

from worker.archive import open_archive
from worker.archive.search import ItemHit, Query, SpeechHit, search_items, search_speeches
from worker.cli.moments import MOMENT, shown_moment
from worker.cli.root import pass_settings
from worker.render.console import Failure, one_line, open_console, print_json
from worker.settings import Settings

__all__ = ["search"]


@click.command()
@click.argument("words", nargs=-1)
@click.option("--speaker", default="", metavar="NAME", help="Only where NAME is a speaker.")
@click.option("--place", default="", metavar="NAME", help="Only filed there: KIEV, or UA.")
@click.option("--agency", default="", metavar="NAME", help="Only of this agency: TASS.")
@click.option("--name", default="", metavar="NAME", help="Only where NAME is mentioned.")
@click.option("--language", default="", metavar="TAG", help="Only in this language: ru, en-GB.")
@click.option("--since", type=MOMENT, help="Only arrived since then: 2h, 7d, or a date.")
@click.option("--until", type=MOMENT, help="Only arrived before then.")
@click.option("--quotes", is_flag=True, help="Show quotes and statements, searched by their words.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="The most hits."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per hit.")
@pass_settings
def search(
    settings: Settings,
    *,
    words: tuple[str, ...],
    speaker: str,
    place: str,
    agency: str,
    name: str,
    language: str,
    since: datetime.datetime | None,
    until: datetime.datetime | None,
    quotes: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Search the archive, the newest hits first.

    All WORDS must occur; '"a phrase"' must occur whole, and a word after a `-` must not occur
    (write `--` before the words, so that it is not read as an option).
    """
    text = " ".join(words)
    if text.count('"') % 2:
        rest = one_line(text.rpartition('"')[2], 60)
        raise click.UsageError(f'the phrase that begins with "{rest} has no end: a " is missing')
    query = Query(
        words=text,
        speaker=speaker,
        place=place,
        agency=agency,
        name=name,
        language=language,
        since=since,
        until=until,
        limit=limit,
    )
    with contextlib.closing(open_archive(settings.archive_url)) as archive:
        hits: list[SpeechHit] | list[ItemHit]
        with archive.read() as connection:
            hits = search_speeches(connection, query) if quotes else search_items(connection, query)
    if as_json:
        print_json(*(msgspec.json.encode(hit) for hit in hits))
        return
    if not hits:
        raise Failure("nothing found")
    console = open_console()
    for hit in hits:
        if isinstance(hit, SpeechHit):
            _show_speech(hit, console)
        else:
            _show_item(hit, console)


def _show_item(hit: ItemHit, console: Console) -> None:
    """Print the headline, then the time of arrival, the agency and the uri."""
    console.print(Text(one_line(hit.headline, 200) or "(no headline)", style="bold"))
    console.print(Text(f"  {_origin(hit)} · {one_line(hit.uri)}", style="dim"))


def _show_speech(hit: SpeechHit, console: Console) -> None:
    """Print the speaker and the quote or statement, then its item."""
    line = Text(one_line(hit.speaker or "not known"), style="bold cyan")
    attribution = [hit.mention] if hit.mention and hit.mention != hit.speaker else []
    attribution += [] if hit.kind == "direct" else [hit.kind]
    if attribution:
        line.append(f" ({one_line(', '.join(attribution))})", style="not bold dim")
    line.append(f" {one_line(hit.text)}", style="not bold default")
    console.print(line)
    console.print(Text(f"  {_origin(hit.item)} · {one_line(hit.item.headline, 120)}", style="dim"))


def _origin(hit: ItemHit) -> str:
    return " · ".join(filter(None, (shown_moment(hit.seen), one_line(hit.agency, 60))))
