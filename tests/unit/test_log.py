"""Logs: one line an event, and no password in any of them."""

import json
import logging
import time
from types import SimpleNamespace

import pytest
import structlog

from worker.log import configure_logs
from worker.model.redaction import redact
from worker.settings import Settings
from worker.telemetry import tracing

SECRET = "redis://worker:hunter2@db:6379/0"


@pytest.fixture
def written(capsys):
    """Gives what went to standard error since it was last called; logging is put back as it was."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    yield lambda: capsys.readouterr().err
    root.handlers, level = before
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("redis://ada:secret@db:6379/0", "redis://***@db:6379/0"),
        ("no answer from rediss://:secret@db, twice", "no answer from rediss://***@db, twice"),
        ("REDIS://ada:secret@db", "REDIS://***@db"),
        ("amqp://a:b@one and amqp://c:d@two", "amqp://***@one and amqp://***@two"),
        ("redis://ada:se@cret@db", "redis://***@db"),
        ("unix:///run/s?db=0&password=secret", "unix:///run/s?db=0&password=***"),
        ("amqp://ada:se/cret@mq/wire", "amqp://***@mq/wire"),
        ("amqp://ada:se?cr#et@mq/wire", "amqp://***@mq/wire"),
        (f"redis://ada:{'s' * 1500}@db", "redis://***@db"),
        ("https://a.example/rss?token=secret", "https://a.example/rss?token=***"),
        ("https://a.example/?a=1&api_key=se%20cret#top", "https://a.example/?a=1&api_key=***#top"),
        (
            "https://a.example/?X-Amz-Signature=secret&b=2",
            "https://a.example/?X-Amz-Signature=***&b=2",
        ),
        ("Authorization: Basic c2VjcmV0", "Authorization: ***"),
        ("sent [(b'Authorization', b'Bearer secret')]", "sent [(b'Authorization', ***')]"),
        ("Set-Cookie: id=secret; Path=/\nETag: 1", "Set-Cookie: ***\nETag: 1"),
        ('{"cookie": "id=secret"}', '{"cookie": ***"}'),
        ("https://example.org/feed?page=2", "https://example.org/feed?page=2"),
        ("https://example.org/feed?author=ada", "https://example.org/feed?author=ada"),
        ("https://example.org/?monkey=1&passage=2", "https://example.org/?monkey=1&passage=2"),
        ("http://example.org:8080/@ada", "http://example.org:8080/@ada"),
        ("http://[::1]:8080/a@b", "http://[::1]:8080/a@b"),
        ("https://example.org/@ada", "https://example.org/@ada"),
        ("mail ada@example.org", "mail ada@example.org"),
        ("the password=secret game", "the password=secret game"),
        ("", ""),
    ],
)
def test_credentials_of_urls_are_taken_out_and_nothing_else(said, shown):
    assert redact(said) == shown


@pytest.mark.parametrize("piece", ["a://", "a://a:", "?key=", "?a_", "cookie:", "://@"])
def test_redacting_takes_linear_time(piece):
    text = piece * 200_000
    before = time.process_time()
    redact(text)
    assert time.process_time() - before < 50


def lines(written):
    return [json.loads(line) for line in written().splitlines()]


def test_an_event_is_one_json_line_with_its_fields(written):
    configure_logs(Settings(log_format="json"))
    structlog.get_logger("worker.test").info("feed_polled", feed="abc", items=3)
    [line] = lines(written)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "feed_polled",
        "feed": "abc",
        "items": 3,
        "level": "info",
        "logger": "worker.test",
    }


def test_what_is_bound_once_is_on_every_line_of_other_libraries_too(written):
    configure_logs(Settings(log_format="json"))
    structlog.contextvars.bind_contextvars(task="t1", attempt=2)
    logging.getLogger("celery.worker").warning("lost %s", "connection")
    [line] = lines(written)
    assert (line["event"], line["task"], line["attempt"]) == ("lost connection", "t1", 2)


def raise_with_secret():
    raise ConnectionError(f"no answer from {SECRET}")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_password_gets_out_by_any_way(written, log_format):
    configure_logs(Settings(log_format=log_format))
    log = structlog.get_logger("worker.test")
    log.warning("broker_gone", url=SECRET, password="hunter2", Token="hunter2")
    log.warning("nested", options={"url": [SECRET], "password": "hunter2"}, pair=(SECRET, 1))
    log.warning("headers", sent=[("Authorization", "hunter2"), (b"cookie", b"hunter2")])
    log.warning("object", error=ConnectionError(SECRET), raw=SECRET.encode())
    logging.getLogger("other").warning("cannot reach %s", SECRET)
    logging.getLogger("other").warning("extra", extra={"broker": SECRET})
    try:
        raise_with_secret()
    except ConnectionError:
        log.exception("failed")
        logging.getLogger("other").exception("failed too")
    text = written()
    assert "hunter2" not in text
    assert text.count("ConnectionError: no answer from redis://***@db:6379/0") == 2


def test_numbers_flags_and_none_stay_what_they_are(written):
    configure_logs(Settings(log_format="json"))
    structlog.get_logger("worker.test").info("kept", n=3, f=0.5, b=True, nothing=None)
    [line] = lines(written)
    assert (line["n"], line["f"], line["b"], line["nothing"]) == (3, 0.5, True, None)


def test_lines_below_the_level_are_not_written(written):
    configure_logs(Settings(log_format="json", log_level="warning"))
    structlog.get_logger("worker.test").info("quiet")
    logging.getLogger("other").info("quiet")
    structlog.get_logger("worker.test").warning("loud")
    assert [line["event"] for line in lines(written)] == ["loud"]


def test_without_a_terminal_logs_are_json(written):
    configure_logs(Settings(log_format="auto"))
    structlog.get_logger("worker.test").info("plain")
    assert lines(written)[0]["event"] == "plain"


def test_request_lines_of_the_http_client_are_left_out(written):
    configure_logs(Settings(log_format="json"))
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org/ 200 OK")
    assert written() == ""


def test_control_characters_stay_inside_their_line(written):
    configure_logs(Settings(log_format="json"))
    said = 'one\ntwo\r\x1b[31mthree\x00"\u2028'
    structlog.get_logger("worker.test").info(said, headline=said)
    logging.getLogger("other").warning("%s", said)
    text = written()
    assert [line["event"] for line in map(json.loads, text.splitlines())] == [said, said]
    assert text.isascii()
    assert [char for char in text if char < " " and char != "\n"] == []


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_line_within_a_span_has_its_ids_for_machines(written, log_format):
    configure_logs(Settings(log_format=log_format))
    log = structlog.get_logger()
    try:
        tracing.install(SimpleNamespace(ids=lambda: {"trace_id": "0af7", "span_id": "b7ad"}))
        log.info("item_withheld")
        logging.getLogger("celery").info("another's")
    finally:
        tracing.install(None)
    log.info("outside")

    lines = written().splitlines()
    assert ["0af7" in line and "b7ad" in line for line in lines] == (
        [True, True, False] if log_format == "json" else [False, False, False]
    )
