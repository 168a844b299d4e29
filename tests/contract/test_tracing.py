"""Traces from a feed or a door to a desk and its sink, and their cost while they are off."""

import asyncio
import json
import re
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, TraceIdRatioBased

from tasks import ingest
from worker.errors import SinkError
from worker.model import Event, Feed, feed_id
from worker.model.codec import load
from worker.polling.poll_task import poll_feeds
from worker.settings import Settings
from worker.sinks.relay import DeskLease, relay_once
from worker.telemetry import tracing
from worker.telemetry.otel import OtelTracer
from worker.web.api import FetchReply

TRACE = "0af7651916cd43dd8448eb211c80319c"
SENDER = f"00-{TRACE}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"
TALKS = {"uri": "urn:talks", "version": "1", "headline": "Talks resume", "body_text": "In Paris."}
SECRET_URL = "https://ada:secret@wire.example/rss?token=secret"


class Spans:
    """The ended spans, and their places in the tree."""

    def __init__(self, exporter):
        self._exporter = exporter

    def __iter__(self):
        return iter(self._exporter.get_finished_spans())

    def clear(self):
        self._exporter.clear()

    def named(self, name):
        return [span for span in self if span.name == name]

    def one(self, name):
        [span] = self.named(name)
        return span

    def path(self, span):
        """The names from the root to a span."""
        parents = {known.context.span_id: known for known in self}
        names = [span.name]
        while span.parent is not None and span.parent.span_id in parents:
            span = parents[span.parent.span_id]
            names.insert(0, span.name)
        return names


@pytest.fixture
def trace():
    """Turn tracing on with a sampler until the test ends; return the spans."""

    def begin(sampler=ParentBased(ALWAYS_ON)):  # noqa: B008  # has no state
        provider = TracerProvider(sampler=sampler, resource=Resource({}), shutdown_on_exit=False)
        exporter = InMemorySpanExporter()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracing.install(OtelTracer(provider))
        return Spans(exporter)

    yield begin
    tracing.install(None)


class TakingSink:
    def __init__(self, most=100):
        self.most = most
        self.entries = []

    def send(self, entries):
        for taken, entry in enumerate(entries):
            if taken == self.most:
                raise SinkError("full of secrets", subject="here", taken=taken)
            self.entries.append(entry)

    def close(self):
        pass


def relay(world, sink, stopping=None):
    lease = DeskLease(world.store.desks, "items")
    lease.renew()
    try:
        return relay_once(world.store.desks, "items", sink, lease, stopping)
    finally:
        world.store.desks.leave("items", lease.token())


def parent_of(carrier):
    return tuple(carrier["traceparent"].split("-")[1:3])


def is_sampled(carrier):
    return int(carrier["traceparent"][-2:], 16) & 1 == 1


def ids(span):
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"


# from door to sink


def test_an_item_of_a_door_is_one_trace_from_its_sender_to_the_sink(world, trace):
    spans, sink = trace(), TakingSink()
    world.put(TALKS, fields={"traceparent": SENDER, "tracestate": "vendor=1"})
    world.work()
    relay(world, sink)

    assert spans.path(spans.one("send")) == ["intake", "parse", "publish", "send"]
    assert ids(spans.one("send"))[0] == TRACE
    assert spans.one("intake").parent.span_id == 0xB7AD6B7169203331
    [event] = world.events()
    assert parent_of(event) == ids(spans.one("publish"))
    assert event["tracestate"] == "vendor=1"
    [sent] = sink.entries
    assert parent_of(sent.trace) == ids(spans.one("send"))
    assert json.loads(sent.body) == event


def test_a_batch_is_a_span_of_its_own_with_a_link_to_each_item(world, trace):
    spans, sink = trace(), TakingSink()
    for number in "12":
        world.put(TALKS | {"uri": f"urn:{number}"})
    world.work()
    relay(world, sink)

    for batch, before, inside in (
        ("parse batch", "intake", "parse"),
        ("relay batch", "publish", "send"),
    ):
        whole = spans.one(batch)
        assert whole.parent is None
        assert {link.context.span_id for link in whole.links} == {
            span.context.span_id for span in spans.named(before)
        }
        assert [span.links[0].context.span_id for span in spans.named(inside)] == [
            whole.context.span_id
        ] * 2
        assert whole.attributes["messaging.batch.message_count"] == 2


