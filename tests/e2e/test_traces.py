"""One trace across processes, as a collector gets it by OTLP."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import redis
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from worker.app import make_app
from worker.settings import Settings

TRACE = "0af7651916cd43dd8448eb211c80319c"
DESKS = """
[[desk]]
name = "items"
shape = "item"
sink = "jsonl:{path}"
"""


class Collector(ThreadingHTTPServer):
    """Takes spans by OTLP over HTTP: (role of the process, span)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def of(self, trace):
        """The name, the role and the parent's name of each span of a trace."""
        found = [(role, span) for role, span in list(self.spans) if span.trace_id.hex() == trace]
        names = {span.span_id: span.name for _, span in found}
        return {(span.name, role, names.get(span.parent_span_id, "")) for role, span in found}


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        said = ExportTraceServiceRequest()
        said.ParseFromString(self.rfile.read(int(self.headers["content-length"])))
        for of_process in said.resource_spans:
            known = {one.key: one.value.string_value for one in of_process.resource.attributes}
            assert known["service.name"] == "copytaster"
            for scope in of_process.scope_spans:
                self.server.spans += [(known["copytaster.role"], span) for span in scope.spans]
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def collector():
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.e2e
def test_an_item_is_one_trace_from_its_door_to_the_sink_of_another_process(
    processes, collector, broker_url, prefix, tmp_path, wait_for
):
    desks, out = tmp_path / "desks.toml", tmp_path / "items.jsonl"
    desks.write_text(DESKS.format(path=out))
    processes.environ |= {
        "COPYTASTER_DESKS": str(desks),
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    app = make_app(Settings(redis_url=broker_url, prefix=prefix))
    app.send_task(
        "tasks.ingest.put_on_inbox",
        args=['{"text": "All is calm."}'],
        queue="parse",
        headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"},
    )
    app.close()
    processes.dispatch()
    processes.worker()
    processes.start("relay", [sys.executable, "-m", "worker.cli", "relay"])

    wait_for(lambda: {name for name, _, _ in collector.of(TRACE)} >= {"send"})
    wait_for(lambda: len(collector.of(TRACE)) == 4)
    assert collector.of(TRACE) == {
        ("intake", "dispatch", ""),
        ("parse", "worker", "intake"),
        ("publish", "worker", "parse"),
        ("send", "relay", "publish"),
    }
    assert TRACE in out.read_text()
    for name in list(processes.started):
        processes.stop(name)
    assert "traces_off" not in processes.log("worker")


@pytest.mark.e2e
def test_a_collector_that_is_away_holds_up_neither_the_items_nor_the_end(
    processes, broker_url, prefix, wait_for
):
    processes.environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with redis.Redis.from_url(broker_url) as client:
        client.xadd(f"{prefix}:inbox", {"message": '{"text": "All is calm."}'})
        processes.dispatch()
        processes.worker()

        wait_for(lambda: client.xlen(f"{prefix}:desk:items") == 1)
    assert processes.stop("worker", timeout_s=20) == 0
    assert processes.stop("dispatch", timeout_s=20) == 0
