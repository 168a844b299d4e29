"""`copytaster feeds export`, and the reader of `feeds import`: OPML or TOML."""

from datetime import UTC, datetime
from pathlib import Path

import click

from worker.cli.root import pass_settings
from worker.cli.store import open_cli_store
from worker.errors import FormatError
from worker.feeds.encoding import decode_body
from worker.feeds.opml import is_opml, read_opml, write_opml
from worker.model import Feed
from worker.render.console import Failure, quiet_end
from worker.settings import Settings

__all__ = ["export_feeds", "load_feeds"]

_HEAD_CHARS = 4096


def load_feeds(file: str) -> tuple[Feed, ...]:
    """Return the feeds of an OPML file or a feeds.toml; report unusable entries on stderr.

    Raises:
        Failure: The file cannot be read, is in neither format, or none of its feeds can be read.
    """
    from worker.polling.feeds_file import (
        load_feeds_file,  # late: it imports the demo's renderers, which no other subcommand needs
    )

    try:
        text = decode_body(Path(file).read_bytes(), "")
    except OSError as error:
        raise Failure(f"{file}: {error.strerror or error}") from error
    if not is_opml(text[:_HEAD_CHARS]):
        return load_feeds_file(file)
    try:
        feeds, problems = read_opml(text)
    except FormatError as error:
        raise Failure(f"{file}: {error.reason}") from error
    if problems and not feeds:
        raise Failure(f"{file}: no feed can be read: {problems[0]}")
    for problem in problems:
        click.echo(f"copytaster: {file}: {problem}", err=True)
    return feeds


@click.command("export", short_help="Print all feeds as OPML.")
@pass_settings
def export_feeds(settings: Settings) -> None:
    """Print all feeds as OPML, for import by a feed reader or another installation."""
    with open_cli_store(settings) as store:
        document = write_opml(store.feeds.all(), now=datetime.now(UTC))
    with quiet_end():
        click.echo(document, nl=False)
