"""Which item a kill takes back, and how sure that is."""

import tomllib
from pathlib import Path

import pytest

from worker.lifecycle import describe, find_targets, wires_of
from worker.model import Dateline, Life, NewsItem, ParsedItem, Span, Target
from worker.parse.life import find_life
from worker.parse.text import WireText
from worker.ports import Recent

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "targets.toml").read_text("utf-8"))
NOW_MS = 1_800_000_000_000
WIRE = [
    Recent(
        uri=said["uri"],
        version="1",
        number=said["number"],
        slug=said["slug"],
        headline=said["headline"],
        at_ms=NOW_MS - said["minutes"] * 60_000,
    )
    for said in sorted(CASES["wire"], key=lambda said: said["minutes"])
]


def kill(text, *, headline=False):
    first, _, rest = text.partition("\n\n")
    item = (
        NewsItem(uri="urn:kill", version="1", headline=first, body_text=rest)
        if headline
        else NewsItem(uri="urn:kill", version="1", body_text=text)
    )
    return ParsedItem(item=item, life=find_life(WireText(item.text), item))


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["why"])
def test_a_kill_finds_its_target(case):
    note = kill(case["text"], headline=case.get("headline", False))
    found = find_targets(note, WIRE, NOW_MS)
    assert note.life.signal == "withdrawn"
    assert [target.uri for target in found] == case["targets"]
    assert [target.by for target in found] == [tuple(case["by"])] * len(found)
    assert [target.is_certain for target in found] == [case.get("certain", True)] * len(found)


def test_nothing_that_moved_lately_is_no_target():
    note = kill("KILL KILL KILL\n\nPlease kill. A substitute follows.")
    assert find_targets(note, [], NOW_MS) == ()
    assert find_targets(note, WIRE, NOW_MS + 10 * 3_600_000) == ()


def test_an_item_that_moved_twice_stands_for_its_last_version():
    note = kill("KILL KILL KILL\n\nPlease kill our item 0042.")
    twice = [
        Recent(uri="urn:a", version="2", number="0042", at_ms=NOW_MS - 1),
        Recent(uri="urn:a", version="1", number="0042", at_ms=NOW_MS - 2),
    ]
    assert find_targets(note, twice, NOW_MS) == (
        Target(uri="urn:a", version="2", confidence=0.95, by=("number",), is_certain=True),
    )


def test_a_kill_is_not_its_own_target():
    note = kill("KILL KILL KILL\n\nPlease kill our item 0042.")
    itself = Recent(uri="urn:kill", version="0", number="0042", at_ms=NOW_MS)
    assert find_targets(note, [itself], NOW_MS) == ()


def test_an_item_is_listed_by_agency_and_by_where_it_came_in():
    parsed = ParsedItem(
        item=NewsItem(uri="urn:x", version="1", infosource="Reuters", source="https://a.example/"),
        dateline=Dateline(span=Span(0, 1), agency="TASS"),
    )
    assert wires_of(parsed) == ("agency:tass", "agency:reuters", "source:https://a.example/")


def test_an_item_is_described_by_what_a_kill_may_call_it():
    parsed = ParsedItem(
        item=NewsItem(uri="urn:x", version="2", body_text="First line\nSecond line"),
        life=Life(item_number="0042", slug="EU--Oslo Talks"),
    )
    assert describe(parsed) == Recent(
        uri="urn:x", version="2", number="0042", slug="EU--Oslo Talks", headline="First line"
    )
