"""Completion of command lines, as the scripts of click's shells ask for it."""

import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "worker.cli"]

LIST_MODULES = """
import sys
from worker.cli import main

try:
    main()
finally:
    print(*(name for name in sys.modules if name.startswith("worker.cli.")), file=sys.stderr)
"""


def complete(line, shell="bash", command=COMMAND):
    words = line.split(" ")
    environ = os.environ | {
        "_COPYTASTER_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def names(line):
    return [row.partition(",")[2] for row in complete(line).stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("copytaster fe", ["feeds"]),
        ("copytaster do", ["doctor"]),
        ("copytaster feeds pa", ["pause"]),
        ("copytaster parse --js", ["--json", "--jsonl"]),
        ("copytaster --ver", ["--version"]),
    ],
)
def test_subcommands_and_options_are_completed(line, wanted):
    assert names(line) == wanted


@pytest.mark.parametrize("verb", ["parse", "ingest", "feeds read", "feeds import"])
def test_files_are_left_to_the_shell(verb):
    assert complete(f"copytaster {verb} x").stdout == "file,x\n"


def test_zsh_is_told_what_a_subcommand_does():
    done = complete("copytaster fe", "zsh")
    assert done.stdout == "plain\nfeeds\nAdd, list, show, poll, pause, remove, import feeds.\n"


def test_no_subcommand_is_imported_for_the_list_of_them():
    done = complete("copytaster ", command=[sys.executable, "-c", LIST_MODULES])
    assert done.stderr.split() == ["worker.cli.root"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_of_a_shell_is_printed(shell):
    environ = os.environ | {"_COPYTASTER_COMPLETE": f"{shell}_source"}
    done = subprocess.run(COMMAND, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_COPYTASTER_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.parametrize("instruction", ["bash_complete", "zsh_complete", "nonsense", "sh_source"])
def test_what_no_shell_asks_is_refused_in_a_line(instruction):
    environ = os.environ | {"_COPYTASTER_COMPLETE": instruction}
    done = subprocess.run(COMMAND, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("copytaster: _COPYTASTER_COMPLETE")
    assert done.stderr.count("\n") == 1
