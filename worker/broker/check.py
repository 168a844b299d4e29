"""Checks of the broker's version and settings, at the start of every process and then by dispatch.

A server is inspected with HELLO and three sections of INFO, so that no user needs the right to read
or to change its configuration (worker/broker/acl.py).
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
    "inspect_broker",
]

log = structlog.get_logger(__name__)

OLDEST = {"redis": (7, 0), "valkey": (7, 2)}
"""The first versions with all commands that the store's scripts use."""

CHECK_S = 10.0
"""Interval of the checks by dispatch, since the policy of a running server may be changed, and its
disk fill up.
"""

WAIT_S = 0.5


class BrokerReport(Struct, frozen=True, kw_only=True):
    """The version and settings of a server; a field is None if the user may not read it.

    Args:
        server: `redis` or `valkey`.
        mode: `standalone`, `cluster` or `sentinel`.
        role: `master` or `replica`.
        policy: The `maxmemory-policy`.
        appendonly: True if the server keeps an append-only file.
        evicted_keys: The number of keys evicted since the server started.
        disk_error: The failure of its last write to disk, empty if there was none.
        denied: The sections of INFO that the user may not read.
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
    """A problem of a broker. `event` is its log event; a fatal problem stops the start."""

    event: str
    reason: str
    is_fatal: bool = False


def inspect_broker(server: Connection) -> BrokerReport:
    """Return the report of a server.

    Raises:
        BrokerError: The server does not answer, or does not know HELLO.
    """
    greeting = read_greeting(server.call("HELLO"))
    info: dict[str, str] = {}
    denied = []
    for section in ("memory", "persistence", "stats"):
        try:
            info |= dict(_read_info(server.call("INFO", section)))
        except BrokerRefused:
            denied.append(section)
    evicted, enabled = info.get("evicted_keys"), info.get("aof_enabled")
    return BrokerReport(
        **greeting._asdict(),
        policy=info.get("maxmemory_policy"),
        appendonly=None if enabled is None else enabled == "1",
        evicted_keys=None if evicted is None else int(evicted),
        disk_error=None if enabled is None else _find_disk_error(info),
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
"""Reasons by the field of INFO persistence; a failure of the first field stops all writes."""


def _find_disk_error(info: Mapping[str, str]) -> str:
    failed = (reason for name, reason in _DISK_ERRORS.items() if info.get(name, "ok") != "ok")
    return next(failed, "")


def find_problems(report: BrokerReport) -> tuple[Problem, ...]:
    """Return the problems of a broker with this report, the worst first."""
    return tuple(_find_problems(report))


def _find_problems(report: BrokerReport) -> Iterator[Problem]:
    # A server of another make is not refused: its version numbers mean something else.
    if _number(report.version) < OLDEST.get(report.server, (0, 0)):
        version = f"{report.server.capitalize()} {report.version}"
        reason = f"is {version}; Redis 7.0, Valkey 7.2 or a later version is needed"
        yield Problem(event="broker_too_old", reason=reason, is_fatal=True)
    if report.mode == "cluster":
        reason = "is a node of a cluster; a standalone server is needed, with or without replicas"
        yield Problem(event="broker_is_cluster", reason=reason, is_fatal=True)
    if report.mode == "sentinel":
        reason = "is a Sentinel; its URL is redis+sentinel://host:26379/NAME/0"
        yield Problem(event="broker_is_sentinel", reason=reason, is_fatal=True)
    if report.policy not in {None, "noeviction"}:
        reason = (
            f"its maxmemory-policy is {report.policy}, which evicts unread messages; set it to "
            "noeviction (CONFIG SET maxmemory-policy noeviction, and set it in its configuration)"
        )
        yield Problem(event="broker_evicts", reason=reason, is_fatal=True)
    if report.disk_error:
        yield Problem(event="broker_disk", reason=report.disk_error)
    if report.evicted_keys:  # under an earlier policy, or the policy cannot be read
        reason = f"has evicted {report.evicted_keys} keys since it started: items may be lost"
        yield Problem(event="broker_evicted", reason=reason)
    # Not fatal: a managed server may be durable by its replicas, and have no such file.
    if report.appendonly is False:
        reason = "keeps no append-only file: all data is lost when it stops (set appendonly yes)"
        yield Problem(event="broker_not_durable", reason=reason)
    if report.denied:
        rights = " ".join(f"+info|{section}" for section in report.denied)
        reason = f"its user lacks rights for some of the checks: {rights}"
        yield Problem(event="broker_unchecked", reason=reason)


def _number(version: str) -> tuple[int, ...]:
    """Return the major and minor version; an unknown format counts as older than all."""
    parts = version.split(".")[:2]
    return tuple(map(int, parts)) if all(map(str.isdecimal, parts)) else (0, 0)


class BrokerWatch:
    """Checks the broker repeatedly and logs each problem once, except those in `logged`."""

    def __init__(self, server: Connection, logged: Collection[Problem] = ()) -> None:
        self._server = server
        self._logged = frozenset(logged)

    def step(self) -> float:
        """Check the broker, log new problems, and return the seconds until the next check.

        Raises:
            BrokerError: The broker is away.
        """
        self.log_new(find_problems(inspect_broker(self._server)))
        return CHECK_S

    def log_new(self, problems: tuple[Problem, ...]) -> None:
        """Log the problems that the last check did not find."""
        for problem in problems:
            if problem not in self._logged:
                log_problem = log.error if problem.is_fatal else log.warning
                log_problem(problem.event, broker=self._server.shown, reason=problem.reason)
        self._logged = frozenset(problems)


def check_broker(settings: Settings) -> tuple[Problem, ...]:
    """Check the broker before a start; return and log the problems that do not prevent it.

    Raises:
        SettingsError: The broker evicts keys, is too old, or is a cluster or a Sentinel.
        BrokerError: The broker does not answer, refuses the user, or is a replica.
    """
    server = Connection(settings.redis_url)
    try:
        report = inspect_broker(server)
        problems = find_problems(report)
        for problem in problems:
            if problem.is_fatal:
                raise SettingsError(problem.reason, subject=server.shown)
        # Refused, and not a fatal problem: the end of a failover may make it the master.
        if report.role != "master":
            raise BrokerRefused("is a replica, which accepts no writes", subject=server.shown)
        BrokerWatch(server).log_new(problems)
        return problems
    finally:
        server.close()


def await_broker(settings: Settings, stopping: threading.Event) -> tuple[Problem, ...]:
    """Wait until the broker passes `check_broker` or `stopping` is set; return its problems.

    A broker that is away or a replica may be in the middle of a failover, so it is waited for; the
    heartbeat file is touched meanwhile.

    Raises:
        SettingsError: As `check_broker`, or the heartbeat file cannot be touched.
        BrokerError: The broker answers with an error that waiting does not cure.
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
