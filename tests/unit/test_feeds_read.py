"""read_feed on RSS, Atom, RDF and JSON Feed documents, whole and broken."""

from datetime import UTC, datetime

import msgspec
import pytest

from worker.errors import FormatError
from worker.feeds import read_feed
from worker.feeds.entry import LIMIT_ENTRIES
from worker.model import Feed, NewsItem, content_digest

FEED = Feed(id="0123456789ab", url="https://wire.example/feeds/all.xml", name="Wire", language="en")

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Wire</title><link>https://wire.example/</link><language>en-GB</language>
<copyright>(c) Wire</copyright>
{}
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Fil</title>
{}
</feed>"""


def rss(*entries):
    return RSS.format("".join(f"<item>{entry}</item>" for entry in entries)).encode()


def atom(*entries):
    return ATOM.format("".join(f"<entry>{entry}</entry>" for entry in entries)).encode()


def json_feed(*items, **fields):
    version = "https://jsonfeed.org/version/1.1"
    return msgspec.json.encode({"version": version, "title": "Wire", "items": items, **fields})


def only(body, feed=FEED, media_type=""):
    read = read_feed(body, media_type, feed)
    [item] = read.items
    return item


def test_a_full_rss_entry_becomes_a_whole_item():
    body = rss(
        """<title>Ferry &amp;amp; tug collide</title><link>/n/7</link>
        <guid isPermaLink="false">tag:wire.example,2026:7</guid>
        <pubDate>Mon, 12 Jan 2026 10:30:00 +0300</pubDate><dc:creator>Ann Bo</dc:creator>
        <description>Nobody was hurt.</description>
        <content:encoded><![CDATA[<p>PORT VALE, January 12. /TASS/. A ferry met a tug.</p>
        <p>&laquo;All is well,&raquo; she said.</p>]]></content:encoded>"""
    )
    text = "PORT VALE, January 12. /TASS/. A ferry met a tug.\n\n«All is well,» she said."
    assert read_feed(body, "application/rss+xml", FEED).problems == ()
    assert only(body) == NewsItem(
        uri="tag:wire.example,2026:7",
        version=content_digest("Ferry & tug collide", "Nobody was hurt.", text),
        headline="Ferry & tug collide",
        deck="Nobody was hurt.",
        body_text=text,
        byline="Ann Bo",
        language="en-GB",
        firstcreated=datetime(2026, 1, 12, 7, 30, tzinfo=UTC),
        versioncreated=datetime(2026, 1, 12, 7, 30, tzinfo=UTC),
        link="https://wire.example/n/7",
        rights="(c) Wire",
        source=FEED.url,
    )


def test_what_each_entry_of_a_feed_repeats_is_short():
    body = rss("<title>Ferry meets tug</title>").replace(b"en-GB", b"l" * 9000)
    body = body.replace(b"(c) Wire", b"r" * 9000)
    body = body.replace(
        b"<title>Wire", b"<dc:publisher>" + b"p" * 9000 + b"</dc:publisher><title>Wire"
    )
    item = only(body)
    assert (item.language, item.infosource, item.rights) == ("l" * 300, "p" * 300, "r" * 300)


def test_a_full_atom_entry_becomes_a_whole_item():
    body = atom(
        """<title type="text">a &lt; b</title><id>urn:uuid:7</id>
        <link rel="enclosure" href="https://wire.example/7.jpg" type="image/jpeg"/>
        <link rel="alternate" href="https://wire.example/7"/>
        <link rel="alternate" href="https://wire.example/7.png" type="image/png"/>
        <published>2026-01-12T10:30:00Z</published><updated>2026-01-12T11:00:00+01:00</updated>
        <author><name>Ann Bo</name></author><author><name>Cy Day</name></author>
        <content type="html">&lt;p&gt;Un.&lt;/p&gt;&lt;p&gt;Deux.&lt;/p&gt;</content>"""
    )
    assert only(body) == NewsItem(
        uri="urn:uuid:7",
        version=content_digest("a < b", "", "Un.\n\nDeux."),
        headline="a < b",
        body_text="Un.\n\nDeux.",
        byline="Ann Bo, Cy Day",
        language="fr",
        firstcreated=datetime(2026, 1, 12, 10, 30, tzinfo=UTC),
        versioncreated=datetime(2026, 1, 12, 10, 0, tzinfo=UTC),
        link="https://wire.example/7",
        source=FEED.url,
    )


def test_a_full_json_feed_item_becomes_a_whole_item():
    body = json_feed(
        {
            "id": 7,
            "url": "https://wire.example/7",
            "title": "Tide <high>",
            "summary": "Briefly.",
            "content_html": "<p>One.</p><p>Two.</p>",
            "date_published": "2026-01-12T10:30:00Z",
            "date_modified": "2026-01-12T10:40:00Z",
            "authors": [{"name": "Ann Bo"}, {"url": "https://x.example"}],
            "tags": None,
        },
        language="en",
    )
    assert only(body, media_type="text/plain") == NewsItem(
        uri="urn:copytaster:0123456789ab:7",
        version=content_digest("Tide <high>", "Briefly.", "One.\n\nTwo."),
        headline="Tide <high>",
        deck="Briefly.",
        body_text="One.\n\nTwo.",
        byline="Ann Bo",
        language="en",
        firstcreated=datetime(2026, 1, 12, 10, 30, tzinfo=UTC),
        versioncreated=datetime(2026, 1, 12, 10, 40, tzinfo=UTC),
        link="https://wire.example/7",
        source=FEED.url,
    )


def test_rdf_is_read():
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>W</title></channel>
        <item rdf:about="https://wire.example/1"><title>One</title>
        <link>https://wire.example/1</link></item></rdf:RDF>"""
    assert only(body).uri == "https://wire.example/1"


