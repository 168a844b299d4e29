"""A desks file that changes under a running process."""

import os
import time

import pytest
from structlog.testing import capture_logs

from worker import services as module
from worker.desks import DEFAULT_DESKS
from worker.desks.file import DesksFile, open_desks_file
from worker.errors import SettingsError
from worker.services import close_services, services

ONE = '[[desk]]\nname = "one"\n'
TWO = ONE + '[[desk]]\nname = "two"\nmatch = { countries = ["UA"] }\n'


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "desks.toml"
    write(path, ONE, age_s=100)
    return path


def write(path, text, *, age_s):
    """The file as it stands `age_s` seconds after it was written."""
    path.write_text(text, encoding="utf-8")
    then = time.time() - age_s
    os.utime(path, (then, then))


def names(desks):
    return None if desks is None else [desk.name for desk in desks]


def test_a_file_that_does_not_change_is_not_read_again(path):
    file = DesksFile(str(path))
    with capture_logs() as logs:
        assert [file.changed(), file.changed()] == [None, None]
    assert logs == []


def test_a_changed_file_is_read_once(path):
    file = DesksFile(str(path))
    write(path, TWO, age_s=50)
    with capture_logs() as logs:
        assert [names(file.changed()), file.changed()] == [["one", "two"], None]
    assert logs == [{"event": "desks_reloaded", "log_level": "info", "desks": ["one", "two"]}]


def test_a_file_that_was_put_in_the_place_of_another_is_a_changed_one(path, tmp_path):
    file = DesksFile(str(path))
    write(tmp_path / "new", ONE.replace("one", "six"), age_s=100)
    os.utime(tmp_path / "new", ns=(0, path.stat().st_mtime_ns))
    (tmp_path / "new").replace(path)
    assert names(file.changed()) == ["six"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("[[desk]", "Expected ']]'"),
        ("", "has no desk"),
        (TWO.replace("UA", "Ukraine"), "a country is its code of two letters"),
        (TWO.replace("two", "one"), "two desks are named 'one'"),
    ],
)
def test_a_broken_file_keeps_the_old_desks_and_is_said_once(path, broken, reason):
    file = DesksFile(str(path))
    write(path, broken, age_s=50)
    with capture_logs() as logs:
        assert [file.changed(), file.changed()] == [None, None]
    assert [(line["event"], line["log_level"]) for line in logs] == [("desks_kept", "error")]
    assert logs[0]["reason"].startswith(f"{path}: ")
    assert reason in logs[0]["reason"]
    write(path, TWO, age_s=20)
    assert names(file.changed()) == ["one", "two"]


def test_a_file_that_went_away_keeps_the_old_desks(path):
    file = DesksFile(str(path))
    path.unlink()
    with capture_logs() as logs:
        assert [file.changed(), file.changed()] == [None, None]
    assert [line["event"] for line in logs] == ["desks_kept"]


@pytest.mark.parametrize("age_s", [0, 0.5, -0.5])
def test_a_file_that_may_be_half_written_is_left_alone_for_a_second(path, age_s):
    """Its first half is a desks file, too."""
    file = DesksFile(str(path))
    write(path, TWO, age_s=age_s)
    assert file.changed() is None
    write(path, TWO, age_s=5)
    assert names(file.changed()) == ["one", "two"]


def test_a_file_from_a_clock_far_ahead_is_read(path):
    file = DesksFile(str(path))
    write(path, TWO, age_s=-3600)
    assert names(file.changed()) == ["one", "two"]


def test_without_a_file_nothing_changes():
    assert DesksFile("").changed() is None


def test_a_file_that_was_never_right_is_refused_until_it_is(path):
    write(path, "[[desk]", age_s=50)
    file = DesksFile(str(path))
    with pytest.raises(SettingsError, match="Expected"):
        file.present()
    write(path, TWO, age_s=20)
    assert names(file.present()) == ["one", "two"]


def test_a_process_begun_after_the_file_went_wrong_has_the_desks_that_its_parent_read_last(
    path, monkeypatch
):
    monkeypatch.setenv("COPYTASTER_REDIS_URL", "redis://localhost:1/0")
    monkeypatch.setenv("COPYTASTER_DESKS", str(path))
    monkeypatch.setattr(module, "_opened", {})
    open_desks_file(str(path)).present()
    write(path, TWO, age_s=50)
    open_desks_file(str(path)).present()
    write(path, "[[desk]", age_s=20)
    try:
        with capture_logs() as logs:
            assert names(services().publishing.desks) == ["one", "two"]
        assert [line["event"] for line in logs] == ["desks_kept"]
    finally:
        close_services()


def test_a_process_that_publishes_nothing_does_not_read_the_file(path, monkeypatch):
    monkeypatch.setenv("COPYTASTER_REDIS_URL", "redis://localhost:1/0")
    monkeypatch.setenv("COPYTASTER_DESKS", str(path))
    monkeypatch.setattr(module, "_opened", {})
    write(path, "[[desk]", age_s=50)
    try:
        assert services().polling.settings.desks == str(path)
    finally:
        close_services()


def test_the_services_of_a_process_have_the_desks_as_they_are_now(path, monkeypatch):
    monkeypatch.setenv("COPYTASTER_REDIS_URL", "redis://localhost:1/0")
    monkeypatch.setenv("COPYTASTER_DESKS", str(path))
    monkeypatch.setattr(module, "_opened", {})
    try:
        before, desks = services(), services().publishing.desks
        write(path, TWO, age_s=50)
        assert (names(desks), names(services().publishing.desks)) == (["one"], ["one", "two"])
        assert services() is before
    finally:
        close_services()


def test_the_desks_of_every_installation_need_no_file(monkeypatch):
    monkeypatch.setenv("COPYTASTER_REDIS_URL", "redis://localhost:1/0")
    monkeypatch.delenv("COPYTASTER_DESKS", raising=False)
    monkeypatch.setattr(module, "_opened", {})
    try:
        assert services().publishing.desks == DEFAULT_DESKS
    finally:
        close_services()
