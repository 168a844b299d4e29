"""Compiles parts of the package for a wheel: in C where there is a compiler, by mypyc on request.

The tagger's recurrence is C; without a compiler numpy does the work. A wheel with it is for its
platform, whatever the Python version. With MYPYC=1 the modules in which reading spends its time are
compiled too, and the wheel is for this version of Python. With PURE_PYTHON=1 nothing is compiled.
"""

import os
import platform
import shutil
import subprocess
import sysconfig
import tempfile
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
MODULES = (
    "worker/parse/entities/**/*.py",
    "worker/parse/entity_registry.py",
    "worker/parse/languages/identification.py",
    "worker/parse/languages/russian/**/*.py",
    "worker/parse/quotes/**/*.py",
    "worker/parse/statements/**/*.py",
    "worker/parse/text.py",
    "worker/parse/values/**/*.py",
)
"""What mypyc compiles: the reading of names, quotes, statements and values, English and Russian."""
# Packages gain nothing; the others spend their time in numpy, or read files.
INTERPRETED = {"__init__.py", "kernel.py", "network.py", "weights.py"}
MYPY_OPTIONS = ("--config-file=", "--ignore-missing-imports", "--follow-imports=silent")


class CustomBuildHook(BuildHookInterface):
    """Called by hatchling for wheels and editable installations."""

    def dependencies(self) -> list[str]:
        """Return what the build needs beside hatchling."""
        return ["mypy[mypyc]>=1.16"] if wants_mypyc() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name what a wheel has to take in."""
        root = Path(self.root)
        libraries = [] if os.environ.get("PURE_PYTHON") else compile_tagger(root)
        if version == "editable":
            return
        taken = {path: path.relative_to(root) for path in libraries}
        if wants_mypyc():
            taken |= self._compile_modules()
        elif taken:
            name = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{name}"
        build_data["pure_python"] = not taken
        build_data["infer_tag"] = wants_mypyc()
        build_data["force_include"] |= {str(path): str(place) for path, place in taken.items()}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002  # hatchling's
        """Remove what mypyc has made, which the wheel has by now."""
        if wants_mypyc() and version != "editable":
            self._made.cleanup()

    def _compile_modules(self) -> dict[Path, Path]:
        """Return each library that mypyc has made, and its place in the wheel."""
        if find_compiler() is None:
            self.app.abort(
                "MYPYC is set, and there is no C compiler: install one, or name it in CC"
            )
        self._made = tempfile.TemporaryDirectory(prefix="copytaster-")
        return compile_modules(Path(self.root), Path(self._made.name))


def wants_mypyc() -> bool:
    """Return whether mypyc is asked for."""
    return bool(os.environ.get("MYPYC")) and not os.environ.get("PURE_PYTHON")


def find_compiler() -> str | None:
    """Return the path of the C compiler."""
    return shutil.which(os.environ.get("CC", "cc"))


def compile_tagger(root: Path) -> list[Path]:
    """Return the tagger's libraries that could be compiled for this machine."""
    compiler = find_compiler()
    if compiler is None:
        return []
    folder, made = root / FOLDER, []
    for kind, option in TARGETS.get(platform.machine(), {}).items():
        path = folder / f"_lstm_{kind}.so"
        words = [compiler, *OPTIONS, option, "-o", str(path), str(folder / "kernel.c")]
        if subprocess.run(words, check=False, capture_output=True).returncode == 0:
            made.append(path)
    return made


def find_modules(root: Path) -> list[str]:
    """Return the modules that mypyc compiles, as paths below the root."""
    paths = {path for pattern in MODULES for path in root.glob(pattern)}
    return sorted(str(path.relative_to(root)) for path in paths if path.name not in INTERPRETED)


def compile_modules(root: Path, folder: Path) -> dict[Path, Path]:
    """Return the libraries that mypyc makes of the modules in a folder, and their places."""
    # The build requires them only with MYPYC.
    from mypyc.build import mypycify  # noqa: PLC0415
    from setuptools import Distribution  # noqa: PLC0415

    extensions = mypycify(
        [*MYPY_OPTIONS, f"--cache-dir={folder / 'cache'}", *find_modules(root)],
        target_dir=str(folder / "c"),
        debug_level="0",
        multi_file=True,  # in a single file the compiler takes three times as long
        group_name="copytaster",
    )
    build = Distribution({"name": "copytaster", "ext_modules": extensions}).get_command_obj(
        "build_ext"
    )
    build.build_lib, build.build_temp = str(folder / "lib"), str(folder / "objects")
    build.ensure_finalized()
    build.run()
    return {path: path.relative_to(build.build_lib) for path in (folder / "lib").rglob("*.so")}