@pytest.mark.parametrize(
    ("ids", "uri"),
    [
        ("<guid>https://wire.example/?p=7</guid>", "https://wire.example/?p=7"),
        ("<guid>URN:newsml:wire.example:7</guid>", "URN:newsml:wire.example:7"),
        ("<guid>12345</guid><link>/a</link>", "urn:copytaster:0123456789ab:12345"),
        ("<guid>a b/c:é</guid>", "urn:copytaster:0123456789ab:a%20b%2Fc%3A%C3%A9"),
        ("<guid>https://x y</guid>", "urn:copytaster:0123456789ab:https%3A%2F%2Fx%20y"),
        ("<link>/a</link>", "https://wire.example/a"),
        ("<link>javascript:x</link>", f"urn:copytaster:0123456789ab:{content_digest('', '', 'T')}"),
        ("", f"urn:copytaster:0123456789ab:{content_digest('', '', 'T')}"),
    ],
)
def test_the_uri_is_the_id_else_the_link_else_a_digest(ids, uri):
    assert only(rss(f"<title>T</title>{ids}")).uri == uri


def test_the_version_changes_with_what_a_reader_sees_and_with_nothing_else():
    first = only(rss("<guid>1</guid><title>T</title><description>A</description>"))
    dated = only(
        rss(
            "<guid>1</guid><title>T</title><description>A</description>"
            "<pubDate>Mon, 12 Jan 2026 10:30:00 GMT</pubDate>"
        )
    )
    edited = only(rss("<guid>1</guid><title>T</title><description>B</description>"))
    assert (first.version == dated.version, first.version == edited.version) == (True, False)


def test_a_summary_that_only_begins_the_text_is_no_deck():
    body = rss(
        "<title>T</title><description>A ferry met […]</description>"
        "<content:encoded>A ferry met a tug.</content:encoded>"
    )
    assert (only(body).deck, only(body).body_text) == ("", "A ferry met a tug.")


def test_a_summary_alone_is_the_text():
    item = only(rss("<title>T</title><description>A ferry met a tug.</description>"))
    assert (item.deck, item.body_text) == ("", "A ferry met a tug.")


@pytest.mark.parametrize(
    ("written", "moment", "problems"),
    [
        ("12 Jan 2026 10:30", "2026-01-12T10:30:00+00:00", 0),
        ("Mon, 12 Jan 2026 10:30:00 EST", "2026-01-12T15:30:00+00:00", 0),
        ("2026-01-12", "2026-01-12T00:00:00+00:00", 0),
        ("Fri, 30 Feb 2026 10:30:00 GMT", None, 1),
        ("2026-13-01T00:00:00Z", None, 1),
        ("yesterday", None, 1),
        ("0001-01-01T00:00:00+23:00", None, 1),
    ],
)
def test_a_date_is_utc_or_a_problem(written, moment, problems):
    read = read_feed(rss(f"<title>T</title><pubDate>{written}</pubDate>"), "", FEED)
    [item] = read.items
    got = item.versioncreated.isoformat() if item.versioncreated else None
    assert (got, len(read.problems)) == (moment, problems)


