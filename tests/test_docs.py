"""README and docs hold true: every example is run or parsed, every table is what the code says.

A page is run from top to bottom in an empty directory, as its reader would: a fenced block whose
info string names a file (```toml desks.toml) becomes that file, `console` blocks are typed and what
they show is compared, `python` blocks are run, `toml` and `json` blocks are parsed. A real broker
is behind them, and what they put on the inbox is parsed and published before the next one.
"""

import contextlib
import dataclasses
import doctest
import importlib.util
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec
import pytest
import redis
import uvicorn
import yaml

import copytaster
import worker.model
from worker import __version__
from worker.app import QUEUES, import_tasks, make_app
from worker.archive import open_archive
from worker.archive.writer import write_events
from worker.cli.root import cli
from worker.desks import DEFAULT_DESKS, Desk, Match, events_for, read_desks
from worker.dispatch import InboxConsumer
from worker.inbox.messages import read_message
from worker.model import Event, ParsedItem
from worker.model.codec import dump, load
from worker.parse import annotate
from worker.polling.feeds_file import load_feeds_file
from worker.publishing.parse_task import parse_entries
from worker.services import close_services, open_services
from worker.settings import ENV_PREFIX, Settings
from worker.sinks import SINKS, open_sink
from worker.site.app import build_app
from worker.site.context import SiteContext
from worker.site.server import listen
from worker.sources.file import load_sources

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
EVERY_TEXT = [*PAGES, ROOT / "CHANGELOG.md"]

DATABASE = 9
"""The examples use the public key names, so they have a database for themselves."""

LANGUAGES = {"console", "javascript", "json", "mermaid", "python", "sql", "text", "toml"}

HOSTS = {
    "aclanthology.org",
    "cloudevents.io",
    "creativecommons.org",
    "cv.iptc.org",
    "docs.astral.sh",
    "doi.org",
    "github.com",
    "iptc.org",
    "keepachangelog.com",
    "localhost",
    "microservices.io",
    "redis.io",
    "semver.org",
    "www.naturalearthdata.com",
    "www.enterpriseintegrationpatterns.com",
    "www.geonames.org",
    "www.ldc.upenn.edu",
    "www.rfc-editor.org",
    "www.w3.org",
}
"""The hosts that pages may name, apart from those under the reserved top level `.example`."""

ENTRY_ID = re.compile(r"\b1\d{12}-\d+\b")
BROKER = re.compile(r"unix://\S+")
SERVER = re.compile(r"^server  (?:redis|valkey) [\d.]+$", re.MULTILINE)

