"""Actors: code of the service that runs until its next call to the server, and there waits.

Each runs in a greenlet of its own. A store's redis client is replaced by a `Gate`, so that every
command and every script is a point where the scheduler decides who goes on, and how the call ends.
"""

from collections.abc import Callable, Sequence
from typing import Self

import redis
from greenlet import getcurrent, greenlet
from server import Server

from worker.errors import CopytasterError

__all__ = ["FATES", "Actor", "Died", "Gate", "SimulatedThreads"]

FATES = ("go", "die", "die after", "lost", "unheard", "reset", "repeated", "full")
"""How a call ends. die, die after: its process is killed before it, or before its answer. lost,
unheard: no answer in time to what never arrived, or to what was done. reset, repeated: the
connection breaks before or after; the store's own connection then asks again. full: refused.
"""


class Died(BaseException):
    """The actor's process was killed."""


class Actor(greenlet):
    """One task of one process. `at` says which call it waits at."""

    def __init__(
        self, name: str, work: Callable[[], object], tell: Callable[["Actor", Exception], None]
    ) -> None:
        super().__init__(self._live)
        self.name = name
        self.at = ""
        self.is_dead = False
        self.is_cut_off = False
        self.crew: list[Actor] = []
        self.owner: Actor | None = None
        self.died: Callable[[], None] = lambda: None
        self.error: CopytasterError | None = None
        self._work = work
        self._tell = tell

    @property
    def is_done(self) -> bool:
        return self.dead

    def resume(self, fate: str = "go") -> None:
        """Let it go on until it waits again or has ended."""
        self.parent = getcurrent()
        self.switch(fate)

    def kill(self) -> None:
        """Kill the process, threads and all; what it would still say is not heard."""
        self.is_dead = True
        for actor in [*self.crew, self]:
            actor.is_dead = True
            while not actor.dead:
                actor.resume("die")

    def _live(self, _fate: str) -> None:
        try:
            self._work()
        except Died:
            pass
        except CopytasterError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001  # what the judge is to hear of
            self._tell(self, error)

    def stop(self, at: str) -> str:
        """Wait for our turn; how what comes next shall end."""
        if self.is_dead:
            raise Died
        self.at = at
        fate: str = self.parent.switch()
        if self.is_dead or fate == "die":
            self.is_dead = True
            raise Died
        return fate


class Gate:
    """What stands in for redis-py's client in a store."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.response_callbacks: dict[str, object] = {}
        self.seen: Callable[[str], None] = lambda _name: None

    def execute_command(self, *words: object, **_options: object) -> object:
        reply = self._ask([words])[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    def pipeline(self, *, transaction: bool) -> "_Pipeline":
        assert not transaction
        return _Pipeline(self._ask)

    def close(self) -> None:
        """The server outlives its clients."""

    def _ask(self, commands: Sequence[tuple[object, ...]]) -> list[object]:
        actor = getcurrent()
        if not isinstance(actor, Actor):
            return self._server.ask(list(commands))
        name = self._name(commands[0])
        fate = actor.stop(name)
        if actor.is_cut_off:
            actor.is_cut_off = False
            fate = "reset"
        if fate == "lost":
            raise redis.TimeoutError("no answer in time")
        if fate == "reset":
            raise redis.ConnectionError("connection reset")
        if fate == "full":
            raise redis.exceptions.OutOfMemoryError("command not allowed")
        replies = self._server.ask(list(commands))
        self.seen(name)
        if fate == "die after":
            actor.is_dead = True
            raise Died
        if fate == "unheard":
            raise redis.TimeoutError("no answer in time")
        if fate == "repeated":
            raise redis.ConnectionError("connection closed by server")
        return replies

    def _name(self, words: tuple[object, ...]) -> str:
        if words[0] == "EVALSHA":
            return self._server.script_name(words[1])
        return str(words[0])


class _Pipeline:
    def __init__(self, ask: Callable[[Sequence[tuple[object, ...]]], list[object]]) -> None:
        self._ask = ask
        self._commands: list[tuple[object, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._commands.clear()

    def execute_command(self, *words: object) -> None:
        self._commands.append(words)

    def execute(self) -> list[object]:
        replies = self._ask(self._commands)
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        return replies


class SimulatedThreads:
    """What stands in for `threading` where work is kept ours: a thread is one more actor."""

    def __init__(self, hire: Callable[[Actor, Callable[[], None]], Actor]) -> None:
        self._hire = hire

    def Event(self) -> "_Event":  # noqa: N802  # threading's own name
        return _Event()

    def Thread(self, *, target: Callable[[], None], **_options: object) -> "_Thread":  # noqa: N802
        return _Thread(self._hire, target)


class _Event:
    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def wait(self, _timeout_s: float) -> bool:
        """Any time may pass: how much is the scheduler's choice."""
        actor = getcurrent()
        if not self._is_set and isinstance(actor, Actor):
            actor.stop("sleep")
        return self._is_set


class _Thread:
    def __init__(
        self, hire: Callable[[Actor, Callable[[], None]], Actor], target: Callable[[], None]
    ) -> None:
        self._hire, self._target = hire, target

    def start(self) -> None:
        owner = getcurrent()
        assert isinstance(owner, Actor)
        self._actor = self._hire(owner, self._target)

    def join(self) -> None:
        owner = getcurrent()
        while not self._actor.is_done:
            if isinstance(owner, Actor) and owner.is_dead:
                self._actor.is_dead = True
            self._actor.resume()
