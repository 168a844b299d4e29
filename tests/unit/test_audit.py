"""`make audit`: a known vulnerability fails it, and a service that is away is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[2] / ".ci" / "audit.py"

PIP_AUDIT = """
import json, pathlib, sys
answers = json.loads(pathlib.Path("answers.json").read_text())
answer = answers[sys.argv[sys.argv.index("--vulnerability-service") + 1]]
if answer is None:
    sys.exit("the network is away")
print(json.dumps({"dependencies": answer, "fixes": []}))
"""
CYCLONEDX = """
import pathlib, sys
pathlib.Path(sys.argv[sys.argv.index("-o") + 1]).write_text('{"components": [{"name": "a"}]}')
"""

SAFE = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1"}, {"id": "GHSA-2"}]}
NOT_FOUND = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ({"pypi": [SAFE]}, 0, ["pypi knows 1 packages, 0 of them vulnerable"]),
        (
            {"pypi": [SAFE, BAD]},
            1,
            ["b 2: PYSEC-1, GHSA-2", "pypi knows 2 packages, 1 of them vulnerable"],
        ),
        (
            {"pypi": [SAFE, NOT_FOUND]},
            0,
            ["pypi knows 1 packages, 0 of them vulnerable", "pypi could not look up 1 packages"],
        ),
        (
            {"pypi": [NOT_FOUND], "osv": [BAD]},
            1,
            ["b 2: PYSEC-1, GHSA-2", "osv knows 1 packages, 1 of them vulnerable"],
        ),
        (
            {"pypi": [NOT_FOUND], "osv": None},
            0,
            ["neither pypi nor osv can be asked; nothing is known of requirements.lock"],
        ),
        (
            {"pypi": None, "osv": None},
            0,
            ["neither pypi nor osv can be asked; nothing is known of requirements.lock"],
        ),
    ],
)
def test_what_the_services_answer_is_said_and_decides(tmp_path, answers, code, said):
    """The tools are played: what counts is what becomes of their answers."""
    (tmp_path / "pip_audit.py").write_text(PIP_AUDIT)
    (tmp_path / "cyclonedx_py.py").write_text(CYCLONEDX)
    (tmp_path / "answers.json").write_text(json.dumps(answers))

    done = subprocess.run(
        [sys.executable, str(AUDIT)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    lines = ["dist/sbom.json lists 1 packages", *said]
    assert (done.returncode, done.stdout.splitlines()) == (code, [f"audit: {one}" for one in lines])
