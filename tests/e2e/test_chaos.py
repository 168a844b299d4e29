"""The short form of `make chaos`: nothing lost, doubled, made up, out of order or renamed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# The fixture asks for a server's binary: without one, this fails in CI and is skipped at home.
pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("broker_url")]

RUN = Path(__file__).parents[1] / "chaos" / "run.py"

KEPT = {"lost": 0, "doubled": 0, "phantom": 0, "stale": 0, "renamed": 0}


def broken_promises(*words: str) -> dict[str, int]:
    """How often each promise was broken in a run; its timeline is shown where the test fails."""
    run = subprocess.run(
        [sys.executable, RUN, "--json", *words],
        stdout=subprocess.PIPE,
        timeout=400,
        check=False,
    )
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["sent"] > 0
    return {name: told[name] for name in KEPT}


def test_faults_of_every_kind_break_no_promise():
    assert broken_promises("--items", "600", "--rate", "30", "--faults", "16") == KEPT


def test_faults_at_one_tree_of_processes_break_no_promise():
    words = ("--items", "360", "--rate", "30", "--faults", "8", "--seed", "2")
    assert broken_promises("--replicas", "0", *words) == KEPT


def test_what_a_power_cut_takes_comes_in_again_as_the_same():
    assert broken_promises("power-cut", "--items", "400", "--rate", "40", "--replicas", "1") == KEPT


def test_what_is_still_on_the_feeds_outlasts_a_wiped_store():
    assert broken_promises("wiped", "--items", "320", "--rate", "40", "--replicas", "1") == KEPT