def test_items_come_oldest_first():
    dated = "<title>{0}</title><pubDate>Mon, {0} Jan 2026 10:00:00 GMT</pubDate>"
    for order in (["14", "12", "13"], ["12", "13", "14"], ["14", "13", "12"]):
        read = read_feed(rss(*(dated.format(day) for day in order)), "", FEED)
        assert [item.headline for item in read.items] == ["12", "13", "14"]


def test_items_come_oldest_first_by_a_clock_that_is_behind():
    dated = "<title>{0}</title><pubDate>Mon, 12 Jan 2026 {0}:00:00 GMT</pubDate>"
    now = datetime(2026, 1, 12, 6, tzinfo=UTC)
    for order in (["10", "11", "12"], ["12", "11", "10"]):
        read = read_feed(rss(*(dated.format(hour) for hour in order)), "", FEED, now=now)
        assert [item.headline for item in read.items] == ["10", "11", "12"]
        assert {item.versioncreated for item in read.items} == {now}


def test_undated_items_are_read_from_the_bottom_up():
    read = read_feed(rss("<title>new</title>", "<title>old</title>"), "", FEED)
    assert [item.headline for item in read.items] == ["old", "new"]


def test_an_empty_entry_is_a_problem_and_costs_no_other():
    read = read_feed(rss("<guid>1</guid>", "<title>T</title>"), "", FEED)
    assert ([item.headline for item in read.items], read.problems) == (
        ["T"],
        ("entry 1: no headline and no text; left out",),
    )


@pytest.mark.parametrize("extension", ["<gml:pos>x</gml:pos>", "<gml:posList>1 2</gml:posList>"])
def test_an_entry_that_feedparser_raises_on_is_read_like_the_others(extension):
    body = atom("<title>a</title>", f"<title>b</title>{extension}", "<title>c</title>")
    body = body.replace(b"<feed ", b'<feed xmlns:gml="http://www.opengis.net/gml" ')
    read = read_feed(body, "", FEED)
    assert ([item.headline for item in read.items], read.problems) == (["c", "b", "a"], ())


def test_character_references_beyond_unicode_cost_one_character():
    body = rss("<title>&#x110000;a&#99999999999999;b&#xffffffffff;c&#8212;&#x41;</title>")
    assert only(body).headline == "\ufffda\ufffdb\ufffdc—A"


def test_a_json_item_of_the_wrong_shape_costs_no_other():
    read = read_feed(json_feed({"id": {}}, "x", {"id": "1", "title": "T"}), "", FEED)
    assert ([item.headline for item in read.items], len(read.problems)) == (["T"], 2)


def test_one_id_with_two_links_is_two_items():
    entry = "<guid isPermaLink='false'>same</guid><title>T</title><link>/{}</link>"
    read = read_feed(rss(entry.format(1), entry.format(2)), "", FEED)
    assert len({item.uri for item in read.items}) == 2
    assert read.problems == ("2 entries share the id urn:copytaster:0123456789ab:same",)


def test_one_id_with_one_link_is_one_item_and_the_latest_text_counts():
    date = "<pubDate>Mon, {0} Jan 2026 10:00 GMT</pubDate>"
    entry = f"<guid>same</guid><title>{{0}}</title><link>/1</link>{date}"
    read = read_feed(rss(entry.format(12), entry.format(13)), "", FEED)
    assert [item.headline for item in read.items] == ["13"]


def test_of_entries_with_one_id_the_later_counts_though_others_have_no_date():
    date = "<pubDate>Mon, {0} Jan 2026 10:00 GMT</pubDate>"
    entry = f"<guid>same</guid><title>{{0}}</title><link>/1</link>{date}"
    undated = "<title>Undated</title><link>/2</link>"
    for entries in ((entry.format(12), entry.format(13)), (entry.format(13), entry.format(12))):
        read = read_feed(rss(*entries, undated), "", FEED)
        uris = {item.headline: item.uri for item in read.items}
        assert (set(uris), read.shared) == ({"Undated", "13"}, {uris["13"]})


