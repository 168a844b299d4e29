"""Webhooks: signatures as receivers check them, and the answers that confirm an event."""

import base64
import hashlib
import hmac
import json
import time

import msgspec
import pytest

from worker.errors import EventRefused, SettingsError, SinkClosed, SinkError
from worker.sinks import open_sink

SECRETS = (b"k" * 32, b"a second secret of 24 bytes at least")


@pytest.fixture
def place(make_place):
    return make_place("webhook")


@pytest.fixture
def sink(place, desk):
    opened = open_sink(place.spec, desk)
    yield opened
    opened.close()


def is_signed(secret, headers, body):
    """True if valid. Source: Standard Webhooks 1.0, "Verifying webhook authenticity"."""
    signed = b".".join(
        (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body)
    )
    wanted = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def test_a_request_is_the_event_with_its_id_time_and_signature(sink, receiver, event):
    sink.send([event(1)])
    ((headers, body, _),) = receiver.requests
    assert json.loads(body)["id"] == headers["webhook-id"] == "e1"
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert headers["user-agent"].startswith("copytaster/")
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 5
    assert is_signed(SECRETS[0], headers, body)
    assert not is_signed(SECRETS[0], headers, body + b" ")
    assert not is_signed(SECRETS[0], headers | {"webhook-id": "e2"}, body)
    assert not is_signed(SECRETS[0], headers | {"webhook-timestamp": "1"}, body)
    assert not is_signed(SECRETS[1], headers, body)


def test_while_a_secret_is_changed_both_sign(receiver, event, desk, secret_file):
    with secret_file.open("a", encoding="ascii") as file:
        file.write(base64.b64encode(SECRETS[1]).decode())
    sink = open_sink(f"webhook:{receiver.url}#secret_file={secret_file}&private=yes", desk)
    sink.send([event(1)])
    sink.close()
    ((headers, body, _),) = receiver.requests
    assert all(is_signed(secret, headers, body) for secret in SECRETS)


def test_the_receivers_own_query_is_kept_and_our_options_are_not_sent(place, receiver, event, desk):
    seen = []
    receiver.answer = lambda body: (200, {}, b"")
    handler = receiver.server.RequestHandlerClass
    handler.parse_request = lambda self, was=handler.parse_request: (
        was(self) and (seen.append(self.path) or True)
    )
    sink = open_sink(place.spec.replace("/wire#", "/wire?from=us#"), desk)
    sink.send([event(1)])
    sink.close()
    assert seen == ["/wire?from=us"]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_a_yes(sink, receiver, event, status):
    receiver.answer = (status, {}, b"")
    sink.send([event(1)])
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 304, 400, 401, 404, 409, 429, 500, 503])
def test_everything_else_is_a_no(sink, receiver, event, status):
    receiver.answer = (status, {"location": f"{receiver.url}/elsewhere"}, b"")
    with pytest.raises(SinkError, match=f"the receiver answered HTTP {status} ") as caught:
        sink.send([event(1)])
    assert (type(caught.value), len(receiver.requests)) == (SinkError, 1)


def test_410_means_that_nothing_more_is_wanted(sink, receiver, event):
    receiver.answer = (410, {}, b"")
    with pytest.raises(SinkClosed, match="HTTP 410 Gone"):
        sink.send([event(1)])


def test_an_event_that_is_too_large_for_its_receiver_is_named(sink, receiver, event):
    receiver.answer = lambda body: (413 if json.loads(body)["n"] == 1 else 200, {}, b"")
    with pytest.raises(EventRefused, match="HTTP 413") as caught:
        sink.send([event(number) for number in range(3)])
    assert caught.value.taken == 1


def test_an_event_that_is_too_large_for_now_is_sent_again(sink, receiver, event):
    receiver.answer = (413, {"retry-after": "90"}, b"")
    with pytest.raises(SinkError) as caught:
        sink.send([event(1)])
    assert (type(caught.value), caught.value.retry_after_s) == (SinkError, 90.0)