def test_spans_say_what_became_of_an_item_and_nothing_of_its_text(world, trace):
    spans = trace()
    entry_id = world.put(TALKS)
    world.work()
    relay(world, TakingSink())

    told = {span.name: dict(span.attributes) for span in spans}
    assert told["intake"] == {
        "messaging.system": "redis",
        "messaging.operation.type": "process",
        "messaging.destination.name": "inbox",
        "messaging.message.id": entry_id,
        "messaging.message.body.size": len(json.dumps(TALKS)),
        "copytaster.result": "work",
    }
    assert told["publish"]["copytaster.uri"] == "urn:talks"
    assert told["publish"]["copytaster.result"] == "published"
    assert told["publish"]["copytaster.desk"] == ("items",)
    assert told["send"]["copytaster.desk"] == "items"
    assert "Paris" not in str(told)
    assert "Talks" not in str(told)


def test_events_that_a_sink_did_not_take_are_failed_spans(world, trace):
    spans = trace()
    for number in "123":
        world.put(TALKS | {"uri": f"urn:{number}"})
    world.work()

    with pytest.raises(SinkError):
        relay(world, TakingSink(most=1))

    assert [span.status.is_ok for span in spans.named("send")] == [True, False]
    failed = spans.named("send")[1]
    assert failed.attributes["error.type"] == "SinkError"
    assert "secrets" not in failed.to_json()


def test_an_event_that_is_left_for_the_next_batch_has_no_span_in_this(world, trace):
    spans, stopping = trace(), threading.Event()
    for number in "12":
        world.put(TALKS | {"uri": f"urn:{number}"})
    world.work()
    stopping.set()
    assert relay(world, TakingSink(), stopping) == 1

    assert len(spans.named("send")) == 1
    assert spans.one("relay batch").attributes["messaging.batch.message_count"] == 1


def test_an_item_that_breaks_the_parser_is_a_failed_span_without_its_words(
    world, trace, monkeypatch
):
    spans = trace()
    world.put(TALKS)

    def fail(*_):
        raise ValueError("In Paris.")

    monkeypatch.setattr("worker.publishing.annotation.annotate", fail)
    monkeypatch.setattr("worker.publishing.annotation.annotate_all", fail)
    world.work()

    assert spans.one("parse").attributes["copytaster.result"] == "dead"
    assert "Paris" not in "".join(span.to_json() for span in spans)


def test_an_embargoed_item_goes_on_in_its_trace(world, trace, pass_time):
    spans = trace()
    until = world.services.now() + timedelta(seconds=60)
    world.put(TALKS | {"embargoed": until.isoformat()}, fields={"traceparent": SENDER})
    world.work()
    assert world.events() == []
    pass_time(61)
    world.scheduler.step()
    world.work()

    assert parent_of(world.events()[0])[0] == TRACE
    assert [span.attributes["copytaster.result"] for span in spans.named("publish")] == [
        "held",
        "published",
    ]


# from feed to sink


class FeedServer:
    guid = "a"

    async def fetch(self, feed, state, memory=None):
        item = f"<item><guid>{self.guid}</guid><title>Talks</title></item>"
        body = f"<rss version='2.0'><channel>{item}</channel></rss>".encode()
        return FetchReply(status=200, url=SECRET_URL, headers={}, body=body)


def poll(make_world):
    world = make_world(Settings(host_spacing_s=0))
    world.services = replace(world.services, http=FeedServer())
    world.store.feeds.add([Feed(id=feed_id(SECRET_URL), url=SECRET_URL)])
    asyncio.run(poll_feeds(world.services.polling, world.store.polls.claim_due(1, 60)))
    return world


def test_an_item_of_a_feed_is_one_trace_from_its_poll_to_the_sink(make_world, trace):
    spans = trace()
    world = poll(make_world)
    world.work()
    relay(world, TakingSink())

    assert spans.path(spans.one("send")) == ["poll", "admit", "parse", "publish", "send"]
    assert [spans.path(spans.one(name)) for name in ("fetch", "read")] == [
        ["poll", "fetch"],
        ["poll", "read"],
    ]
    assert dict(spans.one("fetch").attributes) | {"http.response.body.size": 0} == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.response.body.size": 0,
        "url.full": "https://wire.example/rss?token=***",
        "server.address": "wire.example",
        "server.port": 443,
    }
    assert spans.one("poll").attributes["copytaster.outcome"] == "arrived"
    assert spans.one("poll").attributes["copytaster.items"] == 1
    assert "secret" not in "".join(span.to_json() for span in spans)


