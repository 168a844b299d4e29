"""The pages of speakers, organisations and places: their counts and lists."""

import datetime
from collections import Counter, defaultdict
from urllib.parse import quote

import msgspec
import pytest

from worker.archive.portraits import find_portrait
from worker.archive.subjects import Subject, SubjectKind, items_of, said_by
from worker.archive.writer import write_events
from worker.demo.corpus import load_seed_items
from worker.model import EntityLabel, Event, StatementKind, event_id
from worker.model.codec import dump
from worker.parse import annotate_all

HOUR = datetime.timedelta(hours=1)

SAID = "//ol[@class='said']/li"
FOUND = "//ol[@class='found']/li"


def tally(page, title):
    """The rows of a list beside the page: name and number."""
    rows = page.xpath("//section[h2=$title]//li", title=title)
    return [
        (one.xpath("string(span[1])").strip(), int(one.xpath("string(span[2]/text())")))
        for one in rows
    ]


def test_a_speakers_page_has_quotes_with_agency_place_time_and_confidence(
    file_item, get, kiev, noon, words_of
):
    file_item(
        "urn:old",
        headline="Grain moves",
        at=noon - HOUR,
        agency="TASS",
        places=[kiev],
        quotes=[('"The corridor is open,"', "Olga Reznik", 0.97)],
        statements=[("the harvest was good", "Olga Reznik", 0.5), ("rain fell", "Ivan Moroz", 1)],
    )
    file_item("urn:new", headline="Later", at=noon, quotes=[('"No."', "Olga Reznik", 0.8)])
    page = get("/speakers/Olga%20Reznik")
    assert words_of(page, "//h1") == ["Olga Reznik"]
    assert (
        "2 quotes and 1 statement; mentioned in 0 items."
        in words_of(page, "//header[@class='about']")[0]
    )
    assert words_of(page, f"{SAID}/blockquote") == [
        '"No."',
        "the harvest was good",
        '"The corridor is open,"',
    ]
    last = page.xpath(SAID)[-1]
    assert "quote · 97% sure" in " ".join(last.text_content().split())
    assert last.xpath(".//p[@class='of']/a/@href") == ["/items/urn%3Aold"]
    filed = " ".join(last.xpath("string(p[contains(@class, 'quiet')])").split())
    assert filed == "TASS · KIEV UA · 2 Dec 2026, 11:00 UTC"
    assert last.xpath(".//a[starts-with(@href, '/places')]/@href") == ["/places/KIEV"]
    assert tally(page, "Agencies") == [("TASS", 1)]
    assert tally(page, "Filed from") == [("KIEV UA", 1)]


def test_the_latin_form_of_a_name_leads_to_the_page_of_the_name(file_item, client, get, words_of):
    names = [("Павел Седов", "PERSON"), ("Росатом", "ORG"), ("Якутск", "GPE")]
    latin = {"Павел Седов": "Pavel Sedov", "Росатом": "Rosatom", "Якутск": "Yakutsk"}
    file_item("urn:1", quotes=[("«Да»", "Павел Седов", 1)], names=names, latin=latin)
    file_item("urn:2", names=[("Anna Sedov", "PERSON"), ("Pavel Sedov Junior", "PERSON")])
    answer = client.get("/speakers/Pavel%20Sedov", follow_redirects=False)
    path = f"/speakers/{quote('Павел Седов')}"
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert words_of(get("/speakers/Pavel%20Sedov"), f"{SAID}/blockquote") == ["«Да»"]
    assert words_of(get("/organisations/Rosatom"), "//h1") == ["Росатом"]
    for other in ("/speakers/Sedov", "/speakers/Pavel", "/speakers/***", "/places/Yakutsk"):
        get(other, 404)
    file_item("urn:kill", "KILL", kills="urn:1")
    get("/speakers/Pavel%20Sedov", 404)


def test_only_the_last_version_counts_and_no_withdrawn_item(file_item, get, kiev, words_of):
    file_item("urn:1", places=[kiev], quotes=[('"First."', "Olga Reznik", 1)], version="1")
    file_item("urn:1", places=[kiev], quotes=[('"Second."', "Olga Reznik", 1)], version="2")
    file_item("urn:2", places=[kiev], quotes=[('"Wrong."', "Olga Reznik", 1)])
    file_item("urn:kill", "KILL", kills="urn:2")
    for address in ("/speakers/Olga%20Reznik", "/places/UA", "/places/KIEV?show=said"):
        assert words_of(get(address), f"{SAID}/blockquote") == ['"Second."']
    assert len(get("/places/UA?show=items").xpath(FOUND)) == 1
    file_item("urn:kill2", "KILL", kills="urn:1")
    get("/speakers/Olga%20Reznik", 404)
    get("/places/UA", 404)


