"""The page of the search: hits with marked words, facets in the URL, messages."""

import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.archive.marks import TextRun
from worker.site.pages.reading import excerpt

HOUR = datetime.timedelta(hours=1)

HITS = "//ol[@class='found']/li"
SAID = "//ol[@class='said']/li"


@pytest.fixture
def filled(file_item, noon, kiev, oslo):
    file_item(
        "urn:grain",
        "The <b>grain</b> exports of the U.S. & others grew.",
        headline="Exports of grain",
        at=noon,
        agency="TASS",
        places=[kiev],
        quotes=[('"We export grain," she said', "Olga Reznik", 0.9)],
        names=[("Gazprom", "ORG")],
    )
    file_item(
        "urn:oil",
        "Oil exports fell; the grain market did not.",
        headline="Oil falls",
        at=noon + HOUR,
        agency="AP",
        places=[oslo],
        statements=[("oil exports were weak", "Anna Berg", 0.6)],
    )


@pytest.mark.usefixtures("filled")
def test_matching_words_are_marked_and_the_copy_is_escaped(get, words_of):
    page = get("/search?q=export")
    assert words_of(page, f"{HITS}/h3") == ["Oil falls", "Exports of grain"]
    oil, grain = page.xpath(HITS)
    assert words_of(oil, ".//mark") == ["exports", "exports"]
    assert words_of(grain, "h3//mark") == ["Exports"]
    assert words_of(grain, "p//mark") == ["exports", "export"]
    assert "The <b>grain</b> exports of the U.S. & others grew." in words_of(grain, "p")[0]
    assert not page.xpath("//b")


@pytest.mark.usefixtures("filled")
def test_a_phrase_is_marked_as_a_phrase(get, words_of):
    page = get("/search?q=%22oil+exports%22+grain")
    assert words_of(page, f"{HITS}//mark") == ["Oil exports", "grain", "oil exports"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=grain", ["Oil falls", "Exports of grain"]),
        ("q=grain+-oil", ["Exports of grain"]),
        ("place=UA", ["Exports of grain"]),
        ("place=oslo", ["Oil falls"]),
        ("agency=TASS&q=exports", ["Exports of grain"]),
        ("name=Gazprom", ["Exports of grain"]),
        ("speaker=Berg", ["Oil falls"]),
        ("since=2026-12-02T12:30", ["Oil falls"]),
        ("until=2026-12-02T15:30%2B03:00", ["Exports of grain"]),
        ("since=2026-12-02&until=2026-12-03", ["Oil falls", "Exports of grain"]),
        ("language=fi", []),
        ("q=nowhere", []),
        ("q=grain&before=1", []),
        ("q=%00grain", ["Oil falls", "Exports of grain"]),
    ],
)
def test_facets(get, words_of, query, found):
    page = get(f"/search?{query}")
    assert words_of(page, f"{HITS}/h3") == found
    assert bool(page.xpath("//*[@class='empty']")) == (not found)


@pytest.mark.usefixtures("filled")
def test_quotes_and_statements_are_found_by_their_own_words(get, words_of):
    page = get("/search?kind=quotes&q=export")
    assert words_of(page, f"{SAID}/blockquote") == [
        "oil exports were weak",
        '"We export grain," she said',
    ]
    assert words_of(page, f"{SAID}//mark") == ["exports", "export"]
    assert words_of(page, f"{SAID}/p[@class='by']") == [
        "Anna Berg · indirect statement · 60% sure",
        "Olga Reznik · quote · 90% sure",
    ]
    assert words_of(get("/search?kind=quotes&place=NO"), f"{SAID}/blockquote") == [
        "oil exports were weak"
    ]


