"""The shape of the code: who imports whom, what is public, how long a function may get."""

import ast
import importlib
import io
import pkgutil
import re
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path

import click
import pytest

import copytaster
import worker.feeds
import worker.model
import worker.parse
import worker.ports
from worker.app import QUEUES, TASK_MODULES, import_tasks, make_app
from worker.cli.root import cli
from worker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for package in ("copytaster", "worker", "tasks")
    for path in sorted((ROOT / package).rglob("*.py"))
}
TREES = {name: ast.parse(source) for name, source in SOURCES.items()}

FUNCTION_LINES_MAX = 45
MODULE_LINES_MAX = 420

CODE_FROM_BYTES = {"cPickle", "dill", "marshal", "pickle", "shelve", "yaml"}
"""Modules that turn bytes from outside into code, or can be made to."""

NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


def docstrings(tree):
    """The nodes of all docstrings, those under attributes included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node


def code_lines(name):
    """The numbers of the lines that hold code: no blank lines, comments or docstrings."""
    tokens = tokenize.generate_tokens(io.StringIO(SOURCES[name]).readline)
    code = {
        line
        for token in tokens
        if token.type not in NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in docstrings(TREES[name]):
        code -= set(range(node.lineno, node.end_lineno + 1))
    return code


def imported_names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


# maps

MAP_ROW = re.compile(r"^    (?P<name>[a-z]+) {2,}\S", re.MULTILINE)


def members(package):
    """The names of the packages and modules directly in `package`."""
    return sorted(
        name for _, name, _ in pkgutil.iter_modules(importlib.import_module(package).__path__)
    )


def test_the_map_of_worker_names_its_packages_and_no_others():
    assert sorted(MAP_ROW.findall(importlib.import_module("worker").__doc__)) == members("worker")


def test_the_layers_on_the_page_are_those_of_the_contract():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    block = re.search(r"^```text\ntasks\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]

    assert block[1].splitlines() == contracts[0]["layers"]


def test_the_layers_are_packages_and_modules_of_worker():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    named = [name for row in contracts[0]["layers"] for name in re.findall(r"[a-z]+", row)]

    assert sorted(named) == members("worker")


# who imports whom


def test_every_import_contract_of_pyproject_is_kept():
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, "0 broken" in done.stdout) == (0, True), done.stdout + done.stderr


def contract(name):
    """The import contract of pyproject.toml that has this name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [found] = [
        contract
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["name"] == name
    ]
    return found


def third_parties(*packages):
    """The top-level names of all that is imported in these and is neither Python's nor ours."""
    tops = {
        imported.partition(".")[0]
        for name, tree in TREES.items()
        if name.startswith(packages)
        for imported in imported_names(tree)
    }
    in_later_pythons = {"compression"}
    return tops - sys.stdlib_module_names - in_later_pythons - {"copytaster", "tasks", "worker"}


def test_the_parser_and_the_model_import_three_packages_of_others():
    expected = {"msgspec", "numpy", "threadpoolctl"}

    assert third_parties("copytaster/", "worker/parse/", "worker/model/") == expected


def test_the_contract_of_the_parser_names_every_other_package():
    forbidden = contract("The parser and the model need three packages")["forbidden_modules"]

    others = third_parties("copytaster/", "worker/", "tasks/")
    assert set(forbidden) == others - {"msgspec", "numpy", "threadpoolctl"}


def test_importing_worker_imports_nothing_else():
    program = """
import sys
before = set(sys.modules)
import worker
print(sorted(set(sys.modules) - before))
"""

    printed = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True)

    assert printed.strip() == "['worker']"


def test_no_module_can_turn_bytes_from_outside_into_code():
    found = {
        (name, imported)
        for name, tree in TREES.items()
        for imported in imported_names(tree)
        if imported.partition(".")[0] in CODE_FROM_BYTES
    }
    called = {
        (name, node.func.id)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in {"eval", "exec"}
    }

    assert found | called == set()


PYTHONS_TABLES = {
    "is_global",
    "is_link_local",
    "is_loopback",
    "is_multicast",
    "is_private",
    "is_reserved",
    "is_site_local",
    "is_unspecified",
}
"""What Python knows of addresses: other things in each of its versions."""


def test_which_addresses_are_public_is_asked_of_no_table_of_pythons():
    found = {
        (name, node.attr)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in PYTHONS_TABLES
    }

    assert found == set()


# how long, and explained


def test_every_module_has_a_docstring():
    bare = [name for name, tree in TREES.items() if not ast.get_docstring(tree)]

    assert bare == []


