"""The start of traces and fault reports, and the contents of a report."""

import json
import logging
import os
import subprocess
import sys

import pytest
import sentry_sdk
import structlog
from sentry_sdk.transport import Transport
from structlog.testing import capture_logs

from worker.errors import BrokerError
from worker.model import NewsItem
from worker.publishing.annotation import annotate_each
from worker.telemetry import faults, tracing
from worker.telemetry.process import (
    find_trace_fault,
    start_traces,
    stop_traces,
    telemetry,
    wants_traces,
)

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
DSN = "https://key@sentry.example/1"
STANDARD = ("OTEL_", "SENTRY_")
SECRET = "The minister will resign on Friday."


@pytest.fixture(autouse=True)
def environ(monkeypatch):
    """Set standard variables, in an environment without those of this machine."""
    for name in [name for name in os.environ if name.startswith(STANDARD)]:
        monkeypatch.delenv(name)

    def set_all(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_all


# when there are traces


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": ""}, False),
        ({"OTEL_TRACES_EXPORTER": "none", **ENDPOINT}, False),
        ({"OTEL_SDK_DISABLED": "true", **ENDPOINT}, False),
        ({"OTEL_SERVICE_NAME": "wire"}, False),
    ],
)
def test_traces_are_on_if_the_standard_variables_say_so(environ, wanted):
    assert wants_traces(environ) is wanted


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        (ENDPOINT, ""),
        (
            {"OTEL_TRACES_EXPORTER": "zipkin"},
            "OTEL_TRACES_EXPORTER=zipkin: must be otlp or none",
        ),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", **ENDPOINT},
            "OTLP is sent as http/protobuf only, not as grpc",
        ),
        (
            {
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            },
            "",
        ),
    ],
)
def test_traces_that_cannot_be_sent_have_a_reason(environ, fault):
    assert find_trace_fault(environ) == fault


def test_traces_that_cannot_be_sent_are_a_warning_and_the_process_goes_on(environ):
    environ(OTEL_TRACES_EXPORTER="zipkin")
    with capture_logs() as logs, telemetry("dispatch"):
        assert not tracing.is_on()

    assert [(line["event"], line["log_level"]) for line in logs] == [("traces_off", "warning")]


@pytest.mark.filterwarnings("ignore")  # the SDK's, about servers that are away
def test_a_process_traces_from_its_start_to_its_end_and_no_fork_of_its_parent(environ):
    environ(OTEL_TRACES_SAMPLER="always_off", **ENDPOINT)
    with telemetry("dispatch"):
        assert tracing.is_on()
        with tracing.span("intake", parent={}):
            assert len(tracing.ids()["trace_id"]) == 32
    assert not tracing.is_on()
    start_traces("worker")
    stop_traces()
    stop_traces()
    assert not tracing.is_on()


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, {"service.name": "copytaster", "copytaster.role": "relay"}),
        ({"OTEL_SERVICE_NAME": "wire"}, {"service.name": "wire"}),
        (
            {"OTEL_RESOURCE_ATTRIBUTES": "service.name=desk,deployment.environment.name=test"},
            {"service.name": "desk", "deployment.environment.name": "test"},
        ),
    ],
)
def test_spans_name_the_service_and_the_process(environ, variables, named):
    from worker.telemetry.otel import make_provider, stop_provider

    environ(**variables)
    provider = make_provider("relay")
    stop_provider(provider)

    assert provider.resource.attributes.items() >= named.items()


# packages

PROGRAM = """
import sys
{before}
from worker.app import import_tasks, make_app
from worker.settings import Settings
from worker.log import configure_logs

settings = Settings(redis_url="redis://localhost", log_format="json")
configure_logs(settings)
app = make_app(settings)
import worker.cli.dispatch, worker.cli.service, worker.sinks.relay, worker.services
import_tasks(app)
from worker.telemetry.process import telemetry
for _ in "12":
    with telemetry("dispatch"):
        pass
import json
print(json.dumps(sorted(sys.modules)))
"""
EXTRAS = {"opentelemetry.exporter", "worker.telemetry.otel", "sentry_sdk"}
"""What only we import: redis-py imports the rest of OpenTelemetry wherever it is installed."""


