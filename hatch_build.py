"""Compiles the tagger's recurrence where there is a C compiler; without it numpy does the work.

A wheel with the compiled part is for its platform, whatever the Python version. With PURE_PYTHON=1
a wheel is built without it.
"""

import os
import platform
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("worker/parse/entities/tagger")
TARGETS = {
    "x86_64": {"avx512": "-march=x86-64-v4", "avx2": "-march=x86-64-v3"},
    "aarch64": {"neon": "-march=armv8-a"},
    "arm64": {"neon": "-march=armv8-a"},
}
"""The libraries of a machine, and the compiler's option for each."""
# No -ffast-math: a library that is linked with it changes the arithmetic of the whole process.
OPTIONS = (
    "-O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast -Wno-psabi -shared -fPIC".split()
)


class CustomBuildHook(BuildHookInterface):
    """Called by hatchling for wheels and editable installations."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name what a wheel has to take in."""
        libraries = [] if os.environ.get("PURE_PYTHON") else compile_all(Path(self.root))
        if libraries and version != "editable":
            build_data["pure_python"] = False
            name = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{name}"
            for path in libraries:
                build_data["force_include"][str(path)] = str(path.relative_to(self.root))


def compile_all(root: Path) -> list[Path]:
    """Return the libraries that could be compiled for this machine."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        return []
    folder, made = root / FOLDER, []
    for kind, option in TARGETS.get(platform.machine(), {}).items():
        path = folder / f"_lstm_{kind}.so"
        words = [compiler, *OPTIONS, option, "-o", str(path), str(folder / "kernel.c")]
        if subprocess.run(words, check=False, capture_output=True).returncode == 0:
            made.append(path)
    return made
