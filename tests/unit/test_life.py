"""Editorial markers at the head of an item, held to tests/cases/life.toml."""

import datetime
import tomllib
from pathlib import Path

import pytest

from worker.model import Life, NewsItem, PubStatus, Signal
from worker.parse.editorial import find_life
from worker.parse.text import WireText

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "life.toml").read_text(encoding="utf-8")
)["case"]


def item_of(case: dict) -> NewsItem:
    return NewsItem(
        uri="urn:case",
        version="1",
        body_text=case["text"],
        slugline=case.get("slugline", ""),
        ednote=case.get("ednote", ""),
        urgency=case.get("urgency_in"),
        pubstatus=PubStatus(case.get("pubstatus_in", "usable")),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_markers_are_read_at_the_head_and_nowhere_else(case):
    life = find_life(WireText(case["text"]), item_of(case))
    assert life == Life(
        urgency=case.get("urgency", 5),
        pubstatus=PubStatus(case.get("pubstatus", "usable")),
        signal=Signal(case.get("signal", "created")),
        markers=tuple(case.get("markers", ())),
        item_number=case.get("item_number"),
        slug=case.get("slug"),
        take=case.get("take"),
        target_numbers=tuple(case.get("target_numbers", ())),
        target_slug=case.get("target_slug"),
        target_headline=case.get("target_headline"),
    )


def test_an_embargo_with_day_time_and_zone_gives_the_instant():
    text = "EMBARGOED UNTIL 2025-05-03 06:00 UTC\n\nTalks resume"
    life = find_life(WireText(text), NewsItem(uri="urn:case", version="1", body_text=text))
    assert life.embargoed == datetime.datetime(2025, 5, 3, 6, tzinfo=datetime.UTC)


def test_an_embargo_that_names_no_instant_gives_none():
    text = "EMBARGOED UNTIL 2025-15-43 06:00 UTC\n\nTalks resume"
    life = find_life(WireText(text), NewsItem(uri="urn:case", version="1", body_text=text))
    assert life.embargoed is None


def test_the_items_own_embargo_stands():
    until = datetime.datetime(2025, 5, 3, tzinfo=datetime.UTC)
    item = NewsItem(uri="urn:case", version="1", body_text="Talks resume", embargoed=until)
    assert find_life(WireText(item.text), item).embargoed == until
