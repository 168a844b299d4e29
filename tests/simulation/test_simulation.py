"""The short form of `make simulate` and of `make mutate`."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# The fixture asks for a server's binary: without one, this fails in CI and is skipped at home.
pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("broker_url")]

RUN = Path(__file__).with_name("run.py")
SCRIPTS = Path(__file__).parents[2] / "worker" / "store" / "scripts"


def run(*words, rc):
    done = subprocess.run(
        [sys.executable, RUN, "--processes", "1", *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == rc, done.stdout
    return done.stdout


def test_schedules_of_every_kind_break_no_promise():
    assert "300 schedules" in run("--start", 0, "--schedules", 300, rc=0)


def test_a_seed_is_one_schedule():
    assert run("--seed", 7, rc=0) == run("--seed", 7, rc=0)


def test_a_server_that_orders_nothing_is_found_out_and_told_in_a_few_steps(tmp_path):
    shutil.copytree(SCRIPTS, tmp_path / "scripts")
    script = tmp_path / "scripts" / "publish.lua"
    text = script.read_text(encoding="utf-8")
    guard = "if is_stale(request, record) then"
    assert guard in text
    script.write_text(text.replace(guard, "if false then"), encoding="utf-8")
    told = run("--start", 0, "--schedules", 200, "--scripts", tmp_path, rc=1)
    steps = told.partition("cut down:")[2].splitlines()
    assert any("BROKEN" in step for step in steps)
    assert len(steps) < 40
