"""The root command: one file a group of verbs, loaded when its verb is called.

Exit codes: 0 done, 1 it failed (one line on stderr says why), 2 the call was wrong, 78 a setting is
wrong, 130 interrupted.
"""

import errno
import gc
import importlib
import os
import sys
from collections.abc import Callable
from typing import NoReturn

import click

from worker import __version__
from worker.errors import CopytasterError, SettingsError
from worker.log import configure_logs, redact
from worker.settings import Settings, load_settings

__all__ = ["EXIT_SETTINGS", "cli", "pass_settings", "run", "settings_of"]

EXIT_SETTINGS = 78
"""EX_CONFIG. Source: sysexits.h."""

_OUTPUT_FAILS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""The disk that standard output goes to is full or broken. Files of ours are named where they are
opened.
"""

_VERBS = {
    "acl": ("worker.cli.acl", "Print the broker's users, one a role."),
    "dead": ("worker.cli.dead", "List, show, retry, drop what was given up."),
    "demo": ("worker.cli.demo", "Send made-up wires from feed to desk."),
    "desks": ("worker.cli.desks", "List the desks; try them on past items."),
    "dispatch": ("worker.cli.dispatch", "Run the ticker and the intake alone."),
    "explain": ("worker.cli.explain", "Say why: a feed's polls, an item's way."),
    "feeds": ("worker.cli.feeds", "Add, list, show, poll, pause, remove, import feeds."),
    "ingest": ("worker.cli.ingest", "Put a text, an item or a feed on the inbox."),
    "parse": ("worker.cli.parse", "Read one item, or one a line, without a broker."),
    "relay": ("worker.cli.service", "Copy desks to servers of other kinds."),
    "replay": ("worker.cli.replay", "Read kept items again; publish what came out otherwise."),
    "schema": ("worker.cli.schema", "Print the JSON Schemas, or the AsyncAPI document."),
    "status": ("worker.cli.status", "Say how much is where."),
    "tail": ("worker.cli.desks", "Follow a desk."),
    "up": ("worker.cli.service", "Run the whole service in one process tree."),
    "websub": ("worker.cli.websub", "Take pushes from the hubs of feeds."),
    "worker": ("worker.cli.worker", "Run a Celery worker, which polls or parses."),
}
"""The module of each verb, which has its name there, and what it does."""


class _Verbs(click.Group):
    """A group that imports a verb's module only when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click asks so
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        command: click.Command = getattr(importlib.import_module(_VERBS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(verb, what) for verb, (_, what) in sorted(_VERBS.items())])


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="copytaster")
@click.pass_context
def cli(context: click.Context) -> None:
    """Reads the news wire for machines: feeds in, datelines, quotes and entities out.

    Settings are COPYTASTER_* variables; docs/settings.md has them all.
    """
    gc.freeze()
    gc.enable()
    settings = load_settings(os.environ)
    configure_logs(settings)
    context.obj = settings


def settings_of(context: click.Context) -> Settings:
    """The settings that the root command has read."""
    settings = context.obj
    assert isinstance(settings, Settings)
    return settings


pass_settings: Callable[[Callable[..., None]], Callable[..., None]] = click.make_pass_decorator(
    Settings
)
"""Decorator: the command's function takes the Settings first."""


def run() -> None:
    """Run the command with the arguments of the process; ends the process."""
    try:
        # Not cli.main(): it answers a closed pipe with exit code 1 before we see it.
        with cli.make_context("copytaster", sys.argv[1:]) as context:
            cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader, `head` perhaps, has seen enough. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except CopytasterError as error:
        _fail(redact(str(error)), EXIT_SETTINGS if isinstance(error, SettingsError) else 1)
    except OSError as error:
        if error.errno not in _OUTPUT_FAILS:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(f"standard output: {error.strerror}", 1)


def _fail(reason: str, code: int) -> NoReturn:
    click.echo(f"copytaster: {reason}", err=True)
    sys.exit(code)
