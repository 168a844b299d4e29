"""`/v1/items`, `/v1/search`, `/v1/quotes`: items and hits of the archive that no kill withdrew."""

import datetime
from urllib.parse import quote

import pytest

from worker.archive import open_archive
from worker.archive.writer import write_events
from worker.model import Event, NewsItem, event_id
from worker.parse import annotate

NOW = datetime.datetime(2026, 1, 12, 9, tzinfo=datetime.UTC)
URI = "https://news.example/a b?c=1#d"
TALKS = 'KIEV, January 12. /TASS/. "Talks are on," Olga Reznik said on Monday.'


@pytest.fixture
def archive(tmp_path):
    opened = open_archive(f"sqlite:///{tmp_path}/archive.db")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def client(make_client, archive):
    return make_client(archive=archive)


@pytest.fixture
def put(archive):
    """Put a version of an item into the archive."""

    def put(uri, body, version="1", signal=None, **fields):
        parsed = annotate(
            NewsItem(uri=uri, version=version, body_text=body, versioncreated=NOW, **fields)
        )
        event = Event(
            id=event_id(uri, version, "archive", 0),
            source="urn:feed",
            type=f"copytaster.item.{signal or parsed.life.signal.value}",
            subject=uri,
            time=NOW,
            dataschema="urn:copytaster:schema:item:1",
            data=b"{}",
        )
        with archive.write() as connection:
            write_events(connection, [(event, parsed)])

    return put


def item(client, uri, **query):
    return client.get(f"/v1/items/{quote(uri, safe='')}", params=query)


def test_an_item_comes_with_its_annotations_and_its_versions(client, put):
    put(URI, TALKS)
    put(URI, TALKS.replace("on", "over"), version="2", signal="updated")

    last, first = item(client, URI).json(), item(client, URI, version="1").json()

    assert (last["uri"], last["item"]["item"]["version"]) == (URI, "2")
    assert first["item"]["quotes"][0]["speaker"] == "Olga Reznik"
    assert [(one["version"], one["signal"]) for one in last["versions"]] == [
        ("2", "updated"),
        ("1", "created"),
    ]


def test_an_item_or_version_that_the_archive_lacks_is_not_found(client, put):
    put(URI, TALKS)
    assert item(client, "urn:none").status_code == 404
    assert item(client, URI, version="7").json()["detail"] == (
        "the archive does not have this version of the item"
    )


def test_a_withdrawn_item_is_gone_in_all_its_versions(client, put):
    put(URI, TALKS)
    put(URI, "KILL KILL KILL", version="2", pubstatus="canceled")

    for query in ({}, {"version": "1"}, {"version": "2"}):
        answer = item(client, URI, **query)
        assert answer.status_code == 410
        assert answer.json()["detail"] == "a kill withdrew this item at 2026-01-12T09:00:00Z"
        assert "Reznik" not in answer.text


def test_pages_of_a_search_follow_each_other(client, put):
    for number in range(5):
        put(f"urn:{number}", f"{TALKS} Report {number}.")
    found, cursor = [], ""
    for _ in range(3):
        page = client.get(
            "/v1/search", params={"words": "talks", "limit": 2, "cursor": cursor or 0}
        )
        found += [one["uri"] for one in page.json()["items"]]
        cursor = page.json()["next"]

    assert (found, cursor) == ([f"urn:{number}" for number in (4, 3, 2, 1, 0)], None)


def test_quotes_are_found_by_speaker_and_words(client, put):
    put(URI, TALKS)
    found = client.get("/v1/quotes?speaker=reznik&words=talks").json()["quotes"]
    assert [(one["kind"], one["speaker"], one["item"]["uri"]) for one in found] == [
        ("direct", "Olga Reznik", URI)
    ]
    assert client.get("/v1/quotes?speaker=moroz").json() == {"quotes": [], "next": None}


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"words": "-talks"}, "also name a word that must occur"),
        (
            {"since": "soon"},
            (
                "`since`: 'soon' is neither a time ago (90s, 30m, 2h, 3d) nor a date and time "
                "(2026-01-12T09:30)"
            ),
        ),
        ({"cursor": "-1"}, "`cursor`: Expected `int` >= 0"),
        ({"limit": "201"}, "`limit`: Expected `int` <= 200"),
        ({"words": "x" * 501}, "`words`: Expected `str` of length <= 500"),
        ({"word": "x"}, None),
    ],
)
def test_a_wrong_search_gets_the_reason(client, query, detail):
    answer = client.get("/v1/search", params=query)
    assert answer.status_code == 400
    assert detail in {None, answer.json()["detail"]}


@pytest.mark.parametrize(
    "words", ['"', "a AND", "NEAR(", "text:x", "*", "\0", "'; DROP TABLE items", "(" * 400]
)
def test_no_words_of_a_search_are_an_internal_error(client, put, words):
    put(URI, TALKS)
    for path in ("/v1/search", "/v1/quotes"):
        assert client.get(path, params={"words": words, "speaker": words}).status_code == 200


def test_an_archive_that_is_off_is_a_503(make_client):
    client = make_client()
    for path in ("/v1/search", "/v1/quotes", "/v1/items/urn:1"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["detail"]) == (
            503,
            "the archive is off: set COPYTASTER_ARCHIVE",
        )


def test_an_archive_that_cannot_be_read_is_a_503(make_client, tmp_path):
    opened = open_archive(f"sqlite:///{tmp_path}/none/archive.db")
    answer = make_client(archive=opened).get("/v1/search")
    opened.close()

    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        "the archive does not answer now",
    )
    assert str(tmp_path) not in answer.text
