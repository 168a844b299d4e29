"""Whether the broker is one to rely on: asked at the start of every process, and then by dispatch.

A server is asked by HELLO and three sections of INFO, so that no user of ours needs the right to
read or to change its configuration (worker/broker/acl.py).
"""

import threading
from collections.abc import Collection, Iterator, Mapping

import structlog
from msgspec import Struct

from worker.errors import BrokerAway, BrokerRefused, SettingsError
from worker.runtime.heartbeat import touch_heartbeat
from worker.settings import Settings
from worker.store.connection import Connection
from worker.store.master import read_greeting

__all__ = [
    "BrokerReport",
    "BrokerWatch",
    "Problem",
    "await_broker",
    "check_broker",
    "find_problems",
    "look_at",
]

log = structlog.get_logger(__name__)

OLDEST = {"redis": (7, 0), "valkey": (7, 2)}
"""The first of each with all that the store's scripts use."""

LOOK_S = 10.0
WAIT_S = 0.5


class BrokerReport(Struct, frozen=True, kw_only=True):
    """What a server says of itself; None where its user may not ask.

    Args:
        server: `redis` or `valkey`.
        mode: `standalone`, `cluster` or `sentinel`.
        role: `master` or `replica`.
        policy: Its `maxmemory-policy`.
        appendonly: Whether it keeps an append-only file.
        evicted_keys: How many keys it has thrown away since it started.
        disk_error: What it could not write, empty where it could.
        denied: The sections of INFO that the user may not see.
    """

    server: str
    version: str
    mode: str = "standalone"
    role: str = "master"
    policy: str | None = None
    appendonly: bool | None = None
    evicted_keys: int | None = None
    disk_error: str | None = None
    denied: tuple[str, ...] = ()


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong with a broker: `event` names it in the log, a fatal one stops a start."""

    event: str
    reason: str
    is_fatal: bool = False


def look_at(server: Connection) -> BrokerReport:
    """What the server says of itself.

    Raises:
        BrokerError: It does not answer, or does not know how.
    """
    greeting = read_greeting(server.call("HELLO"))
    said: dict[str, str] = {}
    denied = []
    for section in ("memory", "persistence", "stats"):
        try:
            said |= dict(_read_info(server.call("INFO", section)))
        except BrokerRefused:
            denied.append(section)
    evicted, enabled = said.get("evicted_keys"), said.get("aof_enabled")
    return BrokerReport(
        **greeting._asdict(),
        policy=said.get("maxmemory_policy"),
        appendonly=None if enabled is None else enabled == "1",
        evicted_keys=None if evicted is None else int(evicted),
        disk_error=None if enabled is None else _find_disk_error(said),
        denied=tuple(denied),
    )


def _read_info(reply: bytes) -> Iterator[tuple[str, str]]:
    for line in reply.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name, value


_DISK_ERRORS = {
    "aof_last_write_status": "cannot write its append-only file (is its disk full?)",
    "rdb_last_bgsave_status": "could not write its last snapshot (is its disk or memory full?)",
    "aof_last_bgrewrite_status": "could not rewrite its append-only file (is its disk or memory "
    "full?)",
}
"""By the fields of INFO persistence; the first of them stops all writes."""


def _find_disk_error(said: Mapping[str, str]) -> str:
    failed = (words for name, words in _DISK_ERRORS.items() if said.get(name, "ok") != "ok")
    return next(failed, "")


def find_problems(report: BrokerReport) -> tuple[Problem, ...]:
    """What is wrong with a broker that says this of itself, the worst first."""
    return tuple(_find_problems(report))


def _find_problems(report: BrokerReport) -> Iterator[Problem]:
    found = f"{report.server.capitalize()} {report.version}"
    if _number(report.version) < OLDEST.get(report.server, (0, 0)):
        reason = f"is {found}; Redis 7.0 or Valkey 7.2 is needed, or a later one"
        yield Problem(event="broker_too_old", reason=reason, is_fatal=True)
    if report.mode == "cluster":
        reason = "is a node of a cluster; a server of its own is needed, with replicas or without"
        yield Problem(event="broker_is_cluster", reason=reason, is_fatal=True)
    if report.mode == "sentinel":
        reason = "is a Sentinel; its URL is redis+sentinel://host:26379/NAME/0"
        yield Problem(event="broker_is_sentinel", reason=reason, is_fatal=True)
    if report.policy not in {None, "noeviction"}:
        reason = (
            f"its maxmemory-policy is {report.policy}, which throws away what nobody has read; set "
            "it to noeviction (CONFIG SET maxmemory-policy noeviction, and in its configuration)"
        )
        yield Problem(event="broker_evicts", reason=reason, is_fatal=True)
    if report.disk_error:
        yield Problem(event="broker_disk", reason=report.disk_error)
    if report.evicted_keys:
        reason = f"has thrown away {report.evicted_keys} keys since it started: items may be lost"
        yield Problem(event="broker_evicted", reason=reason)
    if report.appendonly is False:
        reason = "keeps no append-only file: when it stops, what it holds is lost (appendonly yes)"
        yield Problem(event="broker_not_durable", reason=reason)
    if report.denied:
        rights = " ".join(f"+info|{section}" for section in report.denied)
        reason = f"its user may not ask all that is to be checked; it lacks {rights}"
        yield Problem(event="broker_unchecked", reason=reason)


def _number(version: str) -> tuple[int, ...]:
    """Major and minor; what is no number is older than all."""
    words = version.split(".")[:2]
    return tuple(map(int, words)) if all(map(str.isdecimal, words)) else (0, 0)


class BrokerWatch:
    """Looks at the broker again and again, and says once in the log what is wrong; `told` was."""

    def __init__(self, server: Connection, told: Collection[Problem] = ()) -> None:
        self._server = server
        self._told = frozenset(told)

    def step(self) -> float:
        """Look, and tell what is new; seconds to wait before the next look.

        Raises:
            BrokerError: It is away.
        """
        self.tell(find_problems(look_at(self._server)))
        return LOOK_S

    def tell(self, problems: tuple[Problem, ...]) -> None:
        for problem in problems:
            if problem not in self._told:
                tell = log.error if problem.is_fatal else log.warning
                tell(problem.event, broker=self._server.shown, reason=problem.reason)
        self._told = frozenset(problems)


def check_broker(settings: Settings) -> tuple[Problem, ...]:
    """Look at the broker once, before anything is started on it; what is wrong and stops nothing,
    as the log says too.

    Raises:
        SettingsError: It throws away keys, is too old, or is no server of the right kind.
        BrokerError: It does not answer, refuses us, or is a replica.
    """
    server = Connection(settings.redis_url)
    try:
        report = look_at(server)
        problems = find_problems(report)
        for problem in problems:
            if problem.is_fatal:
                raise SettingsError(problem.reason, subject=server.shown)
        if report.role != "master":
            raise BrokerRefused("is a replica, and takes no writes", subject=server.shown)
        BrokerWatch(server).tell(problems)
        return problems
    finally:
        server.close()


def await_broker(settings: Settings, stopping: threading.Event) -> tuple[Problem, ...]:
    """Return when the broker has passed `check_broker`, as it does, or when `stopping` is set.

    One that is away or a replica is waited for, since it may be in the middle of a failover; the
    heartbeat says meanwhile that this process is alive.

    Raises:
        SettingsError: As `check_broker` does, or the heartbeat file cannot be touched.
        BrokerError: The server is there and will have nothing to do with us.
    """
    is_away = False
    while not stopping.is_set():
        try:
            problems = check_broker(settings)
        except (BrokerAway, BrokerRefused) as error:
            if not is_away:
                log.error("broker_away", reason=str(error))
            is_away = True
            touch_heartbeat(settings.heartbeat)
            stopping.wait(WAIT_S)
        else:
            if is_away:
                log.info("broker_back")
            return problems
    return ()