def test_pages_follow_each_other_and_repeat_and_lose_nothing(file_item, get, noon, words_of):
    for n in range(7):
        quotes = [(f'"Quote {n}, {m}."', "Olga Reznik", 1) for m in range(10)]
        file_item(f"urn:{n}", at=noon + n * HOUR, quotes=quotes, names=[("Olga Reznik", "PERSON")])
    address, listed = "/speakers/Olga%20Reznik", []
    for size in (30, 30, 10):
        page = get(address)
        listed += words_of(page, f"{SAID}/blockquote")
        assert len(page.xpath(SAID)) == size
        (address,) = page.xpath("//a[@rel='next']/@href") or [None]
    assert address is None
    assert listed == [f'"Quote {n}, {m}."' for n in reversed(range(7)) for m in reversed(range(10))]
    assert len(get("/speakers/Olga%20Reznik?show=items").xpath(FOUND)) == 7


def test_a_place_is_known_by_its_code_and_by_its_name_in_any_case(
    file_item, get, kiev, oslo, words_of
):
    far = msgspec.structs.replace(kiev, name="NEW KIEV", iso="US")
    file_item("urn:kiev", headline="One", places=[kiev], quotes=[('"Yes."', None, 0)])
    file_item("urn:both", headline="Two", places=[oslo, kiev])
    file_item("urn:far", headline="Three", places=[far])
    for name in ("UA", "KIEV", "Kiev", "kiev"):
        page = get(f"/places/{name}?show=items")
        assert words_of(page, f"{FOUND}/h2") == ["Two", "One"], name
    assert words_of(get("/places/UA"), "//h1") == ["Ukraine (UA)"]
    assert tally(get("/places/UA"), "Other places") == [("KIEV UA", 2), ("OSLO NO", 1)]
    assert tally(get("/places/KIEV"), "Other places") == [("OSLO NO", 1)]
    assert words_of(get("/places/NEW%20KIEV?show=items"), f"{FOUND}/h2") == ["Three"]
    get("/places/ua", 404)


def test_an_organisation_is_mentioned_along_with_others_but_not_with_its_agency(
    file_item, get, words_of
):
    gazprom, reznik, tass = ("Gazprom", "ORG"), ("Olga Reznik", "PERSON"), ("TASS", "ORG")
    file_item("urn:1", headline="One", agency="TASS", names=[gazprom, reznik, tass])
    file_item("urn:2", headline="Two", agency="AP", names=[gazprom, tass, ("Oslo", "GPE")])
    file_item("urn:3", headline="Three", agency="AP", names=[reznik])
    page = get("/organisations/Gazprom")
    assert words_of(page, f"{FOUND}/h2") == ["Two", "One"]
    assert words_of(page, "//p[@class='quiet'][1]")[0] == "Organisation"
    assert tally(page, "Mentioned in the same items") == [("Olga Reznik", 1), ("TASS", 1)]
    assert tally(page, "Agencies") == [("AP", 1), ("TASS", 1)]
    person = get("/organisations/Olga%20Reznik")
    assert words_of(person, "//p[@class='quiet'][1]")[0] == "Person"
    assert words_of(person, f"{FOUND}/h2") == ["Three", "One"]


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a/b/../c",
    "{{ 7 * 7 }}",
    "\u202eevil",
    "100% ?#&",
    "' OR 1=1 --",
    '" OR "',
    "имя",
]


