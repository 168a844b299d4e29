"""A plugin of pytest: the store reads its scripts in the folder that MUTATED_SCRIPTS names."""

import os
from pathlib import Path
from types import SimpleNamespace

from worker.store import connection

connection.resources = SimpleNamespace(files=lambda _package: Path(os.environ["MUTATED_SCRIPTS"]))
