"""The watched folder: the files that are taken or ignored, and where they are moved."""

import contextlib
import json
import os
import random
import time

import pytest

from worker.errors import SourceError
from worker.sources import open_source
from worker.sources.file import SourceRow

NITF = """<?xml version="1.0" encoding="iso-8859-1"?>
<nitf><head><docdata><doc-id id-string="a7"/></docdata></head><body><body.head>
<hedline><hl1>Café opens</hl1></hedline></body.head>
<body.content><p>All are there.</p></body.content></body>
</nitf>""".encode("iso-8859-1")
IPTC = (
    b"\x01WPA0123 3 I 214 Talks-Varna\r\n\x02Talks resume\r\n   VARNA, Jan 12 (WPA) - They do.\r\n"
    b"\x03\r\n121030 GMT JAN 26\x04"
)
ANPA = (
    b"\x16\x16\x01a1234\x1f\r\nr i BC-Talks 01-12 0214\r\n\x02^Talks resume<\r\n\tVARNA (AP) _ "
    b"``Yes,'' he said.\r\n\x03\r\n01-12-26 1030EST\r\n\x04"
)
G2 = b"""<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:g2:1" version="3">
<itemMeta><versionCreated>2026-01-12T10:00:00Z</versionCreated></itemMeta>
<contentMeta><headline>Bridge opens</headline></contentMeta>
<contentSet><inlineData contenttype="text/plain">It is open.</inlineData></contentSet></newsItem>"""
NEWSML = b"""<NewsML><NewsItem><Identification><NewsIdentifier>
<PublicIdentifier>urn:n1:1:2</PublicIdentifier><RevisionId>2</RevisionId></NewsIdentifier>
</Identification><NewsComponent><NewsLines><HeadLine>Tug sinks</HeadLine></NewsLines><ContentItem>
<DataContent>It sank.</DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"""
NINJS = json.dumps(
    {"uri": "urn:j:1", "version": "1", "type": "text", "headline": "Ice road", "body_text": "Open."}
).encode()
CYRILLIC = (
    "Переправа откроется рано\n\nЯКУТСК, 12 января. /ТАСС/. Зимник откроют раньше срока, "
    "сообщил журналистам мэр города."
)
EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/cms",
    "type": "t",
    "data": {"uri": "urn:e:1", "headline": "Event"},
}

READ = {
    "story.xml": (NITF, "Café opens"),
    "story.iptc": (IPTC, "Talks resume"),
    "story.anpa": (ANPA, "Talks resume"),
    "g2.xml": (G2, "Bridge opens"),
    "newsml.xml": (NEWSML, "Tug sinks"),
    "story.json": (NINJS, "Ice road"),
    "utf8.txt": (CYRILLIC.encode(), "Переправа откроется рано"),
    "utf8-mark.txt": (CYRILLIC.encode("utf-8-sig"), "Переправа откроется рано"),
    "utf16.txt": (CYRILLIC.encode("utf-16"), "Переправа откроется рано"),
    "cp1251.txt": (CYRILLIC.encode("cp1251"), "Переправа откроется рано"),
    "koi8-r": (CYRILLIC.encode("koi8-r"), "Переправа откроется рано"),
    "mac.txt": (b"Talks resume\r\rVARNA, Jan 12.", "Talks resume"),
    "message.json": (b'{"text": "Message\\n\\nVARNA, Jan 12."}', "Message"),
    "lines.jsonl": (b'{"uri": "urn:l:1", "headline": "Line"}\n\n{"feed": 1}\n', "Line"),
    "list": (b'[{"uri": "urn:l:2", "headline": "Listed"}]', "Listed"),
    "event.json": (
        json.dumps(EVENT).encode(),
        "Event",
    ),
}

REFUSED = {
    "photo.jpg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "not text: it contains zero bytes"),
    "blank.txt": (b" \r\n", "empty"),
    "page.html": (b"<html><body>Not found</body></html>", "a web page, no item; send its address"),
    "other.xml": (b"<svg/>", "neither RSS, Atom nor RDF: its root is svg"),
    "torn.json": (b'{"text": "A', "not JSON: "),
    "wrong.json": (b'{"txt": "A"}', "the object is none of"),
    "feeds.opml": (b"<opml><body><outline xmlUrl='http://a'/></body></opml>", "a list of feeds"),
    "bytes.txt": (b"caf\x81\x8d\x8f\x90\x9d", "not UTF-8 (byte 0x81 at 3)"),
    "large.txt": (b"x" * 5000, "not a regular file, or larger than 4096 bytes"),
    "story.nitf": (b"<nitf><body></body></nitf>", "entry 1: no headline and no text; left out"),
}


@pytest.fixture
def incoming(tmp_path):
    path = tmp_path / "incoming"
    path.mkdir()
    return path


