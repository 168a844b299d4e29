"""`copytaster ingest`: put messages on the inbox."""

import itertools
import re
from collections.abc import Iterator, Mapping

import click
import msgspec

from worker.cli.documents import Content, Message, Reading, read_sources
from worker.cli.faults import Faults
from worker.cli.root import pass_settings
from worker.cli.sources import ENCODING, WORDS, complete_files, find_sources, progress
from worker.cli.store import open_cli_store
from worker.render.console import one_line, print_json
from worker.settings import Settings

__all__ = ["ingest"]

_URL = re.compile(r"https?://", re.IGNORECASE)


@click.command()
@click.argument(
    "sources",
    metavar="FILE|FOLDER|URL|-...",
    nargs=-1,
    required=True,
    type=WORDS,
    shell_complete=complete_files,
)
@click.option("--source", "sender", type=WORDS, metavar="NAME", help="The sender of the items.")
@click.option(
    "--published",
    type=WORDS,
    metavar="WHEN",
    help="Time of publication: 2026-01-12, or 2026-01-12T09:30:00Z.",
)
@click.option("--urgency", type=click.IntRange(1, 9), help="Urgency from 1 (flash) to 9.")
@click.option("--urgent", is_flag=True, help="Use the urgent door, which is read first.")
@click.option("--jsonl", is_flag=True, help="Each line of the files is a JSON message.")
@ENCODING
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per message.")
@click.option("--dry-run", is_flag=True, help="Print what would be put, and put nothing.")
@pass_settings
def ingest(
    settings: Settings,
    *,
    sources: tuple[str, ...],
    sender: str | None,
    published: str | None,
    urgency: int | None,
    urgent: bool,
    jsonl: bool,
    encoding: str,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Put items or feeds on the inbox.

    A URL is a feed to poll now. A file may be the text of an item, a document in any feed or wire
    format (RSS, Atom, NewsML, NITF, ninjs, IPTC 7901, ANPA 1312), a JSON message or CloudEvent or a
    list of them, or .jsonl, with one on each line. A folder or a pattern stands for its files. With
    --dry-run the messages are checked by the same rules, no broker is needed, and nothing is sent.
    """
    options = {"source": sender, "published": published, "urgency": urgency}
    fields = {name: str(value) for name, value in options.items() if value is not None}
    urls = [source for source in sources if _URL.match(source)]
    if urls and fields:
        raise click.UsageError(f"--{min(fields)} is for items, and {urls[0]} is a feed")
    files = find_sources([source for source in sources if source not in urls])
    faults = Faults()
    with progress(files) as advance:
        reading = Reading(
            settings=settings,
            encoding=encoding,
            sender=sender or "",
            is_lines=jsonl,
            advance=advance,
        )
        found = _counted(read_sources(files, reading, fields, faults), faults)
        messages = itertools.chain(map(_feed_request, urls), found)
        if dry_run:
            for message in messages:
                _tell(message, "", as_json=as_json)
        else:
            _put(settings, messages, fields, urgent=urgent, as_json=as_json)
    faults.end()


def _feed_request(url: str) -> Message:
    return Message(text=msgspec.json.encode({"feed": url}).decode(), place=url)


def _counted(found: Iterator[tuple[Message, Content]], faults: Faults) -> Iterator[Message]:
    for message, _ in found:
        faults.pass_by()
        yield message


def _put(
    settings: Settings,
    messages: Iterator[Message],
    fields: Mapping[str, str],
    *,
    urgent: bool,
    as_json: bool,
) -> None:
    """Put valid messages on the inbox, and print their entry ids."""
    # The first message is read before the store is opened: a fault in a single file is reported
    # even if there is no broker.
    first = next(messages, None)
    if first is None:
        return
    with open_cli_store(settings) as store:
        for message in itertools.chain((first,), messages):
            own = {**fields, **message.fields}
            entry_id = store.inbox.put(message.text, urgent=urgent, fields=own)
            _tell(message, entry_id, as_json=as_json)


def _tell(message: Message, entry_id: str, *, as_json: bool) -> None:
    """Print a message's entry id, or its place if it was not put."""
    if as_json:
        answer = {"entry": entry_id or None, "line": message.line or None, "place": message.place}
        print_json(msgspec.json.encode(answer))
    else:
        click.echo(entry_id or one_line(message.place))
