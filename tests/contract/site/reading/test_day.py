"""The page of a day: its numbers and its charts."""

import datetime
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.archive.counts import HourCount, count_day
from worker.site.pages.charts import MOST_SERIES, hour_chart, world_outline
from worker.site.pages.projection import MAP_HEIGHT, MAP_WIDTH, project

DAY = datetime.date(2026, 12, 2)
HOUR = datetime.timedelta(hours=1)


def rows(page, title):
    """The cells of the table in a section, a tuple a row."""
    found = page.xpath("//section[h2=$title]//table/tbody/tr", title=title)
    return [
        tuple(" ".join(cell.text_content().split()) for cell in row if cell.get("class") != "bars")
        for row in found
    ]


@pytest.fixture
def filled(file_item, noon, kiev, oslo):
    """Four items of the day, one of the day before, one that was withdrawn."""
    file_item("urn:5", at=noon - 12.001 * HOUR)
    file_item("urn:4", at=noon - 12 * HOUR)  # midnight is the day's
    file_item(
        "urn:1",
        at=noon,
        agency="TASS",
        places=[kiev],
        quotes=[('"One."', "Olga Reznik", 1), ('"Two."', "Olga Reznik", 1)],
        names=[("Gazprom", "ORG"), ("TASS", "ORG"), ("Olga Reznik", "PERSON")],
    )
    file_item("urn:2", at=noon + HOUR / 2, agency="TASS", places=[kiev, oslo])
    file_item(
        "urn:3",
        at=noon + HOUR,
        agency="AP",
        places=[oslo],
        statements=[("rain fell", "Anna Berg", 1)],
        names=[("Gazprom", "ORG"), ("OPEC", "ORG")],
    )
    file_item("urn:6", at=noon, agency="AP", quotes=[('"No."', "Ivan Moroz", 1)])
    file_item("urn:kill", "KILL", kills="urn:6", at=noon + 20 * HOUR)
    file_item("urn:7", at=noon + 30 * HOUR)


@pytest.mark.usefixtures("filled")
def test_the_numbers_of_a_day(get, words_of):
    page = get("/day/2026-12-02")
    assert words_of(page, "//h1") == ["2 December 2026"]
    (summary,) = words_of(page, "//p[a='Search in this day']")
    assert summary == "4 items with 2 quotes and 1 statement. Search in this day"
    assert len(get(page.xpath("//a[.='Search in this day']/@href")[0]).xpath("//ol/li")) == 4
    hours = rows(page, "Items by hour and agency")
    assert [row for row in hours if row[1] != "0"] == [
        ("00:00", "1", "0", "1", "0"),
        ("12:00", "2", "2", "0", "0"),
        ("13:00", "1", "0", "0", "1"),
    ]
    heads = page.xpath("//section[h2='Items by hour and agency']//thead//th")
    assert [" ".join(one.text_content().split()) for one in heads] == [
        "Hour (UTC)",
        "All",
        "TASS",
        "No agency named",
        "AP",
    ]
    assert rows(page, "Filed from") == [
        ("KIEV", "Ukraine (UA)", "2"),
        ("OSLO", "Norway (NO)", "2"),
    ]
    assert rows(page, "Most quoted") == [("Olga Reznik", "2", "0"), ("Anna Berg", "0", "1")]
    assert rows(page, "Organisations most named") == [("Gazprom", "2"), ("OPEC", "1")]


@pytest.mark.usefixtures("filled")
def test_the_charts_draw_the_numbers(get):
    page = get("/day/2026-12-02")
    bars = page.xpath("//*[@class='columns']/rect")
    drawn = Counter()
    for bar in bars:
        drawn[int(float(bar.get("x")))] += float(bar.get("height"))
    assert drawn == {0: 1, 12: 2, 13: 1}
    dots = page.xpath("//*[@class='map']/circle")
    assert [dot.xpath("string(title)") for dot in dots] == ["KIEV: 2 items", "OSLO: 2 items"]
    x, y = project(50.4547, 30.5238)
    assert (float(dots[0].get("cx")), float(dots[0].get("cy"))) == (round(x, 1), round(y, 1))
    for chart in page.xpath("//*[@role='img']"):
        named = chart.get("aria-labelledby").split()
        assert chart.xpath("title/@id | desc/@id") == named
        assert all(chart.xpath("title/text() | desc/text()"))