@pytest.fixture
def row(incoming):
    return SourceRow(name="wire", folder=str(incoming), settle_s=0.1, limit_bytes=4096)


def take_all(source, looks=6):
    """Return and acknowledge the deliveries of `looks` calls of `take`."""
    found = []
    for _ in range(looks):
        for delivery in source.take(0.15):
            found.append(delivery)
            source.acknowledge(delivery)
    return found


def names(path):
    return sorted(os.listdir(path))  # noqa: PTH208  of any bytes


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read_whatever_its_format_and_encoding(name, incoming, taking, row, world):
    body, headline = READ[name]
    (incoming / name).write_bytes(body)
    with taking(row):
        deadline = time.monotonic() + 20
        while not world.events():
            world.work()
            assert time.monotonic() < deadline
    assert world.events()[0]["data"]["item"]["headline"] == headline
    assert names(incoming / "done")[0] == name
    assert names(incoming / "work") == [".lock"]


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_used_is_kept_with_the_reason(name, incoming, row):
    body, reason = REFUSED[name]
    (incoming / name).write_bytes(body)
    source = open_source(row, 1 << 20)
    assert take_all(source) == []
    source.close()
    assert names(incoming / "failed") == [name, f"{name}.reason"]
    assert (incoming / "failed" / name).read_bytes() == body
    assert (incoming / "failed" / f"{name}.reason").read_text().startswith(reason)


BROKEN = b"<rss><channel><item><title>Talks"


def kept(folder):
    """The contents of the files in a folder that are no reasons that a source wrote."""
    return sorted(path.read_bytes() for path in folder.iterdir() if b"<" in path.read_bytes())


@pytest.mark.parametrize(
    "delivered",
    [
        ("story.reason", "story"),
        ("story", "story.reason"),
        ("story.reason", "story", "story.reason.reason"),
        ("story.reason.reason", "story.reason", "story", "story"),
        ("x" * 230 + ".reason", "x" * 240),
    ],
)
def test_no_reason_takes_the_place_of_a_file(delivered, incoming, row):
    source = open_source(row, 1 << 20)
    for number, name in enumerate(delivered):
        (incoming / name).write_bytes(BROKEN + bytes([48 + number]))
        take_all(source, 4)
    source.close()
    wanted = [BROKEN + bytes([48 + number]) for number in range(len(delivered))]
    assert kept(incoming / "failed") == wanted
    assert len(names(incoming / "failed")) == 2 * len(delivered)


def test_a_file_that_is_tried_again_fails_under_its_name(incoming, row):
    source = open_source(row, 1 << 20)
    (incoming / "story").write_bytes(BROKEN)
    for _ in range(2):
        take_all(source, 4)
        assert names(incoming / "failed") == ["story", "story.reason"]
        (incoming / "failed" / "story").rename(incoming / "story")
    source.close()


def test_the_problems_of_a_file_that_is_used_lie_beside_it(incoming, row):
    (incoming / "two.nitf").write_bytes(b"<x>" + NITF.partition(b"?>")[2] + b"<nitf/></x>")
    source = open_source(row, 1 << 20)
    assert len(take_all(source)) == 1
    source.close()
    assert "no headline and no text" in (incoming / "done" / "two.nitf.reason").read_text()


def test_links_hidden_and_unfinished_files_are_ignored(incoming, row, tmp_path):
    (tmp_path / "secret.txt").write_text("PARIS, May 2.")
    (incoming / "link.txt").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(incoming / "pipe.txt")
    (incoming / "sub").mkdir()
    left = ["a.part", "a.txt.PART", "a.filepart", "a.tmp", ".hidden.txt", "a.txt~"]
    for name in left:
        (incoming / name).write_text("PARIS, May 2.")
    (incoming / "empty.txt").touch()
    source = open_source(row, 1 << 20)
    assert take_all(source, 4) == []
    source.close()
    assert set(names(incoming)) >= {*left, "link.txt", "pipe.txt", "sub", "empty.txt"}
    assert (names(incoming / "done"), names(incoming / "failed")) == ([], [])


def test_a_file_that_is_being_written_is_left_until_it_has_settled(incoming, row):
    source = open_source(row, 1 << 20)
    with (incoming / "slow.txt").open("wb", buffering=0) as file:
        for part in (b"Talks resume\n\n", b"PARIS, ", b"May 2. ", b"They do."):
            file.write(part)
            assert source.take(0.05) == ()
    (delivery,) = take_all(source)
    source.close()
    assert json.loads(delivery.entries[0]["message"])["text"].endswith("PARIS, May 2. They do.")


@pytest.mark.parametrize("name", [b"caf\xe9.txt", b"a\nb.txt", b"x" * 255, b"-rf", "é☃".encode()])
def test_any_name_is_kept(name, incoming, row):
    (incoming / os.fsdecode(name)).write_text("Talks resume")
    source = open_source(row, 1 << 20)
    assert len(take_all(source)) == 1
    source.close()
    assert os.listdir(os.fsencode(incoming / "done")) == [name]  # noqa: PTH208


