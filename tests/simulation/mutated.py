"""A plugin of pytest: the store reads its scripts in the folder that MUTATED_SCRIPTS names."""

import os
from pathlib import Path

from service import use_scripts

use_scripts(Path(os.environ["MUTATED_SCRIPTS"]))