def test_functions_are_one_screen():
    """Lines of code from `def` on, without docstrings, comments and blank lines."""
    long = []
    for name, tree in TREES.items():
        lines = code_lines(name)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = len(lines & set(range(node.lineno, node.end_lineno + 1)))
                if length > FUNCTION_LINES_MAX:
                    long.append(f"{name}:{node.lineno} {node.name} has {length} lines")

    assert long == []


def test_modules_are_not_too_long():
    lengths = {name: len(code_lines(name)) for name in SOURCES}
    long = {name: length for name, length in lengths.items() if length > MODULE_LINES_MAX}

    assert long == {}


def test_a_docstring_and_a_comment_are_no_code(monkeypatch):
    source = (
        '"""Says."""\n\n# why\nx = 1\n"""Of x."""\n\n\ndef f():\n    """One."""\n    return x\n'
    )
    monkeypatch.setitem(SOURCES, "made/up.py", source)
    monkeypatch.setitem(TREES, "made/up.py", ast.parse(source))

    assert code_lines("made/up.py") == {4, 8, 10}


# what is public


def test_the_words_of_the_model_are_these():
    assert sorted(worker.model.__all__) == [
        "Change",
        "Dateline",
        "Edit",
        "EntitiesEvent",
        "Entity",
        "EntityGroup",
        "EntityLabel",
        "EntityMention",
        "Event",
        "Feed",
        "FeedState",
        "HEALTH",
        "Lease",
        "Life",
        "NewsItem",
        "ParsedItem",
        "Place",
        "PollRecord",
        "PubStatus",
        "Quote",
        "QuoteEvent",
        "Signal",
        "Span",
        "Statement",
        "StatementEvent",
        "StatementKind",
        "StatementPart",
        "Subscription",
        "Target",
        "Value",
        "content_digest",
        "event_id",
        "feed_id",
        "has_control_character",
        "is_address_lost",
        "poll_url",
        "replay_id",
        "version_key",
    ]


def test_the_python_package_offers_these_names():
    assert sorted(copytaster.__all__) == [
        "Article",
        "Dateline",
        "Entity",
        "EntityLabel",
        "Place",
        "PubStatus",
        "Quote",
        "Signal",
        "Statement",
        "StatementKind",
        "StatementPart",
        "Value",
        "__version__",
        "parse_text",
        "parse_texts",
    ]


@pytest.mark.parametrize(
    ("result", "attributes"),
    [
        (
            copytaster.Article,
            (
                "body byline dateline deck entities headline is_supported language organizations"
                " people places published pubstatus quotes signal source statements text to_dict"
                " urgency uri"
            ),
        ),
        (
            copytaster.Dateline,
            (
                "agency correspondent credit date end mismatch month_day places start style text "
                "to_dict"
            ),
        ),
        (copytaster.Entity, "canonical end iso label latin role start text ticker to_dict value"),
        (
            copytaster.Quote,
            "chain confidence cue end mention speaker start text to_dict unglossed",
        ),
        (
            copytaster.Statement,
            "confidence contents cue kind mention speaker text to_dict",
        ),
    ],
)
def test_the_results_of_the_python_package_have_these_attributes(result, attributes):
    public = sorted(name for name in dir(result) if not name.startswith("_"))

    assert public == attributes.split()


def test_parsing_is_one_call():
    assert worker.parse.__all__ == ["annotate", "annotate_all"]


def test_reading_a_feed_is_one_call():
    assert sorted(worker.feeds.__all__) == ["FeedRead", "ListedEntry", "list_feed", "read_feed"]


def test_the_interfaces_are_these():
    assert sorted(worker.ports.__all__) == [
        "DeadLetters",
        "DeskStreams",
        "FeedStore",
        "HostSlots",
        "Inbox",
        "ItemArchive",
        "MetricSums",
        "Pages",
        "PollStore",
        "Publications",
        "Secrets",
        "Sink",
        "Stats",
        "Store",
        "Subscriptions",
    ]


def test_the_verbs_of_the_command_are_these_and_each_one_loads():
    context = click.Context(cli)
    verbs = cli.list_commands(context)

    assert verbs == [
        "acl",
        "dead",
        "demo",
        "desks",
        "dispatch",
        "doctor",
        "explain",
        "export",
        "feeds",
        "health",
        "ingest",
        "parse",
        "relay",
        "replay",
        "schema",
        "search",
        "source",
        "status",
        "tail",
        "up",
        "web",
        "worker",
    ]
    assert [cli.get_command(context, verb).name for verb in verbs] == verbs


# one file, one name in a tuple


BESIDE = {"relay", "claims", "file", "intake", "reading", "source"}
"""Modules of worker.sinks and worker.sources that are no members."""