@pytest.mark.parametrize("length", [2000, 8000, 9000])
def test_links_that_differ_far_back_are_of_different_entries(length):
    link = f"https://a.example/?to={'x' * length}/{{}}"
    read = read_feed(
        rss(*(f"<title>T</title><link>{link.format(n)}</link>" for n in "12")), "", FEED
    )
    links = [item.link for item in read.items]
    assert links == ([link.format(2), link.format(1)] if length < 8192 else ["", ""])
    assert len({item.uri for item in read.items}) == len({one.id for one in read.listed}) == 2


def test_one_id_without_links_and_with_two_headlines_is_two_items():
    """A guid that all entries share identifies none: else all entries but one would be lost."""
    entry = "<guid>same</guid><title>{}</title><description>{}</description>"
    read = read_feed(
        rss(entry.format("One", 1), entry.format("Two", 1), entry.format("Two", 2)), "", FEED
    )
    assert [item.headline for item in read.items] == ["Two", "One"]


def test_one_id_with_two_headlines_is_one_item_where_versions_have_one():
    meta = "<contentMeta><headline>{0}</headline></contentMeta>"
    item = f"<newsItem guid='urn:x' version='{{0}}'>{meta}</newsItem>"
    message = f"<newsMessage><itemSet>{item.format(2)}{item.format(1)}</itemSet></newsMessage>"
    read = read_feed(message.encode(), "", FEED)
    assert [item.headline for item in read.items] == ["2"]


def test_a_feed_has_at_most_a_hundred_thousand_entries(monkeypatch):
    """The limit is fifteen here, to save time."""
    for name in ("rss", "jsonfeed"):
        monkeypatch.setattr(f"worker.feeds.formats.{name}.LIMIT_ENTRIES", 15)
    for body in (
        rss(*(f"<title>{number}</title>" for number in range(20))),
        atom(*(f"<title>{number}</title>" for number in range(20))).replace(b"Fil", b"An rss"),
        json_feed(*({"id": number, "title": str(number)} for number in range(20))),
    ):
        read = read_feed(body, "", FEED)
        assert (len(read.items), read.items[-1].headline) == (15, "0")
        assert read.problems == ("more than 15 entries; the first of them were read",)
    assert LIMIT_ENTRIES == 100_000


def test_a_text_is_cut_at_a_mebibyte():
    read = read_feed(json_feed({"id": 1, "content_text": "x" * 1_100_000}), "", FEED)
    assert (len(read.items[0].body_text), len(read.problems)) == (1_048_576, 1)


STOPS_SHORT = ("the document stops short; its last entry was left out",)


def test_a_document_that_stops_short_loses_its_last_entry_only():
    whole = rss("<title>one</title>", "<title>two</title>\n<description>all of it</description>")
    cuts = range(whole.index(b"two"), whole.rindex(b"</item>") + len(b"</item>") - 1)
    reads = [read_feed(whole[:at], "", FEED) for at in cuts]
    assert {tuple(item.headline for item in read.items) for read in reads} == {("one",)}
    assert {read.problems for read in reads} == {STOPS_SHORT}
    assert {read.stops_short for read in reads} == {True}


@pytest.mark.parametrize("field", ["</title>", "</link>", "</description>"])
def test_an_entry_in_which_a_script_died_is_left_out(field):
    entry = "<title>{0}</title><link>/{0}</link><description>{0} all of it</description>"
    whole = rss(entry.format("one"), entry.format("two"))
    error = (
        b"\n<br />\n<b>Fatal error</b>: Out of memory in <b>/rss.php</b> on line <b>7</b><br />\n"
    )
    read = read_feed(whole[: whole.rindex(field.encode()) + len(field)] + error, "", FEED)
    assert ([item.headline for item in read.items], read.problems) == (["one"], STOPS_SHORT)
    assert read.stops_short


@pytest.mark.parametrize("end", ["</item>", "</item>\n</channel>", "</channel></rss>"])
def test_a_document_without_its_last_end_tags_loses_no_entry(end):
    entries = "<item><title>one</title></item><item><title>two</title>"
    read = read_feed(f"<rss><channel>{entries}{end}".encode(), "", FEED)
    assert [item.headline for item in read.items] == ["two", "one"]
    assert read.stops_short == (not end.endswith("</rss>"))


