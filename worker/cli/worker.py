"""`copytaster worker`: Celery's worker, without the rest of Celery's command."""

import os
import sys
import warnings

import click
import structlog

from worker.cli.root import pass_settings
from worker.runtime.optional_imports import without_unused_modules
from worker.settings import Settings

__all__ = ["worker"]

log = structlog.get_logger(__name__)

QUEUES = ("urgent", "parse", "poll")
"""As in worker/broker/queues.py, which imports Celery: not before REMAP_SIGTERM is set."""


def read_queues(_context: click.Context, _option: click.Parameter, names: str) -> list[str]:
    """Return the queues of a comma-separated list, in order.

    Raises:
        BadParameter: There is no queue of that name.
    """
    queues = [name.strip() for name in names.split(",")]
    for name in queues:
        if name not in QUEUES:
            raise click.BadParameter(f"no queue {name!r}; there are: {', '.join(QUEUES)}")
    return queues


@click.command()
@click.option(
    "-Q",
    "--queues",
    callback=read_queues,
    default=",".join(QUEUES),
    show_default=True,
    help="Queues to consume: `poll` for a poller, `urgent,parse` for a parser.",
)
@click.option(
    "-c",
    "--concurrency",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 2,
    show_default=True,
    help="Number of child processes.",
)
@click.option(
    "-n",
    "--hostname",
    default="worker@%h",
    show_default=True,
    help="Name of the worker; %h is the host name.",
)
@pass_settings
def worker(settings: Settings, queues: list[str], concurrency: int, hostname: str) -> None:
    """Run a Celery worker: a poller, a parser, or both.

    Equivalent to `celery -A worker.app worker` with the same options, but ready sooner. At SIGTERM,
    running tasks have one second to end.
    """
    # Celery reads this when it is imported, and then stops within seconds. Its warm shutdown may
    # wait half a minute for acknowledgements, which are not needed: the work stays in the streams.
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
    with without_unused_modules():
        from celery.platforms import SecurityWarning
        from celery.utils.nodenames import host_format

        from worker.app import app

    warnings.simplefilter("ignore", SecurityWarning)  # ten lines; ours is one
    running = app.Worker(
        hostname=host_format(hostname),
        queues=queues,
        concurrency=concurrency,
        loglevel=settings.log_level.upper(),
        quiet=True,
    )
    if os.geteuid() == 0:
        log.warning("runs_as_root", hint="run the service as a user without rights of its own")
    running.start()
    sys.exit(running.exitcode)
