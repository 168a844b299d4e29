"""/metrics, /healthz and /readyz of an application on a real store, and what is built on the names
of the metrics: the dashboard, the alerts and the table of the page.
"""

import asyncio
import dataclasses
import json
import re
import shutil
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as read_plain_text

from worker.archive import open_archive
from worker.desks import DEFAULT_DESKS
from worker.metrics import Counts, Presence, catalogue
from worker.metrics.catalogue import NAMESPACE, Counter, Gauge, Histogram
from worker.model import Feed
from worker.settings import Settings
from worker.site import health, metrics
from worker.site.app import build_app
from worker.site.context import SiteContext
from worker.store.store import RedisStore

ROOT = Path(__file__).parents[2]
OPENMETRICS = {"accept": "application/openmetrics-text; version=1.0.0"}
WIRE = "OSLO, May 1. /NTB/. The port has opened, Mayor Kari Lund said."
SERIES = re.compile(r"\bcopytaster_\w+")
SELECTOR = re.compile(r"\b(copytaster_\w+)\{([^}]*)\}")


@pytest.fixture
def context(store, broker_url, prefix):
    return SiteContext(
        settings=Settings(redis_url=broker_url, prefix=prefix),
        store=store,
        archive=None,
        desks=lambda: DEFAULT_DESKS,
        now=lambda: datetime.now(UTC),
    )


class Client:
    """A client of an application in this process, which calls it on an event loop of its own."""

    def __init__(self, context):
        transport = httpx.ASGITransport(build_app(context))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
        self._runner = asyncio.Runner()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._runner.run(self._client.aclose())
        self._runner.close()

    def get(self, path, **options):
        return self._runner.run(self._client.get(path, **options))


@pytest.fixture
def client(context):
    with Client(context) as client:
        yield client


def scrape(client):
    """The families of a scrape by name, read by the OpenMetrics parser of prometheus_client."""
    answer = client.get("/metrics", headers=OPENMETRICS)
    assert answer.status_code == 200
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def values(family):
    return {(one.name, *one.labels.values()): one.value for one in family.samples}


def value(families, name, **labels):
    """The value of the only series with this name and these labels."""
    [found] = [
        sample.value
        for family in families.values()
        for sample in family.samples
        if sample.name == NAMESPACE + name and labels.items() <= sample.labels.items()
    ]
    return found


def count_all(counts):
    """Count something of each metric."""
    for metric in catalogue.SUMMED:
        labels = ["x"] * len(metric.labels)
        if isinstance(metric, Histogram):
            counts.observe(metric, 0.3, labels=tuple(labels))
        else:
            counts.add(metric, *labels)
    counts.flush()


@pytest.fixture
def busy(context, make_world, put_events):
    """The context of a service that has done a little of everything."""
    world = make_world()
    world.store.feeds.add([Feed(id="0123456789ab", url="https://wire.example/")])
    world.put({"uri": "urn:1", "body_text": WIRE})
    world.put({"no": "message"})
    world.work(2)
    world.client.xgroup_create(world.key("desk:items"), "reader", id="0")
    world.services.counts._sums = world.store.metrics
    world.services.counts.flush()
    count_all(Counts(world.store.metrics))
    Presence(context.settings.redis_url, context.settings.prefix, "worker").beat()
    return context


def test_a_scrape_has_every_metric_of_the_catalogue_as_that_describes_it(busy, tmp_path):
    archive = open_archive(f"sqlite:///{tmp_path}/archive.db")
    archive.migrate()
    with Client(dataclasses.replace(busy, archive=archive)) as client:
        families = scrape(client)
    archive.close()

    types = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}
    assert {name: (one.type, one.documentation, one.unit) for name, one in families.items()} == {
        NAMESPACE + one.name: (types[type(one)], one.help, one.unit) for one in catalogue.ALL
    }
    found = {
        family.name: {label for one in family.samples for label in one.labels} - {"le"}
        for family in families.values()
    }
    assert found == {NAMESPACE + one.name: set(one.labels) for one in catalogue.ALL}
    assert set(values(families["copytaster_part_up"]).values()) == {1}


def test_a_scrape_counts_what_the_service_did(busy):
    with Client(busy) as client:
        families = scrape(client)

    assert value(families, "up") == 1
    assert value(families, "messages_total", destination="work") == 1
    assert value(families, "dead_letters_total", kind="message") == 1
    assert value(families, "dead_letters_kept") == 1
    assert value(families, "published_items_total", agency="NTB") == 1
    assert value(families, "feeds") == 1
    assert value(families, "desk_events", desk="items") == 1
    assert value(families, "reader_lag_events", desk="items", reader="reader") == 1
    assert value(families, "processes", role="worker") == 1
    assert value(families, "processes", role="poller") == 0
    assert value(families, "inbox_waiting", inbox="inbox") == 0
    assert value(families, "broker_memory_bytes") > 0
    assert value(families, "fetch_duration_seconds_bucket", le="0.25") == 0
    assert value(families, "fetch_duration_seconds_bucket", le="0.5") == 1
    assert value(families, "fetch_duration_seconds_bucket", le="+Inf") == 1
    assert value(families, "fetch_duration_seconds_sum") == 0.3


