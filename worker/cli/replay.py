"""`copytaster replay`: archived items, parsed again by the present parser."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import click
import msgspec
from rich.text import Text

from worker.cli.moments import MOMENT
from worker.cli.root import pass_settings
from worker.cli.store import open_cli_store
from worker.desks import Desk
from worker.desks.file import load_desks
from worker.publishing.replay import replay as replay_items
from worker.render.console import Failure, one_line, open_console, print_json, quiet_end, table
from worker.settings import Settings

__all__ = ["replay"]


@click.command()
@click.option(
    "--since",
    type=MOMENT,
    required=True,
    help="Items published since then: 2h, 3d, or a date and time.",
)
@click.option("--desk", "names", multiple=True, metavar="NAME", help="Only this desk; repeatable.")
@click.option("--dry-run", is_flag=True, help="Show the events, but publish nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per item that differs.")
@pass_settings
def replay(
    settings: Settings, *, since: datetime, names: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Parse archived items again, and publish the events that differ from those on the desks.

    These events have `replayed`, and in `replaces` the id of the event that they replace.
    """
    desks = _find_desks(load_desks(settings.desks), names)
    events: Counter[tuple[str, str]] = Counter()
    counts: Counter[str] = Counter()
    with quiet_end(), open_cli_store(settings) as store:
        for item in replay_items(store, desks, since, datetime.now(UTC), dry_run=dry_run):
            counts["items"] += 1
            counts["changed"] += bool(item.events)
            counts["sent"] += item.sent
            events.update(item.events)
            if item.fault:
                click.echo(f"copytaster: {one_line(item.uri)}: {one_line(item.fault)}", err=True)
            if as_json and item.events:
                print_json(msgspec.json.encode(item))
    if not as_json:
        _show(counts, events, dry_run=dry_run)


def _find_desks(desks: Sequence[Desk], names: Sequence[str]) -> list[Desk]:
    known = [desk.name for desk in desks]
    for name in names:
        if name not in known:
            raise Failure(f"no desk {name!r}; there are {', '.join(known)}")
    return [desk for desk in desks if not names or desk.name in names]


def _show(
    counts: Mapping[str, int], events: Mapping[tuple[str, str], int], *, dry_run: bool
) -> None:
    console = open_console()
    if events:
        rows = table("Desk", "Event", "Count")
        for (desk, kind), count in sorted(events.items()):
            rows.add_row(Text(desk), Text(kind), str(count))
        console.print(rows)
    sent = "nothing published: a dry run" if dry_run else f"{counts['sent']} events published"
    summary = f"{counts['items']} items read, {counts['changed']} with changed events; {sent}"
    console.print(Text(summary))
