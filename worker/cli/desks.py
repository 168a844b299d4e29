"""`copytaster desks`: the desks, and their rules on past items."""

import click
import msgspec
from rich.text import Text

from worker.cli.desks_test import try_desks
from worker.cli.root import pass_settings
from worker.cli.sinks import check_sinks
from worker.cli.store import desk_lengths, open_cli_store
from worker.desks import Match
from worker.desks.file import load_desks
from worker.model.target_url import redact_target
from worker.render.console import one_line, open_console, print_json, table
from worker.services import with_kept_archive
from worker.settings import Settings

__all__ = ["desks"]


@click.group()
def desks() -> None:
    """List the desks, the downstream queues, and test them on past items."""


desks.add_command(try_desks)


@desks.command("list", short_help="List the desks.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per desk.")
@pass_settings
def list_desks(settings: Settings, *, as_json: bool) -> None:
    """List the desks with their shape, match rules, sink and number of events."""
    is_archived = with_kept_archive(settings).is_archived
    configured = load_desks(settings.desks, is_archived=is_archived)
    check_sinks(settings, configured, installed=False)  # the relay may run elsewhere
    with open_cli_store(settings) as store:
        lengths = desk_lengths(store)
    if as_json:
        for desk in configured:
            known = {**msgspec.to_builtins(desk), "sink": redact_target(desk.sink)}
            print_json(msgspec.json.encode({**known, "length": lengths.get(desk.name, 0)}))
        return
    rows = table("Desk", "Shape", "Matches", "Sink", "Events")
    for desk in configured:
        rules = _say_match(desk.match)
        length = str(lengths.pop(desk.name, 0))
        rows.add_row(
            desk.name,
            desk.shape.value,
            Text(rules),
            Text(one_line(redact_target(desk.sink))),
            length,
        )
    for name, count in lengths.items():
        rows.add_row(Text(one_line(name)), "", Text("(no longer configured)"), "", str(count))
    open_console().print(rows)


def _say_match(match: Match) -> str:
    """Return the match rules of a desk, in the terms of desks.toml."""
    rules = []
    for name, value in msgspec.to_builtins(match).items():
        if isinstance(value, list | tuple) and value:
            rules.append(f"{name}: {', '.join(value)}")
        elif value is True:
            rules.append(name)
        elif value:
            rules.append(f"{name}: {value}")
    return one_line("; ".join(rules)) or "everything"
