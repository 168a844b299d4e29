"""Logging: one event per line, as JSON or, on a terminal, for people; Celery's logs included.

Events are snake_case constants with fields. Feed, uri, task id and attempt are bound once per task.
The text of an article is logged at debug level only.
"""

import logging
import re
import sys
from collections.abc import Collection, Mapping, MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from worker.settings import Settings

__all__ = ["configure_logs", "redact", "redact_all"]

_NAMES_IN_QUERIES = (
    "token|jwt|secret|password|passwd|pass|pwd|key|apikey|accesskey|authkey|signature|sig|auth|"
    "authorization|credential|credentials|session|sessionid|sid"
)

_CREDENTIALS = re.compile(
    rf"""
    # redis://worker:secret@host/0, up to the last @ before the path
    (?P<scheme> \b[a-z][a-z0-9+.-]{{1,20}}:// ) [^\s/]{{1,2000}} @
    |
    # amqp://worker:se/cret@host: what comes after the colon is no port
    (?P<raw> \b[a-z][a-z0-9+.-]{{1,20}}:// ) [^\s/@:?\#\[]{{0,200}} : (?! \d{{1,5}} [/?\#] )
        [^\s"<>]{{1,2000}} @
    |
    # https://host/rss?api_key=secret, unix:///run/s?password=secret
    (?P<query> [?&;] (?: [\w.-]{{1,40}} [_.-] )? (?:{_NAMES_IN_QUERIES}) = ) [^\s&;\#"'<>]{{1,2000}}
    |
    # Authorization: Basic c2VjcmV0; (b'Set-Cookie', b'id=secret')
    (?P<header> \b (?: (?:proxy-)?authorization | (?:set-)?cookie ) ["']? \s? [:=,] \s? )
        [^"'\r\n]{{0,3}} ["']? [^"'\r\n)]{{1,4000}}
    """,
    re.VERBOSE | re.IGNORECASE,
)

_FOR_MACHINES = frozenset({"logger", "task_id"})

_SECRET_FIELDS = frozenset(
    {"authorization", "cookie", "password", "proxy-authorization", "secret", "set-cookie", "token"}
)


def redact(text: str) -> str:
    """Return the text with all secrets replaced.

    Secrets are the user and password of URLs, the values of query parameters with names like
    `token` or `api_key`, and the values of authorization and cookie headers.

    >>> redact("no answer from redis://ada:secret@db:6379/0")
    'no answer from redis://***@db:6379/0'
    >>> redact("https://news.example/rss?page=2&api_key=secret")
    'https://news.example/rss?page=2&api_key=***'
    """
    return _CREDENTIALS.sub(_without_secret, text)


def _without_secret(match: re.Match[str]) -> str:
    scheme = match["scheme"] or match["raw"]
    return f"{scheme}***@" if scheme else f"{match['query'] or match['header']}***"


def redact_all(value: object) -> object:
    """Return the value with secrets redacted in all strings that it contains."""
    return _redact_value("", value)


def _redact_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    for name, value in event.items():
        event[name] = _redact_value(name, value)
    return event


def _redact_value(name: str, value: object) -> object:
    """Return a field's value without secrets; a value of another type becomes redacted text."""
    if name.lower() in _SECRET_FIELDS:
        return "***"
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {str(key): _redact_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _redact_items(value)
    return redact(str(value) if isinstance(value, BaseException) else repr(value))


def _redact_items(items: Collection[object]) -> list[object]:
    # A header as HTTP clients keep it: (b"Cookie", b"id=secret").
    if isinstance(items, list | tuple) and len(items) == 2 and _is_secret_name(items[0]):
        return [_redact_value("", items[0]), "***"]
    return [_redact_value("", item) for item in items]


def _is_secret_name(value: object) -> bool:
    name = value.decode("latin-1") if isinstance(value, bytes) else value
    return isinstance(name, str) and name.lower() in _SECRET_FIELDS


def _shorten(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Shorten an event for the console: time of day only, no logger and no task id."""
    stamp = str(event.get("timestamp", ""))
    event["timestamp"] = f"{stamp[11:19]}Z" if stamp else ""
    if event.get("logger") == "py.warnings":
        event["event"] = " ".join(str(event.get("event", "")).split())
    return {name: value for name, value in event.items() if name not in _FOR_MACHINES}


def configure_logs(settings: Settings) -> None:
    """Log the records of structlog and of the standard library to stderr, in the same format."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = settings.log_format == "json" or (
        settings.log_format == "auto" and not sys.stderr.isatty()
    )
    rendering: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if as_json
        else [
            _shorten,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ]
    )
    # Tracebacks become text before redaction: they may quote a URL with its password.
    ending: list[Processor] = [structlog.processors.format_exc_info, _redact_event, *rendering]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    # They log each request once and each task twice; our own events tell more.
    for noisy in ("httpx", "httpcore", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
