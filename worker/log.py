"""Logging: one event per line, as JSON or, on a terminal, for people; Celery's logs included.

Events are snake_case constants with fields. Feed, uri, task id and attempt are bound once per task.
The text of an article is logged at debug level only.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, cast

import structlog
from structlog.typing import Processor

from worker.model.redaction import redact_all
from worker.settings import Settings
from worker.telemetry import tracing

__all__ = ["configure_logs"]

_FOR_MACHINES = frozenset({"logger", "span_id", "task_id", "trace_id"})


def _redact_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    return cast("dict[str, Any]", redact_all(event))


def _add_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Add the ids of the current span, if there is one."""
    if tracing.is_on():
        event.update(tracing.ids())
    return event


def _shorten(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Shorten an event for the console: time of day only, no logger and no ids."""
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
        _add_trace,
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