@pytest.mark.usefixtures("filled")
def test_the_form_shows_the_search_that_the_address_has(get):
    asked = {"q": '"grain', "place": "UA", "since": "2026-12-01", "agency": "<TASS>"}
    page = get("/search?q=%22grain&place=UA&since=2026-12-01&agency=%3CTASS%3E&kind=quotes")
    fields = {one.get("name"): one.get("value") for one in page.xpath("//form//input")}
    assert {name: fields[name] for name in asked} == asked
    assert page.xpath("//input[@checked]/@value") == ["quotes"]


def test_a_long_headline_is_cut(file_item, get, words_of):
    file_item("urn:1", headline="Grain " + "x" * 5000)
    (headline,) = words_of(get("/search?q=grain"), f"{HITS}/h3")
    assert headline.startswith("Grain xxx")
    assert len(headline) < 250


def test_the_next_page_is_of_the_same_search(file_item, get, noon, words_of):
    for n in range(35):
        file_item(f"urn:{n}", headline=f"Grain {n}", at=noon + n * HOUR)
    first = get("/search?q=grain&since=2026-12-01")
    (address,) = first.xpath("//a[@rel='next']/@href")
    asked = parse_qs(urlsplit(address).query)
    assert (asked["q"], asked["since"]) == (["grain"], ["2026-12-01"])
    second = get(address)
    listed = words_of(first, f"{HITS}/h3") + words_of(second, f"{HITS}/h3")
    assert listed == [f"Grain {n}" for n in reversed(range(35))]
    assert not second.xpath("//a[@rel='next']")
    assert second.xpath("//nav[@aria-label='Pages of hits']/a/@href") == [
        "/search?q=grain&since=2026-12-01"
    ]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("q=-grain", "q", "name a word that must occur"),
        ("q=" + "x" * 501, "q", "501 characters"),
        ("q=" + "x" * 60_000, "q", "60,000 characters"),
        ("q=" + "+".join("abc" for _ in range(60)), "q", "60 words"),
        ("since=yesterday", "since", "'yesterday' is not a day or a time"),
        ("until=2026-02-30", "until", "'2026-02-30' is not a day"),
        ("since=0001-01-01T00:00%2B14:00", "since", "is not a day"),
        ("kind=quotes&name=Gazprom", "name", "is for items"),
        ("q=grain&before=first", "", "before"),
    ],
    ids=range(9),
)
def test_a_search_that_cannot_be_read_says_why_and_where(get, words_of, query, field, words):
    page = get(f"/search?{query}", 400)
    (message,) = words_of(page, "//*[@role='alert']")
    assert words in message
    assert len(message) < 300
    assert page.xpath("//input[@aria-invalid]/@name") == ([field] if field else [])


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "words",
    ['"', "()", "NEAR(", "text:", "*", "' OR 1=1 --", "a AND", "—", "\ufdd0grain\ufdd1", "_"],
)
def test_no_words_of_a_search_are_an_error(get, words):
    for kind in ("items", "quotes"):
        get(f"/search?kind={kind}&q={words}&speaker={words}&place={words}")


def test_marks_that_stand_in_the_copy_mark_nothing(file_item, get):
    file_item(headline="Grain", body="a \ufdd0false\ufdd1 grain \x00 end")
    page = get("/search?q=grain")
    assert [one for one in page.xpath("//mark/text()") if one.lower() != "grain"] == []


def test_without_a_search_the_page_explains_the_fields(get, words_of):
    page = get("/search")
    assert words_of(page, "//main//p[@class='quiet']") == [
        "Give words, or any of the fields below them."
    ]
    assert page.xpath("//details/summary/text()") == ["How to search"]


PARTS = st.lists(st.builds(TextRun, st.text(min_size=1, max_size=80), st.booleans()), max_size=6)


@given(PARTS, st.integers(10, 200))
def test_an_excerpt_is_short_and_adds_no_words(parts, most):
    shown = excerpt(tuple(parts), most)
    whole = "".join(part.text for part in parts)
    assert sum(len(part.text) for part in shown) <= most + 2
    runs = "".join(part.text for part in shown).removeprefix("… ").removesuffix("…")
    assert runs in whole