@pytest.mark.parametrize("kind", [kind.value for kind in SubjectKind])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_text(get, file_item, kiev, kind, name, words_of):
    """First no speaker has the name; then a speaker has it, and is found and linked."""
    address = f"/{kind}/{quote(name, safe='')}"
    unknown = get(address, 404)
    shown = name.replace("\u202e", "\ufffd")
    assert words_of(unknown, "//h1/bdi") == [shown]
    place = msgspec.structs.replace(kiev, name=name)
    file_item(
        places=[place] if kind == "places" else [],
        quotes=[('"Quoted."', name, 1)],
        names=[(name, "ORG")],
    )
    page = get(address)
    assert words_of(page, "//h1/bdi") == [shown]
    assert not page.xpath("//img | //script")
    assert address in get("/places/UA" if kind == "places" else "/day/2026-12-02").xpath("//@href")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        "%00",
        pytest.param("x" * 301, id="long"),
        pytest.param("x" * 60_000, id="longest"),
        "%ff%fe",
        "%0a",
    ],
)
def test_a_name_that_no_subject_can_have_is_not_found(get, name):
    for kind in SubjectKind:
        get(f"/{kind.value}/{name}", 404)


@pytest.mark.parametrize("before", ["x", "-1", "1e3", "9" * 30, "٣"])
def test_a_wrong_cursor_is_refused(file_item, get, before):
    file_item(quotes=[('"Yes."', "Olga Reznik", 1)])
    get(f"/speakers/Olga%20Reznik?before={before}", 400)


def test_the_largest_cursor_is_the_beginning(file_item, get):
    file_item(quotes=[('"Yes."', "Olga Reznik", 1)])
    assert len(get(f"/speakers/Olga%20Reznik?before={'9' * 19}").xpath(SAID)) == 1


def test_an_agency_is_no_companion_in_its_own_items(archive, file_item):
    for agency in ("TASS", "Interfax"):
        file_item(uri=agency, agency=agency, names=[("Olga Reznik", "PERSON"), ("ТАСС", "ORG")])
    with archive.read() as connection:
        portrait = find_portrait(connection, Subject(kind=SubjectKind.SPEAKER, name="Olga Reznik"))
    assert [(one.name, one.count) for one in portrait.companions] == [("ТАСС", 1)]


def test_the_counts_of_all_seeds_are_those_of_their_annotations(archive):
    """Compare each speaker, organisation and country with a count over the parsed items."""
    parsed = annotate_all([seed.item for seed in load_seed_items() if seed.stage == 1])
    with archive.write() as connection:
        write_events(connection, [(event_of(one), one) for one in parsed])
    expected = count(parsed)
    assert len(expected) > 100
    with archive.read() as connection:
        for subject, (quotes, statements, items) in expected.items():
            portrait = find_portrait(connection, subject)
            found = (portrait.quotes, portrait.statements, portrait.items)
            assert found == (quotes, statements, items), subject
        busiest = max(expected, key=lambda one: expected[one][0])
        assert len(said_by(connection, busiest, before=0, limit=10_000)) == sum(
            expected[busiest][:2]
        )
        assert len(items_of(connection, busiest, before=0, limit=10_000)) == expected[busiest][2]


def count(parsed):
    quotes, statements, items = Counter(), Counter(), defaultdict(set)
    for one in parsed:
        indirect = [said for said in one.statements if said.kind is not StatementKind.DIRECT]
        places = one.dateline.places if one.dateline else ()
        here = {Subject(kind=SubjectKind.PLACE, name=place.iso) for place in places if place.iso}
        for subject in here:
            quotes[subject] += len(one.quotes)
            statements[subject] += len(indirect)
            items[subject].add(one.item.uri)
        for said in one.quotes:
            quotes[Subject(kind=SubjectKind.SPEAKER, name=said.speaker or "")] += 1
        for said in indirect:
            statements[Subject(kind=SubjectKind.SPEAKER, name=said.speaker or "")] += 1
        for entity in one.entities:
            if entity.label in {EntityLabel.PERSON, EntityLabel.ORG}:
                items[Subject(kind=SubjectKind.SPEAKER, name=entity.canonical)].add(one.item.uri)
    return {
        subject: (quotes[subject], statements[subject], len(items[subject]))
        for subject in quotes.keys() | statements.keys() | items.keys()
        if subject.name
    }


def event_of(parsed):
    return Event(
        id=event_id(parsed.item.uri, parsed.item.version, "archive", 0),
        source="urn:feed",
        type=f"copytaster.item.{parsed.life.signal.value}",
        subject=parsed.item.uri,
        time=datetime.datetime(2026, 12, 2, tzinfo=datetime.UTC),
        dataschema="urn:copytaster:schema:item:1",
        data=msgspec.Raw(dump(parsed)),
    )