def test_an_item_goes_on_in_its_trace_when_its_page_was_read(world, trace):
    spans = trace()
    world.put({"link": "https://wire.example/talks"}, fields={"traceparent": SENDER})
    world.consumer.step()
    world.consumer.step()
    opened = world.store.pages.work(world.store.pages.claim(1, 60)[0], 60)
    world.store.pages.finish(opened.lease, opened.work, json.dumps(TALKS).encode())
    world.work()

    assert parent_of(world.events()[0])[0] == TRACE
    assert spans.path(spans.one("publish")) == ["intake", "parse", "publish"]


@pytest.mark.parametrize("is_on", [True, False])
def test_a_producers_task_message_has_its_context_in_the_headers(world, trace, monkeypatch, is_on):
    if is_on:
        trace()
    opened = SimpleNamespace(store=world.store)
    monkeypatch.setattr(ingest, "services", lambda: opened)
    headers = {"traceparent": SENDER, "tracestate": 7}
    ingest.put_on_inbox.apply(args=[json.dumps(TALKS)], headers=headers)

    [(_, fields)] = world.client.xrange(world.key("inbox"))
    assert fields.get("traceparent") == (SENDER if is_on else None)
    assert "tracestate" not in fields


# events


def test_a_repeat_with_another_trace_makes_no_second_event(world, trace):
    trace()
    for _ in range(2):
        world.put(TALKS)
        world.work()

    assert len(world.events()) == 1


def test_a_trace_changes_nothing_of_an_event_but_the_attributes_that_carry_it(make_world, trace):
    off = make_world()
    off.put(TALKS)
    off.work()
    [plain] = off.store.desks.read("items")
    off.client.delete(*off.client.keys(off.key("*")))

    trace()
    on = make_world()
    on.put(TALKS)
    on.work()
    [traced] = on.store.desks.read("items")

    shown = json.loads(traced.body)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]", shown.pop("traceparent"))
    assert shown == json.loads(plain.body)
    assert load(Event, traced.body).id == traced.id == plain.id


# off


def test_off_nothing_is_carried_even_if_a_sender_asks(world, work):
    world.put(TALKS, fields={"traceparent": SENDER, "tracestate": "vendor=1"})
    world.consumer.step()

    [(_, _, fields)] = work()
    assert set(fields) == {"door", "message"}
    [batch] = world.queues.batches
    assert world.parse()[0].published == 1
    assert SENDER.encode() not in world.store.desks.read("items")[0].body
    assert batch.ids


class Listening:
    """A connection that notes the arguments of all scripts."""

    def __init__(self, server):
        self._server = server
        self.said = []

    def __getattr__(self, name):
        return getattr(self._server, name)

    def run(self, script, key, argument, **options):
        self.said.append((script, argument))
        return self._server.run(script, key, argument, **options)


def test_off_scripts_get_nothing_more(make_world, monkeypatch, swap_server):
    world = poll(make_world)
    server = Listening(world.store.inbox._server)
    swap_server(monkeypatch, world.store, server)
    world.store.feeds.poll_now(feed_id(SECRET_URL))
    world.put(TALKS)
    world.services.http.guid = "b"
    asyncio.run(poll_feeds(world.services.polling, world.store.polls.claim_due(1, 60)))
    world.work()

    said = dict(server.said)
    assert "trace" not in said["admit"]
    assert [len(message) for message in said["enter"]["messages"]] == [7]
    assert b"traceparent" not in msgspec.json.encode(said["publish"])


