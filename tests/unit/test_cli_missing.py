"""The command where only the Python package's dependencies are installed."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys

sys.modules[{package!r}] = None
sys.argv = ["copytaster", "status"]
from worker.cli import main

main()
"""


@pytest.mark.parametrize("package", ["click", "structlog"])
def test_the_command_without_the_service_names_the_extra(package):
    command = [sys.executable, "-c", PROGRAM.format(package=package)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    reason = (
        f"copytaster: {package} is not installed; the command needs the service's packages: "
        "pip install 'copytaster[service]'\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", reason)
