"""Targets of sinks: parts of a URL, options, and messages without secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import SettingsError
from worker.model.target_url import ServerTarget, TargetOptions, read_target, redact_target

PORTS = {"amqp": 5672, "amqps": 5671}
OPTIONS = {"exchange": "wire", "timeout_s": "30", "length": "7"}


def read(text):
    return read_target(text, ports=PORTS, options=OPTIONS)


def test_a_url_has_all_its_parts():
    text = "amqps://m%40e:h%2Fush@one,two:1,[::1],[::2]:3/a%20b?exchange=x&timeout_s=.5"
    shown = "amqps://one,two:1,[::1],[::2]:3/a%20b"
    assert read(text) == ServerTarget(
        scheme="amqps",
        user="m@e",
        password="h/ush",
        hosts=("one:5671", "two:1", "[::1]:5671", "[::2]:3"),
        path="a b",
        options=TargetOptions({"exchange": "x", "timeout_s": ".5", "length": "7"}, shown),
        shown=shown,
    )


def test_what_is_not_written_has_its_default():
    options = read("amqp://host").options
    assert options.text("exchange") == "wire"
    assert options.seconds("timeout_s") == 30.0
    assert options.count("length") == 7


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is none of: amqp://, amqps://"),
        ("host", "host: is none of: amqp://, amqps://"),
        ("me:hush@host/wire", "me: is none of: amqp://, amqps://"),
        ("amqp://me:a?hush@host", "amqp: "),
        ("amqp://me:a#hush@host", "amqp: "),
        ("amqp://me:a/hush@host", "amqp://host: "),
        ("http://me:hush@host/a?b=hush", "http://host/a: is none of: amqp://, amqps://"),
        ("amqp://", "amqp://: names no host"),
        ("amqp://me:hush@", "amqp://: names no host"),
        ("amqp://one,,two", "amqp://one,,two: names no host"),
        ("amqp://host:x", "amqp://host:x: names a port that is not a number"),
        ("amqp://host:70000", "amqp://host:70000: names a port that is not a number"),
        ("amqp://me:hush?a@host", "amqp: names a port that is not a number"),
        ("amqp://me:hush/a@host", "amqp://host: names a port that is not a number"),
        ("amqp://me:hush@[::1", "amqp://[::1: not a URL"),
        ("amqp://host?hush=1", "amqp://host: no such option: hush; there are: exchange, "),
    ],
)
def test_what_is_no_target_is_refused_by_name(text, reason):
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert str(caught.value).startswith(reason)
    assert "me:a" not in str(caught.value)
    assert "hush" not in str(caught.value).replace("no such option: hush", "")


@pytest.mark.parametrize("value", ["", "-1", "1.5", "1k", "²", "9" * 30])
def test_a_number_is_a_whole_one(value):
    options = TargetOptions({"length": value}, "amqp://host")
    with pytest.raises(SettingsError, match=r"amqp://host: not a number: length="):
        options.count("length")


@pytest.mark.parametrize("value", ["", "0", "-1", "nan", "inf", "1e9", "soon"])
def test_seconds_are_some_and_not_too_many(value):
    options = TargetOptions({"timeout_s": value}, "amqp://host")
    with pytest.raises(SettingsError, match=r"amqp://host: not seconds: timeout_s="):
        options.seconds("timeout_s")


@pytest.mark.parametrize(
    ("sink", "shown"),
    [
        ("redis-stream", "redis-stream"),
        ("jsonl:/var/wire.jsonl?keep=3", "jsonl:/var/wire.jsonl"),
        ("redis-stream:redis://host/0?stream=s&password=hush", "redis-stream:redis://host/0"),
        ("redis-stream:redis://host/0?password=hu@sh", "redis-stream"),
        ("webhook:https://me:hush@host/a#secret_file=/run/s", "webhook:https://host/a"),
        ("nats:tls://hush@one,two:5", "nats:tls://one,two:5"),
        ("amqp:me:hush@host", "amqp"),
    ],
)
def test_a_sink_is_shown_without_its_secrets(sink, shown):
    assert redact_target(sink) == shown


@given(st.text(max_size=60), st.sampled_from(["", "amqp://", "amqp://host/", "amqp://host?"]))
def test_every_text_is_a_target_or_refused(text, start):
    try:
        target = read(start + text)
    except SettingsError:
        return
    assert all(host.rpartition(":")[0] for host in target.hosts)
