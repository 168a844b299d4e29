"""Starts traces and fault reports in a process, and stops them at its end.

They must not keep the service from its work: a setting that cannot be followed is logged as a
warning, and the process runs without traces or reports.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import structlog

from worker.telemetry import faults, tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

__all__ = ["find_trace_fault", "start_traces", "stop_traces", "telemetry", "wants_traces"]

log = structlog.get_logger(__name__)

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL = "http/protobuf"

_providers: dict[int, "TracerProvider"] = {}
"""The provider by process id: after a fork, the threads of the parent's provider are gone."""


@contextlib.contextmanager
def telemetry(role: str) -> Iterator[None]:
    """Report the faults of this process and trace its steps, if the environment asks for it.

    Args:
        role: The role of the process in the service, such as `dispatch`, `relay` or `web`.
    """
    faults.start_reports(role)
    warn_of_traces(os.environ)
    start_traces(role)
    try:
        yield
    finally:
        stop_traces()


def wants_traces(environ: Mapping[str, str]) -> bool:
    """Return True if the variables of OpenTelemetry ask for traces."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip()
    return exporter != "none" and bool(exporter or any(environ.get(name) for name in _ENDPOINTS))


def find_trace_fault(environ: Mapping[str, str]) -> str:
    """Return the reason why traces cannot be sent as the variables ask; "" if they can."""
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    if exporter != "otlp":
        return f"OTEL_TRACES_EXPORTER={exporter}: must be otlp or none"
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), _PROTOCOL)
    if protocol != _PROTOCOL:
        return f"OTLP is sent as {_PROTOCOL} only, not as {protocol}"
    try:
        import worker.telemetry.otel  # noqa: F401, PLC0415  an extra
    except ImportError as error:
        return f"{error.name} is not installed: pip install 'copytaster[otel]'"
    return ""


def warn_of_traces(environ: Mapping[str, str]) -> None:
    """Log a warning if traces are wanted and cannot be sent.

    It imports OpenTelemetry, which a worker does before it forks, so that its children share the
    memory of the modules.
    """
    if wants_traces(environ) and (reason := find_trace_fault(environ)):
        log.warning("traces_off", reason=reason)


def start_traces(role: str) -> None:
    """Begin to trace in this process, if traces are wanted and can be sent; called after a fork."""
    if not wants_traces(os.environ) or find_trace_fault(os.environ) or os.getpid() in _providers:
        return
    from worker.telemetry.otel import OtelTracer, make_provider  # noqa: PLC0415  an extra

    provider = _providers[os.getpid()] = make_provider(role)
    tracing.install(OtelTracer(provider))


def stop_traces() -> None:
    """Send the last spans of this process and stop tracing, if it traces."""
    provider = _providers.pop(os.getpid(), None)
    if provider is not None:
        from worker.telemetry.otel import stop_provider  # noqa: PLC0415  an extra

        tracing.install(None)
        stop_provider(provider)
