"""Budgets for reading XML: real documents stay within them, hostile documents are refused."""

import time
from datetime import UTC, datetime

import pytest

from worker.errors import FormatError
from worker.feeds import list_feed
from worker.feeds.xml_entities import expand_entities, unescape_text

NOW = datetime(2026, 2, 1, tzinfo=UTC)
LINE_END = "\r\n"


def rss(entries, *, doctype=""):
    return f"{doctype}<rss><channel>{entries}</channel></rss>".encode()


def titles(body):
    return [entry.title for entry in list_feed(body, "", "", NOW)]


def test_an_honest_feed_may_refer_to_its_entities_111_206_times():
    doctype = '<!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ENTITY wire "The &#87;ire">]>'
    long = f"<description>{'&nbsp;' * 111_204}</description>"
    body = rss(f"<item><title>&wire;</title>{long}</item><item>&wire;</item>", doctype=doctype)

    assert titles(body) == ["The Wire", ""]


def test_a_billion_laughs_are_refused_at_once():
    laughs = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
    doctype = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]>'
    began = time.process_time()

    with pytest.raises(FormatError, match="entities expand to more than"):
        titles(rss("<item><title>&l9;</title></item>", doctype=doctype))

    assert time.process_time() - began < 20


def test_one_large_entity_many_times_over_is_refused():
    doctype = f'<!DOCTYPE rss [<!ENTITY a "{"x" * 50_000}">]>'

    with pytest.raises(FormatError, match="entities expand to more than"):
        titles(rss(f"<item><title>{'&a;' * 50_000}</title></item>", doctype=doctype))


def test_entities_that_refer_to_themselves_are_refused():
    doctype = '<!DOCTYPE rss [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'

    with pytest.raises(FormatError, match="without end"):
        titles(rss("<item><title>&a;</title></item>", doctype=doctype))


@pytest.mark.parametrize(
    ("document", "plain"),
    [
        ('<!DOCTYPE a [<!ENTITY x "1">]><a>&x;</a>', "<a>1</a>"),
        ("<!DOCTYPE a [<!ENTITY x '&#60;b/>'>]><a>&x;</a>", "<a>&lt;b/></a>"),
        ('<!DOCTYPE a [<!ENTITY x "1">]><a><![CDATA[&x;]]><!--&x;--></a>', None),
        ('<!DOCTYPE a PUBLIC "-//x//[]>" "http://x/"><a>&x;</a>', "<a>&x;</a>"),
        ('<!DOCTYPE a [<!-- \' --><!ENTITY x "1">]><a>&x;</a>', "<a>1</a>"),
        ('<!DOCTYPE a [<!ENTITY amp "no">]><a>&amp;</a>', "<a>&amp;</a>"),
        ("<!DOCTYPE a [ <a>&x;</a>", "<!DOCTYPE a [ <a>&x;</a>"),
    ],
)
def test_a_document_type_goes_and_its_entities_stay(document, plain):
    expected = document[document.index("<a>") :] if plain is None else plain

    assert expand_entities(document) == expected


