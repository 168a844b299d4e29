"""What a process imports before it can begin: each role only what it works with.

Times are not compared here; `python benchmarks/bench_startup.py` prints them.
"""

import json
import subprocess
import sys

import pytest

PARSER = {"numpy", "worker.parse.stages", "worker.parse.entities", "worker.parse.dateline"}
FETCHER = {
    "feedparser",
    "httpx",
    "lxml",
    "trafilatura",
    "worker.web.client",
    "worker.polling.poll_task",
}
CELERY_WORKER = {"celery.bin", "celery.worker"}
SERVICE = {"celery", "kombu", "redis", "worker.settings"}

QUEUES = """
from worker.app import import_tasks, make_app
from worker.settings import Settings

app = make_app(Settings(redis_url="redis://localhost"))
app.amqp.queues.select({queues!r})
import_tasks(app)
"""


def output_of(code):
    """What a fresh Python prints."""
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip()


def modules_after(code):
    """The modules that a fresh Python has imported when it has run `code`."""
    said = f"{code}\nimport json, sys; print(json.dumps(list(sys.modules)))"
    printed = subprocess.check_output([sys.executable, "-c", said], text=True)
    return set(json.loads(printed.splitlines()[-1]))


def test_no_process_imports_what_its_packages_use_only_where_it_is_installed():
    code = """
import sys
from worker.runtime.optional_imports import without_unused_modules
with without_unused_modules():
    import httpx, kombu.serialization, redis, structlog
    loaded = {name.partition(".")[0] for name, module in sys.modules.items() if module}
print(sorted(loaded & {"greenlet", "opentelemetry", "pygments", "rich", "yaml"}))
"""
    assert output_of(code) == "[]"


def test_a_module_that_was_out_of_the_way_can_be_imported_afterwards():
    code = """
from worker.runtime.optional_imports import without_unused_modules
with without_unused_modules():
    import redis
import opentelemetry, yaml
print(yaml.safe_load("a: 1"), opentelemetry.__name__)
"""
    assert output_of(code) == "{'a': 1} opentelemetry"


def test_a_module_that_is_there_already_stays():
    code = """
import yaml
from worker.runtime.optional_imports import without_unused_modules
with without_unused_modules():
    import yaml as again
print(again is yaml)
"""
    assert output_of(code) == "True"


@pytest.mark.parametrize("role", ["dispatch", "relay", "source", "web", "worker"])
def test_the_command_of_a_role_imports_no_unused_module(role):
    code = f"""
import sys
from click.testing import CliRunner
from worker.cli.root import cli
assert CliRunner().invoke(cli, [{role!r}, "--help"]).exit_code == 0
assert "structlog" in sys.modules
print(sorted({{"greenlet", "opentelemetry", "pygments", "rich", "yaml"}} & set(sys.modules)))
"""
    assert output_of(code) == "[]"


def test_dispatch_imports_no_parser_no_fetcher_and_none_of_celerys_worker():
    loaded = modules_after("import worker.cli.root, worker.cli.dispatch")
    assert {"celery", "redis", "worker.dispatch"} <= loaded
    unwanted = PARSER | FETCHER | CELERY_WORKER | {"worker.parse"}
    assert loaded & unwanted == set()


def test_a_poller_imports_no_parser():
    loaded = modules_after(QUEUES.format(queues=["poll"]))
    assert {"httpx", "tasks.poll", "worker.polling.poll_task"} <= loaded
    assert loaded & (PARSER | {"tasks.parse", "worker.publishing.publisher"}) == set()


def test_a_worker_has_its_parser_and_its_tables_before_it_has_children():
    loaded = modules_after(QUEUES.format(queues=["urgent", "parse"]))
    assert {"tasks.parse", "tasks.ingest", *PARSER} <= loaded
    assert loaded & (FETCHER | {"tasks.poll", "worker.pages.page_task"}) == set()


def test_a_worker_that_is_told_no_queues_has_every_task():
    loaded = modules_after(QUEUES.format(queues=["urgent", "parse", "poll"]))
    assert {"tasks.poll", "tasks.pages", "tasks.parse", "tasks.ingest"} <= loaded


@pytest.mark.parametrize(("form", "has_templates"), [("--json", False), ("--html", True)])
def test_templates_are_imported_for_a_page_only(form, has_templates):
    code = f"""
from click.testing import CliRunner
from worker.cli.parse import parse
from worker.settings import Settings

assert CliRunner().invoke(parse, [{form!r}], input="All is calm.", obj=Settings()).exit_code == 0
"""
    assert ("jinja2" in modules_after(code)) is has_templates