def test_what_a_receiver_took_before_it_refused_is_said(sink, receiver, event):
    receiver.answer = lambda body: (500 if json.loads(body)["n"] == 2 else 200, {}, b"")
    with pytest.raises(SinkError) as caught:
        sink.send([event(number) for number in range(5)])
    assert (caught.value.taken, len(receiver.requests)) == (2, 3)


def test_a_receiver_says_when_to_come_again(sink, receiver, event):
    receiver.answer = (429, {"retry-after": "90"}, b"")
    with pytest.raises(SinkError) as caught:
        sink.send([event(1)])
    assert caught.value.retry_after_s == 90.0


def test_one_connection_is_used_again(sink, receiver, event):
    ports = []
    handler = receiver.server.RequestHandlerClass
    handler.handle = lambda self, was=handler.handle: (
        ports.append(self.client_address[1]),
        was(self),
    )
    receiver.answer = (200, {}, b"thank you")
    sink.send([event(1), event(2)])
    sink.send([event(3)])
    assert (len(receiver.requests), len(set(ports))) == (3, 1)


def test_a_receiver_that_does_not_answer_is_given_up_in_time(place, receiver, event, desk):
    receiver.answer = lambda body: (time.sleep(1.5), (200, {}, b""))[1]
    sink = open_sink(f"{place.spec}&timeout_s=0.3", desk)
    with pytest.raises(SinkError, match="the receiver took no event: no answer in time"):
        sink.send([event(1)])
    sink.close()


def test_a_long_answer_is_not_read_to_its_end(sink, receiver, event):
    receiver.answer = (200, {}, b"x" * 5_000_000)
    sink.send([event(1)])
    receiver.answer = (200, {}, b"")
    sink.send([event(2)])
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "10.1.2.3"])
def test_private_addresses_are_not_connected_to(receiver, event, desk, secret_file, host):
    url = f"http://{host}:{receiver.port}/wire"
    sink = open_sink(f"webhook:{url}#secret_file={secret_file}", desk)
    with pytest.raises(SinkError, match="is not a public address"):
        sink.send([event(1)])
    sink.close()
    assert receiver.requests == []


def test_a_private_address_is_allowed_for_the_targets_own_port_only(place, receiver, event, desk):
    other = place.spec.replace(f":{receiver.port}/", ":1/")
    sink = open_sink(other, desk)
    with pytest.raises(SinkError, match="connection attempts failed"):
        sink.send([event(1)])
    sink.close()
    assert sink._allow_origins == frozenset({"127.0.0.1:1"})


def test_a_secret_that_is_away_is_waited_for(tmp_path, desk):
    """Its mount may be late, or the file is being replaced."""
    with pytest.raises(SinkError, match="secret: the secret cannot be read: No such file"):
        open_sink(f"webhook:https://desk.example/#secret_file={tmp_path}/secret", desk)


@pytest.mark.parametrize(
    "text", ["", "\n", "whsec_", "not base64!", base64.b64encode(b"short").decode()]
)
def test_a_secret_that_is_none_is_refused_at_the_start(tmp_path, desk, text):
    path = tmp_path / "secret"
    path.write_text(text, encoding="ascii")
    with pytest.raises(SettingsError) as caught:
        open_sink(f"webhook:https://desk.example/#secret_file={path}", desk)
    assert str(caught.value) == (
        f"{path}: not a secret: base64 of at least 24 random bytes on each line"
    )


def test_a_request_carries_the_trace_of_its_sending(sink, receiver, event):
    trace = {"traceparent": "00-1-2-01", "tracestate": "a=1"}
    sink.send([msgspec.structs.replace(event(1), trace=trace)])
    ((headers, body, _),) = receiver.requests
    assert headers.items() >= trace.items()
    assert is_signed(SECRETS[0], headers, body)
