"""`copytaster export`: quotes and statements of the archive as a file."""

import contextlib
import datetime
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from worker.archive import open_archive
from worker.archive.export import SpeechRow, SpeechWriter, iter_speeches, open_writer
from worker.archive.search import Query
from worker.cli.moments import MOMENT
from worker.cli.root import pass_settings
from worker.render.console import Failure, open_console, quiet_end
from worker.settings import Settings

__all__ = ["export"]

_ALL = 1 << 62


@click.command()
@click.argument("words", nargs=-1)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file, which ends in .parquet, .csv or .jsonl.",
)
@click.option("--speaker", default="", metavar="NAME", help="Only what NAME says.")
@click.option("--place", default="", metavar="NAME", help="Only filed there: KIEV, or UA.")
@click.option("--agency", default="", metavar="NAME", help="Only of this agency: TASS.")
@click.option("--since", type=MOMENT, help="Only arrived since then: 2h, 7d, or a date.")
@click.option("--until", type=MOMENT, help="Only arrived before then.")
@click.option("--limit", type=click.IntRange(1), help="The most rows.  [default: all]")
@pass_settings
def export(
    settings: Settings,
    *,
    words: tuple[str, ...],
    output: Path,
    speaker: str,
    place: str,
    agency: str,
    since: datetime.datetime | None,
    until: datetime.datetime | None,
    limit: int | None,
) -> None:
    """Write the quotes and statements of the archive to FILE, the newest first.

    WORDS are searched as by `copytaster search --quotes`. An existing FILE is replaced once the new
    file is complete.
    """
    query = Query(
        words=" ".join(words),
        speaker=speaker,
        place=place,
        agency=agency,
        since=since,
        until=until,
        limit=limit or _ALL,
    )
    archive = open_archive(settings.archive_url)
    with quiet_end(), contextlib.closing(archive), _replacing(output) as writer:
        count = _write(iter_speeches(archive, query), writer, since)
    click.echo(f"{output}: {count} quotes and statements")


@contextlib.contextmanager
def _replacing(output: Path) -> Iterator[SpeechWriter]:
    """Yield a writer of a temporary file, which takes the place of the output at the end.

    It is in the same directory, since a rename is atomic only within a file system.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{output.name[:100]}.", dir=output.parent)
        os.close(handle)
    except OSError as error:
        raise Failure(f"{output}: {error.strerror}") from error
    fresh = Path(name)
    try:
        with contextlib.closing(open_writer(fresh, output.name)) as writer:
            yield writer
        fresh.chmod(0o666 & ~_umask())  # mkstemp creates files that only their owner can read
        fresh.replace(output)
    except OSError as error:
        raise Failure(f"{output}: {error.strerror or error}") from error
    finally:
        fresh.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)  # the only way to read it is to set it
    os.umask(mask)
    return mask


def _write(
    pages: Iterable[list[SpeechRow]], writer: SpeechWriter, since: datetime.datetime | None
) -> int:
    """Write all pages, with a bar on a terminal; return the number of rows.

    The rows come newest first, and their number is not known without counting them. So the bar
    shows how far back to `since` they have got.
    """
    count, newest = 0, None
    with _progress() as progress:
        bar = progress.add_task("no rows yet", total=None)
        for page in pages:
            writer.write(page)
            count += len(page)
            newest, oldest = newest or page[0].seen, page[-1].seen
            progress.update(
                bar,
                description=f"{count:,} rows, back to {oldest:%Y-%m-%d %H:%M}",
                total=(newest - since).total_seconds() if since else None,
                completed=(newest - oldest).total_seconds(),
            )
    return count


def _progress() -> Progress:
    console = open_console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
