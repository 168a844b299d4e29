"""`copytaster desks test`: the match rules of desks, tried on past items."""

from collections.abc import Sequence

import click
import msgspec
from rich.console import Console
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.store import last_events, open_cli_store
from worker.desks import Check, Desk, is_near
from worker.desks.file import load_desks
from worker.errors import CodecError
from worker.model import Event, ParsedItem
from worker.model.codec import load
from worker.model.publishing import DeskEntry
from worker.render.console import Failure, one_line, open_console, print_json
from worker.settings import Settings

__all__ = ["try_desks"]

_NEAR_SHOWN = 10
_VALUES_SHOWN = 4


class _Trial(msgspec.Struct, frozen=True, kw_only=True):
    """The match rules of a desk applied to an item."""

    desk: str
    entry: str
    uri: str
    takes: bool
    near: bool
    checks: tuple[Check, ...]


@click.command("test", short_help="Test desks on past items.")
@click.argument("name", required=False)
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False),
    metavar="DESKS",
    help="The desks.toml to test, instead of COPYTASTER_DESKS.",
)
@click.option(
    "--last", type=click.IntRange(1), default=100, show_default=True, help="Number of past items."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per desk and item.")
@pass_settings
def try_desks(
    settings: Settings, *, name: str | None, path: str | None, last: int, as_json: bool
) -> None:
    """Show which of the last items of the desk `items` each desk would take, and why.

    Near misses are shown with the condition that failed. Nothing is published.
    """
    selected = _select(settings, path, name)
    with open_cli_store(settings) as store:
        entries = last_events(store, "items", last)
    items = [(entry, item) for entry in entries if (item := _item_in(entry)) is not None]
    console = open_console()
    if not items and not as_json:
        console.print(Text("the desk `items` holds no items to test with"))
        return
    for desk in selected:
        trials = [_try(desk, entry, item) for entry, item in items]
        if as_json:
            for trial in trials:
                print_json(msgspec.json.encode(trial))
        else:
            _show(desk, trials, [item for _, item in items], console)


def _select(settings: Settings, path: str | None, name: str | None) -> Sequence[Desk]:
    desks = load_desks(path, variable="") if path else load_desks(settings.desks)
    configured = {desk.name: desk for desk in desks}
    if name is None:
        return tuple(configured.values())
    if name not in configured:
        raise Failure(f"no desk {name!r}; there are: {', '.join(sorted(configured))}")
    return (configured[name],)


def _item_in(entry: DeskEntry) -> ParsedItem | None:
    try:
        return load(ParsedItem, bytes(load(Event, entry.body).data))
    except CodecError:
        return None


def _try(desk: Desk, entry: DeskEntry, parsed: ParsedItem) -> _Trial:
    checks = desk.match.explain(parsed)
    return _Trial(
        desk=desk.name,
        entry=entry.entry_id,
        uri=parsed.item.uri,
        takes=desk.match.takes(parsed),
        near=is_near(checks),
        checks=checks,
    )


def _show(
    desk: Desk, trials: Sequence[_Trial], items: Sequence[ParsedItem], console: Console
) -> None:
    """Print the number of items that the desk takes, then these items and the near misses."""
    count = sum(trial.takes for trial in trials)
    console.print(
        Text(f"{desk.name} would take {count} of the last {len(trials)} items", style="bold")
    )
    if trials and not trials[0].checks:
        console.print(Text("  it takes everything", style="dim"))
        return
    near = [trial for trial in trials if trial.near]
    for trial, parsed in zip(trials, items, strict=True):
        if trial.takes or trial in near[-_NEAR_SHOWN:]:
            _show_trial(trial, parsed, console)
    if len(near) > _NEAR_SHOWN:
        earlier = len(near) - _NEAR_SHOWN
        console.print(Text(f"  and {earlier} earlier near misses", style="dim"))


def _show_trial(trial: _Trial, parsed: ParsedItem, console: Console) -> None:
    headline = one_line(parsed.item.headline or parsed.item.text, 100)
    verdict, style = ("takes", "") if trial.takes else ("near ", "dim")
    console.print(Text(f"  {verdict}  {headline}", style=style))
    console.print(Text(f"         {'; '.join(map(_say, trial.checks))}", style="dim"))


def _say(check: Check) -> str:
    """Return a condition with the value that matched, or with the values that the item has."""
    if check.condition == "urgency_max":
        negation = "" if check.matched else "not "
        return f"{negation}urgency_max: {check.asked[0]} (it is {check.found[0]})"
    if check.matched is not None:
        return one_line(f"{check.condition}: {check.matched}")
    # A condition that failed: `not places: UA (it has RU, BY)`.
    failed = f"not {check.condition}: {', '.join(check.asked)}"
    values = ", ".join(check.found[:_VALUES_SHOWN])
    if len(check.found) > _VALUES_SHOWN:
        values += ", ..."
    if check.condition == "text":
        return one_line(f"{failed} (inside longer words: {values})" if values else failed)
    return one_line(f"{failed} (it has {values or 'none'})")
