"""The root command: one file a group of verbs, loaded when its verb is called.

Exit codes: 0 done, 1 it failed (one line on stderr says why), 2 the call was wrong, 78 a setting is
wrong, 130 interrupted.
"""

import errno
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
    "acl": ("worker.cli.acl", "acl"),
    "dead": ("worker.cli.dead", "dead"),
    "demo": ("worker.cli.demo", "demo"),
    "desks": ("worker.cli.desks", "desks"),
    "dispatch": ("worker.cli.service", "dispatch"),
    "explain": ("worker.cli.explain", "explain"),
    "feeds": ("worker.cli.feeds", "feeds"),
    "ingest": ("worker.cli.ingest", "ingest"),
    "parse": ("worker.cli.parse", "parse"),
    "relay": ("worker.cli.service", "relay"),
    "replay": ("worker.cli.replay", "replay"),
    "schema": ("worker.cli.schema", "schema"),
    "status": ("worker.cli.status", "status"),
    "tail": ("worker.cli.desks", "tail"),
    "up": ("worker.cli.service", "up"),
    "websub": ("worker.cli.websub", "websub"),
}


class _Verbs(click.Group):
    """A group that imports a verb's module only when the verb is called or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click asks so
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        module, name = _VERBS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="copytaster")
@click.pass_context
def cli(context: click.Context) -> None:
    """Reads the news wire for machines: feeds in, datelines, quotes and entities out.

    Settings are COPYTASTER_* variables; docs/settings.md has them all.
    """
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
