"""Inbox messages: what is taken, as what, and what is said of the rest."""

import datetime
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import MessageError
from worker.inbox.messages import PageRequest, read_message
from worker.model import Feed, NewsItem, PubStatus, content_digest, feed_id
from worker.model.codec import dump, load
from worker.model.inbox import FeedRequest

NOON = datetime.datetime(2026, 1, 12, 12, tzinfo=datetime.UTC)
MIDNIGHT = datetime.datetime(2026, 1, 12, tzinfo=datetime.UTC)


def read(message, limit_bytes=10_000, **beside):
    raw = message if isinstance(message, str) else json.dumps(message)
    return read_message({"message": raw, **beside}, limit_bytes=limit_bytes)


def refused(message, **beside):
    with pytest.raises(MessageError) as error:
        read(message, **beside)
    return str(error.value)


def test_text_becomes_an_item_laid_out_with_a_version_of_its_content():
    body = "The harbour is open. Ships may enter."
    version = content_digest("Harbour opens", "", body)
    assert read({"text": f"Harbour opens\n\n{body}"}) == NewsItem(
        uri=f"urn:copytaster:text:{version}",
        version=version,
        headline="Harbour opens",
        body_text=body,
    )


def test_the_same_text_is_the_same_item():
    assert read({"text": "All is calm."}) == read({"text": "All is calm."})


def test_text_members_are_kept():
    item = read(
        {
            "text": "All is calm.",
            "uri": "urn:x:1",
            "source": "desk 4",
            "language": "en",
            "link": "https://example.org/1",
            "urgency": 2,
            "published": "2026-01-12T12:00:00Z",
        }
    )
    assert (item.uri, item.source, item.language) == ("urn:x:1", "desk 4", "en")
    assert (item.link, item.urgency, item.versioncreated) == ("https://example.org/1", 2, NOON)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-01-12", MIDNIGHT),
        ("2026-01-12T12:00:00Z", NOON),
        ("2026-01-12T14:00:00+02:00", NOON),
        ("2026-01-12T12:00:00", NOON),
        ("2026-01-12 12:00:00Z", NOON),
        (int(NOON.timestamp()), NOON),
        (None, None),
    ],
)
def test_published_is_a_date_or_a_moment_and_always_aware(said, meant):
    text = read({"text": "All is calm.", "published": said}).versioncreated
    item = read({"headline": "All is calm", "published": said}).versioncreated
    assert (text, item) == (meant, meant)
    assert text is None or text.tzinfo is not None


@pytest.mark.parametrize("said", ["yesterday", "12.01.2026", "", True, 1e300, [], "2026-13-01"])
def test_a_published_that_is_neither_is_refused_with_an_example(said):
    reason = refused({"text": "All is calm.", "published": said})
    assert reason.startswith("`published` is neither a date (2026-01-12) nor a date and time")


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("name", ["published", "firstcreated", "versioncreated", "embargoed"])
def test_a_moment_that_utc_does_not_have_is_refused(name, said):
    reason = refused({"headline": "All is calm", name: said})
    assert reason.endswith(f"is before year 1 or after 9999 in UTC: {said!r}")


def test_stream_fields_stand_back_behind_members():
    item = read(
        {"text": "All is calm.", "urgency": 7},
        source="relay 2",
        published="2026-01-12",
        urgency="3",
    )
    assert (item.source, item.versioncreated, item.urgency) == ("relay 2", MIDNIGHT, 7)


def test_an_urgency_in_a_stream_field_is_a_number():
    assert read({"text": "All is calm."}, urgency="3").urgency == 3


def test_an_item_object_keeps_its_identity():
    said = {"uri": "urn:x:1", "version": "4", "headline": "Vote held", "pubstatus": "canceled"}
    assert read(said) == NewsItem(
        uri="urn:x:1", version="4", headline="Vote held", pubstatus=PubStatus.CANCELED
    )


def test_an_item_without_version_gets_one_of_what_a_reader_sees():
    usable = read({"uri": "urn:x:1", "headline": "Vote held"})
    killed = read({"uri": "urn:x:1", "headline": "Vote held", "pubstatus": "canceled"})
    assert usable.version == content_digest("Vote held", "", "")
    assert killed.version != usable.version


def test_an_item_without_uri_is_named_by_its_content():
    digest = content_digest("Vote held", "", "")
    assert read({"headline": "Vote held"}).uri == f"urn:copytaster:text:{digest}"


