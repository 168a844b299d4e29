"""No secret gets out: every kind of secret is planted, the service is run at LOG_LEVEL=debug
against servers that fail in every way, and its logs, outputs and command lines are searched.

A canary is a word that stands nowhere else; a new kind of secret is one more `canary(...)`.
"""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from worker.broker import embedded
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

COMMAND = (sys.executable, "-m", "worker.cli")
CELERY = (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-c", "1", "-l", "DEBUG")
SERVICE = {
    "dispatch": (*COMMAND, "dispatch"),
    "relay": (*COMMAND, "relay"),
    "poller": (*CELERY, "-n", "poller@test", "-Q", "poll"),
    "worker": (*CELERY, "-n", "worker@test", "-Q", "urgent,parse"),
}
FEED = b"""<rss version="2.0"><channel><title>W</title><item><guid>1</guid><title>One</title>
<link>/1</link>
<description>OSLO, May 1. /TASS/. The bridge is open, engineer Ivan Petrov said.</description>
</item></channel></rss>"""


class Canaries:
    """The secrets by the name of what they are."""

    def __init__(self):
        self.words = {}

    def __call__(self, name):
        return self.words.setdefault(name, f"canary{uuid.uuid4().hex}")

    def found_in(self, text):
        """The names of those that stand in the text, as they are or packed as HTTP packs them."""
        raw = text.encode() if isinstance(text, str) else text
        return {
            name
            for name, word in self.words.items()
            if word.encode() in raw or any(form in raw for form in packed(word))
        }


def packed(word):
    """The word in base64, wherever in a longer text it stands."""
    for before in range(3):
        whole = base64.b64encode(b"x" * before + word.encode())
        yield whole[4:-4]


@pytest.fixture
def canary():
    return Canaries()


class Hostile(BaseHTTPRequestHandler):
    """Sets secrets, wants secrets, and fails; what it does stands in the path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append(str(self.headers))
        what = self.path.partition("?")[0].strip("/")
        status, headers, body = self.answer(what, self.server.canary, self.server.origin)
        length = 99_999 if what == "cut" else len(body)
        headers |= {
            "Content-Length": str(length),
            "Set-Cookie": f"session={self.server.canary('cookie')}; Path=/",
            "WWW-Authenticate": f'Basic realm="{self.server.canary("realm")}"',
        }
        self.send_response(status)
        for header in headers.items():
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = what == "cut"

    def answer(self, what, secret, origin):
        """Status, headers and body."""
        if what.isdigit():
            return int(what), {}, f"no {secret('error page')}".encode()
        away = f"http://u:{secret('redirect password')}@{origin}/ok"
        private = f"http://u:{secret('private password')}@10.0.0.1/"
        moves = {
            "redirect": (302, f"{away}?token={secret('redirect token')}"),
            "moved": (301, f"http://{origin}/ok?access_token={secret('moved token')}"),
            "nowhere": (302, f"ftp://u:{secret('ftp password')}@a/"),
            "bad-url": (302, f"http://u:{secret('bad password')}@[::g]/"),
            "private": (302, f"{private}?sig={secret('signature')}"),
        }
        if what in moves:
            status, where = moves[what]
            return status, {"Location": where}, b""
        bodies = {"ok": (200, FEED), "cut": (200, b"<rss"), "broken": (200, b"\x00\x01 no feed")}
        status, body = bodies.get(what, (404, b""))
        return status, {}, body

    def log_message(self, *_):
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Who hangs up on us does so on purpose."""


@pytest.fixture
def server(canary):
    with QuietServer(("127.0.0.1", 0), Hostile) as running:
        running.canary, running.seen = canary, []
        running.origin = f"127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def port():
    """Where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def broker(broker_url, canary, tmp_path_factory, wait_for):
    """A server of our own that wants a password."""
    directory = tmp_path_factory.mktemp("b")
    words = ["--port", "0", "--unixsocket", str(directory / "s"), "--dir", str(directory)]
    (directory / "conf").write_text(f'requirepass {canary("broker password")}\nsave ""\n')
    process = subprocess.Popen(
        [str(embedded.find_server()), str(directory / "conf"), *words], stdout=subprocess.DEVNULL
    )
    wait_for((directory / "s").is_socket)
    yield directory / "s"
    process.terminate()
    process.wait(20)


@pytest.fixture
def environ(broker, canary, prefix, server, port, tmp_path):
    password_file = tmp_path / "password"
    password_file.write_text(canary("broker password"))
    return {
        "COPYTASTER_REDIS_URL": f"unix://default:{canary('old password')}@{broker}?db=0",
        "COPYTASTER_REDIS_PASSWORD_FILE": str(password_file),
        "COPYTASTER_PREFIX": prefix,
        "COPYTASTER_LOG_FORMAT": "json",
        "COPYTASTER_LOG_LEVEL": "debug",
        "COPYTASTER_RECLAIM_AFTER_S": "2",
        "COPYTASTER_POLL_FLOOR_S": "1",
        "COPYTASTER_FIRST_BYTE_S": "2",
        "COPYTASTER_PAGE_PAUSE_S": "0.1",
        "COPYTASTER_PAGE_WAIT_S": "2",
        "COPYTASTER_ALLOW_ORIGINS": f"{server.origin},127.0.0.1:{port}",
        "COPYTASTER_DESKS": str(desks_file(canary, port, tmp_path)),
    }


def desks_file(canary, port, tmp_path):
    """A desk for each kind of sink, none of which can be reached."""
    signing = base64.b64encode(canary("webhook secret").encode()).decode()
    (tmp_path / "signing").write_text(f"whsec_{signing}\n")
    here = f"127.0.0.1:{port}"
    hook = f"http://{here}/{{0}}#secret_file={tmp_path / 'signing'}&private=yes"
    sinks = {
        "amqp": f"amqp:amqp://wire:{canary('amqp password')}@{here}/v?exchange=wire",
        "nats": f"nats:nats://wire:{canary('nats password')}@{here}?timeout_s=1",
        "nats-token": f"nats:nats://{canary('nats token')}@{here}?timeout_s=1",
        "kafka": f"kafka:kafka://wire:{canary('kafka password')}@{here}/topic?timeout_s=1",
        "webhook": f"webhook:{hook.format('hook?token=' + canary('webhook token'))}",
        "stream": f"redis-stream:redis://:{canary('stream password')}@{here}/0?stream=wire",
    }
    path = tmp_path / "desks.toml"
    path.write_text(
        '[[desk]]\nname = "items"\n'
        + "".join(f'[[desk]]\nname = "{name}"\nsink = "{sink}"\n' for name, sink in sinks.items())
    )
    return path


def feeds(canary, origin, port):
    """URL by what is secret in it."""
    login = f"http://ada:{canary('feed password')}@{origin}"
    return [
        f"{login}/ok",
        *(f"{login}/{what}" for what in ("401", "404", "410", "500", "cut", "broken")),
        *(f"{login}/{what}" for what in ("redirect", "moved", "nowhere", "bad-url", "private")),
        f"http://{origin}/ok?token={canary('query token')}",
        f"http://{origin}/500?a=1&api_key={canary('api key')}",
        f"http://{origin}/redirect?secret={canary('query secret')}&b=2",
        f"http://ada:{canary('unreachable password')}@127.0.0.1:{port}/rss",
        f"http://ada:{canary('refused password')}@10.0.0.1/rss?sig={canary('query signature')}",
        f"http://ada:{canary('nameless password')}@nowhere.invalid/rss",
    ]


def messages(canary, origin):
    """What other programs may put on the inbox, and what becomes a dead letter."""
    login = f"http://ada:{canary('page password')}@{origin}"
    return [
        {"link": f"{login}/404?key={canary('page key')}"},
        {"link": f"{login}/redirect"},
        {"feed": f"{login}/ok?password={canary('asked password')}"},
        {"feed": f"ftp://ada:{canary('ftp feed password')}@{origin}/"},
        {"feed": f"gopher://ada:{canary('long password') * 10}@{origin}/"},
        {"link": f"gopher://ada:{canary('link password')}@{origin}/"},
        {"nothing": f"http://ada:{canary('unknown password')}@{origin}/"},
        {
            "text": "PARIS, May 2. /TASS/. The talks have resumed.",
            "uri": "urn:talks",
            "source": f"{login}/?userToken={canary('source token')}",
        },
    ]


def verbs(store, urls):
    letters = [letter.id for letter in store.dead_letters.list()]
    for feed in store.feeds.all():
        yield ("feeds", "show", feed.id)
        yield ("feeds", "show", feed.id, "--json")
        yield ("explain", feed.id)
        yield ("explain", feed.id, "--json")
        yield ("feeds", "poll", feed.id)
    for url in (urls[0], f"{urls[0]}/unknown"):
        yield ("feeds", "show", url)
        yield ("explain", url)
    for letter in letters:
        yield ("dead", "show", letter)
        yield ("dead", "show", letter, "--json")
    for words in (("status",), ("doctor",), ("feeds", "list"), ("desks", "list"), ("dead", "list")):
        yield words
        yield (*words, "--json")
    yield ("tail", "items", "--last", "5", "-n", "2", "--json")
    yield ("explain", "urn:talks", "--json")
    yield ("desks", "test", "--last", "5")
    yield ("replay", "--since", "1h")
    yield ("dead", "retry", letters[0])
    yield ("feeds", "remove", urls[0])


VERBS = """
import json, sys
from worker.cli.root import run
for line in sys.stdin:
    sys.argv = ["copytaster", *json.loads(line)]
    print("=", line, flush=True)
    try:
        run()
    except SystemExit as ending:
        print(ending.code, flush=True)
"""
"""Many verbs, each as the command runs it, in one process."""


def run(environ, *words, sent=""):
    """Whatever a program says."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    done = subprocess.run(
        words,
        env=inherited | environ,
        input=sent.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=300,
    )
    return done.stdout


