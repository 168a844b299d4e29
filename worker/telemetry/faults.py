"""Reports unexpected exceptions to Sentry, if SENTRY_DSN is set. Needs the extra `sentry`.

A report holds the type of the error, the stack trace with source lines, the name of the log event
and a few of its fields. It leaves out everything that may quote an item: most error messages, local
variables, the arguments of tasks, and requests.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import structlog

from worker import __version__
from worker.model.redaction import redact, without_secrets

if TYPE_CHECKING:
    from sentry_sdk.integrations import Integration
    from sentry_sdk.types import Event, Hint

__all__ = ["report", "start_reports"]

log = structlog.get_logger(__name__)

_FIELDS = frozenset(
    {"attempt", "desk", "entry", "feed", "item", "kind", "loop", "page", "process", "task", "uri"}
)
"""The fields of a log event that a report holds as tags."""
_FIELD_CHARS = 200

_KEPT = frozenset(
    "environment event_id exception fingerprint level logger platform release sdk tags threads"
    " timestamp transaction".split()
)
"""The parts of an event that are sent. Requests, users, extras and the host's name are not."""

_PLAIN = frozenset(
    "ArchiveAbsent ArchiveError BrokerAway BrokerError BrokerFault BrokerRefused SettingsError"
    " SinkClosed SinkError ConnectionError ConnectionRefusedError ConnectionResetError"
    " FileNotFoundError ImportError ModuleNotFoundError OSError PermissionError"
    " TimeoutError".split()
)
"""Errors whose messages name files, hosts and settings, and never quote an item."""

_is_on = False


def start_reports(role: str, *, with_celery: bool = False) -> None:
    """Begin to report the faults of this process and its forks, if SENTRY_DSN is set.

    Args:
        role: The role of the process in the service, such as `relay`.
        with_celery: Report the exceptions of Celery tasks as well.
    """
    if not os.environ.get("SENTRY_DSN"):
        return
    try:
        import sentry_sdk  # noqa: PLC0415  an extra
        from sentry_sdk.utils import BadDsn  # noqa: PLC0415
    except ImportError as error:
        reason = f"{error.name} is not installed: pip install 'copytaster[sentry]'"
        log.warning("reports_off", reason=reason)
        return
    try:
        sentry_sdk.init(**_options(with_celery=with_celery))
    except BadDsn as error:
        log.warning("reports_off", reason=f"SENTRY_DSN: {redact(str(error))}")
        return
    sentry_sdk.set_tag("role", role)
    global _is_on  # noqa: PLW0603  # the SDK's client is global too
    _is_on = True


def report(error: BaseException) -> None:
    """Report an exception that was caught, if reports are on."""
    if _is_on:
        import sentry_sdk  # noqa: PLC0415  an extra

        sentry_sdk.capture_exception(error)


def _options(*, with_celery: bool) -> dict[str, Any]:
    """Return the options of the SDK; it reads DSN and environment from its own variables."""
    return {
        "release": os.environ.get("SENTRY_RELEASE") or f"copytaster@{__version__}",
        # `send_default_pii` is off by default; setting it is deprecated.
        "spotlight": False,
        "include_local_variables": False,
        "max_request_body_size": "never",
        "max_breadcrumbs": 0,
        "server_name": "",
        "default_integrations": False,
        "auto_enabling_integrations": False,
        "integrations": _integrations(with_celery=with_celery),
        "propagate_traces": False,
        "before_send": _clean,
        "before_send_transaction": _drop,
    }


def _integrations(*, with_celery: bool) -> "list[Integration]":
    from sentry_sdk.integrations.atexit import AtexitIntegration  # noqa: PLC0415  an extra
    from sentry_sdk.integrations.dedupe import DedupeIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.threading import ThreadingIntegration  # noqa: PLC0415

    found: list[Integration] = [
        AtexitIntegration(callback=lambda *_: None),  # the default writes to standard error
        DedupeIntegration(),
        ExcepthookIntegration(),
        LoggingIntegration(level=None, sentry_logs_level=None),
        ThreadingIntegration(propagate_scope=False),
    ]
    if with_celery:
        from sentry_sdk.integrations.celery import CeleryIntegration  # noqa: PLC0415

        found.append(CeleryIntegration(propagate_traces=False))
    return found


def _drop(_event: "Event", _hint: "Hint") -> None:
    """Send no timings: traces go to OpenTelemetry."""


def _clean(event: "Event", hint: "Hint") -> "Event":
    """Return the event with only the parts that a report may hold.

    It keeps a list of parts, so that a part that a later SDK adds is not sent.
    """
    whole = cast("dict[str, Any]", event)
    kept = {name: value for name, value in whole.items() if name in _KEPT}
    tags = dict(kept.get("tags") or {})
    record = hint.get("log_record")
    if record is not None:
        # structlog's events are mappings with a fixed name. The message of another library may
        # quote an error, so only its logger is named.
        words = record.msg if isinstance(record.msg, Mapping) else {}
        name = words.get("event") or f"logged by {record.name}"
        kept["logentry"] = {"message": redact(str(name))[:_FIELD_CHARS]}
        tags |= {name: _shown(words[name]) for name in _FIELDS & words.keys()}
    kept["tags"] = tags
    for shown in (kept.get("exception") or {}).get("values", ()):
        # The first line only: the notes of an exception (`add_note`) follow, and may say anything.
        is_plain = shown.get("type") in _PLAIN
        shown["value"] = redact(str(shown.get("value")).partition("\n")[0]) if is_plain else ""
    return cast("Event", kept)


def _shown(value: object) -> str:
    return without_secrets(str(value))[:_FIELD_CHARS]
