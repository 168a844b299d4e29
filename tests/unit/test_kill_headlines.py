"""Which headlines are one, held to tests/cases/kill-headlines.toml."""

import tomllib
from pathlib import Path

import pytest

from worker.model.publishing import KillNote, RecentItem
from worker.story.kill_targets import find_targets, is_meant

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "kill-headlines.toml").read_text("utf-8")
)


def rows(kind):
    return [
        pytest.param(*row, group["certain"], id=f"{group['why']}: {row[0]}")
        for group in CASES[kind]
        for row in group["rows"]
    ]


def is_withdrawn(note, headline):
    """True where the item is taken back, out or on its way."""
    item = RecentItem(uri="urn:item", version="1", headline=headline, order="5-0")
    found = find_targets(note, [item], "6-0")
    assert [target.uri for target in found] == ["urn:item"]
    assert is_meant(note, item, "6-0") is found[0].is_certain
    return found[0].is_certain


@pytest.mark.parametrize(("said", "headline", "certain"), rows("named"))
def test_a_kill_that_names_a_headline(said, headline, certain):
    assert is_withdrawn(KillNote(uri="urn:kill", headline=said), headline) is certain


@pytest.mark.parametrize(("said", "headline", "certain"), rows("own"))
def test_a_kill_under_a_headline(said, headline, certain):
    assert is_withdrawn(KillNote(uri="urn:kill", own_headline=said), headline) is certain


@pytest.mark.parametrize(("said", "headline", "certain"), rows("named"))
def test_it_is_the_same_the_other_way_round(said, headline, certain):
    assert is_withdrawn(KillNote(uri="urn:kill", headline=headline), said) is certain