@pytest.mark.parametrize(
    ("run", "plain"),
    [
        ("a=1&copy=2&amp;b", "a=1&copy=2&b"),
        ("&#x110000;&#99999999999999999999;&#0;", "\ufffd\ufffd\ufffd"),
        ("&#150;&#x2014;&#8212", "–——"),
        ("&;&#;&#x;& &unknown;", "&;&#;&#x;& &unknown;"),
    ],
)
def test_references_that_are_none_stay_and_impossible_ones_become_one_character(run, plain):
    assert unescape_text(run) == plain


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("<item><title>a</title><description>" + "<b>" * 100_000, ["a"]),
        (f"<item><title>a</title>{'<b>' * 50_000}{'</b>' * 50_000}</item><item/>", ["a", ""]),
        ("<item><title>a</title>" + "<![CDATA[" * 100_000, ["a"]),
        ("<item><title>a</title></item>" + "<!--" * 100_000, ["a"]),
        ("<item><title>" + "<" * 10_000 + "</title></item>", ["<" * 10_000]),
        ("<item><title>a" + '<b "' * 10_000 + "</title></item>", None),
        ("<item><title>a</title>" + "</b>" * 100_000 + "</item>", ["a"]),
        ("".join(f"<a xmlns:n{number}='u'>" for number in range(20_000)) + "<n1:b>", []),
        ("<item><title>a</title></item>" + "<a b=" * 2_000_000, ["a"]),
        (f"<item><title>a{LINE_END * 4_000_000}</title></item>", ["a"]),
        (f"<item><title>a{'] ' * 4_000_000}</title></item>", [f"a{'] ' * 5000}"[:10_000]]),
        (f"<item><title>a{chr(0) * 4_000_000}</title></item>", ["a"]),
        (f"<item><title>{'&#9' * 2_000_000}a</title></item>", [""]),
    ],
    ids=[
        *("open", "nested", "cdata", "comments", "angles", "quotes", "closed", "namespaces"),
        *("unclosed", "line-ends", "brackets", "nul", "references"),
    ],
)
def test_towers_and_stutters_cost_linear_time(entries, expected):
    began = time.process_time()

    found = titles(rss(entries))

    assert expected is None or found == expected
    assert time.process_time() - began < 20


@pytest.mark.parametrize("flood", [" ", "\n", "<a ", "<a\t", "<a b=", "</item>"])
def test_what_floods_the_space_before_a_feed_costs_linear_time(flood):
    body = flood.encode() * (8_000_000 // len(flood)) + rss("<item><title>a</title></item>")
    began = time.process_time()

    assert titles(body) == ["a"]
    assert time.process_time() - began < 30


def test_a_feed_may_stand_behind_thousands_of_comments():
    assert titles(b"<!-- -->\n" * 50_000 + rss("<item><title>a</title></item>")) == ["a"]


def test_an_endless_base_is_passed_over():
    entries = "<entry><title>a</title><link href='../b'/></entry>" * 300
    body = f"<feed xml:base='http://w.example/{'x/' * 500_000}'>{entries}</feed>".encode()
    began = time.process_time()

    links = {entry.link for entry in list_feed(body, "", "http://v.example/a/feed", NOW)}

    assert links == {"http://v.example/b"}
    assert time.process_time() - began < 20


@pytest.mark.parametrize("value", ["{}", "[]", "0"])
def test_json_of_millions_of_values_is_refused(value):
    with pytest.raises(FormatError, match="too many values"):
        titles(f'{{"items": [{",".join([value] * 5_500_000)}]}}'.encode())


def test_of_a_heap_of_json_lines_the_first_hundred_thousand_are_read():
    lines = b'{"uri": "x"}\n' * 120_000

    assert len(titles(lines)) == 100_000


def test_a_feed_behind_a_servers_notice_is_read_whatever_its_size():
    notice = b"<br />\n<b>Notice</b>: in <b>feed.php</b> on line 3<br />\n"

    found = titles(notice + rss("<item><title>a</title></item>" * 20_000))

    assert found == ["a"] * 20_000


def test_a_flood_of_elements_is_refused():
    with pytest.raises(FormatError, match="elements in one place"):
        titles(rss("<a/>" * 500_000))


def test_a_title_is_cut_at_ten_kilobytes_and_an_id_at_one():
    body = rss(f"<item><title>{'я' * 20_000}</title><guid>{'я' * 1000}</guid></item>" * 2)

    [first, second] = list_feed(body, "", "", NOW)

    assert (len(first.title.encode()), len(first.id.encode())) == (10_000, 999)
    assert first.id == second.id


def test_long_ids_that_differ_at_their_ends_stay_apart():
    entry = "<item><guid>{}{}</guid></item>"
    body = rss(entry.format("x" * 2000, 1) + entry.format("x" * 2000, 2))

    assert len({one.id for one in list_feed(body, "", "", NOW)}) == 2
