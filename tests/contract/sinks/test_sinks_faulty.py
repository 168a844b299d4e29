"""Connections that break at any point: no event is lost, none overtakes another."""

import pytest

pytestmark = pytest.mark.parametrize("seed", [1])


@pytest.fixture
def faulty(make_faulty_way, seed, monkeypatch):
    """Return a faulty way to a server, and the sink over it with timeouts of a second."""
    monkeypatch.setattr("worker.sinks.relay._pause_s", lambda *_: 0.02)
    monkeypatch.setattr("worker.archive.database.DEADLINE_S", 1)
    for module in ("servers.amqp", "servers.nats", "sinks.nats"):
        monkeypatch.setattr(f"worker.{module}.CONNECT_TIMEOUT_S", 1)

    def go(address, spec, server):
        way = make_faulty_way(address, seed)
        return way, spec.replace(server, f"127.0.0.1:{way.port}", 1)

    return go


@pytest.fixture
def relay_all(relaying, event, place):
    """Relay events over a faulty way, and check that each arrives in order."""

    def relay(way, spec, count):
        events = [event(number, pad="x" * (number * 37 % 900)) for number in range(count)]
        with relaying(events, spec) as outbox:
            outbox.wait_for(lambda: not outbox.left, 120)
        assert way.ended > 3
        assert place.messages() == [(one.id, one.body) for one in events]

    return relay


@pytest.mark.parametrize("place", ["amqp", "nats"], indirect=True)
def test_a_queue_gets_each_event_in_order(faulty, place, relay_all):
    spec = place.spec.replace("timeout_s=20", "timeout_s=1")
    port = place.server.port
    way, spec = faulty(port, spec, f"127.0.0.1:{port}")
    relay_all(way, spec, 200)


@pytest.mark.parametrize("place", ["sql at PostgreSQL"], indirect=True)
def test_a_database_gets_each_event_in_order(faulty, place, relay_all):
    port = place.server.port
    way, spec = faulty(port, place.spec, f"127.0.0.1:{port}")
    relay_all(way, spec, 40)  # a batch that some ways let through


@pytest.mark.parametrize("place", ["webhook"], indirect=True)
def test_a_receiver_gets_each_event_in_order(faulty, place, relay_all):
    port = place.receiver.port
    way, spec = faulty(port, f"{place.spec}&timeout_s=1", f"127.0.0.1:{port}")
    relay_all(way, spec, 200)


@pytest.mark.parametrize("place", ["redis-stream"], indirect=True)
def test_a_stream_gets_each_event_in_order(faulty, place, relay_all):
    path, _, _ = place.url.removeprefix("unix://").partition("?")
    spec = f"redis-stream:redis://server/0?stream={place.stream}&socket_timeout=1"
    way, spec = faulty(path, spec, "server")
    relay_all(way, spec, 1000)
