"""`copytaster search`: items, quotes and statements of the archive."""

import datetime

import click
import msgspec

from worker.archive import open_archive
from worker.archive.search import ItemHit, Query, SpeechHit, search_items, search_speeches
from worker.cli.moments import MOMENT
from worker.cli.root import pass_settings
from worker.render.console import Failure, print_json
from worker.settings import Settings

__all__ = ["search"]


@click.command()
@click.argument("words", nargs=-1)
@click.option("--speaker", default="", metavar="NAME", help="Only where NAME says something.")
@click.option("--place", default="", metavar="NAME", help="Only filed there: KIEV, or UA.")
@click.option("--agency", default="", metavar="NAME", help="Only of this agency: TASS.")
@click.option("--name", default="", metavar="NAME", help="Only where NAME is mentioned.")
@click.option("--since", type=MOMENT, help="Only arrived since then: 2h, 7d, or a date.")
@click.option("--until", type=MOMENT, help="Only arrived before then.")
@click.option("--quotes", is_flag=True, help="Show quotes and statements, searched by their words.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Most hits."
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
    since: datetime.datetime | None,
    until: datetime.datetime | None,
    quotes: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Search the archive, the newest hits first.

    All WORDS must occur; "a phrase" occurs as it is, and -word does not occur.
    """
    query = Query(
        words=" ".join(words),
        speaker=speaker,
        place=place,
        agency=agency,
        name=name,
        since=since,
        until=until,
        limit=limit,
    )
    archive = open_archive(settings.archive)
    hits: list[SpeechHit] | list[ItemHit]
    with archive.read() as connection:
        hits = search_speeches(connection, query) if quotes else search_items(connection, query)
    for hit in hits:
        if as_json:
            print_json(msgspec.json.encode(hit))
        elif isinstance(hit, SpeechHit):
            _show_speech(hit)
        else:
            _show_item(hit)
    if not hits and not as_json:
        raise Failure("nothing found")
