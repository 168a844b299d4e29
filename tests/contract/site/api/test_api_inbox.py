"""`POST /v1/inbox` puts all messages of a request or none, and once under a key."""

import base64
import json
import threading

import pytest

from worker.settings import Settings

TEXT = {"text": "PARIS, May 2. /TASS/. Talks resume."}
LINES = "application/x-ndjson"
EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def entries(put_desk_events, prefix):
    """All entries of a door."""

    def read(door="inbox"):
        return put_desk_events.server.xrange(f"{prefix}:{door}")

    return read


def post(client, body, kind="application/json", **headers):
    content = body if isinstance(body, (bytes, str)) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/v1/inbox", content=content, headers={"content-type": kind, **named})


def ce(**fields):
    return {"specversion": "1.0", "id": "1", "source": "urn:desk", "type": "t", **fields}


# forms


def test_a_message_is_on_the_inbox_as_it_was_sent(client, entries):
    answer = post(client, TEXT)

    assert answer.status_code == 202
    ((entry_id, fields),) = entries()
    assert (answer.json(), fields) == ({"entries": [entry_id]}, {"message": json.dumps(TEXT)})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", json.dumps([{"text": "one"}, {"text": "two"}])),
        ("application/json", '\ufeff[{"text": "one"}, {"text": "two"}]'),
        (LINES, '{"text": "one"}\n\n{"text": "two"}\r\n'),
        ("application/jsonl", '\ufeff{"text": "one"}\n{"text": "two"}'),
        (BATCH, json.dumps([ce(data={"text": "one"}), ce(id="2", data={"text": "two"})])),
    ],
)
def test_many_messages_are_entries_in_their_order(client, entries, kind, body):
    answer = post(client, body.encode(), kind)

    assert answer.json()["entries"] == [entry_id for entry_id, _ in entries()]
    assert [json.loads(fields["message"]) for _, fields in entries()] == [
        {"text": "one"},
        {"text": "two"},
    ]


@pytest.mark.parametrize(
    "event",
    [
        ce(data=TEXT, time="2026-05-02T09:30:00Z"),
        ce(
            data_base64=base64.b64encode(json.dumps(TEXT).encode()).decode(),
            time="2026-05-02T09:30:00Z",
        ),
        ce(data=TEXT["text"], datacontenttype="text/plain", time="2026-05-02T09:30:00Z"),
    ],
)
def test_an_event_gives_its_message_its_source_and_its_time(client, entries, event):
    assert post(client, event, EVENT).status_code == 202

    ((_, fields),) = entries()
    assert (json.loads(fields["message"]), fields["source"], fields["published"]) == (
        TEXT,
        "urn:desk",
        "2026-05-02T09:30:00Z",
    )


def test_an_event_may_have_its_attributes_in_headers(client, entries):
    headers = {f"ce_{name}": value for name, value in ce(source="urn:a%20b").items()}
    assert post(client, TEXT["text"], "text/plain; charset=utf-8", **headers).status_code == 202

    ((_, fields),) = entries()
    assert (json.loads(fields["message"]), fields["source"]) == (TEXT, "urn:a b")


def test_the_urgent_door_is_a_parameter(client, entries):
    assert client.post("/v1/inbox?urgent=true", json=TEXT).status_code == 202
    assert (len(entries()), len(entries("inbox:urgent"))) == (0, 1)


# refusals


@pytest.mark.parametrize(
    ("kind", "body", "status", "detail"),
    [
        ("application/json", b"{", 400, "not JSON: Input data was truncated"),
        ("application/json", b"[]", 400, "no message in the body"),
        (LINES, b"\n", 400, "no message in the body"),
        ("application/json", b'{"text": "\xff"}', 422, "not UTF-8: byte 10"),
        ("application/json", b"7", 422, "a JSON object is expected, not int"),
        ("application/json", b"[" * 100_000, 400, "not JSON: nested too deeply"),
        ("application/json; charset=latin-1", b"{}", 415, "the charset is latin-1, not UTF-8"),
        (
            "text/plain",
            b"KIEV",
            415,
            (
                "the content type is text/plain, not application/json, application/x-ndjson, "
                "application/cloudevents+json or application/cloudevents-batch+json"
            ),
        ),
        (EVENT, b'{"specversion": "0.3"}', 422, None),
        (EVENT, json.dumps(ce()).encode(), 422, "`data` is missing"),
        (EVENT, json.dumps(ce(data_base64="?")).encode(), 422, "`data_base64` is not Base64"),
        (BATCH, b"{}", 400, "not an array: Expected `array`, got `object`"),
    ],
)
def test_a_body_without_messages_is_refused_with_the_reason(
    client, entries, kind, body, status, detail
):
    answer = post(client, body, kind)

    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in {None, problem["detail"]}
    assert entries() == []


def test_a_fault_has_its_line_and_its_member_and_nothing_is_put(client, entries):
    lines = [TEXT, {"text": "b", "urgency": 12}, {"headline": 7}, {"text": "c", "txt": ""}]

    answer = post(client, "\n".join(map(json.dumps, lines)), LINES)

    problem = answer.json()
    assert problem["detail"] == ("line 2: `urgency` is from 1 to 9, not 12 (and 2 more)")
    assert [(one["line"], one["position"], one["member"]) for one in problem["errors"]] == [
        (2, 2, "urgency"),
        (3, 3, "headline"),
        (4, 4, "txt"),
    ]
    assert (answer.status_code, entries()) == (422, [])


