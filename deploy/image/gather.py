"""Gathers the root directory of the production image from the build stage (Dockerfile).

It copies the interpreter with its standard library, the virtual environment of the service,
busybox, certificates, time zones, and each system library that one of these files is linked with.
It removes the parts of packages that the service never loads, and the symbols of libraries.
"""

import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

SERVICE = Path("/opt/copytaster")
STDLIB = Path(sysconfig.get_path("stdlib"))
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
SYSTEM = (CERTIFICATES, "/usr/share/zoneinfo", "/bin/busybox")
APPLETS = ("sh", "cat", "date", "env", "ls", "ps", "stat", "test")

UNUSED = (
    *("__pycache__", "*.pyi", "*.pyx", "*.pxd", "*.h", "*.a"),
    *("pip", "pip3*", "pip-*.dist-info", "setuptools", "setuptools-*.dist-info", "pkg_resources"),
    # the interpreter's own
    *("config-3.*", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter", "turtle*"),
    # the tests of packages, and numpy's tools to build others
    *("numpy/**/tests", "numpy/f2py", "numpy/distutils", "regex/tests", "sqlalchemy/testing"),
)
"""Patterns of paths below the standard library and below site-packages."""

# courlan imports babel for a filter by language, which the reader of pages does not use.
BABEL_KEPT = re.compile(r"(?:root|en)(?:_\w+)?\.dat")

USERS = "root:x:0:0::/:/bin/sh\ncopytaster:x:10001:10001::/app:/sbin/nologin\n"
GROUPS = "root:x:0:\ncopytaster:x:10001:\n"


def main() -> None:
    """Fill the directory that the first argument names."""
    root = Path(sys.argv[1])
    for path in (*_interpreter(), STDLIB, SERVICE, *map(Path, SYSTEM)):
        _copy(path, root)
    for folder in (STDLIB, SERVICE / "bin", Path(sysconfig.get_path("purelib"))):
        _remove_unused(root / folder.relative_to("/"))
    _copy_libraries(root)
    _strip(root)
    _compile(root)
    _write_system(root)
    size_bytes = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file())
    print(f"image: {size_bytes / 1_000_000:.0f} MB")


def _interpreter() -> Iterator[Path]:
    """Yield the interpreter, and the links outside the virtual environment that lead to it."""
    path = Path(sys.executable)
    while path.is_symlink():
        if not path.is_relative_to(SERVICE):
            yield path
        path = path.parent / path.readlink()
    yield path


def _copy(path: Path, root: Path) -> None:
    """Copy a file or a directory to its place below the root; links stay links."""
    target = root / path.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        target.unlink(missing_ok=True)
        target.symlink_to(path.readlink())
    elif path.is_dir():
        shutil.copytree(path, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(path, target)


def _remove_unused(folder: Path) -> None:
    for pattern in UNUSED:
        for path in [*folder.glob(pattern), *folder.glob(f"**/{pattern}")]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    for path in folder.glob("babel/locale-data/*"):
        if not BABEL_KEPT.fullmatch(path.name):
            path.unlink()


def _binaries(root: Path) -> list[Path]:
    """Return the programs and libraries below the root: the ELF files."""
    files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return [path for path in files if path.open("rb").read(4) == b"\x7fELF"]


def _copy_libraries(root: Path) -> None:
    """Copy the system's libraries that the files below the root are linked with."""
    for binary in _binaries(root):
        original = Path("/") / binary.relative_to(root)
        listed = subprocess.run(["ldd", original], capture_output=True, text=True, check=False)
        for found in re.findall(r"(/\S+) \(0x", listed.stdout):
            if not Path(found).is_relative_to(SERVICE):
                _copy_file(Path(found), root)


def _copy_file(path: Path, root: Path) -> None:
    """Copy the file that a path leads to, under the path's own name and not as a link."""
    target = root / path.relative_to("/")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path.resolve(), target)


def _strip(root: Path) -> None:
    """Remove the symbols of libraries.

    The libraries bundled in the wheels of numpy and psycopg stay as they are: their tables were
    rewritten when they were bundled, and strip would damage them.
    """
    for binary in _binaries(root):
        if "numpy.libs" not in binary.parts and "psycopg_binary.libs" not in binary.parts:
            subprocess.run(["strip", "--strip-unneeded", binary], check=False, capture_output=True)


def _compile(root: Path) -> None:
    """Compile all modules now, since a container with a read-only file system could not."""
    words = ["-q", "--invalidation-mode", "unchecked-hash", "-s", root, "-p", "/", root]
    subprocess.run([sys.executable, "-m", "compileall", *words], check=False)


def _write_system(root: Path) -> None:
    """Write the users, the applets and the directories that a container needs."""
    for name in APPLETS:
        (root / "bin" / name).symlink_to("busybox")
    (root / "etc/passwd").write_text(USERS, encoding="utf-8")
    (root / "etc/group").write_text(GROUPS, encoding="utf-8")
    (root / "etc/nsswitch.conf").write_text("hosts: files dns\n", encoding="utf-8")
    for name in ("app", "etc/copytaster", "tmp"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    # OpenSSL was built with a path of its own for certificates, which differs from Debian's.
    openssl_path = root / Path(ssl.get_default_verify_paths().openssl_cafile).relative_to("/")
    openssl_path.parent.mkdir(parents=True, exist_ok=True)
    openssl_path.symlink_to(CERTIFICATES)
    for path in (Path("/etc/ld.so.conf"), Path("/etc/ld.so.conf.d")):
        _copy(path, root)
    subprocess.run(["ldconfig", "-r", root], check=True)


if __name__ == "__main__":
    main()