@pytest.mark.parametrize(
    "kill", [{"text": "KILL KILL KILL\n\nKill our item 0042."}, {"pubstatus": "canceled"}]
)
def test_a_kill_without_uri_is_named_by_its_content_and_its_source(kill):
    uris = [read(kill | {"source": source}).uri for source in ("a", "a", "b", "")]
    assert (uris[0] == uris[1], len(set(uris))) == (True, 3)


def test_a_kill_by_its_editors_note_alone_has_the_uri_of_the_item_with_its_text():
    item = {"headline": "Vote held", "source": "desk"}
    assert read(item | {"ednote": "KILL: wrong"}).uri == read(item).uri


def test_an_embargo_as_a_date_is_its_midnight():
    assert read({"headline": "Vote held", "embargoed": "2026-01-12"}).embargoed == MIDNIGHT


def test_a_feed_is_a_request_to_poll_it():
    url = "https://example.org/feed.xml"
    assert read({"feed": f" {url} ", "agency": "TASS", "interval_s": 60}) == FeedRequest(
        Feed(id=feed_id(url), url=url, agency="TASS", interval_s=60),
        named=("agency", "interval_s"),
    )


def test_a_feed_ignores_what_the_stream_says_of_items():
    request = read(
        {"feed": "http://localhost:8000/"}, source="x", published="whenever", urgency="12"
    )
    assert request.feed.url == "http://localhost:8000/"


@pytest.mark.parametrize(
    "url",
    [
        *("example.org/feed", "ftp://example.org/", "https://", "http://[::1", "http://a:99999/"),
        *("http://a b/", "http://a\x00b/", "http://a.example/\r\nX: y", 7, ""),
    ],
)
def test_a_feed_that_is_no_web_address_is_refused(url):
    assert refused({"feed": url}).startswith("`feed` is not an http or https URL")


@pytest.mark.parametrize(
    ("name", "longest"), [("feed", 2048), ("name", 200), ("agency", 200), ("language", 200)]
)
def test_what_each_item_of_a_feed_repeats_has_a_bounded_length(name, longest):
    said = {"feed": "https://a.example/"}
    at = said.get(name, "").ljust(longest, "x")
    assert read(said | {name: at}).feed.id
    assert refused(said | {name: at + "x"}) == f"`{name}` is longer than {longest} characters"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{", "not JSON: Input data was truncated"),
        ('{"text": "half \\ud800"}', r"not JSON: \ud800 is half of a surrogate pair"),
        ('{"text": "\\ud83d\\ude00 \\uDE00"}', r"not JSON: \uDE00 is half of a surrogate pair"),
        ('{"\\uD83Dx": 1}', r"not JSON: \uD83D is half of a surrogate pair"),
        ("[]", "a JSON object is expected, not list"),
        ('"text"', "a JSON object is expected, not str"),
        ("[" * 9_000, "not readable JSON: nested too deeply"),
        ({"text": " \n "}, "`text` is empty"),
        ({"text": "a", "uri": "urn:\n"}, r"`uri` has a control character in it: 'urn:\n'"),
        ({"headline": "a", "version": "\x021"}, r"`version` has a control character in it: '\x02"),
        ({"text": 5}, "Expected `str`, got `int` - at `$.text`"),
        ({"text": "a", "urgency": 0}, "`urgency` is from 1 to 9, not 0"),
        ({"headline": "a", "urgency": 10}, "`urgency` is from 1 to 9, not 10"),
        (
            {"link": "ftp://example.org/"},
            "`link` is not an http or https URL: 'ftp://example.org/'",
        ),
        ({"link": 7}, "`link` is not an http or https URL: '7'"),
        ({"link": "https://me:secret@example.org/"}, "`link` has a user or a password in it"),
        ({"link": "https://example.org/", "urgency": 0}, "`urgency` is from 1 to 9, not 0"),
        ({"link": "https://example.org/", "item": "a"}, "`item` is not an item object"),
        (
            {"link": "https://example.org/", "version": "1"},
            "the item has no headline, deck or body",
        ),
        ({"feed": "https://a.example/", "interval_s": 0}, "`interval_s` is a number of seconds"),
        ({"feed": "https://a.example/", "every": 5}, "unknown member `every` (known: agency, feed"),
        ({"text": "a", "headline": "b"}, "unknown member `headline` (known: language, link"),
        ({"headline": "b", "headlines": "b"}, "unknown member `headlines` (known: body_text"),
        (
            {"headline": "b", "pubstatus": "spiked"},
            "Invalid enum value 'spiked' - at `$.pubstatus`",
        ),
        (
            {},
            'the object is none of {"text": ...}, {"link": url}, {"feed": url} and an item',
        ),
        ({"body": "a"}, 'the object is none of {"text": ...}'),
    ],
)
def test_what_nobody_can_act_on_is_refused_with_the_reason(message, reason):
    assert refused(message).startswith(reason)


