"""The findings of `copytaster doctor` without a broker, and its output."""

import json
import os
import re
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

from worker.cli.doctor import doctor
from worker.cli.root import cli
from worker.doctor import CHECKS, Finding, Installation, Verdict, examine, machine, worst
from worker.doctor.broker import _read_replica
from worker.doctor.servers import _addresses
from worker.errors import SettingsError
from worker.settings import Settings, load_settings, read_settings


@pytest.fixture
def look(tmp_path):
    """The findings about settings, by name, with a data directory of the test."""

    def find(faults=(), **settings):
        known = {"data_dir": str(tmp_path / "data"), "archive": "off"} | settings
        installation = Installation(settings=Settings(**known), faults=faults, trouble="away")
        return {finding.name: finding for finding in examine(installation)}

    return find


def verdicts(findings, *names):
    return [findings[name].verdict.value for name in names]


def test_every_check_has_a_finding_in_its_order(look):
    assert tuple(look()) == CHECKS


def test_without_a_broker_everything_else_is_still_checked(look):
    found = look()
    assert (found["broker"].verdict, found["broker"].found) == (Verdict.WRONG, "away")
    skipped = {name for name, one in found.items() if one.found == "needs the broker"}
    assert {"eviction", "feeds", "replication"} < skipped
    assert verdicts(found, "python", "desks file", "data directory", "sinks") == ["ok"] * 4


def test_every_finding_but_ok_has_advice(look):
    found = look(desks="/nowhere/desks.toml", feeds="/nowhere/feeds.toml", heartbeat="/nowhere/x")
    bad = [one for one in found.values() if one.verdict in (Verdict.WARNING, Verdict.WRONG)]
    assert {"desks file", "feeds file", "heartbeat", "broker", "sinks"} <= {one.name for one in bad}
    assert [one.name for one in bad if not one.advice] == []


def test_all_faults_of_the_settings_are_listed(look):
    environ = {
        "COPYTASTER_BATCH_ITEMS": "many",
        "COPYTASTER_CONTACT": "me",
        "COPYTASTER_NOPE": "1",
        "COPYTASTER_PAGE_PAUSE_S": "5000",
        "COPYTASTER_REDIS_URL": "http://x",
    }
    settings, faults = read_settings(environ)
    assert [fault.subject for fault in faults] == [
        "COPYTASTER_BATCH_ITEMS",
        "COPYTASTER_NOPE",
        "COPYTASTER_REDIS_URL",
        "COPYTASTER_CONTACT",
        "COPYTASTER_PAGE_PAUSE_S",
    ]
    assert (settings.batch_items, settings.contact, settings.redis_url) == (50, "", "")
    finding = look(faults=faults)["settings"]
    assert finding.verdict is Verdict.WRONG
    assert all(variable in finding.found for variable in environ)
    with pytest.raises(SettingsError, match="COPYTASTER_BATCH_ITEMS"):
        load_settings(environ)