@pytest.mark.usefixtures("filled")
def test_days_with_items_follow_each_other(get):
    page = get("/day/2026-12-02")
    assert page.xpath("//a[@rel='prev']/@href") == ["/day/2026-12-01"]
    assert page.xpath("//a[@rel='next']/@href") == ["/day/2026-12-03"]
    first = get("/day/2026-12-01")
    assert not first.xpath("//a[@rel='prev']")
    assert first.xpath("//a[@rel='next']/@href") == ["/day/2026-12-02"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("day", ["2026-11-01", "0001-01-01", "9999-12-31"])
def test_a_day_without_items_says_so_and_leads_to_the_nearest(get, words_of, day):
    page = get(f"/day/{day}")
    assert words_of(page, "//*[@class='empty']/p")[0] == (
        "No item of the archive arrived on this day."
    )
    assert not page.xpath("//table | //*[@role='img']")
    near = page.xpath("//a[@rel='prev' or @rel='next']/@href")
    assert near == ["/day/2026-12-03" if day == "9999-12-31" else "/day/2026-12-01"]


@pytest.mark.parametrize(
    "day", ["2026-13-01", "20261202", "today", "%3Cb%3E", "2026-W01-1", "٢٠٢٦-١٢-٠٢"]
)
def test_a_path_that_is_not_a_day_is_not_found(get, words_of, day):
    assert "A day is a date like 2026-12-02." in words_of(get(f"/day/{day}", 404), "//main//p")


def test_today_is_the_day_of_the_clock_and_a_form_leads_to_any(client, get, clock, words_of):
    today = clock().date()
    assert words_of(get("/day"), "//h1") == [f"{today.day} {today:%B %Y}"]
    answer = client.get("/day?day=2026-12-02", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/day/2026-12-02")
    get("/day?day=//evil.example", 400)


def test_a_place_without_coordinates_is_only_in_the_table(file_item, get, kiev, words_of):
    nowhere = type(kiev)(name="HUANCALLA")
    file_item(places=[kiev, nowhere])
    page = get("/day/2026-12-02")
    assert [row[0] for row in rows(page, "Filed from")] == ["HUANCALLA not on the map", "KIEV"]
    assert len(page.xpath("//*[@class='map']/circle")) == 1
    assert "1 place is not on the map" in words_of(page, "//*[h2='Filed from']//p")[0]


def test_hours_are_in_utc_whatever_the_time_zone_of_the_session(archive, file_item, noon):
    file_item(at=noon.replace(hour=23, minute=59, second=59, microsecond=999_999), agency="AP")
    with archive.read() as connection:
        if archive.dialect == "postgresql":
            connection.exec_driver_sql("SET TIME ZONE 'Asia/Tokyo'")
        counts = count_day(connection, DAY, most_names=5, most_places=5)
    assert counts.hours == (HourCount(hour=23, agency="AP", count=1),)


def test_an_agency_that_its_own_items_name_does_not_count_in_either_script(archive, file_item):
    file_item(agency="TASS", names=[("ТАСС", "ORG"), ("Интерфакс", "ORG"), ("TASS", "ORG")])
    file_item(agency="Interfax", names=[("ТАСС", "ORG"), ("Интерфакс", "ORG")], uri="urn:2")
    with archive.read() as connection:
        counts = count_day(connection, DAY, most_names=5, most_places=5)
    assert [(one.name, one.count) for one in counts.organisations] == [
        ("Интерфакс", 1),
        ("ТАСС", 1),
    ]


def test_pages_without_an_archive_say_that_it_is_off(make_client):
    client = make_client(None)
    for address in ("/day", "/search", "/speakers/A"):
        assert client.get(address, headers={"accept": "text/html"}).status_code == 503


# the charts alone

COUNTS = st.lists(
    st.builds(
        HourCount,
        hour=st.integers(0, 23),
        agency=st.sampled_from([f"agency {n}" for n in range(12)]),
        count=st.integers(1, 10**6),
    ),
    max_size=60,
)


@given(COUNTS)
def test_a_chart_loses_no_item_and_stays_in_its_canvas(counts):
    chart = hour_chart(counts)
    assert sum(one.total for one in chart.series) == sum(row.count for row in counts)
    assert sum(bar.height for bar in chart.bars) == sum(chart.totals)
    assert len(chart.series) <= MOST_SERIES + 1
    assert chart.top % 2 == 0
    for bar in chart.bars:
        assert 0 <= bar.y < bar.y + bar.height <= chart.top


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_of_the_earth_is_on_the_map(lat, lon):
    x, y = project(lat, lon)
    assert -0.01 <= x <= MAP_WIDTH + 0.01
    assert -0.01 <= y <= MAP_HEIGHT + 0.01


def test_the_outline_is_a_path_of_closed_rings():
    outline = world_outline()
    assert outline.count("M") == outline.count("z") > 100
    assert set(outline) <= set("0123456789.,- Mlz\n")
    assert len(outline) < 60_000
