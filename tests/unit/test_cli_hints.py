"""Wrong words on the command line get the right ones."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["serch", "grain"], "No such command 'serch'. Did you mean 'search'?"),
        (["parse", "https://wire.example/1"], "only files are read here: fetch the page first"),
    ],
)
def test_a_wrong_word_is_named_with_the_remedy(words, hint):
    command = [sys.executable, "-m", "worker.cli", *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode in {1, 2}
    assert hint in ran.stderr
