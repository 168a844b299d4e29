"""deploy/systemd: units that systemd reads without complaint and that hold processes tightly."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from worker.cli.root import cli
from worker.settings import ENV_PREFIX, Settings, load_settings

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy/systemd"
COMMON = UNITS / "copytaster-.service.d/service.conf"
ROLES = ("dispatch", "poller", "relay", "source", "web", "worker")
EXPOSURE_MOST = 15  # tenths, so 1.5 of 10: systemd calls it OK


class Unit(configparser.RawConfigParser):
    """A unit's last value of each key; `values` has all of them."""

    optionxform = staticmethod(str)

    def __init__(self, path):
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",))
        self.read(path, encoding="utf-8")
        self.text = path.read_text(encoding="utf-8")

    def values(self, key):
        return re.findall(rf"(?m)^{key}=(.*)$", self.text)


def service_of(role):
    return Unit(UNITS / f"copytaster-{role}.service")


def environment_of(unit):
    words = " ".join(unit.values("Environment")).split()
    return dict(word.split("=", 1) for word in words)


@pytest.fixture
def installed(tmp_path):
    """The units as they are installed, with programs that are on this machine."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze: on Debian, apt-get install systemd")
    units = tmp_path / "units"
    shutil.copytree(UNITS, units)
    for path in units.glob("*.service"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text))
    return units


def analyze(units, *words):
    return subprocess.run(
        ["systemd-analyze", *words],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:", "SYSTEMD_COLORS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_systemd_has_no_complaint_about_any_unit(installed):
    names = [path.name for path in installed.glob("*.*") if path.is_file()]
    units = [
        str(installed / name.replace("@.", "@dispatch."))
        for name in sorted(names)
        if name.endswith((".service", ".target", ".timer"))
    ]
    for unit in units:
        if "@dispatch" in unit:
            Path(unit).symlink_to(unit.replace("@dispatch.", "@."))
    told = analyze(installed, "verify", *units)
    ours = [line for line in told.stderr.splitlines() if "copytaster" in line]
    assert len(units) == len(ROLES) + 4
    assert (told.returncode, ours) == (0, [])


def test_systemd_complains_about_a_unit_with_a_fault(installed):
    """The check above can fail."""
    path = installed / "copytaster-dispatch.service"
    path.write_text(path.read_text() + "\n[Service]\nProtectSystems=strict\n")
    assert "ProtectSystems" in analyze(installed, "verify", str(path)).stderr


@pytest.mark.parametrize("role", ROLES)
def test_the_exposure_of_each_service_is_low(installed, role):
    words = ("security", "--offline=yes", f"--threshold={EXPOSURE_MOST}", "--no-pager")
    told = analyze(installed, *words, f"copytaster-{role}.service")
    assert told.returncode == 0, told.stdout[-300:] + told.stderr


def test_the_exposure_is_high_without_what_the_services_have_in_common(installed):
    shutil.rmtree(installed / "copytaster-.service.d")
    words = ("security", "--offline=yes", f"--threshold={EXPOSURE_MOST}", "--no-pager")
    assert analyze(installed, *words, "copytaster-dispatch.service").returncode == 1


@pytest.mark.parametrize("role", ROLES)
def test_each_service_starts_a_command_that_is_there_with_the_right_of_its_role(role):
    unit = service_of(role)
    environ = environment_of(unit)
    assert unit.values("LoadCredential")[0] == f"password:/etc/copytaster/secrets/{role}"
    assert not any("secrets" in word for word in unit.values("LoadCredential")[1:])
    assert environ["COPYTASTER_REDIS_URL"] == f"redis://copytaster-{role}@127.0.0.1:6379/0"
    program, verb, *options = unit["Service"]["ExecStart"].replace("%%", "%").split()
    options = [re.sub(r"\$\{(\w+)\}", lambda name: environ[name[1]], word) for word in options]
    assert program == "/opt/copytaster/bin/copytaster"
    cli.get_command(click.Context(cli), verb).make_context(verb, options)


def test_services_run_the_commands_of_the_containers():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for role in ROLES:
        _, verb, *_ = service_of(role)["Service"]["ExecStart"].split()
        assert verb == services[role]["command"][1]


def test_the_source_alone_sees_the_file_that_may_hold_passwords():
    unit = service_of("source")
    assert unit.values("LoadCredential")[1] == "sources.toml:/etc/copytaster/sources.toml"
    assert environment_of(unit)["COPYTASTER_SOURCES"] == "%d/sources.toml"
    for role in {*ROLES} - {"source"}:
        assert "sources.toml" not in service_of(role).text


def test_the_environment_that_all_have_is_one_of_valid_settings():
    environ = environment_of(Unit(COMMON))
    assert {name.removeprefix(ENV_PREFIX).lower() for name in environ} <= {
        *Settings.__struct_fields__
    }
    assert environ["COPYTASTER_HEARTBEAT"] == "%t/%p/heartbeat"
    written = re.findall(r"(?m)^#? ?(COPYTASTER_\w+)=(.*)$", (UNITS / "copytaster.env").read_text())
    assert len(written) > 3
    load_settings(dict(written))


def test_a_hanging_service_is_found_and_restarted():
    check, restart = Unit(UNITS / "health-copytaster@.service"), "restart-copytaster@%i.service"
    assert check["Unit"]["OnFailure"] == restart
    beat = "%t/copytaster-%i/heartbeat"
    assert environment_of(check)["COPYTASTER_HEARTBEAT"] == beat
    assert check["Unit"]["ConditionPathExists"] == beat
    assert check["Service"]["ExecStart"].endswith("copytaster health %i")
    command = Unit(UNITS / restart.replace("%i", ""))["Service"]["ExecStart"]
    assert command.endswith("systemctl try-restart copytaster-%i.service")
    health = cli.get_command(click.Context(cli), "health")
    for role in ROLES:
        health.make_context("health", [role])


def test_a_wrong_setting_is_not_tried_again_and_all_else_is():
    common = Unit(COMMON)["Service"]
    assert common["Restart"] == "always"
    assert common["RestartPreventExitStatus"] == "78"
    assert (common["KillMode"], common["TimeoutStopSec"]) == ("mixed", "45")
