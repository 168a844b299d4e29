"""`copytaster health`: checks a process of this machine by the age of its heartbeat file."""

import time
from pathlib import Path

import click

from worker.cli.root import pass_settings
from worker.render.console import Failure
from worker.settings import Settings

__all__ = ["health"]

_ROLES = ("dispatch", "poller", "worker", "relay", "source", "web")
_ALWAYS = ("dispatch", "poller", "worker")
"""The processes that every `copytaster up` has; the others depend on its settings."""

_MOST_S = 30.0


@click.command()
@click.argument("role", type=click.Choice([*_ROLES, "up"]))
@pass_settings
def health(settings: Settings, *, role: str) -> None:
    """Check that a process is well: exit code 0, or 1 with the reason.

    ROLE is the process, whose main loop touches its heartbeat file: COPYTASTER_HEARTBEAT or, for a
    process of `copytaster up`, a file in COPYTASTER_DATA_DIR. `up` means all processes of
    `copytaster up`.

    The broker is not checked: a process that waits for its broker is well.
    """
    directory = settings.data_path / "heartbeats"
    if role == "up":
        paths = [directory / name for name in _ROLES if _is_expected(directory, name)]
    else:
        paths = [Path(settings.heartbeat) if settings.heartbeat else directory / role]
    ages = [_age_s(path) for path in paths]
    oldest = max(ages)
    if oldest > _MOST_S:
        path = paths[ages.index(oldest)]
        raise Failure(f"{role}: {path} is {oldest:.0f} s old: the main loop hangs or has ended")
    click.echo(f"{role}: well, {oldest:.0f} s ago")


def _is_expected(directory: Path, name: str) -> bool:
    return name in _ALWAYS or (directory / name).exists()


def _age_s(path: Path) -> float:
    """Return the age of a heartbeat file.

    Raises:
        Failure: There is no file, or its status cannot be read.
    """
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        raise Failure(
            f"{path}: no heartbeat; the process is not running, or COPYTASTER_HEARTBEAT and "
            "COPYTASTER_DATA_DIR are not those that it was started with"
        ) from None
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from error