@pytest.mark.parametrize(
    ("document", "stops_short"),
    [
        ("<rss><channel><title>A</title>", True),
        ("<rss><channel><item><title>A</title></item></channel></rss", True),
        ("<feed><entry><title>A</title></entry><!-- ", True),
        ("<NewsML><NewsItem><Identification/></NewsItem>", True),
        ("<newsMessage><itemSet><newsItem guid='urn:1'/>", True),
        ("<nitf><body><body.head><hedline><hl1>A</hl1></hedline></body.head>", True),
        (f"\x01w0001 3 pol 9\r\nx\x02A\r\nB\x03{1}\x01w0002 3 pol 9\r\nx\x02C\r\nD", True),
        ("<rss><channel><item><title>A & B<br></title></item></channel></rss>", False),
        ("<rss><channel><item><title>A</title></item></channel></rss><!-- 0.02 s", False),
        ("<RSS><channel><p><item><title>A<link>B</item></channel></rss> by cache", False),
        ("<item><title>A</title></item><item><title>B</title></item>", False),
        ('{"items": [{"id": "urn:1", "title": "A"}]};', False),
    ],
)
def test_a_document_stops_short_if_it_ends_before_its_root(document, stops_short):
    assert read_feed(document.encode(), "", FEED).stops_short == stops_short


@pytest.mark.parametrize("written", ["&#133;", "&#x85;", "&#x0085;"])
@pytest.mark.parametrize("neighbour", ["<title>B</title>", "<title>B & C</title>"])
def test_an_ellipsis_of_windows_is_read_alike_beside_an_entry_that_is_not_well_formed(
    written, neighbour
):
    body = f"<title>A</title><description>Wait{written} and then jump.</description>"
    read = read_feed(rss(body, neighbour), "", FEED)
    (text,) = (item.body_text for item in read.items if item.headline == "A")
    assert text == "Wait\u2026 and then jump."


def test_a_document_that_is_not_well_formed_is_read_with_a_problem():
    read = read_feed(rss("<title>A & B</title>"), "", FEED)
    assert ([item.headline for item in read.items], len(read.problems)) == (["A & B"], 1)


@pytest.mark.parametrize(
    ("media_type", "encoding", "declared"),
    [
        ("text/xml; charset=windows-1251", "cp1251", ""),
        ("text/xml", "cp1251", '<?xml version="1.0" encoding="windows-1251"?>'),
        ("text/xml", "koi8-r", "<?xml version='1.0' encoding='KOI8-R'?>"),
        ("text/xml; charset=iso-8859-1", "utf-8-sig", ""),
        ("text/xml", "utf-16", ""),
        ("application/xml", "utf-16-le", ""),
        ("text/html; charset=nonsense", "utf-8", ""),
        ("text/xml; charset=us-ascii", "utf-8", ""),
        ("text/xml; charset=utf-8", "cp1251", '<?xml version="1.0" encoding="windows-1251"?>'),
    ],
)
def test_text_is_decoded_by_mark_header_and_declaration(media_type, encoding, declared):
    document = (
        f"{declared}<rss version='2.0'><channel><item><title>Москва</title></item></channel></rss>"
    )
    assert only(document.encode(encoding), media_type=media_type).headline == "Москва"


