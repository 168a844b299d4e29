"""Writes docs/copytaster.1, the manual page of the command, from the help of its subcommands.

`python docs/manpage.py` writes the file; a test holds the file to the commands.
"""

import inspect
import re
from pathlib import Path

import click

from worker import __version__
from worker.cli.root import cli

PAGE = Path(__file__).with_name("copytaster.1")

ENDING = r"""
.SH EXIT STATUS
.TP
.B 0
Success.
.TP
.B 1
Failure; a line on standard error says which.
.TP
.B 2
Wrong usage.
.TP
.B 78
An invalid setting.
.TP
.B 130
Interrupted.
.SH ENVIRONMENT
The settings are variables whose names begin with COPYTASTER_; docs/settings.md lists them.
.TP
.B _COPYTASTER_COMPLETE
bash_source, zsh_source or fish_source prints the script that completes command lines in that shell.
.SH FILES
.TP
.I ~/.local/state/copytaster
The data of the embedded broker and of the archive, unless COPYTASTER_DATA_DIR names another folder.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the manual page in roff's man macros."""
    context = click.Context(cli, info_name="copytaster")
    about = paragraphs(cli)
    parts = [
        f'.TH COPYTASTER 1 "" "copytaster {__version__}" "User Commands"',
        ".SH NAME",
        "copytaster \\- read the news wire for machines",
        ".SH SYNOPSIS",
        ".B copytaster\n.I COMMAND\n[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
        ".SH DESCRIPTION",
        "\n.PP\n".join(about),
        ".SH COMMANDS",
        *describe_all(cli, context),
    ]
    return "\n".join(parts) + ENDING


def describe_all(group: click.Group, context: click.Context) -> list[str]:
    """Return a section for each subcommand of a group, and for each subcommand of those."""
    sections: list[str] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, parent=context, info_name=name)
        sections.append(describe(command, inner))
        if isinstance(command, click.Group):
            sections += describe_all(command, inner)
    return sections


def describe(command: click.Command, context: click.Context) -> str:
    """Return the section of a subcommand: its usage, its help and its options."""
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f".SS {roff(context.command_path)} {roff(usage)}", "\n.PP\n".join(paragraphs(command))]
    for parameter in command.params:
        record = isinstance(parameter, click.Option) and parameter.get_help_record(context)
        if record:
            lines += [".TP", f".B {roff(record[0])}", roff(record[1])]
    return "\n".join(lines)


def paragraphs(command: click.Command) -> list[str]:
    """Return the help of a command, a paragraph each, without line breaks of the source."""
    text = inspect.cleandoc(command.help or "").partition("\f")[0]
    return [roff(" ".join(part.split())) for part in re.split(r"\n\s*\n", text)]


def roff(text: str) -> str:
    """Return the text with what roff would take for its own made harmless."""
    plain = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    main()
