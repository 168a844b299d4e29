"""The uri under each event of `copytaster tail`."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from worker.render.terminal import render_uri

URI = "https://wire.example/2026/01/12/harbour-opens-early-98765"


def shown(uri, width, *, is_terminal=True):
    console = Console(file=io.StringIO(), width=width, force_terminal=is_terminal, no_color=True)
    console.print(render_uri(uri), soft_wrap=True)
    return console.file.getvalue().replace("\x1b[2m", "").replace("\x1b[0m", "")


def test_a_uri_that_fits_is_whole():
    assert shown(URI, len(URI) + 2) == f"  {URI}\n"


@pytest.mark.parametrize("width", [3, 4, 10, 37, len(URI) + 1])
def test_on_a_narrow_terminal_its_middle_is_left_out(width):
    line = shown(URI, width)
    assert line.count("\n") == 1
    start, _, end = line.strip().partition("…")
    assert (URI.startswith(start), URI.endswith(end)) == (True, True)
    assert len(line.rstrip("\n")) == width
    assert len(end) >= len(start) - 1


def test_wide_characters_count_for_two_cells():
    line = shown("urn:新聞社新聞社新聞社", 12).rstrip("\n")
    assert (cell_len(line) <= 12, "…" in line) == (True, True)


def test_a_file_gets_the_whole_uri_on_one_line():
    assert shown(URI, 20, is_terminal=False) == f"  {URI}\n"


def test_a_uri_shows_no_secret_and_cannot_write_on_the_terminal():
    line = shown("https://ada:pw@wire.example/?token=secret\x1b[31m\n", 100)
    assert "secret" not in line
    assert "pw" not in line
    assert "\x1b" not in line
