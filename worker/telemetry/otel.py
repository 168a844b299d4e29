"""The tracer of `tracing` on OpenTelemetry. Needs the extra `otel`."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from worker import __version__
from worker.model.inbox import InboxEntry
from worker.telemetry.tracing import Carrier, Kind, TraceSpan, Value

__all__ = ["OtelTracer", "make_provider", "stop_provider"]

T = TypeVar("T")

_STOP_S = 1.0
"""The time for sending the last spans at the end of a process."""

_TRACEPARENT_CHARS = 55
_TRACESTATE_CHARS = 512
"""The length of a `traceparent` of version 00, and the longest `tracestate` that is passed on.

Source: W3C Trace Context, sections 3.2 and 3.3.1.5.
"""

_VALUE_CHARS = 256

_KINDS = {
    Kind.INTERNAL: trace.SpanKind.INTERNAL,
    Kind.CLIENT: trace.SpanKind.CLIENT,
    Kind.PRODUCER: trace.SpanKind.PRODUCER,
    Kind.CONSUMER: trace.SpanKind.CONSUMER,
}

_NO_PARENT = Context()
_w3c = TraceContextTextMapPropagator()


def make_provider(role: str) -> TracerProvider:
    """Return a provider that sends spans over OTLP, configured by OpenTelemetry's variables."""
    provider = TracerProvider(resource=_resource(role), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _resource(role: str) -> Resource:
    ours: dict[str, str | int] = {
        "service.version": __version__,
        "copytaster.role": role,
        "process.pid": os.getpid(),
    }
    resource = Resource.create({**ours})
    # The SDK names it `unknown_service` if neither OTEL_SERVICE_NAME nor the resource has a name.
    if str(resource.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "copytaster"}))
    return resource


def stop_provider(provider: TracerProvider) -> None:
    """Send the last spans, and give up after a second if the server does not answer.

    `shutdown` takes no time limit that covers its export, so it runs in a thread.
    """
    stopping = threading.Thread(target=provider.shutdown, name="last spans", daemon=True)
    stopping.start()
    stopping.join(_STOP_S)


class OtelTracer:
    """A `worker.telemetry.tracing.Tracer` on a provider."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("copytaster", __version__)
        self._trusts_senders = isinstance(provider.sampler, ParentBased)
        self._open: dict[str, _OtelSpan] = {}

    def start(
        self, name: str, kind: Kind, parent: Carrier | None, links: Iterable[Carrier]
    ) -> "_OtelSpan":
        return _OtelSpan(
            self._tracer.start_span(
                name,
                context=None if parent is None else _read_context(parent),
                kind=_KINDS[kind],
                links=[link for carrier in links for link in _links(carrier)],
            )
        )

    @contextlib.contextmanager
    def span(
        self,
        name: str,
        kind: Kind,
        *,
        parent: Carrier | None,
        sender: Carrier | None,
        links: Iterable[Carrier],
    ) -> Iterator[TraceSpan]:
        # A context from outside becomes the parent only if the operator chose a parent-based
        # sampler: its `sampled` flag would decide what this service records. Else it is a link.
        if sender is not None:
            parent = sender if self._trusts_senders else {}
            links = () if self._trusts_senders else (sender,)
        started = self.start(name, kind, parent, links)
        try:
            with trace.use_span(
                started.span, record_exception=False, set_status_on_exception=False
            ):
                yield started
        except BaseException as error:
            started.fail(error)
            raise
        finally:
            started.end()

    @contextlib.contextmanager
    def each(
        self,
        name: str,
        kind: Kind,
        work: Sequence[tuple[InboxEntry, T]],
        uri_of: Callable[[T], str],
    ) -> Iterator[Sequence[tuple[InboxEntry, T]]]:
        batch = (self.context(),)
        spans = [self.start(name, kind, entry.fields, batch) for entry, _ in work]
        traced = []
        for (entry, thing), span in zip(work, spans, strict=True):
            span.note({"copytaster.uri": uri_of(thing), "messaging.message.id": entry.id})
            carrier = span.context()
            self._open[carrier.get("traceparent", "")] = span
            # The events of the entry carry this span's context on, in place of the sender's.
            others = entry.fields.keys() - {"traceparent", "tracestate"}
            fields = {name: entry.fields[name] for name in others} | carrier
            traced.append((msgspec.structs.replace(entry, fields=fields), thing))
        try:
            yield traced
        except BaseException as error:
            for span in spans:
                span.fail(error)
            raise
        finally:
            self._open.clear()
            for span in spans:
                span.end()

    def note(self, carrier: Carrier, attributes: Mapping[str, Value]) -> None:
        if (span := self._open.get(carrier.get("traceparent", ""))) is not None:
            span.note(attributes)

    def context(self) -> dict[str, str]:
        return _OtelSpan(trace.get_current_span()).context()

    def ids(self) -> dict[str, str]:
        found = trace.get_current_span().get_span_context()
        if not found.is_valid:
            return {}
        return {
            "trace_id": trace.format_trace_id(found.trace_id),
            "span_id": trace.format_span_id(found.span_id),
        }


class _OtelSpan:
    """A `worker.telemetry.tracing.TraceSpan`."""

    def __init__(self, span: trace.Span) -> None:
        self.span = span

    def context(self) -> dict[str, str]:
        carrier: dict[str, str] = {}
        _w3c.inject(carrier, trace.set_span_in_context(self.span))
        return carrier

    def note(self, attributes: Mapping[str, Value]) -> None:
        if self.span.is_recording():
            self.span.set_attributes({name: _cut(value) for name, value in attributes.items()})

    def fail(self, error: BaseException) -> None:
        # Not `record_exception`: the message of an error may quote the text of an item.
        self.note({"error.type": type(error).__name__})
        self.span.set_status(trace.StatusCode.ERROR)

    def end(self) -> None:
        self.span.end()


def _cut(value: Value) -> Value:
    return value[:_VALUE_CHARS] if isinstance(value, str) else value


def _read_context(carrier: Carrier) -> Context:
    """Return the context that the fields carry; an empty context if they carry no valid one."""
    parent = carrier.get("traceparent", "")
    if len(parent) != _TRACEPARENT_CHARS:
        return _NO_PARENT
    state = carrier.get("tracestate", "")
    fields = {"traceparent": parent}
    if state and len(state) <= _TRACESTATE_CHARS:
        fields["tracestate"] = state
    return _w3c.extract(fields, _NO_PARENT)


def _links(carrier: Carrier) -> Iterator[trace.Link]:
    found = trace.get_current_span(_read_context(carrier)).get_span_context()
    if found.is_valid:
        yield trace.Link(found)