FENCE = re.compile(
    r"""
    ^(?P<indent>[ ]*)```(?P<language>\w+)?(?:[ ](?P<file>\S+))?\n   # ```toml desks.toml
    (?P<body>.*?)
    ^(?P=indent)```[ ]*$
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    language: str
    file: str
    body: str
    line: int


def read_blocks(page):
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            language=fence["language"] or "",
            file=fence["file"] or "",
            body=re.sub(f"^{fence['indent']}", "", fence["body"], flags=re.MULTILINE),
            line=text.count("\n", 0, fence.start()) + 1,
        )
        for fence in FENCE.finditer(text)
    ]


def prose(page):
    """The page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def names(paths):
    return [path.relative_to(ROOT).as_posix() for path in paths]


# examples


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where the examples of a page run: a directory, an environment, a server and its service."""

    directory: Path
    environ: dict[str, str]
    service: "Service"
    make_database: Callable[[], str]


class Site:
    """The web application, served by a thread."""

    def __init__(self, context):
        self.context = context
        listening = listen("127.0.0.1", 0)
        self.port = listening.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(build_app(context), log_config=None))
        work = partial(self._server.run, sockets=[listening])
        self._thread = threading.Thread(target=work)
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            self._thread.join(0.01)

    def stop(self):
        self._server.should_exit = True
        self._thread.join(30)


class Service:
    """What a running service would do with what is on the inbox, done in this process at once.

    It is dispatch's own InboxConsumer; `depth`, `poll` and `parse` stand in for Celery.
    """

    def __init__(self, url):
        self._services = open_services(Settings(redis_url=url))
        self._app = make_app(self._services.settings)
        import_tasks(self._app)
        self._consumer = InboxConsumer(self._services.settings, self._services.store, self)
        self._site = None

    def lengths(self, *queues):
        return dict.fromkeys(queues, 0)

    def poll(self, leases):
        raise AssertionError("intake polls no feed")

    def parse(self, batch):
        parse_entries(self._services.publishing, batch.stream, batch.ids)

    def catch_up(self):
        """Run the tasks that examples sent to Celery, then empty the inbox."""
        with (
            self._app.connection_for_read() as connection,
            connection.SimpleQueue("parse") as sent,
            contextlib.suppress(sent.Empty),
        ):
            while message := sent.get(block=False):
                args, kwargs, _ = message.payload
                self._app.tasks[message.headers["task"]](*args, **kwargs)
                message.ack()
        while self._consumer.step() == 0:
            pass

        if self._site is not None:
            self._fill_archive()

    def web(self, directory):
        """The address of a web application on the same store, with an archive of the items."""
        if self._site is None:
            archive = open_archive(f"sqlite:///{directory}/archive.db")
            archive.migrate()
            services = self._services
            self._site = Site(
                SiteContext(
                    settings=services.settings,
                    store=services.store,
                    archive=archive,
                    desks=services.desks_file.present,
                    now=services.now,
                )
            )
            self._fill_archive()
        return f"127.0.0.1:{self._site.port}"

    def _fill_archive(self):
        events = [load(Event, one.body) for one in self._services.store.desks.read("items")]
        with self._site.context.archive.write() as connection:
            write_events(connection, [(one, load(ParsedItem, bytes(one.data))) for one in events])

    def archive(self, url):
        """Copy the events to an archive, as the relay does."""
        with contextlib.closing(open_sink(f"sql:{url}", "items")) as sink:
            sink.send(self._services.store.desks.read("items"))

    def close(self):
        if self._site is not None:
            self._site.stop()
            self._site.context.archive.close()
        self._services.close()
        self._app.close()
        close_services()


@pytest.fixture
def place(broker_url, tmp_path, monkeypatch, request):
    url = f"{broker_url.partition('?')[0]}?db={DATABASE}"
    server = redis.Redis.from_url(url)
    server.flushdb()
    for name in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COPYTASTER_REDIS_URL", url)
    service = Service(url)
    home = tmp_path / "home"
    home.mkdir()
    directory = tmp_path / "here"
    directory.mkdir()
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "COPYTASTER_REDIS_URL": url,
    }

    def make_database():
        return request.getfixturevalue("make_database")()  # the other pages need no PostgreSQL

    yield Place(directory, environ, service, make_database)
    service.close()
    server.flushdb()
    server.close()


@pytest.mark.e2e
@pytest.mark.parametrize("page", names(page for page in PAGES if read_blocks(page)))
def test_the_examples_of_a_page_do_what_it_says(page, place):
    for block in read_blocks(ROOT / page):
        where = f"{page}:{block.line}"
        if block.file:
            path = place.directory / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, encoding="utf-8")
        if block.language == "console":
            type_in(block, place, where)
        elif block.language == "python":
            compile(block.body, where, "exec")
            if not block.file:
                run_python(block, place, where)
        elif block.language == "toml":
            parse_toml(block, place)
        elif block.language == "json":
            json.loads(block.body)


def type_in(block, place, where):
    for command, shown in read_session(block.body):
        if command.startswith("export COPYTASTER_ARCHIVE="):
            place.environ["COPYTASTER_ARCHIVE"] = place.make_database()
            continue
        if is_not_run(command):
            check_without_running(command, where)
            continue
        printed, code = run(command, place)
        if shown:
            wanted = tidy(shown)
            same = doctest.OutputChecker().check_output(wanted, tidy(printed), doctest.ELLIPSIS)
            assert same, f"{where}: `{command}` shows\n{wanted}\nand printed\n{tidy(printed)}"
        else:
            assert code == 0, f"{where}: `{command}` ended with {code}\n{printed}"
        place.service.catch_up()


def read_session(body):
    """(command, what it shows) in order; lines that begin with "> " go on with a command."""
    sessions = []
    for line in body.splitlines():
        if line.startswith("$ "):
            sessions.append([line[2:], []])
        elif line.startswith("> ") and not sessions[-1][1]:
            sessions[-1][0] += "\n" + line[2:]
        else:
            sessions[-1][1].append(line)
    return [(command, "\n".join(shown).strip("\n")) for command, shown in sessions]


def tidy(output):
    output = ENTRY_ID.sub("1777777777777-0", output)
    output = SERVER.sub("server  valkey 9.1.2", output)
    lines = BROKER.sub("unix:///broker.sock?db=0", output).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def run(command, place):
    """What a command printed, standard error included, and its exit code."""
    if command.startswith(("copytaster search", "copytaster export", "psql ")):
        place.service.archive(archive_url(place))
    if command.startswith("redis-cli ") and shutil.which("redis-cli") is None:
        return send(shlex.split(command)[1:], place), 0
    if command.startswith("redis-cli "):
        socket = urlsplit(place.environ["COPYTASTER_REDIS_URL"]).path
        command = command.replace("redis-cli", f"redis-cli --no-raw -s {socket} -n {DATABASE}", 1)
    if command.startswith("curl "):
        address = place.service.web(place.directory.parent)
        command = command.replace("localhost:8080", address)
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=place.directory,
        env=place.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return done.stdout.decode("utf-8"), done.returncode


def archive_url(place):
    """The archive of the examples: their own, else the file that `copytaster up` keeps."""
    directory = Path(place.environ["HOME"], ".local/state/copytaster")
    directory.mkdir(parents=True, exist_ok=True)
    return place.environ.get("COPYTASTER_ARCHIVE", f"sqlite:///{directory}/archive.db")


def send(words, place):
    """The answer to a redis-cli command, sent by redis-py, as redis-cli prints it."""
    with redis.Redis.from_url(place.environ["COPYTASTER_REDIS_URL"]) as server:
        answer = server.execute_command(*words)
    return show_answer(answer) + "\n"


def show_answer(answer):
    if isinstance(answer, list):
        return "\n".join(f"{at}) {show_answer(one)}" for at, one in enumerate(answer, 1))
    return f"(integer) {answer}" if isinstance(answer, int) else f'"{answer.decode()}"'


def run_python(block, place, where):
    (place.directory / "example.py").write_text(block.body, encoding="utf-8")
    printed, code = run("python example.py", place)
    assert code == 0, f"{where}: ended with {code}\n{printed}"
    place.service.catch_up()


def parse_toml(block, place):
    tables = tomllib.loads(block.body)
    if "desk" in tables:
        assert read_desks(block.body, subject="example")
    if "source" in tables and block.file != "wrong.toml":
        path = place.directory / "example-sources.toml"
        path.write_text(block.body, encoding="utf-8")
        assert load_sources(str(path))
    if "feed" in tables:
        path = place.directory / "example-feeds.toml"
        path.write_text(block.body, encoding="utf-8")
        assert load_feeds_file(path)


# commands that are not run: they need a container engine or the network, or run until stopped

NOT_RUN = (
    "celery ",
    "copytaster demo",
    "copytaster dispatch",
    "copytaster relay",
    "copytaster source",
    "copytaster up",
    "copytaster web",
    "copytaster worker",
    "createdb ",
    "docker compose ",
    "git clone ",
    "make ",
    "pip install ",
    "redis-cli -s ",
    *(() if shutil.which("node") else ("node ",)),  # tests/e2e/test_clients.py says how to get it
)


def is_not_run(command):
    return f"{command} ".startswith(NOT_RUN)


def check_without_running(command, where):
    """That what a command names is there: verbs and options, targets, services, queues."""
    program, *words = shlex.split(command)
    if program == "copytaster":
        verb = cli.get_command(click.Context(cli), words[0])
        verb.make_context(words[0], words[1:])
    elif program == "pip":
        check_extras(words, where)
    elif program == "make":
        check_make(words, where)
    elif program == "docker":
        check_compose(words, where)
    elif program == "celery":
        queues = words[words.index("-Q") + 1].split(",")
        assert (words[:3], set(queues) <= set(QUEUES)) == (["-A", "worker.app", "worker"], True), (
            where
        )


def check_extras(words, where):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {extra for word in words for extra in re.findall(r"\w+", word.partition("[")[2])}
    assert extras <= set(project["optional-dependencies"]), where


def check_make(words, where):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for word in words:
        name, _, value = word.partition("=")
        if name == "TESTS":
            assert all((ROOT / path).exists() for path in value.split()), where
        elif not value:
            assert word in targets, where


def check_compose(words, where):
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    known = set(yaml.safe_load(text)["services"])
    named = {word.partition("=")[0] for word in words if re.fullmatch(r"[a-z]+=\d+", word)}
    if words[1] in {"logs", "restart", "stop", "exec"}:
        named |= {word for word in words[2:3] if not word.startswith("-")}
    assert named <= known, where
    if words[1] == "run":
        service = next((word for word in words[2:] if word in known), None)
        assert service, where
        verb = words[words.index(service) + 1 :]
        if service == "cli":
            check_without_running(shlex.join(["copytaster", *verb]), where)


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("session", "complaint"),
    [
        ("$ echo calm\nstorm\n", "storm"),
        ("$ exit 3\n", "ended with 3"),
        ("$ redis-cli XLEN copytaster:inbox\n(integer) 7\n", "(integer) 7"),
    ],
)
def test_a_session_that_goes_otherwise_is_told_from_its_page(session, complaint, place):
    block = Block(language="console", file="", body=session, line=1)

    with pytest.raises(AssertionError, match=re.escape(complaint)):
        type_in(block, place, "made-up.md:1")


@pytest.mark.parametrize(
    "command",
    ["make tea", "pip install .[tea]", "copytaster up --slowly", "celery -A x worker -Q y"],
)
def test_a_command_that_is_not_run_is_still_checked(command):
    with pytest.raises((AssertionError, click.UsageError)):
        check_without_running(command, "made-up.md:1")


def test_the_messages_of_the_inbox_page_are_taken():
    messages = [block for block in read_blocks(DOCS / "inbox.md") if block.language == "json"]

    assert len(messages) == 5
    for block in messages:
        read_message({"message": block.body}, limit_bytes=100_000)


def test_the_event_of_the_desks_page_is_what_its_message_makes():
    """All of it but the figures of confidence, which move with every better reading."""
    message, event = [
        block.body for block in read_blocks(DOCS / "desks.md") if block.language == "json"
    ]
    item = read_message({"message": message}, limit_bytes=100_000)
    shown = load(Event, event)

    made = events_for(annotate(item), DEFAULT_DESKS, None, shown.time)

    assert [without_confidence(made) for desk, made in made if desk.name == "quotes"] == [
        without_confidence(shown)
    ]


def without_confidence(event):
    def cut(value):
        if isinstance(value, dict):
            return {name: cut(inner) for name, inner in value.items() if name != "confidence"}
        return [cut(inner) for inner in value] if isinstance(value, list) else value

    return cut(json.loads(dump(event)))


# the pages themselves


@pytest.mark.parametrize("page", names(EVERY_TEXT))
def test_every_fence_names_a_language_that_is_checked(page):
    languages = {block.language for block in read_blocks(ROOT / page)}
    fences = re.findall(r"^ *```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)

    assert languages <= LANGUAGES
    assert len(fences) == 2 * len(read_blocks(ROOT / page))


@pytest.mark.parametrize("page", names(EVERY_TEXT))
def test_links_lead_somewhere(page):
    lost = []
    for link in LINK.finditer(prose(ROOT / page)):
        target, _, anchor = link["target"].partition("#")
        if "://" in target:
            continue
        path = (ROOT / page).parent / target if target else ROOT / page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(link["target"])

    assert lost == []


def anchors(page):
    """The anchors that a page's headings get on the usual forges."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_has_every_page():
    linked = {link["target"] for link in LINK.finditer(prose(DOCS / "index.md"))}
    there = {path.name for path in DOCS.glob("*.md")} | {
        f"{path.name}/" for path in DOCS.iterdir() if path.is_dir() and path != DOCS / "images"
    }

    assert {target for target in linked if not target.startswith("../")} == there - {"index.md"}


def test_the_readme_is_short_and_leads_to_the_index():
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert len(text.splitlines()) < 210
    assert "(docs/index.md)" in text


@pytest.mark.parametrize("page", names(EVERY_TEXT))
def test_a_page_names_no_path_of_this_machine_and_no_unknown_host(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    hosts = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s`\"'<>)\],]+", text)}
    own = [path for path in (ROOT, Path.home()) if len(path.parts) > 2]

    assert {host for host in hosts if not host.endswith(".example")} <= HOSTS
    assert [path for path in own if str(path) in text] == []
    assert re.findall(r"(?<![\w.~])/(?:home|root|Users|tmp|work)/\S*", text) == []


def test_every_test_that_a_page_names_is_there():
    there = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        there |= set(re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8")))
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", page.read_text())}

    assert len(named) > 80
    assert named - there == set()


# tables that say what the code says


def table_rows(page, *, under=""):
    """The cells of every table row of a page or of one of its sections, heads left out."""
    text = page.read_text(encoding="utf-8")
    if under:
        text = re.split(r"^## ", text.partition(f"\n## {under}\n")[2], flags=re.MULTILINE)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines()
        if line.startswith("|") and not re.fullmatch(r"[|\s:-]+", line)
    ]
    return [row for row in rows if row[0].startswith("`")]


def test_the_settings_page_has_every_setting_with_its_default():
    documented = [
        (variable.strip("`"), default.strip("`"))
        for variable, default, _, _ in table_rows(DOCS / "settings.md")
    ]
    known = [
        (f"{ENV_PREFIX}{field.upper()}", str(default) if default != "" else "empty")
        for field, default in msgspec.structs.asdict(Settings()).items()
    ]

    assert documented == known


def test_the_settings_page_says_the_unit_that_the_name_says():
    units = {"S": "seconds", "BYTES": "bytes"}
    wrong = [
        (variable, unit)
        for variable, _, unit, _ in table_rows(DOCS / "settings.md")
        if (said := units.get(variable.strip("`").rpartition("_")[2])) and unit != said
    ]

    assert wrong == []


STRUCTS = [
    name
    for name in worker.model.__all__
    if isinstance(getattr(worker.model, name), type)
    and issubclass(getattr(worker.model, name), msgspec.Struct)
]
ENUMS = ["EntityLabel", "Signal"]


@pytest.mark.parametrize("name", STRUCTS)
def test_the_data_model_page_defines_every_field(name):
    fields = getattr(worker.model, name).__struct_fields__

    defined = [row[0].strip("`") for row in table_rows(DOCS / "data-model.md", under=name)]

    assert defined == list(fields)


@pytest.mark.parametrize("name", ENUMS)
def test_the_data_model_page_defines_every_value(name):
    values = [member.value for member in getattr(worker.model, name)]

    defined = [row[0].strip("`") for row in table_rows(DOCS / "data-model.md", under=name)]

    assert defined == values


@pytest.mark.parametrize("name", ["Article", "Dateline", "Entity", "Quote"])
def test_the_python_page_has_every_attribute_of_a_result(name):
    public = {name for name in dir(getattr(copytaster, name)) if not name.startswith("_")}

    rows = table_rows(DOCS / "python.md", under=name)
    documented = {attribute for row in rows for attribute in re.findall(r"`(\w+)", row[0])}
    assert documented == public


def test_the_python_page_has_every_option():
    options = {*inspect.signature(copytaster.parse_text).parameters} - {"text"}

    rows = table_rows(DOCS / "python.md", under="One text")
    documented = {option for row in rows for option in re.findall(r"`(\w+)`", row[0])}
    assert documented == options


def test_the_desks_page_has_every_key_of_a_desk_and_of_its_match():
    documented = {row[0].strip("`") for row in table_rows(DOCS / "desks.md")}

    assert {*Desk.__struct_fields__, *Match.__struct_fields__} <= documented


def test_the_desks_page_has_every_kind_of_sink():
    documented = table_rows(DOCS / "desks.md", under="Copying a desk elsewhere")

    assert {row[0].strip("`") for row in documented} == {kind for kind, _ in SINKS}


def test_the_readme_has_every_verb():
    documented = {row[0].strip("`").split()[1] for row in table_rows(ROOT / "README.md")}

    assert documented == set(cli.list_commands(click.Context(cli)))


def test_the_changelog_speaks_of_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(rf"^## \[{re.escape(__version__)}\]", text, re.MULTILINE)


# the manual page


def manual():
    spec = importlib.util.spec_from_file_location("manpage", DOCS / "manpage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_manual_page_is_what_the_help_says():
    """`python docs/manpage.py` writes it."""
    assert (DOCS / "copytaster.1").read_text(encoding="utf-8") == manual().page()


@pytest.mark.parametrize(
    ("text", "escaped"), [(".TH evil", r"\&.TH evil"), ("'x", r"\&'x"), (r"a\n--b", r"a\en\-\-b")]
)
def test_no_help_is_taken_for_a_macro(text, escaped):
    assert manual().roff(text) == escaped


# pictures


def test_every_picture_is_shown_small_and_taken_by_the_script():
    script = (DOCS / "screenshots.py").read_text(encoding="utf-8")
    pictures = sorted((DOCS / "images").iterdir())
    shown = {
        Path(target).name
        for page in PAGES
        for target in re.findall(r"!\[[^\]]+\]\((\S+\.png)\)", page.read_text(encoding="utf-8"))
    }

    assert {path.name for path in pictures} == shown == set(re.findall(r'"(\w+\.png)"', script))
    assert [path.name for path in pictures if path.stat().st_size >= 200_000] == []