def test_a_first_result_of_the_python_package_needs_three_other_packages():
    code = """
from copytaster import parse_text

assert parse_text('"All is calm," Anna Moroz said.').quotes[0].speaker == "Anna Moroz"
"""
    loaded = {name.partition(".")[0] for name in modules_after(code)}
    others = {name for name in loaded - sys.stdlib_module_names if not name.startswith("_")}
    # What numpy uses where it is installed, and the library of a wheel that mypyc compiled.
    optional = {"typing_extensions", "copytaster__mypyc"}
    assert others - optional == {"copytaster", "worker", "msgspec", "numpy", "threadpoolctl"}


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["no-such-verb"]])
def test_what_no_verb_is_needed_for_imports_none(words):
    code = f"""
import sys
from worker.cli.root import run

sys.argv[1:] = {words!r}
try:
    run()
except SystemExit:
    pass
"""
    loaded = modules_after(code)
    verbs = {name for name in loaded if name.startswith("worker.cli.")} - {"worker.cli.root"}
    assert (verbs, loaded & (SERVICE - {"worker.settings"})) == (set(), set())


NO_STORE = {"celery", "kombu", "redis", "sqlalchemy", "opentelemetry"}
NO_PARSER = {"numpy", "worker.parse.stages", "worker.parse.entities"}
NO_PAGES = {"starlette", "jinja2", "trafilatura", "lxml"}


def modules_of_command(words, line=""):
    """The modules that the command has imported when it ends."""
    return modules_after(f"""
import io, sys
from worker.cli.root import run

sys.argv[1:] = {words!r}
sys.stdin = io.TextIOWrapper(io.BytesIO({line.encode()!r}))
try:
    run()
except SystemExit:
    pass
""")


def test_help_imports_no_logs_and_no_model():
    loaded = modules_of_command(["--help"])
    unwanted = {"structlog", "rich", "asyncio", "worker.model", "worker.log"}
    assert loaded & (NO_STORE | NO_PARSER | NO_PAGES | unwanted) == set()


def test_reading_feeds_imports_neither_store_nor_parser_nor_http(tmp_path):
    (tmp_path / "a.xml").write_text("<rss><channel><item><title>A</title></item></channel></rss>")
    line = json.dumps({"path": str(tmp_path / "a.xml")})
    loaded = modules_of_command(["feeds", "read", "--jsonl"], line)
    assert "worker.feeds.formats.rss" in loaded
    unwanted = {"httpx", "httpcore", "feedparser", "worker.services", "worker.cli.feeds"}
    assert loaded & (NO_STORE | NO_PARSER | NO_PAGES | unwanted) == set()


def test_trying_a_feed_imports_neither_store_nor_parser():
    loaded = modules_of_command(["feeds", "try", "http://127.0.0.1:9/rss", "--json"])
    assert "worker.polling.poll_task" in loaded
    unwanted = {"feedparser", "worker.services", "worker.store.store", "worker.cli.feeds"}
    assert loaded & (NO_STORE | NO_PARSER | NO_PAGES | unwanted) == set()


def test_parsing_imports_no_service():
    loaded = modules_of_command(["parse", "--json"], "All is calm.")
    assert "worker.parse.stages" in loaded
    assert loaded & (NO_STORE | NO_PAGES | {"httpx", "feedparser"}) == set()


@pytest.mark.parametrize("words", [["tail", "quotes"], ["status"]])
def test_a_look_at_the_store_imports_no_archive_and_no_parser(words, tmp_path, monkeypatch):
    monkeypatch.setenv("COPYTASTER_DATA_DIR", str(tmp_path))  # no broker runs there
    loaded = modules_of_command(words)
    assert f"worker.cli.{words[0]}" in loaded
    unwanted = {"celery", "sqlalchemy", "httpx", "feedparser"}
    assert loaded & (NO_PARSER | NO_PAGES | unwanted) == set()


def test_a_search_imports_the_archive_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("COPYTASTER_DATA_DIR", str(tmp_path))
    loaded = modules_of_command(["search", "ferry"])
    assert "worker.cli.search" in loaded
    unwanted = {"celery", "kombu", "redis", "httpx", "feedparser", "worker.services"}
    assert loaded & (NO_PARSER | NO_PAGES | unwanted) == set()


def test_the_group_of_feeds_has_the_same_subcommands_whichever_way():
    from worker.cli import feeds, feeds_group

    context = feeds.feeds.make_context("feeds", ["list"], resilient_parsing=True)
    names = feeds_group.feeds.list_commands(context)
    assert names == feeds.feeds.list_commands(context)
    assert all(
        feeds_group.feeds.get_command(context, name) is feeds.feeds.get_command(context, name)
        for name in names
    )
