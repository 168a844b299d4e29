"""`POST /v1/parse` reads texts in child processes."""

import json
import os
import threading

import pytest

from worker.model import ParsedItem
from worker.model.codec import load
from worker.runtime.sandbox import Limits, Sandbox
from worker.site.api import parse

TEXT = 'PARIS, May 2. /TASS/. "We are close," envoy Ines Marceau said.'


def post(client, body, kind="text/plain"):
    return client.post("/v1/parse", content=body, headers={"content-type": kind})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", TEXT),
        ("text/plain; charset=UTF-8", "\ufeff" + TEXT),
        ("application/json", json.dumps({"text": TEXT, "urgency": 3})),
        ("application/json", json.dumps({"uri": "urn:1", "body_text": TEXT})),
    ],
)
def test_a_text_is_answered_with_its_annotations(client, kind, body):
    answer = post(client, body.encode(), kind)

    parsed = load(ParsedItem, answer.content)
    assert answer.status_code == 200
    assert [one.speaker for one in parsed.quotes] == ["Ines Marceau"]
    assert parsed.dateline.agency == "TASS"


@pytest.mark.parametrize(
    ("kind", "body", "status", "detail"),
    [
        ("text/plain", b"", 422, "`text` is empty"),
        ("text/plain", b"\xff", 400, "not UTF-8: byte 0"),
        ("text/html", b"<p>", 415, "a body is text/plain or application/json, in UTF-8"),
        ("application/json", b"{", 422, "not JSON: Input data was truncated"),
        (
            "application/json",
            b'{"feed": "https://a.example/"}',
            422,
            "the message is a request, not an item or a text",
        ),
        ("text/plain", b"x" * (257 << 10), 413, "the body is longer than 262144 bytes"),
    ],
)
def test_a_body_that_is_not_a_text_is_refused(client, kind, body, status, detail):
    answer = post(client, body, kind)
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)


def test_texts_that_take_long_stop_no_other_request(make_client, monkeypatch, tmp_path):
    """While both processes are stopped and a text waits, all other requests are answered."""
    (tmp_path / "slow.py").write_text("import time\ndef answer(request):\n    time.sleep(60)\n")
    path = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{path}")
    limits = Limits(time_s=3, start_s=0, memory_bytes=1 << 28)
    monkeypatch.setattr(parse, "Sandbox", lambda *_: Sandbox("slow:answer", limits))
    monkeypatch.setattr(parse, "_MOST_WAITING", 1)
    client, answers = make_client(), []
    threads = [
        threading.Thread(target=lambda: answers.append(post(client, TEXT.encode())))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()

    assert client.get("/v1/desks").status_code == 200
    assert sum(thread.is_alive() for thread in threads) >= 2
    for thread in threads:
        thread.join()
    by_status = sorted((one.status_code, one.json()["detail"]) for one in answers)
    late = (422, "the text was not read: it was not done in time")
    assert by_status == [late, late, late, (503, "too many texts wait")]


def test_a_text_that_ends_its_process_costs_only_itself(make_client, monkeypatch, tmp_path):
    (tmp_path / "fatal.py").write_text("import os\ndef answer(request):\n    os._exit(1)\n")
    path = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{path}")
    limits = Limits(time_s=20, memory_bytes=1 << 28)
    monkeypatch.setattr(parse, "Sandbox", lambda *_: Sandbox("fatal:answer", limits))
    client = make_client()

    for _ in range(3):
        answer = post(client, TEXT.encode())
        assert (answer.status_code, answer.json()["detail"]) == (
            422,
            "the text was not read: it ended its process",
        )