def test_a_fault_in_an_array_has_its_position(client):
    problem = post(client, [TEXT, {}]).json()

    assert problem["detail"].startswith("message 2: the object is none of ")


def test_messages_and_requests_have_limits(make_client, entries):
    client = make_client(settings=Settings(message_limit_bytes=1024))

    long = post(client, {"text": "x" * 1100})
    longer = post(client, b"x" * (5 << 20))
    chunked = client.post(
        "/v1/inbox", content=iter([b"x" * (1 << 20)] * 6), headers={"content-type": LINES}
    )
    many = post(client, [TEXT] * 1001)

    assert (long.status_code, long.json()["detail"]) == (
        422,
        "the message is larger than 1024 bytes",
    )
    assert [one.status_code for one in (longer, chunked, many)] == [413, 413, 413]
    assert entries() == []


FEED = {"feed": "https://news.example/rss.xml"}


@pytest.mark.parametrize(
    "data", [FEED, TEXT | {"source": "desk"}, {"link": "a", "item": {"headline": "Talks"}}]
)
def test_what_would_be_too_large_at_the_door_is_refused(client, entries, data):
    answer = post(client, ce(data=data) | {"source": "x" * 2_000_000}, EVENT)

    assert answer.status_code == 422
    assert (answer.json()["detail"], entries()) == ("the entry is larger than 1064960 bytes", [])


def test_a_full_inbox_accepts_all_messages_of_a_request_or_none(make_client, entries):
    client = make_client(inbox_length=3)
    assert post(client, [TEXT, TEXT]).status_code == 202

    answer = post(client, [TEXT, TEXT])

    assert (answer.status_code, answer.headers["retry-after"], len(entries())) == (429, "10", 2)
    assert post(client, TEXT).status_code == 202


def test_a_broker_that_is_away_is_a_503_with_a_time(make_client, make_context):
    from worker.store.store import RedisStore

    store = RedisStore("redis://127.0.0.1:1/0")
    answer = post(make_client(store=store), TEXT)
    store.close()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json() == {
        "title": "Service Unavailable",
        "status": 503,
        "detail": "the broker does not answer now",
    }


def test_an_unknown_parameter_is_named(client):
    answer = client.post("/v1/inbox?urgnt=1", json=TEXT)

    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "unknown parameter `urgnt` (known: urgent)",
    )


# idempotency


def test_a_request_repeated_with_its_key_is_put_once(client, entries):
    first = post(client, [TEXT, TEXT], idempotency_key="a b")
    again = post(client, [TEXT, TEXT], idempotency_key="a b")
    other = post(client, [TEXT, TEXT], idempotency_key="c")

    assert (first.status_code, first.json()) == (202, again.json())
    assert other.json() != first.json()
    assert len(entries()) == 4


def test_a_key_with_other_messages_or_at_another_door_is_refused(client, entries):
    post(client, TEXT, idempotency_key="a")
    other = post(client, {"text": "another"}, idempotency_key="a")
    urgent = client.post("/v1/inbox?urgent=1", json=TEXT, headers={"idempotency-key": "a"})

    assert [one.status_code for one in (other, urgent)] == [422, 422]
    assert other.json()["detail"] == "the idempotency key was used for another request"
    assert len(entries()) == 1


def test_the_same_words_in_other_fields_or_messages_are_other_messages(client, entries):
    first, second = {"text": "One"}, {"text": "Two"}
    event = ce(source=json.dumps(second), data=first)
    put = post(client, event, EVENT, idempotency_key="a")
    other = post(client, [first, second], idempotency_key="a")
    again = post(client, event, EVENT, idempotency_key="a")

    assert [one.status_code for one in (put, other, again)] == [202, 422, 202]
    assert again.json() == put.json()
    assert len(entries()) == 1


def test_a_key_is_good_for_a_day(client, entries, pass_time):
    first = post(client, TEXT, idempotency_key="a").json()
    pass_time(86_000)
    assert post(client, TEXT, idempotency_key="a").json() == first
    pass_time(500)

    assert post(client, TEXT, idempotency_key="a").json() != first
    assert len(entries()) == 2


def test_simultaneous_requests_with_one_key_are_put_once(client, entries):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(client, TEXT, idempotency_key="k")))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert len(entries()) == 1


def test_a_full_inbox_answers_a_known_key(make_client):
    client = make_client(inbox_length=1)
    first = post(client, TEXT, idempotency_key="a")

    assert post(client, TEXT, idempotency_key="a").json() == first.json()
    assert post(client, TEXT, idempotency_key="b").status_code == 429


def test_keys_of_two_senders_are_two_keys(make_client, tokens, entries):
    client = make_client(tokens=tokens)
    for token in ("w" * 32, "o" * 32):
        answer = post(client, TEXT, idempotency_key="a", authorization=f"Bearer {token}")
        assert answer.status_code == 202
    assert len(entries()) == 2


@pytest.mark.parametrize("key", ["", "a" * 256, "\x7f", "\xe9"])
def test_an_invalid_key_is_refused(client, key):
    headers = {"idempotency-key": key.encode("latin-1")}
    assert client.post("/v1/inbox", json=TEXT, headers=headers).status_code == 400


@pytest.mark.parametrize("body", [b"\x00", b'{"text":', b'"x"', b"null", b"[[]]", b'[{"feed":1}]'])
@pytest.mark.parametrize("kind", ["application/json", LINES, EVENT, BATCH])
def test_no_body_is_an_internal_error(client, entries, kind, body):
    assert post(client, body, kind).status_code in {400, 422}
    assert entries() == []
