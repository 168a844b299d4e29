"""`copytaster worker`: Celery's worker on our app, without the rest of Celery's command."""

import os
import sys

import click

from worker.cli.root import pass_settings
from worker.settings import Settings

__all__ = ["worker"]

QUEUES = ("urgent", "parse", "poll")
"""As in worker/broker/queues.py, whose import of Celery must come after REMAP_SIGTERM is set."""


def read_queues(_context: click.Context, _option: click.Parameter, said: str) -> list[str]:
    """The queues that `said` names, in its order.

    Raises:
        BadParameter: One of them is none of ours.
    """
    queues = [name.strip() for name in said.split(",")]
    for name in queues:
        if name not in QUEUES:
            raise click.BadParameter(f"no queue {name!r}; there are {', '.join(QUEUES)}")
    return queues


@click.command()
@click.option(
    "-Q",
    "--queues",
    callback=read_queues,
    default=",".join(QUEUES),
    show_default=True,
    help="`poll` makes a poller, `urgent,parse` a parser.",
)
@click.option(
    "-c",
    "--concurrency",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 2,
    show_default=True,
    help="Processes that work.",
)
@click.option(
    "-n", "--hostname", default="worker@%h", show_default=True, help="Its name; %h is the host's."
)
@pass_settings
def worker(settings: Settings, queues: list[str], concurrency: int, hostname: str) -> None:
    """Run a Celery worker: a poller, a parser, or both.

    It does what `celery -A worker.app worker` does with the same options, is ready sooner, and
    gives what it has begun one second at SIGTERM.
    """
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")  # Celery reads it as it is imported
    from celery.utils.nodenames import host_format

    from worker.app import app

    running = app.Worker(
        hostname=host_format(hostname),
        queues=queues,
        concurrency=concurrency,
        loglevel=settings.log_level.upper(),
        quiet=True,
    )
    running.start()
    sys.exit(running.exitcode)