def test_a_counter_in_seconds_has_seconds(client, store):
    counts = Counts(store.metrics)
    counts.add(catalogue.PARSE_CPU, by=1_250_000)
    counts.flush()
    assert value(scrape(client), "parse_cpu_seconds_total") == 1.25


def test_a_client_that_knows_no_openmetrics_gets_plain_text(client):
    answer = client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert {family.name for family in read_plain_text(answer.text)} == {
        NAMESPACE + one.name for one in catalogue.ALL
    }


def test_hostile_labels_leave_the_scrape_readable(store, client):
    names = ("\ud800", 'a"b\\', "x\ny", '{}"} 1\n# EOF', "a" * 5000, "é\x00")
    counts = Counts(store.metrics)
    for name in names:
        counts.add(catalogue.EVENTS, name)
    counts.close()

    family = scrape(client)["copytaster_events"]
    found = {one.labels["desk"]: one.value for one in family.samples}
    assert found == {
        "?": 1,
        'a"b\\': 1,
        "x\ny": 1,
        '{}"} 1\n# EOF': 1,
        "a" * 100: 1,
        "é\x00": 1,
    }


@pytest.fixture
def away(context, tmp_path):
    """The context of an application whose broker is away."""
    url = f"unix://{tmp_path / 'none'}"
    store = RedisStore(url)
    settings = Settings(redis_url=url)
    yield dataclasses.replace(context, store=store, settings=settings)
    store.close()


def test_without_a_broker_a_scrape_says_so_and_succeeds(away):
    with Client(away) as client:
        families = scrape(client)

    assert value(families, "up") == 0
    assert set(values(families["copytaster_part_up"]).values()) == {0}
    assert families["copytaster_events"].samples == []


def test_a_scrape_that_takes_too_long_is_answered(context, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(metrics, "_ANSWER_S", 0.1)
    monkeypatch.setattr(metrics, "scrape", lambda _context: (ended.wait(30), {})[1:] * 2)
    with Client(context) as client:
        families = scrape(client)
        ended.set()

    assert value(families, "up") == 0
    assert value(families, "part_up", part="backlog") == 0


def test_without_rabbitmq_only_the_task_queues_are_missing(context):
    settings = Settings(
        redis_url=context.settings.redis_url, celery_url="amqp://127.0.0.1:1/", prefix="x"
    )
    with Client(dataclasses.replace(context, settings=settings)) as client:
        families = scrape(client)

    assert value(families, "up") == 1
    assert value(families, "part_up", part="tasks") == 0
    assert value(families, "part_up", part="counts") == 1


def test_an_application_whose_broker_answers_is_ready(client):
    assert client.get("/healthz").text == "ok\n"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "reasons": []})


def test_without_a_broker_the_process_is_alive_and_not_ready(away):
    with Client(away) as client:
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")

    assert ready.status_code == 503
    (reason,) = ready.json()["reasons"]
    assert reason.startswith("broker: ")
    assert "cannot be reached" in reason


def test_without_its_archive_an_application_is_not_ready(context, tmp_path):
    (tmp_path / "archive.db").write_text("no database, but long enough to be read as one" * 99)
    archive = open_archive(f"sqlite:///{tmp_path}/archive.db")
    with Client(dataclasses.replace(context, archive=archive)) as client:
        ready = client.get("/readyz")
        families = scrape(client)
    archive.close()

    assert ready.status_code == 503
    assert [reason.partition(":")[0] for reason in ready.json()["reasons"]] == ["archive"]
    assert value(families, "part_up", part="archive") == 0
    assert value(families, "up") == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_before_its_first_item_an_archive_is_ready_and_empty(context, tmp_path, kind, request):
    url = f"sqlite:///{tmp_path}/archive.db"
    if kind == "postgresql":
        url = request.getfixturevalue("make_database")()
    archive = open_archive(url)
    with Client(dataclasses.replace(context, archive=archive)) as client:
        ready = client.get("/readyz")
        families = scrape(client)
        page = client.get("/")
        item = client.get("/items/urn:none")
    archive.close()

    assert (ready.status_code, ready.json()) == (200, {"ready": True, "reasons": []})
    assert value(families, "part_up", part="archive") == 1
    assert value(families, "archive_bytes") == 0
    assert (page.status_code, item.status_code) == (200, 404)
    assert not (tmp_path / "archive.db").exists()


