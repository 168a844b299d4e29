"""The spans of a relay: a span for each batch, and a span for each event in it."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TypeAlias

import msgspec

from worker.errors import SinkError
from worker.model.publishing import DeskEntry
from worker.telemetry import tracing
from worker.telemetry.tracing import Kind, TraceSpan

__all__ = ["traced_batch"]

Entries: TypeAlias = Iterator[DeskEntry]


class _Envelope(msgspec.Struct):
    """The members of an event that a span needs."""

    traceparent: str = ""
    tracestate: str = ""
    subject: str = ""


_decoder = msgspec.json.Decoder(_Envelope)


def traced_batch(
    desk: str, entries: Sequence[DeskEntry]
) -> AbstractContextManager[Callable[[Entries], Entries]]:
    """Return a context manager around the sending of a batch.

    It yields a function that wraps the iterator of events on its way to the sink, and gives each
    event the trace context of a span of its own. The spans end when the sink has taken the batch.
    While tracing is off, the function returns the events unchanged.
    """
    return _traced_batch(desk, entries) if tracing.is_on() else contextlib.nullcontext(_as_is)


def _as_is(entries: Entries) -> Entries:
    return entries


@contextlib.contextmanager
def _traced_batch(
    desk: str, entries: Sequence[DeskEntry]
) -> Iterator[Callable[[Entries], Entries]]:
    envelopes = {entry.entry_id: _read_envelope(entry) for entry in entries}
    drawn: list[TraceSpan] = []
    links = [_carrier(envelope) for envelope in envelopes.values()]

    def trace(drawing: Entries) -> Entries:
        for entry in drawing:
            envelope = envelopes[entry.entry_id]
            span = tracing.start(
                "send", Kind.PRODUCER, parent=_carrier(envelope), links=(batch_context,)
            )
            assert span is not None
            span.note(
                {
                    "copytaster.desk": desk,
                    "copytaster.uri": envelope.subject,
                    "messaging.operation.type": "send",
                    "messaging.message.id": entry.id,
                }
            )
            drawn.append(span)
            yield msgspec.structs.replace(entry, trace=span.context())

    taken: int | None = None
    with tracing.span("relay batch", Kind.PRODUCER, parent={}, links=links) as batch:
        assert batch is not None
        batch_context = batch.context()
        try:
            yield trace
        except BaseException as error:
            # The sink took the first events of the batch; the relay sends only the rest again.
            taken = error.taken if isinstance(error, SinkError) else 0
            for span in drawn[taken:]:
                span.fail(error)
            raise
        finally:
            count = len(drawn) if taken is None else taken
            batch.note({"copytaster.desk": desk, "messaging.batch.message_count": count})
            for span in drawn:
                span.end()


def _carrier(envelope: _Envelope) -> Mapping[str, str]:
    return {"traceparent": envelope.traceparent, "tracestate": envelope.tracestate}


def _read_envelope(entry: DeskEntry) -> _Envelope:
    """Return the envelope of an event; an empty envelope if the entry holds no event.

    Any client of the broker may write to the stream.
    """
    try:
        return _decoder.decode(entry.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Envelope()