def test_the_password_file_is_not_blamed_for_a_wrong_url(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("pw")
    environ = {"COPYTASTER_REDIS_URL": "x", "COPYTASTER_REDIS_PASSWORD_FILE": str(secret)}
    _, faults = read_settings(environ)
    assert [fault.subject for fault in faults] == ["COPYTASTER_REDIS_URL"]


def test_a_data_directory_that_others_can_read_is_a_warning(look, tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    finding = look()["data directory"]
    assert (finding.verdict, finding.advice) == (Verdict.WARNING, f"chmod 700 {data}")
    data.chmod(0o700)
    assert look()["data directory"].verdict is Verdict.OK


def test_little_free_space_is_a_warning_and_almost_none_is_wrong(look, tmp_path, monkeypatch):
    for free_mib, verdict in ((500, Verdict.WARNING), (50, Verdict.WRONG), (5000, Verdict.OK)):
        usage = type("Usage", (), {"free": free_mib << 20})
        monkeypatch.setattr("worker.doctor.files.shutil.disk_usage", lambda _, usage=usage: usage)
        assert look()["data directory"].verdict is verdict


def test_an_old_heartbeat_is_wrong(look, tmp_path):
    beat = tmp_path / "beat"
    beat.touch()
    assert look(heartbeat=str(beat))["heartbeat"].verdict is Verdict.OK
    old = time.time() - 100
    os.utime(beat, (old, old))
    finding = look(heartbeat=str(beat))["heartbeat"]
    assert (finding.verdict, "100 s ago" in finding.found) == (Verdict.WRONG, True)


def test_a_sink_that_cannot_be_reached_is_wrong_and_shows_no_password(look, tmp_path):
    desks = tmp_path / "desks.toml"
    desks.write_text(
        '[[desk]]\nname = "a"\nsink = "amqp:amqp://ada:hush@127.0.0.1:9/v?exchange=wire"\n'
        f'[[desk]]\nname = "b"\nsink = "jsonl:{tmp_path}/out.jsonl"\n'
    )
    finding = look(desks=str(desks))["sinks"]
    assert finding.verdict is Verdict.WRONG
    assert finding.found.startswith("a: amqp:")
    assert "hush" not in finding.found
    assert "b:" not in finding.found


def test_the_archive_is_a_sink_like_any_other(look, tmp_path):
    desks = tmp_path / "desks.toml"
    desks.write_text('[[desk]]\nname = "items"\nsink = "archive"\n')
    for archive in ("", f"sqlite:///{tmp_path}/wire.db"):
        finding = look(desks=str(desks), archive=archive)["sinks"]
        assert (finding.verdict, finding.found) == (Verdict.OK, "1 can be opened")
    finding = look(desks=str(desks), archive="off")["sinks"]
    assert finding.verdict in (Verdict.SKIPPED, Verdict.WRONG)
    assert "COPYTASTER_ARCHIVE: is off" in finding.found


def test_the_default_desk_has_a_sink_where_an_archive_is_kept(look, tmp_path):
    assert look(archive="")["sinks"].found == "none"
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "archive.db").touch()
    assert look(archive="")["sinks"].found == "1 can be opened"
    assert look(archive="off")["sinks"].found == "none"
    refused = look(archive="postgresql://ada:hush@127.0.0.1:9/wire")["sinks"]
    assert (refused.verdict, "hush" in refused.found) == (Verdict.WRONG, False)
    assert refused.found.startswith("items: sql:postgresql://")


@pytest.mark.parametrize(
    ("target", "addresses"),
    [
        ("amqps://ada:pw@mq/v?exchange=wire", [("mq", 5671)]),
        ("https://hook.example:8443/in", [("hook.example", 8443)]),
        ("redis://r/0?stream=x", [("r", 6379)]),
        ("/var/wire.jsonl", []),
        ("host1:9092,host2:9092/topic", []),
        ("sqlite:///x.db", []),
        ("http://[", []),
    ],
)
def test_the_servers_of_sinks(target, addresses):
    assert list(_addresses(target)) == addresses


def test_a_callback_that_nobody_serves_is_wrong(look):
    found = look(websub_callback_url="http://127.0.0.1:9/hooks")["websub callback"]
    assert found.verdict is Verdict.WRONG


def test_a_package_that_is_too_old_or_missing_is_named(monkeypatch):
    lines = ["click>=999", "nothing-of-the-kind>=1; extra == 'service'", "rich>=1; extra == 'web'"]
    assert Requirement(lines[0]).name == "click"
    monkeypatch.setattr(machine.importlib.metadata, "requires", lambda _: lines)
    finding = machine.check_packages("packages", Installation(settings=Settings()))
    assert finding.verdict is Verdict.WRONG
    assert finding.found.startswith("click is ")
    assert finding.found.endswith("nothing-of-the-kind is not installed")


def test_extras_are_those_that_the_settings_need(look, monkeypatch):
    requires = machine.importlib.metadata.requires
    lines = [*requires("copytaster"), "no-such-driver>=1; extra == 'postgresql'"]
    monkeypatch.setattr(machine.importlib.metadata, "requires", lambda _: lines)
    assert look()["extras"].verdict is Verdict.OK
    finding = look(archive="postgresql://127.0.0.1:9/wire")["extras"]
    assert (finding.verdict, finding.advice) == (
        Verdict.WRONG,
        "pip install 'copytaster[postgresql]'",
    )


@pytest.mark.parametrize(
    ("environ", "verdict", "found"),
    [
        ({}, "ok", "off"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "ok", "traces"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "warning", "no traces are sent: "),
        ({"SENTRY_DSN": "https://key@sentry.example/1"}, "ok", "fault reports"),
    ],
)
def test_traces_and_fault_reports_that_the_variables_ask_for(environ, verdict, found):
    installation = Installation(settings=Settings(), environ=environ)
    finding = machine.check_telemetry("telemetry", installation)
    assert (finding.verdict.value, finding.found.startswith(found)) == (verdict, True)


def test_every_check_has_its_row_on_the_page():
    page = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
    section = page.read_text(encoding="utf-8").partition("\n## The doctor\n")[2].partition("\n## ")
    rows = [line.split(" | ")[0] for line in section[0].splitlines() if line.startswith("| `")]
    assert sorted(name for row in rows for name in re.findall("`([^`]+)`", row)) == sorted(CHECKS)


def test_a_replica_is_read_from_info():
    replica = _read_replica("ip=10.0.0.2,port=6379,state=online,offset=42,lag=1")
    assert (replica["ip"], replica["lag"]) == ("10.0.0.2", "1")


def test_the_worst_verdict_counts():
    def of(*found):
        return worst(Finding(name="x", verdict=Verdict(one), found="") for one in found)

    assert of("ok", "skipped") is Verdict.OK
    assert of("ok", "warning") is Verdict.WARNING
    assert of("warning", "wrong", "ok") is Verdict.WRONG


def test_the_command_lists_the_faults_of_settings_and_exits_with_1(tmp_path):
    environ = {
        "COPYTASTER_DATA_DIR": str(tmp_path / "data"),
        "COPYTASTER_LOG_LEVEL": "loud",
        "COPYTASTER_QUEUE_HIHG": "5",
    }
    done = CliRunner(env=environ).invoke(cli, ["doctor", "--json"])
    told = json.loads(done.stdout)
    (found,) = [one for one in told["checks"] if one["name"] == "settings"]
    assert (done.exit_code, told["verdict"], found["verdict"]) == (1, "wrong", "wrong")
    assert "COPYTASTER_LOG_LEVEL" in found["found"]
    assert "did you mean COPYTASTER_QUEUE_HIGH?" in found["found"]


def test_every_other_command_stops_at_the_first_fault():
    environ = {"COPYTASTER_QUEUE_HIHG": "5"}
    done = CliRunner(env=environ).invoke(cli, ["status"])
    assert isinstance(done.exception, SettingsError)


def test_people_get_a_line_per_check_with_the_advice_below(tmp_path):
    settings = Settings(data_dir=str(tmp_path), archive="off")
    done = CliRunner().invoke(doctor, [], obj=settings)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("ok      python           copytaster ")
    at = next(number for number, line in enumerate(lines) if line.startswith("wrong   broker  "))
    assert lines[at + 1].strip().startswith("-> start it")
    assert lines[-1].startswith(f"checks: {len(CHECKS)}, wrong: ")