def test_a_repeated_name_replaces_no_file(incoming, row):
    source = open_source(row, 1 << 20)
    for text in ("first", "second"):
        (incoming / "story.txt").write_text(text)
        assert len(take_all(source, 3)) == 1
    source.close()
    kept = {(incoming / "done" / name).read_text() for name in names(incoming / "done")}
    assert kept == {"first", "second"}


def test_files_come_in_the_order_in_which_they_were_written(incoming, row):
    order = list(range(20))
    random.Random(7).shuffle(order)
    for number in order:
        (incoming / f"{order[number]}.txt").write_text(f"Item {number}")
        os.utime(incoming / f"{order[number]}.txt", (number, number))
    source = open_source(row, 1 << 20)
    found = [json.loads(one.entries[0]["message"])["text"] for one in take_all(source, 30)]
    source.close()
    assert found == [f"Item {number}" for number in range(20)]


def test_a_claimed_file_is_taken_up_by_the_next_process_under_the_same_key(incoming, row):
    (incoming / "story.txt").write_text("Talks resume")
    first = open_source(row, 1 << 20)
    deliveries = [one for _ in range(4) for one in first.take(0.1)]
    first.close()
    second = open_source(row, 1 << 20)
    again = take_all(second, 1)
    second.close()
    assert [one.key for one in deliveries] == [one.key for one in again]
    assert (names(incoming / "done"), names(incoming / "work")) == (["story.txt"], [".lock"])


EARLY = """<rss version="2.0"><channel><title>A</title><item><title>Talks resume</title>
<description>They do.</description><pubDate>Tue, 14 Nov 2023 23:10:00 GMT</pubDate></item></channel>
</rss>"""


@pytest.mark.parametrize(
    ("token", "at"),
    [("1700000000000000000-0a0b0c0d", "22:13:20Z"), ("strange", "23:10:00Z")],
)
def test_a_date_ahead_of_the_clock_counts_as_the_time_of_the_claim(incoming, row, token, at):
    """So the message and its key are the same after a crash. A strange name tells no time."""
    claimed = incoming / "work" / token
    claimed.mkdir(parents=True)
    (claimed / "early.xml").write_text(EARLY)
    source = open_source(row, 1 << 20)
    (delivery,) = take_all(source, 1)
    source.close()
    published = json.loads(delivery.entries[0]["message"])["versioncreated"]
    assert published == f"2023-11-14T{at}"


class Died(BaseException):
    """The process was killed here."""


@pytest.mark.parametrize("steps", range(0, 40, 2))
def test_a_process_may_die_at_any_call_of_the_system(steps, incoming, row, monkeypatch):
    (incoming / "story.txt").write_text("Talks resume")
    keys, left = set(), [steps]

    def mortal(call):
        def die_or_call(*words, **named):
            left[0] -= 1
            if left[0] < 0:
                raise Died
            return call(*words, **named)

        return die_or_call

    first = open_source(row, 1 << 20)
    with monkeypatch.context() as patch, contextlib.suppress(Died):
        for name in ("mkdir", "open", "rename", "rmdir", "scandir", "stat"):
            patch.setattr(os, name, mortal(getattr(os, name)))
        for _ in range(4):
            for delivery in first.take(0.1):
                keys.add(delivery.key)
                first.acknowledge(delivery)
    first.close()
    second = open_source(row, 1 << 20)
    keys |= {delivery.key for delivery in take_all(second, 4)}
    second.close()
    assert len(keys) == 1
    assert (names(incoming / "done"), names(incoming / "work")) == (["story.txt"], [".lock"])
    assert names(incoming) == ["done", "failed", "work"]


def test_a_second_process_stands_by_until_the_first_has_ended(incoming, row):
    first, second = open_source(row, 1 << 20), open_source(row, 1 << 20)
    first.take(0.01)
    (incoming / "story.txt").write_text("Talks resume")
    assert take_all(second, 4) == []
    first.close()
    assert len(take_all(second)) == 1
    second.close()


def test_a_folder_that_is_a_link_within_is_not_followed(incoming, row, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (incoming / "done").symlink_to(tmp_path / "elsewhere")
    source = open_source(row, 1 << 20)
    with pytest.raises(SourceError):
        source.take(0.01)
    source.close()


def test_a_folder_that_is_missing_is_named_and_waited_for(incoming, row):
    incoming.rmdir()
    source = open_source(row, 1 << 20)
    with pytest.raises(SourceError) as caught:
        source.take(0.01)
    assert str(caught.value) == f"{incoming}: {incoming}: No such file or directory"
    incoming.mkdir()
    (incoming / "story.txt").write_text("Talks resume")
    assert len(take_all(source)) == 1
    source.close()
