"""Markers, takes, targets and embargoes, held to tests/cases/life-forms.toml."""

import datetime
import tomllib
from pathlib import Path

import pytest

from worker.model import Life, NewsItem, PubStatus, Signal
from worker.parse.editorial import find_life
from worker.parse.text import WireText

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "life-forms.toml").read_text(encoding="utf-8")
)
BODY = "OSLO, May 3. /TASS/. The talks resumed."
NOON = datetime.datetime(2025, 5, 3, 0, 30, tzinfo=datetime.UTC)


def life_of(text: str, slugline: str = "", published: datetime.datetime | None = NOON) -> Life:
    item = NewsItem(
        uri="urn:case",
        version="1",
        body_text=text,
        slugline=slugline,
        versioncreated=published,
    )
    return find_life(WireText(text), item)


def status_of(life: Life) -> tuple[Signal, PubStatus, int, bool]:
    """Return signal, pubstatus and urgency, and True if a marker was read."""
    return life.signal, life.pubstatus, life.urgency, bool(life.markers)


MARKED = [
    pytest.param(group, head, slug, id=head or slug)
    for group in CASES["group"]
    for head, slug in (
        *((head, "") for head in group["heads"]),
        *(("", slug) for slug in group.get("slugs", ())),
    )
]


@pytest.mark.parametrize(("group", "head", "slug"), MARKED)
def test_a_marker_is_told_from_the_same_word_in_the_news(group, head, slug):
    is_marked = bool({"signal", "pubstatus", "urgency"} & group.keys())
    assert status_of(life_of(f"{head}\n\n{BODY}" if head else BODY, slug)) == (
        Signal(group.get("signal", "created")),
        PubStatus(group.get("pubstatus", "usable")),
        group.get("urgency", 5),
        is_marked,
    )


@pytest.mark.parametrize("row", [row for case in CASES["take"] for row in case["rows"]])
def test_a_take_is_read_at_the_head(row):
    head, number, words = row
    life = life_of(f"{head}\n\n{BODY}")
    assert (life.take, life.markers) == (number, (words,))


@pytest.mark.parametrize("row", [row for case in CASES["take"] for row in case["slugs"]])
def test_a_take_is_read_in_the_slug(row):
    slug, number, words = row
    life = life_of(BODY, slug)
    assert (life.take, life.slug, life.markers) == (number, "EU--Oslo Talks", (words,))


@pytest.mark.parametrize("head", [head for case in CASES["take"] for head in case["near"]])
def test_figures_in_a_headline_are_no_take(head):
    assert life_of(f"{head}\n\n{BODY}").take is None


@pytest.mark.parametrize("case", CASES["target"], ids=lambda case: case["why"])
def test_a_note_names_its_target(case):
    life = life_of(case["text"])
    assert (life.target_numbers, life.target_slug, life.target_headline) == (
        tuple(case.get("numbers", ())),
        case.get("slug"),
        case.get("headline"),
    )


@pytest.mark.parametrize("case", CASES["own"], ids=lambda case: case["why"])
def test_the_agencys_own_number_and_slug_are_kept(case):
    life = life_of(case["text"], case.get("slugline", ""))
    assert (life.item_number, life.slug, life.urgency, life.signal) == (
        case.get("item_number"),
        case.get("slug"),
        case.get("urgency", 5),
        Signal(case.get("signal", "created")),
    )


@pytest.mark.parametrize("case", CASES["embargo"], ids=lambda case: case["why"])
def test_an_embargo_line_gives_its_instant(case):
    life = life_of(f"{case['line']}\n\n{BODY}")
    until = case.get("until")
    assert life.embargoed == (datetime.datetime.fromisoformat(until) if until else None)
    assert life.markers == (case["line"],)
    assert life.pubstatus is (PubStatus.USABLE if until else PubStatus.WITHHELD)


def test_an_embargo_without_a_day_needs_the_items_own_time():
    assert life_of(f"EMBARGOED UNTIL 0600 GMT\n\n{BODY}", published=None).embargoed is None


def test_an_embargo_at_the_end_of_the_calendar_gives_none():
    last = datetime.datetime.max.replace(tzinfo=datetime.UTC)
    assert life_of(f"EMBARGOED UNTIL 0600 GMT\n\n{BODY}", published=last).embargoed is None


def test_a_note_at_the_end_of_a_long_text_is_read():
    text = "\n\n".join([BODY] * 12 + ["(This story has been corrected to fix the day)"])
    life = life_of(text)
    assert (life.signal, life.markers) == (
        Signal.CORRECTED,
        ("(This story has been corrected to fix the day)",),
    )


def test_a_marker_in_the_middle_of_a_long_text_is_news():
    text = "\n\n".join([BODY] * 12 + ["KILL KILL KILL"] + [BODY] * 12)
    assert status_of(life_of(text)) == (Signal.CREATED, PubStatus.USABLE, 5, False)
