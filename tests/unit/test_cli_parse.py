"""`copytaster parse` as it is called, and what main() makes of what goes wrong."""

import io
import json
import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from worker import __version__
from worker.cli.jsonl import answer
from worker.cli.parse import parse
from worker.cli.sources import waiting_lines
from worker.model import ParsedItem
from worker.model.codec import load
from worker.settings import Settings

ITEM = """All news

Harbour to open before the thaw, mayor says

KIEV, January 12. /TASS/. The harbour will open early, said Ada Marlow, the mayor of Lviv.

"The ice is thin, and the ships are ready," she noted.
"""


def run(*args, stdin=""):
    return CliRunner().invoke(parse, list(args), input=stdin, obj=Settings())


def copytaster(*args, stdin=b"", **environ):
    """The command as a process of its own."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    return subprocess.run(
        [sys.executable, "-m", "worker.cli", *args],
        input=stdin,
        capture_output=True,
        env=inherited | environ,
        timeout=60,
        check=False,
    )


def test_a_file_becomes_a_page(tmp_path):
    path = tmp_path / "item.txt"
    path.write_text(ITEM, encoding="utf-8")
    result = run(str(path), "--published", "2026-01-13")
    assert result.exit_code == 0
    assert result.stdout.startswith("Harbour to open before the thaw, mayor says\nKIEV (UA, ")
    assert "· 12 January 2026 · TASS\n" in result.stdout
    assert "Ada Marlow" in result.stdout


@pytest.mark.parametrize("written", ["2026-01-13", "2026-01-12T09:30:00Z", "2026-01-12T09:30:00"])
def test_the_time_of_publication_is_written_as_for_the_inbox(written):
    result = run("--published", written, stdin=ITEM)
    assert (result.exit_code, "· 12 January 2026 · TASS\n" in result.stdout) == (0, True)


@pytest.mark.parametrize("written", ["yesterday", "12 January", "2026-13-01", ""])
def test_a_time_of_publication_that_is_none_is_explained(written):
    result = run("--published", written, stdin=ITEM)
    reason = "`published` is neither a date (2026-01-12) nor a date and time"
    assert (result.exit_code, reason in result.stderr) == (2, True)


def test_standard_input_is_read_where_no_file_is_named():
    assert run("-", stdin=ITEM).stdout == run(stdin=ITEM).stdout


def test_json_is_the_item_as_it_goes_to_a_desk():
    parsed = load(ParsedItem, run("--json", stdin=ITEM).stdout)
    assert parsed.item.headline == "Harbour to open before the thaw, mayor says"
    assert parsed.dateline.agency == "TASS"


def test_a_page_for_a_pipe_has_no_colour():
    assert "\x1b" not in run(stdin=ITEM).stdout


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_other_newlines_are_newlines(ending):
    assert run(stdin=ITEM.replace("\n", ending)).stdout == run(stdin=ITEM).stdout


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_text(tmp_path, encoding):
    path = tmp_path / "item.txt"
    path.write_text(ITEM, encoding=encoding)
    result = run(str(path))
    assert (result.stdout, result.stderr) == (run(stdin=ITEM).stdout, "")


@pytest.mark.parametrize(
    ("body", "at", "likely"),
    [
        ("Très calme, “d’accord”".encode("cp1252"), "byte 0xe8 at 2", "cp1252"),
        (
            "Très calme, “d’accord".encode() + b"\x94",
            "byte 0x94 at 26",
            "UTF-8 with stray bytes",
        ),
    ],
)
def test_the_encoding_of_bytes_that_are_not_utf8_is_guessed_and_said(tmp_path, body, at, likely):
    path = tmp_path / "item.txt"
    path.write_bytes(body)
    result = run(str(path))
    assert result.exit_code == 0
    assert "Très calme, “d’accord”" in result.stdout
    assert result.stderr == (
        f"copytaster: {path} is not UTF-8 ({at}); its encoding is guessed: {likely}\n"
    )


def test_lines_for_jsonl_are_not_taken_for_text():
    result = run(stdin='{"id": "a", "text": "All is calm."}\n{"id": "b"}\n')
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        (
            "copytaster: standard input has an item as JSON on its first line, as `parse --jsonl` "
            "reads it\n"
        ),
    )


@pytest.mark.parametrize("text", ["{All} is calm.", '{"a": "text"}', '["text"]', "{" * 100_000])
def test_other_braces_are_text_like_any_other(text):
    assert run(stdin=text).stderr == ""


@pytest.mark.parametrize(
    ("args", "stdin", "code", "line"),
    [
        (["missing.txt"], "", 1, "copytaster: missing.txt: No such file or directory\n"),
        (["no*.txt"], "", 1, "copytaster: no*.txt: no file matches this pattern\n"),
        ([], "", 1, "copytaster: standard input is empty\n"),
        ([], " \n\t\n", 1, "copytaster: standard input is empty\n"),
        ([], "%PDF\0\1", 1, "copytaster: standard input is not text: it contains zero bytes\n"),
        (
            ["--jsonl", "missing.jsonl"],
            "",
            1,
            "copytaster: missing.jsonl: No such file or directory\n",
        ),
    ],
)
def test_what_cannot_be_read_is_one_line(args, stdin, code, line):
    result = run(*args, stdin=stdin)
    assert (result.exit_code, result.stderr, result.stdout) == (code, line, "")


@pytest.mark.parametrize(
    "args",
    [["--published", "12 January"], ["--jsonl", "--json"], ["--nope"], ["--jsonl", "a", "b"]],
)
def test_a_wrong_call_exits_with_2(args):
    assert run(*args, stdin=ITEM).exit_code == 2


def test_lines_are_answered_in_order_and_a_bad_one_stops_nothing():
    lines = [json.dumps({"id": str(number), "text": ITEM}) for number in range(50)]
    lines[20] = "nope"
    lines[30] = ""
    result = run("--jsonl", stdin="\ufeff" + "\n".join(lines))
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert [reply["id"] for reply in replies] == [
        None if number == 20 else str(number) for number in range(50) if number != 30
    ]
    assert "error" in replies[20]
    assert result.exit_code == 0
    assert result.stderr == (
        "copytaster: 1 of 50 lines of standard input could not be read; the first is line 21\n"
    )


def test_no_lines_have_no_answers():
    result = run("--jsonl", stdin="")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@contextmanager
def jsonl_process():
    """`copytaster parse --jsonl` on pipes."""
    command = [sys.executable, "-m", "worker.cli", "parse", "--jsonl"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        yield process


def line_of(item_id, text=ITEM):
    return json.dumps({"id": str(item_id), "text": text}).encode() + b"\n"


def test_every_line_is_answered_before_the_next_is_asked_for():
    with jsonl_process() as process:
        for item_id in ("a", "b", "c"):
            process.stdin.write(line_of(item_id))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == item_id
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_line_that_comes_in_pieces_is_answered_at_its_end():
    with jsonl_process() as process:
        whole, begun = line_of("a"), line_of("b")
        for piece in (whole + begun[:40], begun[40:90], begun[90:]):
            process.stdin.write(piece)
            process.stdin.flush()
            if piece.startswith(whole):
                assert json.loads(process.stdout.readline())["id"] == "a"
        assert json.loads(process.stdout.readline())["id"] == "b"
        process.stdin.write(line_of("c").rstrip())
        process.stdin.close()
        assert json.loads(process.stdout.readline())["id"] == "c"
        assert process.wait(30) == 0


def test_a_thousand_lines_at_once_come_back_in_order_and_a_bad_one_costs_only_itself():
    lines = [line_of(number, f"KIEV, March {number % 31}. /TASS/. No.") for number in range(1000)]
    lines[500] = b"nope\n"
    done = copytaster("parse", "--jsonl", stdin=b"".join(lines))
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reply["id"] for reply in replies] == [
        None if number == 500 else str(number) for number in range(1000)
    ]
    assert replies[499]["dateline"]["text"] == "KIEV, March 3. /TASS/"
    assert done.returncode == 0
    assert done.stderr.decode() == (
        "copytaster: 1 of 1000 lines of standard input could not be read; the first is line 501\n"
    )


@pytest.mark.parametrize(
    ("body", "sizes"),
    [
        (b"", []),
        (b"\n", [1]),
        (b"a\n" * 120, [50, 50, 20]),
        (b"a" * 30_000 + b"\n" + b"b" * 30_000 + b"\n" + b"c\n" * 3, [5]),
        (b"a\n" + b"b" * 1_000_000 + b"\n" + b"c\n" * 3, [1, 1, 3]),
    ],
)
def test_lines_are_read_together_within_limits(body, sizes):
    read = list(waiting_lines(io.BytesIO(body)))
    assert [len(lines) for lines in read] == sizes
    assert b"".join(line + b"\n" for lines in read for line in lines) == body


def test_lines_are_answered_together_as_alone():
    texts = [ITEM[:cut] for cut in range(0, len(ITEM), 10)]
    together = copytaster("parse", "--jsonl", stdin=b"".join(map(line_of, texts, texts)))
    assert together.stdout.splitlines() == [answer(line_of(text, text)) for text in texts]


def test_a_reader_that_goes_away_ends_it_without_words():
    line = line_of("a", "All is calm.")
    with jsonl_process() as process:
        process.stdin.write(line)
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.write(line * 20_000)
            process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(30) in {0, 1}  # click itself makes it 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_line(tmp_path):
    path = tmp_path / "item.txt"
    path.write_text("All is calm.")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "worker.cli", "parse", str(path)],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert done.stderr == b"copytaster: standard output: No space left on device\n"
    assert done.returncode == 1


def test_the_command_can_be_interrupted_before_anything_heavy_is_imported():
    code = "import sys; import worker.cli; print([m for m in ('click', 'structlog', 'msgspec')"
    code += " if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_main_prints_the_version():
    assert copytaster("--version").stdout.decode() == f"copytaster, version {__version__}\n"


@pytest.mark.parametrize(
    ("args", "environ", "code", "line"),
    [
        (["parse", "missing"], {}, 1, "copytaster: missing: No such file or directory\n"),
        (
            ["status"],
            {"COPYTASTER_DATA_DIR": "/nowhere"},
            78,
            (
                "copytaster: COPYTASTER_REDIS_URL: not set, and no service runs in /nowhere; start "
                "it with `copytaster up`, or name a Redis or Valkey server (redis://host:6379/0)\n"
            ),
        ),
        (
            ["parse"],
            {"COPYTASTER_BATCH_ITEM": "5"},
            78,
            (
                "copytaster: COPYTASTER_BATCH_ITEM: no such setting; "
                "did you mean COPYTASTER_BATCH_ITEMS?\n"
            ),
        ),
    ],
)
def test_main_ends_every_failure_in_one_line_and_its_code(args, environ, code, line):
    done = copytaster(*args, **environ)
    assert (done.returncode, done.stderr.decode(), done.stdout) == (code, line, b"")


def test_a_broker_that_does_not_answer_is_one_line_without_its_password():
    done = copytaster("status", COPYTASTER_REDIS_URL="redis://ada:hunter2@127.0.0.1:1/0")
    assert done.returncode == 1
    assert done.stderr.decode().startswith("copytaster: ")
    assert done.stderr.count(b"\n") == 1
    assert b"hunter2" not in done.stderr


def test_a_wrong_verb_is_a_wrong_call():
    assert copytaster("pars").returncode == 2


def test_a_terminal_without_unicode_gets_a_page_too():
    done = copytaster(
        "parse", stdin=ITEM.encode(), PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0"
    )
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"Harbour to open" in done.stdout


@pytest.mark.parametrize("verb", ["parse", "ingest", "tail", "desks", "feeds", "dead", "status"])
def test_every_verb_explains_itself_without_any_broker(verb):
    from worker.cli.root import cli

    command = cli.get_command(click.Context(cli), verb)
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
