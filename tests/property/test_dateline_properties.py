"""Properties of datelines and of the editorial status, for any text."""

import datetime
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from worker.model import NewsItem
from worker.parse.dateline import find_dateline, find_datelines
from worker.parse.editorial import find_life
from worker.parse.text import WireText

PARTS = st.sampled_from(
    [
        "MOSCOW",
        "Kiev",
        "ST. PETERSBURG",
        "Fla.",
        "/",
        "/TASS/",
        "(AP)",
        "(",
        ")",
        ", ",
        ". ",
        " ",
        "June 26",
        "12 января",
        "1987",
        "-",
        "--",
        "—",
        "_",
        ".-",
        ":",
        "\n",
        "\n\n",
        "ТАСС",
        "EFE",
        "(ANSA) - ",
        "Kyodo",
        "INTERFAX.RU",
        "and",
        "de",
        "The",
        "x",
        "\xa0",
        "[India]",
        "&mdash;",
        "Frankfurt/Main",
        "2025-06-26",
        " / ACCESSWIRE / ",
        "--(BUSINESS WIRE)--",
        "(Newsfile Corp. - June 26, 2025)",
        "3 (EUROPA PRESS)",
        "KAZINFORM The",
        "Trinidad and Tobago",
        "\ufeff",
        "İ",
        "ß",
        "²",
        "�",
    ]
)
WIRE = st.one_of(st.text(max_size=300), st.lists(PARTS, max_size=24).map("".join))
DATES = st.one_of(st.none(), st.dates())


@given(WIRE, DATES)
@example("MOSCOW, December 31. /TASS/. So.", datetime.date(9999, 12, 31))
@example("MOSCOW, January 1. /TASS/. So.", datetime.date(1, 1, 1))
def test_a_dateline_lies_inside_the_text_and_its_places_are_written_there(text, published):
    dateline = find_dateline(WireText(text), published)
    assert dateline == find_dateline(WireText(text), published)
    if dateline is None:
        return
    assert 0 <= dateline.span.start < dateline.span.end <= len(text)
    printed = " ".join(dateline.span.of(text).split())
    assert all(place.name in printed for place in dateline.places)
    assert dateline.style
    assert printed == printed.strip()


@given(WIRE, DATES)
def test_a_roundups_datelines_stand_in_order_and_the_first_is_the_items(text, published):
    wire = WireText(text)
    lines = find_datelines(wire, published)
    assert next(iter(lines), None) == find_dateline(wire, published)
    assert all(a.span.end <= b.span.start for a, b in pairwise(lines))


@given(WIRE)
def test_paragraphs_added_behind_do_not_change_a_credited_dateline(text):
    body = f"MOSCOW, June 26. /TASS/. So.\n\n{text}"
    assert find_dateline(WireText(body)) == find_dateline(WireText("MOSCOW, June 26. /TASS/. So."))


@given(WIRE, st.text(max_size=40), st.text(max_size=40))
def test_an_editorial_status_is_read_in_any_text(text, slugline, ednote):
    item = NewsItem(uri="urn:x", version="1", body_text=text, slugline=slugline, ednote=ednote)
    life = find_life(WireText(text), item)
    assert life == find_life(WireText(text), item)
    assert 1 <= life.urgency <= 9
    assert all(marker in f"{text}\n{slugline}\n{ednote}" for marker in life.markers)