def run_a_while(environ, *words):
    """Whatever a program says until it ends, or four seconds after its first words."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    process = subprocess.Popen(
        words, env=inherited | environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    hang = threading.Timer(120, process.kill)
    hang.start()
    first = process.stdout.readline()
    hang.cancel()
    try:
        return first + process.communicate(timeout=4)[0]
    except subprocess.TimeoutExpired:
        process.terminate()
        return first + process.communicate(timeout=120)[0]


def run_verbs(environ, verbs):
    """What each verb says, by its words without what it is about."""
    said = run(environ, sys.executable, "-c", VERBS, sent="\n".join(map(json.dumps, verbs)))
    outputs = dict.fromkeys((" ".join(words[:2]) for words in verbs), b"")
    for words, part in zip(verbs, said.split(b"\n= ["), strict=True):
        outputs[" ".join(words[:2])] += part.partition(b"\n")[2]
    return outputs


def command_lines(processes):
    """What `ps` shows of our processes and their children."""
    groups = {process.pid for process in processes.started.values()}
    shown = b""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) in groups:
                shown += (entry / "cmdline").read_bytes()
        except OSError:
            continue
    return shown


def test_no_secret_is_in_a_log_an_output_or_a_command_line(
    processes, environ, broker, canary, server, port, prefix, wait_for
):
    store = RedisStore(f"unix://:{canary('broker password')}@{broker}?db=0", prefix=prefix)
    urls = feeds(canary, server.origin, port)
    outputs = run_verbs(environ, [("feeds", "add", "--anyway", url) for url in urls])
    for message in messages(canary, server.origin):
        for urgent in (False, True):
            store.inbox.put(json.dumps(message), urgent=urgent)
    for name, command in SERVICE.items():
        processes.start(name, command)

    wait_for(lambda: len(store.desks.read("items")) >= 2, timeout_s=120)
    wait_for(lambda: len(store.dead_letters.list()) >= 10, timeout_s=120)
    wait_for(lambda: all(store.feeds.state(feed.id).polled_at for feed in store.feeds.all()))
    wait_for(lambda: processes.log("relay").count("relay_failed") >= 6, timeout_s=120)
    assert any("Authorization: Basic" in seen for seen in server.seen)
    outputs["ps"] = command_lines(processes)
    outputs |= run_verbs(environ, list(verbs(store, urls)))
    processes.stop_all()
    store.close()

    assert b"worker.cli" in outputs["ps"]
    assert outputs["feeds show"].count(b'"state"') == len(urls) + 1
    for name in SERVICE:
        assert processes.log(name).count("\n") > 3
        out = (processes.log_dir / f"{name}.out").read_text()
        outputs[f"log of {name}"] = (processes.log(name) + out).encode()
    assert len(canary.words) >= 30
    leaks = {name: canary.found_in(text) for name, text in outputs.items()}
    assert {name: found for name, found in leaks.items() if found} == {}


@pytest.mark.parametrize("number", range(12))
def test_a_broker_that_is_wrong_or_away_is_named_without_its_password(
    environ, canary, broker, port, number
):
    url = wrong_brokers(canary, broker, port)[number]
    if url.startswith("amqp"):
        environ["COPYTASTER_CELERY_URL"] = url
    else:
        environ |= {"COPYTASTER_REDIS_URL": url, "COPYTASTER_REDIS_PASSWORD_FILE": ""}
    said = run_a_while(environ, *SERVICE["dispatch" if number % 2 else "worker"])
    said += run_verbs(environ, [("status",)])["status"]
    assert said
    assert canary.found_in(said) == set()


def wrong_brokers(canary, broker, port):
    """URLs that are wrong, lead nowhere, or are not let in."""
    word = canary("wrong password")
    return [
        f"unix://ada:{word}@{broker}?db=0",
        f"unix://{broker}?password={word}",
        f"redis://ada:{word}@127.0.0.1:{port}/0",
        f"rediss://ada:{word}@127.0.0.1:{port}/0",
        f"redis://ada:{word}@[::g/0",
        f"redis://ada:{word}/x@127.0.0.1:{port}/0",
        f"redis://ada:{word}@127.0.0.1:port/0",
        f"http://ada:{word}@127.0.0.1/",
        f"ada:{word}@127.0.0.1",
        f"redis://127.0.0.1:{port}/0?password={word}&nonsense=1",
        f"amqp://ada:{word}@127.0.0.1:{port}/wire",
        f"amqps://ada:{word}@127.0.0.1:{port}/wire",
    ]


@pytest.mark.parametrize(
    "sink",
    [
        "webhook:https://ada:{0}@desk.example/wire#secret_file=/nowhere",
        "webhook:https://desk.example/wire?token={0}#secret_file=/nowhere",
        "amqp:amqp://ada:{0}@host:port/v",
        "amqp:amqp://ada:{0}@host/v?nonsense=1",
        "nats:http://ada:{0}@host",
        "nats:nats://{0}@",
        "kafka:kafka://ada:{0}@host/a/b",
        "redis-stream:redis://:{0}@host/0",
        "redis-stream:http://:{0}@host/0?stream=a",
        "nothing:http://ada:{0}@host/",
        "ada:{0}@host",
    ],
)
def test_a_wrong_sink_is_named_without_its_secret(sink, canary, tmp_path):
    desks = tmp_path / "desks.toml"
    desks.write_text(f'[[desk]]\nname = "a"\nsink = "{sink.format(canary("sink"))}"\n')
    environ = {
        "COPYTASTER_DESKS": str(desks),
        "COPYTASTER_REDIS_URL": "redis://127.0.0.1:1/0",
        "COPYTASTER_LOG_LEVEL": "debug",
    }
    said = run_a_while(environ, *COMMAND, "relay")
    assert said
    assert canary.found_in(said) == set()


def test_the_one_verb_that_shows_the_logins_of_feeds_is_export(environ, canary, broker, prefix):
    store = RedisStore(f"unix://:{canary('broker password')}@{broker}?db=0", prefix=prefix)
    run(
        environ,
        *COMMAND,
        "feeds",
        "add",
        "--anyway",
        f"http://ada:{canary('login')}@news.example/rss",
    )
    assert canary.found_in(run(environ, *COMMAND, "feeds", "export")) == {"login"}
    assert canary.found_in(run(environ, *COMMAND, "feeds", "list", "--json")) == set()
    store.close()


def test_a_canary_is_found_where_there_is_one(canary):
    word = canary("a")
    login = base64.b64encode(f"ada:{word}".encode()).decode()
    assert canary.found_in(f"x{word}y") == canary.found_in(f"Basic {login}") == {"a"}
    assert canary.found_in("canary") == set()
