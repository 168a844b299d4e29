"""`copytaster dead`, against a real server: filters, and what a letter says."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.cli.dead import dead
from worker.model.inbox import LETTER_KINDS, DeadLetter, DoorDecision
from worker.settings import Settings

pytestmark = pytest.mark.e2e


@pytest.fixture
def run(broker_url, prefix):
    def call(*args, code=0):
        settings = Settings(redis_url=broker_url, prefix=prefix)
        result = CliRunner().invoke(dead, list(args), obj=settings)
        assert result.exit_code == code, result.output
        return result.output

    return call


def let_in(store):
    """Move the messages at the doors to the work stream; its entries, handed out."""
    messages, _ = store.inbox.read_doors(1000, 1000)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
    return store.inbox.take_work(1000, 60_000)


@pytest.fixture
def letters(store):
    """Four letters, oldest first."""
    said = (
        ("parse", "the parser failed: KeyError", "https://a.example/rss"),
        ("message", "not JSON: line 1", "https://b.example/rss"),
        ("message", "the object is none of these", "https://a.example/rss"),
        ("attempts", "5 workers stopped", "desk"),
    )
    for number, (kind, reason, source) in enumerate(said):
        store.inbox.put(f"m{number}")
        store.inbox.reject(
            *let_in(store),
            DeadLetter(
                reason=reason,
                kind=kind,
                attempts=1,
                payload="",
                source=source,
                item=f"urn:{number}",
            ),
        )
    return store.dead_letters.list()[::-1]


def payloads(output):
    return [json.loads(line)["payload"] for line in output.splitlines()]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ((), "m3 m2 m1 m0"),
        (("--kind", "message"), "m2 m1"),
        (("--kind", "message", "--kind", "parse"), "m2 m1 m0"),
        (("--feed", "A.example"), "m2 m0"),
        (("--reason", "json"), "m1"),
        (("--kind", "message", "--feed", "a.example"), "m2"),
        (("--since", "1h"), "m3 m2 m1 m0"),
        (("--since", "2099-01-01T00:00"), ""),
        (("--limit", "2"), "m3 m2"),
    ],
)
def test_letters_are_found_by_what_they_are(run, letters, filters, found):
    assert payloads(run("list", "--json", *filters)) == found.split()


@pytest.mark.parametrize("verb", ["list", "drop", "retry"])
def test_an_unknown_kind_is_refused_with_the_kinds(run, letters, verb):
    shown = run(verb, "--kind", "mesage", code=2)
    assert "'mesage' is not one of 'message', 'page', 'intake', 'parse'" in shown
    assert payloads(run("list", "--json")) == ["m3", "m2", "m1", "m0"]


def test_the_kinds_are_those_of_the_page():
    page = (Path(__file__).resolve().parents[2] / "docs" / "inbox.md").read_text(encoding="utf-8")
    rows = page.partition("| kind | what happened |\n")[2].partition("\n\n")[0].splitlines()
    assert tuple(row.split("`")[1] for row in rows[1:]) == LETTER_KINDS


def test_letters_since_a_moment_are_the_newer_ones(run, letters):
    moment = letters[2].last_at.isoformat()
    found = payloads(run("list", "--json", "--since", moment))
    assert found[:2] == ["m3", "m2"]


def test_what_a_filter_leaves_out_is_said(run, letters):
    assert run("list", "--kind", "embargo") == "none of 4 dead letters\n"
    assert "the newest 1 there are more" in run("list", "--kind", "message", "--limit", "1")
    assert "the newest 3 of 4" in run("list", "--limit", "3")
    assert "the newest" not in run("list", "--limit", "4")


def test_a_filter_retries_what_it_finds_and_nothing_else(run, letters, store):
    assert run("retry", "--feed", "a.example") == "2 back on the inbox\n"
    again = [
        store.inbox.begin(one.stream, [one.id])[0] for one in store.inbox.take_work(10, 60_000)
    ]
    assert [entry.fields["message"] for entry in again] == ["m0", "m2"]
    assert [letter.payload for letter in store.dead_letters.list()] == ["m3", "m1"]


def test_a_filter_drops_what_it_finds_and_nothing_else(run, letters, store):
    assert run("drop", "--kind", "message", "--reason", "JSON") == "1 dropped\n"
    assert [letter.payload for letter in store.dead_letters.list()] == ["m3", "m2", "m0"]


def test_a_letter_is_shown_with_its_item_and_its_times(run, letters):
    page = run("show", letters[0].id)
    for said in ("urn:0", "https://a.example/rss", f"{letters[0].first_at:%Y-%m-%d %H:%M:%S}"):
        assert said in page


@pytest.mark.parametrize(
    "args",
    [("retry",), ("drop",), ("drop", "--all", "--kind", "parse"), ("retry", "1-1", "--feed", "a")],
)
def test_which_letters_are_meant_is_said_in_one_way(run, letters, store, args):
    run(*args, code=2)
    assert len(store.dead_letters.list()) == 4


def test_a_moment_that_is_none_is_a_wrong_call(run):
    assert "'yesterday' is neither a time ago" in run("list", "--since", "yesterday", code=2)


def test_letters_that_made_room_are_told_by_kind(run, make_store):
    store = make_store(dead_length=2)
    for number, kind in enumerate(("parse", "message", "message", "message")):
        store.inbox.put(str(number))
        letter = DeadLetter(reason="r", kind=kind, attempts=1, payload="")
        store.inbox.reject(*let_in(store), letter)
    assert "dropped to make room, since the store was created: 2 message\n" in run("list")


def test_hundreds_of_letters_are_found_page_by_page(run, store):
    for number in range(230):
        store.inbox.put(str(number))
    for entry in let_in(store):
        store.inbox.reject(entry, DeadLetter(reason="r", kind="page", attempts=1, payload=""))
    assert len(payloads(run("list", "--json", "--kind", "page", "--limit", "1000"))) == 230
    assert run("drop", "--kind", "page") == "230 dropped\n"