def test_a_server_that_does_not_answer_holds_up_no_health_check(context, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(health, "_ANSWER_S", 0.1)
    monkeypatch.setattr(health, "_find_reasons", lambda _context: ended.wait(30) and [])
    with Client(context) as client:
        ready = client.get("/readyz")
        ended.set()

    assert (ready.status_code, ready.json()["ready"]) == (503, False)


# what is built on the names


def names_of(families):
    """The names of all series of a scrape, with the labels of each."""
    found = {}
    for family in families.values():
        for one in family.samples:
            found.setdefault(one.name, set()).update(one.labels)
    return found


def expressions():
    """The expressions of the alerts and of the dashboard, with their places."""
    rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        yield from ((rule["alert"], rule["expr"]) for rule in group["rules"])
    board = json.loads((ROOT / "deploy/grafana/copytaster.json").read_text(encoding="utf-8"))
    for panel in board["panels"]:
        yield from ((panel["title"], one["expr"]) for one in panel.get("targets", ()))


def test_dashboard_and_alerts_use_names_and_labels_that_a_scrape_has(busy, tmp_path):
    archive = open_archive(f"sqlite:///{tmp_path}/archive.db")
    archive.migrate()
    with Client(dataclasses.replace(busy, archive=archive)) as client:
        known = names_of(scrape(client))
    archive.close()
    of_the_scrape = {"instance", "job"}

    wrong = []
    used = set()
    for place, expression in expressions():
        names = set(SERIES.findall(expression))
        used |= names
        wrong += [(place, name) for name in sorted(names - known.keys())]
        labels = of_the_scrape.union(*(known.get(name, set()) for name in names))
        for name, selector in SELECTOR.findall(expression):
            words = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))
            wrong += [(place, word) for word in sorted(words - known[name] - of_the_scrape)]
        for by in re.findall(r"\b(?:by|on|without) \(([^)]*)\)", expression):
            words = set(re.findall(r"\w+", by))
            wrong += [(place, word) for word in sorted(words - labels)]
    assert wrong == []
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in used}
    assert families == {NAMESPACE + one.name for one in catalogue.ALL}, "the dashboard has them all"


def test_labels_in_texts_are_those_that_their_expressions_return():
    rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text(encoding="utf-8"))["groups"]
    by_name = {NAMESPACE + one.name: set(one.labels) for one in catalogue.ALL}
    for rule in (rule for group in rules for rule in group["rules"]):
        names = {re.sub("_total$", "", name) for name in SERIES.findall(rule["expr"])}
        known = {"instance", "job"}.union(*(by_name.get(name, set()) for name in names))
        texts = " ".join(rule["annotations"].values())
        assert set(re.findall(r"\$labels\.(\w+)", texts)) <= known, rule["alert"]


@pytest.fixture
def promtool(server_type, tmp_path):
    """Runs promtool on copies of the alerts and of their cases."""
    command = shutil.which("promtool")
    if command is None:
        server_type.absent("no promtool: apt-get install prometheus")
    for path in (ROOT / "deploy/alerts.yml", ROOT / "tests/cases/alerts.yml"):
        name = "alerts.yml" if path.parent.name == "deploy" else "cases.yml"
        shutil.copy(path, tmp_path / name)

    def run(*words):
        done = subprocess.run(
            [command, *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_prometheus_takes_the_alerts(promtool):
    code, says = promtool("check", "rules", "alerts.yml")
    assert code == 0, says


def test_the_alerts_fire_when_they_should_and_not_before(promtool):
    code, says = promtool("test", "rules", "cases.yml")
    assert code == 0, says


def test_every_alert_has_a_case():
    cases = (ROOT / "tests/cases/alerts.yml").read_text(encoding="utf-8")
    rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text(encoding="utf-8"))["groups"]
    names = {rule["alert"] for group in rules for rule in group["rules"]}

    assert set(re.findall(r"alertname=\"(\w+)\"", cases)) == names


def test_the_page_has_every_metric_of_the_catalogue():
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(copytaster_\w+)` \| (\w+) \| ([^|]*) \| (.*) \|$", page, re.MULTILINE)

    def row(one):
        name = NAMESPACE + one.name + ("_total" if isinstance(one, Counter) else "")
        labels = ", ".join(f"`{label}`" for label in one.labels)
        return name, type(one).__name__.lower(), labels, one.help

    assert [tuple(cell.strip() for cell in found) for found in rows] == [
        row(one) for one in catalogue.ALL
    ]