def test_off_an_item_costs_a_few_calls(world):
    """Calls are counted and not seconds, since a loaded machine makes times meaningless."""
    for number in range(20):
        world.put(TALKS | {"uri": f"urn:{number}"})
    world.work(0)
    directory = str(Path(tracing.__file__).parent)
    calls = []

    def count(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(directory):
            calls.append(frame.f_code.co_name)

    sys.setprofile(count)
    try:
        world.work()
    finally:
        sys.setprofile(None)

    assert len(world.events()) == 20
    assert Counter(calls) == {"span": 21, "each": 2, "is_on": 20, "carried": 20}


def test_off_a_span_is_the_same_object_each_time():
    assert tracing.span("poll") is tracing.span("parse")
    with tracing.span("poll") as span:
        assert span is None
    assert tracing.context() == {}
    assert tracing.start("send", tracing.Kind.PRODUCER, parent={}) is None


# strangers


@pytest.mark.parametrize(
    "hostile",
    [
        {"traceparent": ""},
        {"traceparent": "00-" + "0" * 32 + "-b7ad6b7169203331-01"},
        {"traceparent": f"00-{TRACE}-" + "0" * 16 + "-01"},
        {"traceparent": SENDER.upper()},
        {"traceparent": f"ff{SENDER[2:]}"},
        {"traceparent": SENDER + "-" + "f" * 1000},
        {"traceparent": "\N{SNOWMAN}" * 55},
        {"traceparent": "\0" * 55},
        {"traceparent": "x" * 5_000_000},
        {"traceparent": SENDER[:-1]},
        {"tracestate": "vendor=1"},
    ],
    ids=lambda fields: repr(fields)[:60],
)
def test_a_context_that_is_none_begins_a_trace_of_ours(world, trace, hostile):
    spans = trace()
    world.put(TALKS, fields=hostile)
    world.work()

    [event] = world.events()
    assert parent_of(event)[0] != TRACE
    assert len(event["traceparent"]) == 55
    assert "tracestate" not in event
    assert spans.one("intake").parent is None


@pytest.mark.parametrize(
    "state",
    ["v=" + "x" * 600, "=", ",,,,", "\0", "a=1," * 200, "\N{SNOWMAN}=1"],
    ids=lambda state: repr(state)[:20],
)
def test_a_wrong_or_long_tracestate_is_left_out(world, trace, state):
    trace()
    world.put(TALKS, fields={"traceparent": SENDER, "tracestate": state})
    world.work()

    [event] = world.events()
    assert parent_of(event)[0] == TRACE
    assert "tracestate" not in event


@pytest.mark.parametrize("sampler", [ALWAYS_OFF, TraceIdRatioBased(0.0)], ids=["off", "ratio"])
def test_a_stranger_makes_no_sampler_sample_that_does_not_follow_parents(world, trace, sampler):
    spans = trace(sampler)
    world.put(TALKS, fields={"traceparent": SENDER})
    world.work()

    assert list(spans) == []
    [event] = world.events()
    assert is_sampled(event) is False
    assert parent_of(event)[0] != TRACE


def test_a_sampler_that_does_not_follow_parents_links_to_the_sender(world, trace):
    spans = trace(TraceIdRatioBased(1.0))
    world.put(TALKS, fields={"traceparent": SENDER})
    world.work()

    [link] = spans.one("intake").links
    assert f"{link.context.trace_id:032x}" == TRACE
    assert spans.one("intake").parent is None
    assert spans.path(spans.one("publish")) == ["intake", "parse", "publish"]


def test_a_sender_that_is_not_sampled_is_followed_by_a_sampler_that_follows_parents(world, trace):
    spans = trace()
    world.put(TALKS, fields={"traceparent": UNSAMPLED})
    world.work()

    assert [span.name for span in spans] == ["parse batch"]
    [event] = world.events()
    assert (parent_of(event)[0], is_sampled(event)) == (TRACE, False)


def test_an_event_of_a_stranger_on_a_desk_ends_no_relay(world, trace):
    spans, sink = trace(), TakingSink()
    for body in (b"{", b"[]", b'{"traceparent": 1}', b'{"traceparent": "%b"}' % (b"x" * 9999)):
        world.client.xadd(world.key("desk:items"), {"event": body, "id": "a", "type": "t"})

    assert relay(world, sink) == 4
    assert [span.parent for span in spans.named("send")] == [None] * 4
    assert all(len(entry.trace["traceparent"]) == 55 for entry in sink.entries)


# logs


def test_a_log_line_within_a_span_has_its_ids(trace):
    spans = trace()
    with tracing.span("parse"):
        seen = tracing.ids()

    found = spans.one("parse").context
    assert seen == {"trace_id": f"{found.trace_id:032x}", "span_id": f"{found.span_id:016x}"}
    assert tracing.ids() == {}
