"""`copytaster ingest` and `parse`: what files may hold, and what is said of those that cannot."""

import json
import os
import pty
import select
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from worker.cli.ingest import ingest
from worker.cli.parse import parse
from worker.settings import Settings

pytestmark = pytest.mark.e2e

RUSSIAN = "Лёд встал рано\n\nЯКУТСК, 12 января. /ТАСС/. Переправа откроется раньше, сказал мэр."
GREEK = "Ο πάγος έδεσε νωρίς, είπε ο δήμαρχος στους δημοσιογράφους."
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>
<item><guid>7</guid><title>Ferry runs aground</title><description>OSLO, May 2 (Reuters) - A ferry
ran aground.</description></item>
<item><guid>8</guid><title>Tug comes</title><description>A tug came.</description></item>
</channel></rss>"""
NITF = """<?xml version="1.0"?><nitf><head><docdata><doc-id id-string="nitf-1"/></docdata></head>
<body><body.head><hedline><hl1>Port opens</hl1></hedline></body.head>
<body.content><p>OSLO, May 2 (Reuters) - The port opened.</p></body.content></body></nitf>"""
NEWSML_G2 = """<?xml version="1.0"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:newsml:x:1" version="3">
<contentMeta><headline>Port opens</headline></contentMeta>
<contentSet><inlineData>OSLO, May 2 (Reuters) - The port opened.</inlineData></contentSet>
</newsItem>"""
NEWSML_1 = """<?xml version="1.0"?><NewsML><NewsItem><Identification><NewsIdentifier>
<PublicIdentifier>urn:newsml:x:20260502:1:2</PublicIdentifier><RevisionId>2</RevisionId>
</NewsIdentifier></Identification><NewsComponent><NewsLines><HeadLine>Port opens</HeadLine>
</NewsLines><ContentItem><DataContent><p>OSLO, May 2 (Reuters) - The port opened.</p></DataContent>
</ContentItem></NewsComponent></NewsItem></NewsML>"""
NINJS = {
    "uri": "urn:ninjs:1",
    "type": "text",
    "headline": "Port opens",
    "body_html": "<p>OSLO, May 2 (Reuters) - The port opened.</p>",
}


@pytest.fixture
def run(broker_url, prefix):
    def call(*args, stdin=None, verb=ingest, **changed):
        changed = {"redis_url": broker_url} | changed
        settings = Settings(prefix=prefix, archive="off", **changed)
        return CliRunner().invoke(verb, [str(arg) for arg in args], input=stdin, obj=settings)

    return call


@pytest.fixture
def waiting(store):
    def read():
        messages, _ = store.inbox.read_doors(1000, 1 << 24)
        return [json.loads(message.fields["message"]) for message in messages]

    return read


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


UKRAINIAN = "Переправу відкриють раніше, сказав міський голова Павло Седов у вівторок."
HEBREW = "הקרח נקשר מוקדם השנה, אמר ראש העיר לעיתונאים ביום שלישי בבוקר."


@pytest.mark.parametrize("text", [RUSSIAN, UKRAINIAN, UKRAINIAN.upper(), HEBREW, GREEK])
@pytest.mark.parametrize(
    "encoding", ["cp1251", "koi8-u", "cp866", "cp1253", "cp1255", "mac-cyrillic"]
)
def test_a_text_is_read_as_it_was_written_or_not_at_all(run, tmp_path, text, encoding):
    try:
        body = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("not a text of this encoding")
    result = run(write(tmp_path / "item.txt", body), "--json", verb=parse)
    item = json.loads(result.stdout)["item"] if result.exit_code == 0 else None
    assert (
        item is None or "\n\n".join(filter(None, (item.get("headline"), item["body_text"]))) == text
    )


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "utf-16", "utf-8-sig"])
def test_russian_comes_in_as_it_was_written(run, waiting, tmp_path, encoding):
    path = write(tmp_path / "item.txt", RUSSIAN.encode(encoding))
    assert run(path).exit_code == 0
    assert waiting() == [{"text": RUSSIAN}]


def test_an_encoding_that_nobody_can_tell_is_refused_and_can_be_given(run, waiting, tmp_path):
    path = write(tmp_path / "item.txt", GREEK.encode("cp1253"))
    refused = run(path)
    assert (refused.exit_code, refused.stderr) == (
        1,
        (
            f"copytaster: {path} is not UTF-8 (byte 0xcf at 0); give its encoding with "
            "--encoding NAME\n"
        ),
    )
    assert waiting() == []
    assert run(path, "--encoding", "cp1253").stderr == ""
    assert waiting() == [{"text": GREEK}]
    assert run(path, "--encoding", "ascii").stderr == (
        f"copytaster: {path} is not ascii: byte 0xcf at 0\n"
    )
    assert run(path, "--encoding", "rot13").exit_code == 2


def test_no_document_brings_replacement_characters(run, waiting, tmp_path):
    text = f'<?xml version="1.0" encoding="utf-8"?><rss><item><title>{GREEK}</title></item></rss>'
    broken = text.replace("Ο", "").encode("cp1253").replace(b"<title>", b"<title>\x81\xff\x98")
    path = write(tmp_path / "wire.xml", broken.replace(b"utf-8", b"shift_jis"))
    run(path)
    assert "\ufffd" not in json.dumps(waiting(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("name", "content", "uri"),
    [
        ("a.xml", NITF, "urn:copytaster:file:nitf-1"),
        ("a.nitf", NITF, "urn:copytaster:file:nitf-1"),
        ("a.xml", NEWSML_G2, "urn:newsml:x:1"),
        ("a.xml", NEWSML_1, "urn:newsml:x:20260502:1"),
        ("a.json", json.dumps(NINJS), "urn:ninjs:1"),
        ("a.txt", json.dumps(NINJS, indent=1), "urn:ninjs:1"),
        ("a.json", json.dumps([NINJS]), "urn:ninjs:1"),
        ("a.jsonl", json.dumps(NINJS), "urn:ninjs:1"),
        ("a.json", json.dumps({"items": [NINJS]}), "urn:ninjs:1"),
    ],
)
def test_every_wire_format_is_an_item(run, waiting, tmp_path, name, content, uri):
    path = write(tmp_path / name, content)
    result = run(path)
    assert (result.exit_code, result.stderr) == (0, "")
    (item,) = waiting()
    assert (item["uri"], item["headline"]) == (uri, "Port opens")
    assert item["body_text"] == "OSLO, May 2 (Reuters) - The port opened."
    shown = run(path, "--json", verb=parse)
    assert json.loads(shown.stdout)["dateline"]["agency"] == "Reuters"


def test_a_feed_in_a_file_is_its_items_and_the_sender_is_part_of_their_ids(run, waiting, tmp_path):
    path = write(tmp_path / "rss.xml", RSS)
    assert len(run(path).stdout.splitlines()) == 2
    assert run(path, "--source", "desk").exit_code == 0
    first, second, third, fourth = waiting()
    assert [first["headline"], second["headline"]] == ["Tug comes", "Ferry runs aground"]
    assert len({item["uri"] for item in (first, second, third, fourth)}) == 4
    headlines = [line for line in run(path, verb=parse).stdout.splitlines() if "runs" in line]
    assert headlines == ["Ferry runs aground"]


def test_folders_and_patterns_stand_for_their_files_and_a_bad_file_costs_no_other(
    run, waiting, tmp_path
):
    write(tmp_path / "b" / "two.jsonl", '{"text": "Two."}\n{"text": "Three.", "urgncy": 1}\n')
    write(tmp_path / "a.txt", "One.")
    photo = write(tmp_path / "photo.jpg", b"\xff\xd8\0\1")
    write(tmp_path / ".hidden", "No.")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        (
            f"copytaster: {tmp_path}/b/two.jsonl, line 2: unknown member `urgncy` (known: "
            "language, link, published, source, text, urgency, uri)"
        ),
        f"copytaster: {photo} is not text: it contains zero bytes",
        "copytaster: 2 of 4 messages were refused",
    ]
    assert waiting() == [{"text": "One."}, {"text": "Two."}]
    assert run(tmp_path / "*.txt").exit_code == 0
    assert waiting()[2:] == [{"text": "One."}]
    assert run(tmp_path / "*.xml").stderr == (
        f"copytaster: {tmp_path}/*.xml: no file matches this pattern\n"
    )
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty").stderr == (
        f"copytaster: {tmp_path}/empty: no file in this folder\n"
    )


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.opml", '<opml version="2.0"><body/></opml>', "a list of feeds, no items"),
        ("a.html", "<!DOCTYPE html><p>Port opens", "a web page, no item"),
        ("a.xml", '<?xml version="1.0"?><house/>', "neither RSS, Atom nor RDF"),
        ("a.xml", "<rss><channel></channel></rss>", "has no item"),
        ("a.json", "[1]", "a JSON object is expected, not int"),
        ("a.json", '[{"text": "a"}, {"text": 1}]', "Expected `str`, got `int` - at `$.text`"),
        ("a.jsonl", b'{"text": "\xcf"}', "not UTF-8: byte 0xcf at 10"),
        ("a.jsonl", '{"text": "' + "a" * 2000 + '"}', "larger than 1,024 bytes (COPYTASTER_MESS"),
    ],
)
def test_what_is_no_item_is_a_line_that_names_the_file(run, tmp_path, name, content, reason):
    path = write(tmp_path / name, content)
    result = run(path, message_limit_bytes=1024)
    assert result.exit_code == 1
    line = next(line for line in result.stderr.splitlines() if reason in line)
    assert line.startswith(f"copytaster: {path}")


def test_a_line_over_the_limit_costs_no_other(run, waiting, tmp_path):
    lines = ['{"text": "One."}', '{"text": "' + "a" * 5000 + '"}', '{"text": "Two."}']
    path = write(tmp_path / "a.jsonl", "\n".join(lines))
    assert run(path, message_limit_bytes=1024).exit_code == 1
    assert waiting() == [{"text": "One."}, {"text": "Two."}]


@pytest.mark.parametrize("verb", ["parse", "ingest"])
@pytest.mark.parametrize("is_pipe", [False, True])
def test_fifty_megabytes_of_text_are_refused_unread(tmp_path, verb, is_pipe):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.write(b"The port opened. ")
        file.truncate(50_000_000)
    began = time.process_time()
    with path.open("rb") as source:
        done = subprocess.run(
            [sys.executable, "-m", "worker.cli", verb, "-" if is_pipe else str(path)],
            stdin=source if is_pipe else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")},
        )
        is_unread = not is_pipe or os.lseek(source.fileno(), 0, os.SEEK_CUR) < 2_000_000
    assert time.process_time() - began < 5
    name = "standard input" if is_pipe else path
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"copytaster: {name} is larger than 1,048,576 bytes (COPYTASTER_MESSAGE_LIMIT_BYTES)\n",
    )
    assert is_unread


def test_parse_refuses_requests_for_pages_and_feeds(run, tmp_path):
    path = write(tmp_path / "a.jsonl", '{"link": "https://a.example/"}\n{"text": "Calm."}\n')
    result = run(path, "--json", verb=parse)
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 1)
    assert result.stderr.startswith(f"copytaster: {path}, line 1: requests a feed or a page")


def test_a_page_is_of_one_item(run, tmp_path):
    result = run(write(tmp_path / "rss.xml", RSS), "--html", verb=parse)
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt"])
def test_a_terminal_sees_a_bar_and_a_pipe_the_ids_alone(run, tmp_path, name):
    folder = tmp_path / "many"
    for number in range(3):
        write(folder / f"{number}-{name}", ('{"text": "' + "a" * 400_000 + '"}\n').encode())
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "worker.cli", "parse", "--json", str(folder)]
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave, env=environ
    )
    os.close(slave)
    lines = process.stdout.read().splitlines()
    shown = b""
    while select.select([master], [], [], 1)[0]:
        try:
            shown += os.read(master, 65_536)
        except OSError:
            break
    os.close(master)
    process.stdout.close()
    assert process.wait(60) == 0
    assert len(lines) == 3
    assert all(json.loads(line)["item"] for line in lines)
    assert b"MB" in shown


def test_a_dry_run_tells_what_would_be_put_and_what_not_and_puts_nothing(run, waiting, tmp_path):
    good = write(tmp_path / "in" / "a.txt", "Talks resume")
    bad = write(tmp_path / "in" / "b.jsonl", '{"txt": "x"}\n{"text": "PARIS, May 2."}\n')
    result = run(tmp_path / "in", "https://news.example/rss", "--dry-run")
    places = ["https://news.example/rss", str(good), f"{bad}, line 2"]
    assert (result.exit_code, result.stdout.splitlines()) == (1, places)
    assert f"{bad}, line 1: the object is none of" in result.stderr
    assert "1 of 3 messages were refused" in result.stderr
    told = run(bad, "--dry-run", "--json", redis_url="redis://127.0.0.1:1")
    assert json.loads(told.stdout) == {"entry": None, "line": 2, "place": f"{bad}, line 2"}
    assert waiting() == []
