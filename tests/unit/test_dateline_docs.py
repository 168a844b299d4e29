"""docs/datelines.md against the folder of styles."""

import re
from pathlib import Path

import pytest

from worker.parse.dateline import find_dateline
from worker.parse.dateline.styles import STYLES
from worker.parse.text import WireText

ROOT = Path(__file__).parents[2]
ROW = re.compile(
    r"^\| `(?P<style>\w+)` \| (?P<agency>[^|]+) \| `(?P<example>[^|]+)` \|$", re.MULTILINE
)
ROWS = [found.groupdict() for found in ROW.finditer((ROOT / "docs" / "datelines.md").read_text())]


def test_every_style_file_has_a_row_a_source_and_one_place_in_styles():
    files = (ROOT / "worker" / "parse" / "dateline" / "styles").glob("*.py")
    sources = {file.stem: file.read_text("utf-8") for file in files if file.stem != "__init__"}
    names = sorted(sources)
    assert all("Source: " in source for source in sources.values())
    assert sorted({row["style"] for row in ROWS}) == names
    assert sorted(style.name for style in STYLES) == names


@pytest.mark.parametrize("row", ROWS, ids=[row["example"] for row in ROWS])
def test_the_example_is_read_by_its_own_style(row):
    dateline = find_dateline(WireText(row["example"]))
    assert dateline is not None
    assert (dateline.style, dateline.agency or "none") == (row["style"], row["agency"])