def test_a_stream_field_alone_makes_no_item():
    assert refused({}, source="relay 2").startswith("the object is none of")


def test_an_entry_without_message_names_the_fields_that_it_has():
    with pytest.raises(MessageError) as error:
        read_message({"payload": "x", "body": "y"}, limit_bytes=100)
    assert str(error.value) == "the entry has no field `message` (its fields: body, payload)"


def test_the_limit_counts_bytes_and_includes_its_end():
    message = json.dumps({"text": "зима"}, ensure_ascii=False)
    size = len(message.encode())
    assert read(message, limit_bytes=size).body_text == "зима"
    with pytest.raises(MessageError, match=f"larger than {size - 1} bytes"):
        read(message, limit_bytes=size - 1)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
members = st.sampled_from(
    "text feed source published urgency language uri link interval_s "
    "headline body_text version pubstatus embargoed".split()
)


@given(
    raw=st.text() | anything.map(json.dumps) | st.dictionaries(members, anything).map(json.dumps),
    beside=st.dictionaries(st.sampled_from(["source", "published", "urgency"]), st.text()),
)
def test_every_message_is_refused_or_gives_a_model_that_can_be_sent(raw, beside):
    try:
        said = read_message({"message": raw, **beside}, limit_bytes=10_000)
    except MessageError:
        return
    model = said.feed if isinstance(said, FeedRequest) else said
    assert load(type(model), dump(model)) == model


# pages


def test_a_link_asks_for_a_page_and_says_what_is_known_of_it():
    link = "https://news.example/1"
    said = {"link": f" {link} ", "published": "2026-05-02", "urgency": 3, "language": "en"}

    assert read(said, source="desk") == PageRequest(
        link,
        NewsItem(
            uri=link,
            version="",
            link=link,
            versioncreated=datetime.datetime(2026, 5, 2, tzinfo=datetime.UTC),
            urgency=3,
            language="en",
            source="desk",
        ),
    )


def test_a_link_may_name_the_item_and_come_with_what_its_feed_has():
    link, item = "https://news.example/1", NewsItem(uri="urn:1", version="7", headline="Bridge")

    assert read({"link": link, "uri": "urn:1"}).item.uri == "urn:1"
    assert read({"link": link, "item": msgspec.to_builtins(item)}) == PageRequest(link, item)


def test_a_kill_with_a_link_waits_for_no_page():
    kill = {"uri": "urn:1", "version": "7", "pubstatus": "canceled"}

    assert read({"link": "https://news.example/1", "item": dict(kill)}) == read(kill)


def test_a_text_and_an_item_with_a_link_are_what_they_were():
    link = "https://news.example/1"

    assert read({"text": "Talks resume.", "link": link}).link == link
    assert read({"headline": "Talks resume", "link": link}).link == link


def test_what_a_page_is_to_be_called_has_a_bounded_length():
    with pytest.raises(MessageError, match="`uri` is longer than 8192 characters"):
        read({"link": "https://news.example/1", "uri": "x" * 8193})


def test_an_item_whose_link_leads_nowhere_goes_without_its_page():
    item = NewsItem(uri="urn:1", version="7", headline="Bridge", link="https://[broken")

    assert read({"link": item.link, "item": msgspec.to_builtins(item)}) == item


@pytest.mark.parametrize(("name", "longest"), [("uri", 8192), ("source", 8192), ("version", 1024)])
def test_what_stands_in_every_record_of_an_item_has_a_bounded_length(name, longest):
    said = {"headline": "H", "uri": "urn:x", "version": "1"}
    read_message({"message": json.dumps(said | {name: "x" * longest})}, limit_bytes=1 << 20)
    with pytest.raises(MessageError, match=f"`{name}` is longer than {longest} characters"):
        read_message(
            {"message": json.dumps(said | {name: "x" * (longest + 1)})}, limit_bytes=1 << 20
        )
