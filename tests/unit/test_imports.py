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


def modules_after(code):
    """The modules that a fresh Python has imported when it has run `code`."""
    said = f"{code}\nimport json, sys; print(json.dumps(list(sys.modules)))"
    printed = subprocess.check_output([sys.executable, "-c", said], text=True)
    return set(json.loads(printed.splitlines()[-1]))


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
    optional = {"typing_extensions"}  # numpy uses it where it is installed
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
