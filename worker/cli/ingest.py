"""`copytaster ingest`: put messages on the inbox."""

import re
from collections.abc import Iterator, Mapping

import click
import msgspec

from worker.cli.root import pass_settings
from worker.cli.sources import WORDS, name_of, open_bytes, read_text
from worker.cli.store import open_cli_store
from worker.errors import MessageError
from worker.inbox.messages import read_message
from worker.ports import Store
from worker.render.console import Failure, print_json
from worker.settings import Settings

__all__ = ["ingest"]

_URL = re.compile(r"https?://", re.IGNORECASE)


@click.command()
@click.argument("source", metavar="FILE|URL|-", type=WORDS)
@click.option("--source", "sender", type=WORDS, metavar="NAME", help="The name of the sender.")
@click.option(
    "--published",
    type=WORDS,
    metavar="WHEN",
    help="Time of publication: 2026-01-12, or 2026-01-12T09:30:00Z.",
)
@click.option("--urgency", type=click.IntRange(1, 9), help="Urgency from 1 (flash) to 9.")
@click.option("--urgent", is_flag=True, help="Use the urgent door, which is read first.")
@click.option("--jsonl", is_flag=True, help="FILE has a JSON message on each line.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per message.")
@pass_settings
def ingest(
    settings: Settings,
    *,
    source: str,
    sender: str | None,
    published: str | None,
    urgency: int | None,
    urgent: bool,
    jsonl: bool,
    as_json: bool,
) -> None:
    """Put items or feeds on the inbox.

    A URL is a feed to poll now. A .json file, or JSON on standard input, is a complete message (a
    text, a feed or an item object), and a .jsonl file has a message on each line. Any other file is
    the text of an item.
    """
    options = {"source": sender, "published": published, "urgency": urgency}
    fields = {name: str(value) for name, value in options.items() if value is not None}
    is_url = _URL.match(source) is not None
    if is_url and fields:
        raise click.UsageError(f"--{min(fields)} is for items, and {source} is a feed")
    is_lines = jsonl or source.lower().endswith((".jsonl", ".ndjson"))
    # A single message is read here, so that a fault in the file is told without a broker.
    messages = (
        _read_lines(source) if is_lines else iter([(0, _read_one(source, settings, is_url=is_url))])
    )
    with open_cli_store(settings) as store:
        inbox = _Inbox(store, settings, fields, urgent=urgent, as_json=as_json)
        for line, message in messages:
            inbox.put(message, line)
    if inbox.refused:
        raise Failure(f"{inbox.refused} lines of {name_of(source)} were refused")


def _read_one(source: str, settings: Settings, *, is_url: bool) -> str:
    """Return the source as a message: a feed, a message as it is, or a text."""
    if is_url:
        return msgspec.json.encode({"feed": source}).decode()
    # With one more byte a text over the limit is refused; cut to the limit it would be accepted.
    text = read_text(source, limit_bytes=settings.message_limit_bytes + 1)
    if source.lower().endswith(".json") or (source == "-" and text.lstrip().startswith("{")):
        return text
    return msgspec.json.encode({"text": text}).decode()


def _read_lines(source: str) -> Iterator[tuple[int, str]]:
    with open_bytes(source) as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield number, line.decode("utf-8-sig", errors="replace").strip()


class _Inbox:
    """Validates messages, puts them on the inbox and prints their entry ids.

    The rules are the consumer's: the sender gets the reason, and no dead letter is made.
    """

    __slots__ = ("_as_json", "_fields", "_settings", "_store", "_urgent", "refused")

    def __init__(
        self,
        store: Store,
        settings: Settings,
        fields: Mapping[str, str],
        *,
        urgent: bool,
        as_json: bool,
    ) -> None:
        self._store = store
        self._settings = settings
        self._fields = fields
        self._urgent = urgent
        self._as_json = as_json
        self.refused = 0

    def put(self, message: str, line: int) -> None:
        """Put a message on the inbox; `line` is its line in a file, 0 for a single message.

        An invalid line is reported and counted in `refused`.

        Raises:
            MessageError: A single message is invalid.
        """
        try:
            read_message(
                {"message": message, **self._fields},
                limit_bytes=self._settings.message_limit_bytes,
            )
        except MessageError as error:
            if not line:
                raise
            self.refused += 1
            click.echo(f"copytaster: line {line}: {error}", err=True)
            return
        entry_id = self._store.inbox.put(message, urgent=self._urgent, fields=self._fields)
        if self._as_json:
            print_json(msgspec.json.encode({"entry": entry_id, "line": line or None}))
        else:
            click.echo(entry_id)