@pytest.mark.parametrize("stray", [b"\xd0", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xc0\xaf"])
@pytest.mark.parametrize(
    ("headline", "charset"),
    [
        ("Москва, порт", "windows-1251"),
        ("Ménage à côté d'été", "iso-8859-1"),
        ("กรุงเทพ", "tis-620"),
    ],
)
def test_utf_8_with_a_stray_byte_is_not_read_as_an_encoding_of_single_bytes(
    headline, charset, stray
):
    entry = f"<title>{headline}</title><description>{headline}".encode()
    body = rss("").replace(b"<item>", b"<item>" + entry + stray + b"</description>")
    assert only(body, media_type=f"text/xml; charset={charset}").headline == headline


@pytest.mark.parametrize(
    ("headline", "charset"),
    [
        ("Газета «СССР» — №1, Ё", "windows-1251"),
        ("Київ: «Їжак»", "windows-1251"),
        ("Ã© À « Même »", "windows-1252"),
        ("รายงานข่าวด่วนจากกรุงเทพ", "tis-620"),
        ("گزارش چاپ", "windows-1256"),
    ],
)
def test_an_encoding_of_single_bytes_is_read_as_it_is_declared(headline, charset):
    body = rss(f"<title>{headline}</title>").decode().encode(charset)
    assert only(body, media_type=f"text/xml; charset={charset}").headline == headline


def test_curly_marks_of_windows_are_read_where_latin_1_is_declared():
    body = b"<?xml version='1.0' encoding='iso-8859-1'?><rss><channel><item><title>\x93Yes\x94"
    assert only(body + b"</title></item></channel></rss>").headline == "“Yes”"


def test_one_broken_byte_does_not_spoil_the_rest():
    body = rss("<title>Москва XX Минск</title>").replace(b"XX", b"\xff")
    assert only(body).headline == "Москва \ufffd Минск"


def test_junk_before_the_document_is_skipped():
    assert only(b"\n\nNotice: x on line 3\n" + rss("<title>T</title>")).headline == "T"


def test_agency_and_language_of_the_feed_stand_in():
    feed = Feed(
        id="0123456789ab", url="https://u:secret@wire.example/", agency="Wire", language="ru"
    )
    item = only(json_feed({"id": 1, "title": "T"}), feed)
    assert (item.infosource, item.language, item.source) == ("Wire", "ru", "https://wire.example/")


def test_a_link_that_is_none_is_left_empty_and_a_feed_url_that_is_none_loses_its_login():
    feed = Feed(id="0123456789ab", url="http://u@[x")
    item = only(json_feed({"id": 1, "title": "T", "url": "http://[y"}), feed)
    assert (item.link, item.source) == ("", "http://[x")


def test_a_feed_without_entries_is_empty():
    assert read_feed(rss(), "", FEED).items == ()
    assert read_feed(json_feed(), "", FEED).items == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the document is empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "a web page, not a feed"),
        (
            b"plain words",
            "neither RSS, Atom, RDF, JSON Feed, ninjs, NewsML, NITF, IPTC 7901 nor ANPA 1312",
        ),
        (b"<?xml version='1.0'?><svg/>", "neither RSS, Atom nor RDF: its root is svg"),
        (b"[1, 2]", "not ninjs: no object with a uri"),
    ],
)
def test_what_no_format_can_read_is_an_error_that_names_the_feed(body, reason):
    with pytest.raises(FormatError) as caught:
        read_feed(body, "", FEED)
    assert str(caught.value) == f"Wire: {reason}"


@pytest.mark.parametrize(
    "body", [b"{", b'{"items": 1}', b'{"a": 1}', b'{"items":' + b"[" * 100_000]
)
def test_broken_json_is_a_format_error(body):
    with pytest.raises(FormatError):
        read_feed(body, "application/feed+json", FEED)


def test_a_body_that_is_a_files_name_or_url_is_never_opened(tmp_path):
    secret = tmp_path / "feed.xml"
    secret.write_bytes(rss("<title>secret</title>"))
    for body in (str(secret).encode(), f"file://{secret}".encode()):
        with pytest.raises(FormatError):
            read_feed(body, "application/xml", FEED)


def test_entities_of_a_document_reach_no_file():
    body = rss("<title>x&a;y</title>").replace(
        b"<rss", b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss', 1
    )
    assert "root" not in only(body).headline


def test_thousands_of_attributes_in_one_tag_are_refused():
    many = " ".join(f"b{number}='1'" for number in range(20_000))
    with pytest.raises(FormatError):
        read_feed(rss(f"<title>T</title><a {many}/>"), "", FEED)


def test_thousands_of_namespaces_cost_linear_time():
    many = "".join(f"<a xmlns:b{number}='u'/>" for number in range(20_000))
    assert only(rss(f"<title>T</title>{many}")).headline == "T"


def test_twenty_thousand_categories_are_passed_over():
    many = "".join(f"<category>{number}</category>" for number in range(20_000))
    assert only(rss(f"<title>T</title>{many}")).headline == "T"


def test_a_headline_that_was_encoded_twice_is_encoded_once_less():
    assert only(rss("<title>CafÃ© â€“ ouvert</title>")).headline == "Café – ouvert"


def test_versions_that_begin_alike_are_different_ones_however_long():
    stem = "v" * 64

    def version(word):
        told = {"uri": "urn:x", "headline": "T", "version": f"{stem}{word}"}
        return only(msgspec.json.encode(told)).version

    assert version("") == stem
    assert len({version(word) for word in ("", "1", "2")}) == 3
    assert len(version("1")) == 16