def run(before="", **variables):
    """Return the modules that a process imported, and its log lines."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(STANDARD)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before)],
        env=inherited | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    ours = [line for line in logged if line["logger"].startswith("worker.telemetry")]
    return set(json.loads(done.stdout)), ours


def test_nothing_is_imported_while_both_are_off():
    loaded, logged = run()
    assert (loaded & EXTRAS, logged) == (set(), [])


def test_a_missing_package_is_a_warning_that_names_the_extra():
    before = "sys.modules['opentelemetry'] = sys.modules['sentry_sdk'] = None"
    _, logged = run(before, SENTRY_DSN=DSN, **ENDPOINT)

    assert {(line["event"], line["reason"].partition(": ")[2]) for line in logged} == {
        ("reports_off", "pip install 'copytaster[sentry]'"),
        ("traces_off", "pip install 'copytaster[otel]'"),
    }


# reports of faults


class Kept(Transport):
    """Keeps the events."""

    def __init__(self):
        super().__init__()
        self.events = []

    def capture_envelope(self, envelope):
        self.events += [item.payload.json for item in envelope.items if item.type == "event"]


@pytest.fixture
def reports(environ, monkeypatch):
    """The reports of this process, which are turned off after the test."""
    environ(SENTRY_DSN=DSN, SENTRY_ENVIRONMENT="test")
    kept = Kept()
    options = faults._options
    monkeypatch.setattr(faults, "_options", lambda **words: {**options(**words), "transport": kept})
    scope = sentry_sdk.get_global_scope()
    faults.start_reports("worker", with_celery=True)
    structlog.configure(
        processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    yield kept.events
    structlog.reset_defaults()
    monkeypatch.setattr(faults, "_is_on", False)
    scope.set_client(None)
    sentry_sdk.get_isolation_scope().clear()


def fail(text):
    words = text.split()
    raise ValueError(f"cannot read {words}")


def test_a_fault_arrives_without_the_text_of_the_item(reports):
    try:
        fail(SECRET)
    except ValueError as error:
        faults.report(error)

    [event] = reports
    [value] = event["exception"]["values"]
    assert (value["type"], value["value"]) == ("ValueError", "")
    frame = value["stacktrace"]["frames"][-1]
    assert (frame["function"], "vars" in frame) == ("fail", False)
    assert frame["context_line"].strip() == 'raise ValueError(f"cannot read {words}")'
    assert (event["environment"], event["release"]) == ("test", "copytaster@0.1.0")
    assert event["tags"] == {"role": "worker"}
    whole = json.dumps(event)
    assert [word for word in SECRET.split() if word in whole and len(word) > 4] == []
    assert os.uname().nodename not in whole
    assert "PATH" not in whole
    assert str(sys.argv) not in whole


def test_the_words_of_an_error_that_names_servers_arrive_without_passwords(reports):
    try:
        raise BrokerError("no answer from redis://ada:secret@db:6379/0")
    except BrokerError as error:
        faults.report(error)

    [event] = reports
    assert event["exception"]["values"][0]["value"] == "no answer from redis://***@db:6379/0"


def test_an_error_in_the_log_arrives_with_its_name_and_a_few_fields(reports):
    log = structlog.get_logger("worker.polling")
    log.info("feed_polled", text=SECRET)
    log.error(
        "feed_failed",
        reason=SECRET,
        text=SECRET,
        feed="https://ada:secret@wire.example/rss?token=secret",
        loop="x" * 9999,
    )

    [event] = reports
    assert event["logentry"] == {"message": "feed_failed"}
    assert event["tags"] == {
        "role": "worker",
        "feed": "https://wire.example/rss?token=***",
        "loop": "x" * 200,
    }
    assert "breadcrumbs" not in event
    assert "Friday" not in json.dumps(event)


def test_the_words_of_other_libraries_stay_here(reports):
    logging.getLogger("asyncio").error("never retrieved: ValueError(%r)", SECRET)

    assert [event["logentry"] for event in reports] == [{"message": "logged by asyncio"}]


def test_a_fault_within_the_chain_of_another_arrives_without_its_words(reports):
    try:
        try:
            fail(SECRET)
        except ValueError as error:
            raise OSError("disk: https://ada:secret@wire.example/") from error
    except OSError as error:
        error.add_note(SECRET)
        faults.report(error)

    [event] = reports
    assert [(one["type"], one["value"]) for one in event["exception"]["values"]] == [
        ("ValueError", ""),
        ("OSError", "disk: https://***@wire.example/"),
    ]
    assert "Friday" not in json.dumps(event)


def test_an_exception_of_a_task_arrives_without_its_arguments(reports):
    from celery import Celery

    app = Celery("test", broker="memory://")
    app.conf.task_always_eager = True

    @app.task
    def put_on_inbox(message):
        fail(message)

    put_on_inbox.apply(args=[SECRET])

    [event] = [event for event in reports if "exception" in event]
    assert event["exception"]["values"][-1]["type"] == "ValueError"
    assert event["transaction"].endswith("put_on_inbox")
    assert "Friday" not in json.dumps(event)


def test_a_wrong_dsn_is_a_warning_without_the_key(environ):
    environ(SENTRY_DSN="https://key:secret@/")
    with capture_logs() as logs:
        faults.start_reports("worker")

    assert [(line["event"], line["log_level"]) for line in logs] == [("reports_off", "warning")]
    assert "secret" not in str(logs)


def test_a_report_does_nothing_while_reports_are_off():
    faults.report(ValueError(SECRET))
    assert annotate_each([NewsItem(uri="urn:x", version="1", body_text="All is calm.")])
