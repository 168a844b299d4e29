"""`copytaster feeds export`, and what `feeds import` makes of a file: OPML or TOML."""

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
    """The feeds of an OPML file or a feeds.toml; standard error says what was left out.

    Raises:
        Failure: It cannot be read, or is neither.
    """
    from worker.polling.feeds_file import (
        load_feeds_file,  # with the demo's renderers, which no other verb needs
    )

    try:
        text = decode_body(Path(file).read_bytes(), "")
    except OSError as error:
        raise Failure(f"{file}: {error.strerror or error}") from error
    if not is_opml(text[:_HEAD_CHARS]):
        return load_feeds_file(file)
    try:
        found, problems = read_opml(text)
    except FormatError as error:
        raise Failure(f"{file}: {error.reason}") from error
    for problem in problems:
        click.echo(f"copytaster: {file}: {problem}", err=True)
    return found


@click.command("export")
@pass_settings
def export_feeds(settings: Settings) -> None:
    """Print all feeds as OPML, for another reader or another copytaster to import."""
    with open_cli_store(settings) as store:
        written = write_opml(store.feeds.all(), now=datetime.now(UTC))
    with quiet_end():
        click.echo(written, nl=False)
