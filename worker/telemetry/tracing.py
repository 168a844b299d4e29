"""Spans around the steps of an item, from its feed or door to a desk and its sink.

The context of a span travels in the fields `traceparent` and `tracestate` of W3C Trace Context: in
messages at the doors, in work entries, in events, and in the headers that sinks send.

While tracing is off, each function tests a variable and returns.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol, TypeVar

from worker.model.inbox import InboxEntry

__all__ = [
    "Carrier",
    "Kind",
    "TraceSpan",
    "Tracer",
    "carried",
    "context",
    "each",
    "install",
    "is_on",
    "note",
    "span",
    "start",
]

T = TypeVar("T")

Carrier = Mapping[str, str]
"""Fields that may include `traceparent` and `tracestate`."""

Value = str | int | bool | tuple[str, ...]


class Kind(StrEnum):
    """The kinds of spans of OpenTelemetry that are used here."""

    INTERNAL = "internal"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class TraceSpan(Protocol):
    """A span: a step of an item. A span that is not sampled drops attributes but has a context."""

    def context(self) -> dict[str, str]:
        """Return the fields that carry the span's context."""
        ...

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Set attributes. Long texts are cut; the text of an article must not be among them."""
        ...

    def fail(self, error: BaseException) -> None:
        """Mark the span as failed, with the type of the error and without its message."""
        ...

    def end(self) -> None:
        """End the span."""
        ...


class Tracer(Protocol):
    """Makes spans while tracing is on; the functions of this module document its methods."""

    def start(
        self, name: str, kind: Kind, parent: Carrier | None, links: Iterable[Carrier]
    ) -> TraceSpan: ...

    def span(
        self,
        name: str,
        kind: Kind,
        *,
        parent: Carrier | None,
        sender: Carrier | None,
        links: Iterable[Carrier],
    ) -> AbstractContextManager[TraceSpan]: ...

    def each(
        self,
        name: str,
        kind: Kind,
        work: Sequence[tuple[InboxEntry, T]],
        uri_of: Callable[[T], str],
    ) -> AbstractContextManager[Sequence[tuple[InboxEntry, T]]]: ...

    def note(self, carrier: Carrier, attributes: Mapping[str, Value]) -> None: ...

    def context(self) -> dict[str, str]: ...

    def ids(self) -> dict[str, str]: ...


_OFF: AbstractContextManager[None] = contextlib.nullcontext()

_tracer: Tracer | None = None
"""The tracer of this process. The parent of a worker has none; each child makes its own."""


def install(tracer: Tracer | None) -> None:
    """Turn tracing on in this process, or off."""
    global _tracer  # noqa: PLW0603  # else each step, pure or not, would need it as an argument
    _tracer = tracer


def is_on() -> bool:
    """Return True while spans are made."""
    return _tracer is not None


def span(
    name: str,
    kind: Kind = Kind.INTERNAL,
    *,
    parent: Carrier | None = None,
    sender: Carrier | None = None,
    links: Iterable[Carrier] = (),
) -> AbstractContextManager[TraceSpan | None]:
    """Return a context in which a new span is the current span; it yields None if tracing is off.

    Args:
        name: The name of the step, the same for all items.
        kind: The kind of span.
        parent: The fields with the context of the parent. None: the parent is the current span.
            Fields without a context begin a new trace.
        sender: The fields of a message from outside, used in place of `parent`. Their context
            becomes the parent only under a parent-based sampler; else a new trace links to it.
        links: The contexts of other spans that are related to this span.
    """
    if _tracer is None:
        return _OFF
    return _tracer.span(name, kind, parent=parent, sender=sender, links=links)


def start(
    name: str, kind: Kind, *, parent: Carrier, links: Iterable[Carrier] = ()
) -> TraceSpan | None:
    """Start a span that does not become the current span; the caller must end it.

    Returns:
        The span; None if tracing is off.
    """
    return None if _tracer is None else _tracer.start(name, kind, parent, links)


def each(
    name: str,
    kind: Kind,
    work: Sequence[tuple[InboxEntry, T]],
    uri_of: Callable[[T], str],
) -> AbstractContextManager[Sequence[tuple[InboxEntry, T]]]:
    """Return a context manager with a span for each entry of a batch.

    The parent of a span is the context that its entry carries; the current span, which is that of
    the batch, is a link. The context manager yields the work again, with entries that carry the
    context of their new span.
    """
    if _tracer is None:
        return contextlib.nullcontext(work)
    return _tracer.each(name, kind, work, uri_of)


def note(carrier: Carrier, attributes: Mapping[str, Value]) -> None:
    """Set attributes of the open span of `each` whose context the fields carry."""
    if _tracer is not None:
        _tracer.note(carrier, attributes)


def context() -> dict[str, str]:
    """Return the fields with the context of the current span; no fields if tracing is off."""
    return {} if _tracer is None else _tracer.context()


def carried(fields: Carrier) -> dict[str, str]:
    """Return only the fields that carry a trace context, whether tracing is on or off.

    A context must pass through a service that does not trace itself.
    """
    if "traceparent" not in fields:
        return {}
    return {name: fields[name] for name in ("traceparent", "tracestate") if name in fields}


def ids() -> dict[str, str]:
    """Return `trace_id` and `span_id` of the current span for the log; empty without a span."""
    return {} if _tracer is None else _tracer.ids()
