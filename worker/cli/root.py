"""The root command. The module of a subcommand is imported when the subcommand is called.

Exit codes: 0 success, 1 failure (with a line on stderr), 2 wrong usage, 78 invalid setting, 130
interrupted.
"""

import contextlib
import errno
import gc
import importlib
import os
import sys
from collections.abc import Callable
from typing import NoReturn

import click
from click.shell_completion import CompletionItem, shell_complete

from worker import __version__
from worker.errors import CopytasterError, SettingsError
from worker.runtime.optional_imports import without_unused_modules
from worker.settings import Settings, load_settings, read_settings

__all__ = ["EXIT_SETTINGS", "cli", "pass_settings", "run", "settings_of"]

EXIT_SETTINGS = 78
"""EX_CONFIG. Source: sysexits.h."""

_OUTPUT_FAILS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""Errors of a full or broken disk. Here they are those of standard output: failures to write the
command's own files are reported with their paths.
"""

_COMPLETE = "_COPYTASTER_COMPLETE"
"""The variable of click's shell completion: bash_source prints the script for bash, and so on."""

_VERBS = {
    "acl": ("worker.cli.acl", "Print the broker's users as an ACL file."),
    "dead": ("worker.cli.dead", "List, show, retry and drop dead letters."),
    "demo": ("worker.cli.demo", "Run the whole service on sample items."),
    "desks": ("worker.cli.desks", "List the desks, or test them on past items."),
    "dispatch": ("worker.cli.dispatch", "Run the scheduler and the inbox consumer."),
    "doctor": ("worker.cli.doctor", "Find the faults of an installation, and the remedies."),
    "explain": ("worker.cli.explain", "Explain a feed's schedule or an item's history."),
    "export": ("worker.cli.export", "Write quotes of the archive to a file."),
    "feeds": ("worker.cli.feeds_group", "Add, list, show, poll, pause, remove, import feeds."),
    "health": ("worker.cli.health", "Check that a process is well."),
    "ingest": ("worker.cli.ingest", "Put texts, items or feeds on the inbox."),
    "parse": ("worker.cli.parse", "Annotate items, without a broker."),
    "relay": ("worker.cli.service", "Copy the events of desks to other servers."),
    "replay": ("worker.cli.replay", "Parse archived items again; publish changed events."),
    "schema": ("worker.cli.schema", "Print the JSON Schemas, or the AsyncAPI document."),
    "search": ("worker.cli.search", "Search the archive for items and quotes."),
    "source": ("worker.cli.source", "Move messages from queues and folders to the inbox."),
    "status": ("worker.cli.status", "Show feeds, queues, desks and broker."),
    "tail": ("worker.cli.tail", "Print the events of a desk as they arrive."),
    "up": ("worker.cli.service", "Run the whole service in one process tree."),
    "web": ("worker.cli.web", "Serve the pages, the HTTP API and the metrics."),
    "worker": ("worker.cli.worker", "Run a Celery worker, which polls or parses."),
}
"""The module of each subcommand, which has its name there, and its summary."""

_SERVICES = frozenset({"dispatch", "relay", "source", "up", "web", "worker"})
"""The subcommands that run until they are stopped. They print no tables."""


class _Subcommands(click.Group):
    """A group that imports the module of a subcommand only when the subcommand is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        is_service = cmd_name in _SERVICES
        with without_unused_modules() if is_service else contextlib.nullcontext():
            module = importlib.import_module(_VERBS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches  # only here

            if not (close := get_close_matches(args[0], _VERBS, n=1)):
                raise
            raise click.UsageError(f"{error.message} Did you mean {close[0]!r}?", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        # click would import every subcommand for its summary, at 0.8 s of CPU instead of 0.13.
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in sorted(_VERBS.items())])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # As above: click would import every subcommand whose name begins with the word.
        names = [name for name in sorted(_VERBS) if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=_VERBS[name][1]) for name in names), *options]


@click.command(cls=_Subcommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="copytaster")
@click.pass_context
def cli(context: click.Context) -> None:
    """Read the news wire for machines: feeds in, datelines, quotes and entities out.

    Settings are COPYTASTER_* variables; docs/settings.md lists them.
    """
    # Most imports are done; the garbage collector need not look at their objects again.
    gc.freeze()
    gc.enable()
    with without_unused_modules():
        from worker.log import configure_logs  # --help logs nothing

    if context.invoked_subcommand == "doctor":  # it lists all invalid settings itself
        settings, _ = read_settings(os.environ)
    else:
        settings = load_settings(os.environ)
    configure_logs(settings)
    context.obj = settings


def settings_of(context: click.Context) -> Settings:
    """Return the settings that the root command has loaded."""
    settings = context.obj
    assert isinstance(settings, Settings)
    return settings


pass_settings: Callable[[Callable[..., None]], Callable[..., None]] = click.make_pass_decorator(
    Settings
)
"""Decorator that passes the Settings as the first argument of a command's function."""


def run() -> None:
    """Run the command with the arguments of the process, and exit.

    With _COPYTASTER_COMPLETE in the environment, answer a shell that completes a command line.
    """
    if instruction := os.environ.get(_COMPLETE):
        _complete(instruction)
    try:
        # Not cli.main(): it would turn a closed pipe into exit code 1.
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
        # The reader, for example `head`, has closed the pipe. At exit Python would flush standard
        # output, and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except CopytasterError as error:
        from worker.model.redaction import redact  # --help needs no model

        _fail(redact(str(error)), EXIT_SETTINGS if isinstance(error, SettingsError) else 1)
    except OSError as error:
        if error.errno not in _OUTPUT_FAILS:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(f"standard output: {error.strerror}", 1)


def _complete(instruction: str) -> NoReturn:
    """Print the script for a shell, or the completions that the script asks for, and exit."""
    try:
        code = shell_complete(cli, {}, "copytaster", _COMPLETE, instruction)
    except (KeyError, ValueError):  # COMP_WORDS and COMP_CWORD, which the script sets
        _fail(f"{_COMPLETE}={instruction} is for the scripts of shells", 2)
    if code:
        _fail(f"{_COMPLETE}: {instruction} is not bash_source, zsh_source or fish_source", 2)
    sys.exit(0)


def _fail(reason: str, code: int) -> NoReturn:
    click.echo(f"copytaster: {reason}", err=True)
    sys.exit(code)