@pytest.mark.parametrize(
    ("folder", "listed"),
    [
        ("worker.parse.dateline.styles", "STYLES"),
        ("worker.feeds.formats", "FORMATS"),
        ("worker.sinks", "SINKS"),
        ("worker.sources", "SOURCES"),
    ],
)
def test_every_file_of_an_open_set_is_in_its_tuple(folder, listed):
    """A member is an object of the file itself, or a pair of a name and such an object."""
    package = importlib.import_module(folder)
    members = getattr(package, listed)
    modules = {name for _, name, _ in pkgutil.iter_modules(package.__path__) if name[0] != "_"}
    files = sorted(modules - BESIDE)

    named = [one for member in members for one in (member if type(member) is tuple else (member,))]

    unlisted = []
    for name in files:
        module = importlib.import_module(f"{folder}.{name}")
        offered = [getattr(module, public) for public in module.__all__]
        if not any(member is one for member in named for one in offered):
            unlisted.append(name)

    assert isinstance(members, tuple)
    assert unlisted == []
    assert len(members) >= len(files)


# Celery's side


def task_table():
    """Task name -> queues, from the table at the top of tasks/__init__.py."""
    row = re.compile(r"^ {4}(tasks\.[\w.]+) {2,}(\w+(?:, \w+)*) {2,}\S", re.MULTILINE)
    rows = row.findall(SOURCES["tasks/__init__.py"])
    return {name: queues.split(", ") for name, queues in rows}


def test_the_task_table_names_every_task_with_its_queue():
    app = make_app(Settings(redis_url="redis://localhost"))
    import_tasks(app)  # told no queues, it takes from all
    tasks = {name for name in app.tasks if name.startswith("tasks.")}
    routes = {name: route["queue"] for name, route in app.conf.task_routes.items()}
    table = task_table()

    assert set(table) == tasks == set(routes)
    assert {name: routes[name] in table[name] for name in table} == dict.fromkeys(table, True)
    assert {queue for queues in table.values() for queue in queues} == set(QUEUES)


def test_the_tasks_of_a_queue_are_imported_where_it_is_consumed():
    imported = {(module, queue) for module, queues in TASK_MODULES.items() for queue in queues}
    table = {
        (name.rpartition(".")[0], queue)
        for name, queues in task_table().items()
        for queue in queues
    }

    assert table <= imported


# what is installed


LOCKS = [
    "requirements.lock",
    "requirements-build.lock",
    "requirements-dev.lock",
    "requirements-audit.lock",
    "requirements-demo.lock",
]


def read_lock(name):
    """Requirement -> its hashes, from a lock file; options that are no hashes under their line."""
    text = (ROOT / name).read_text(encoding="utf-8")
    logical = re.sub(r"\\\n", " ", text)
    lock = {}
    for line in logical.splitlines():
        requirement, *hashes = line.partition("#")[0].split(" --hash=")
        if requirement.strip():
            lock[requirement.strip()] = frozenset(map(str.strip, hashes))
    return lock


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_requirement_is_one_version_with_hashes(name):
    lock = read_lock(name)
    loose = [
        requirement
        for requirement, hashes in lock.items()
        if not re.fullmatch(r"[A-Za-z0-9._-]+==[^\s;]+(?: ; .+)?", requirement)
        or not hashes
        or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes)
    ]

    assert lock
    assert loose == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")

    assert re.findall(r"(?m)^-.*|\w+://\S*", text) == []


def test_whatever_is_installed_is_held_to_its_hashes_and_deployed_without_building():
    """An sdist would run a program of its own to be installed; CI and the image install none."""
    files = ("Makefile", "Dockerfile", ".ci/run")
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in files)
    installs = [
        line
        for line in re.sub(r"\\\n", " ", text).splitlines()
        if "pip install" in line and not line.lstrip().startswith("#")
    ]
    loose = [
        line
        for line in installs
        # A lock names every package; pip would ask for others than those that were tested.
        if "--no-deps" not in line or ("requirement" in line and "--require-hashes" not in line)
    ]
    deployed = [line for line in installs if "requirements.lock" in line]

    assert loose == []
    set_up = (ROOT / ".ci/set_up.py").read_text(encoding="utf-8")
    assert '"--no-deps", "--require-hashes"' in set_up
    assert len(deployed) == 2
    assert [line for line in deployed if "--only-binary :all:" not in line] == []


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-build.lock", "requirements-demo.lock"]
)
def test_what_is_deployed_is_what_is_tested(name):
    deployed = read_lock(name)
    tested = read_lock("requirements-dev.lock")

    def bare(lock):
        return {name.partition(" ;")[0]: hashes for name, hashes in lock.items()}

    assert bare(deployed).items() <= bare(tested).items()
