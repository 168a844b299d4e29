"""Checks of the broker: its version, its settings and its state."""

import time
from collections.abc import Iterator, Mapping

from worker.broker.check import BrokerReport, Problem, find_problems, inspect_broker
from worker.doctor.finding import (
    Broker,
    Finding,
    Installation,
    broker_of,
    ok,
    skipped,
    warning,
    wrong,
)
from worker.errors import BrokerError
from worker.ports import Store
from worker.store.connection import Connection

__all__ = [
    "check_clock",
    "check_compact_hashes",
    "check_eviction",
    "check_memory",
    "check_persistence",
    "check_reachable",
    "check_replication",
    "check_rights",
    "check_version",
    "connect_broker",
]

_SECTIONS = ("server", "memory", "persistence", "stats", "replication")
_FULL = 0.8
"""Share of `maxmemory` from which polling stops."""

_SOON_FULL = 0.65
_CLOCK_WARNING_S = 2.0
_CLOCK_WRONG_S = 60.0
_LISTPACK = 512
_LAG_S = 10
_REMEDIES = {
    "broker_too_old": "install Redis 7.0, Valkey 7.2 or a later version",
    "broker_is_cluster": "run a standalone server, with or without replicas",
    "broker_is_sentinel": "set COPYTASTER_REDIS_URL=redis+sentinel://host:26379/NAME/0",
}


def connect_broker(server: Connection, store: Store, prefix: str) -> Broker:
    """Return the broker at the end of a connection.

    Raises:
        BrokerError: The server does not answer.
    """
    server.call("PING")
    # Before the checks run scripts, most of which set the clock themselves.
    clock = _try(server, "GET", f"{prefix}:clock") or b"0 0"
    info: dict[str, str] = {}
    denied = []
    for section in _SECTIONS:
        reply = _try(server, "INFO", section)
        if reply is None:
            denied.append(f"+info|{section}")
        else:
            info |= _read_info(reply)
    return Broker(
        server=server,
        store=store,
        info=info,
        denied=tuple(denied),
        active_ms=int(clock.split()[0]),
    )


def _try(server: Connection, *command: str) -> bytes | None:
    """Return the reply to a command; None if the user may not send it."""
    try:
        reply: bytes | None = server.call(*command)
    except BrokerError:
        return None
    return reply


def _read_info(reply: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in reply.decode("utf-8", "replace").splitlines())
    return {name: value for name, colon, value in lines if colon}


def _report(installation: Installation) -> BrokerReport:
    return inspect_broker(broker_of(installation).server)


def _problems(installation: Installation, *events: str) -> Iterator[Problem]:
    found = find_problems(_report(installation))
    return (problem for problem in found if problem.event in events)


def check_reachable(name: str, installation: Installation) -> Finding:
    """Check that the broker answers."""
    if installation.broker is None:
        advice = "start it (`copytaster up` brings its own), or correct COPYTASTER_REDIS_URL"
        return wrong(name, installation.trouble, advice)
    return ok(name, f"{installation.broker.server.shown} answers")


def check_version(name: str, installation: Installation) -> Finding:
    """Check the kind of the server (Redis or Valkey), its version and its mode."""
    report = _report(installation)
    for problem in _problems(installation, *_REMEDIES):
        return wrong(name, problem.reason, _REMEDIES[problem.event])
    return ok(name, f"{report.server} {report.version}")


def check_persistence(name: str, installation: Installation) -> Finding:
    """Check that the server keeps an append-only file, and writes it every second."""
    report = _report(installation)
    if report.appendonly is None:
        return skipped(name, "the user may not read it", "allow +info|persistence")
    if report.disk_error:
        return wrong(name, report.disk_error, "make room on its disk, and look at its log")
    if not report.appendonly:
        found = "appendonly no: a restart loses the inbox, the desks and the feeds' states"
        advice = (
            "CONFIG SET appendonly yes, and set it in its configuration; a managed server may keep "
            "its data in another way"
        )
        return warning(name, found, advice)
    policy = _read_config(broker_of(installation).server, "appendfsync").get("appendfsync", "")
    if policy == "no":
        advice = "CONFIG SET appendfsync everysec, and set it in its configuration"
        return warning(name, "appendfsync no: a power cut loses up to half a minute", advice)
    return ok(name, f"appendonly yes, appendfsync {policy or 'not readable for this user'}")


def check_eviction(name: str, installation: Installation) -> Finding:
    """Check that the server evicts no keys, and has evicted none."""
    report = _report(installation)
    if report.policy is None:
        return skipped(name, "the user may not read it", "allow +info|memory")
    if report.policy != "noeviction":
        found = f"maxmemory-policy {report.policy}: unread messages are evicted; no process starts"
        advice = "CONFIG SET maxmemory-policy noeviction, and set it in its configuration"
        return wrong(name, found, advice)
    if report.evicted_keys:
        found = f"{report.evicted_keys:,} keys have been evicted since the server's start"
        advice = "look for missing items on the desks; a restart of the server resets the count"
        return warning(name, found, advice)
    return ok(name, "maxmemory-policy noeviction, nothing evicted")


def check_memory(name: str, installation: Installation) -> Finding:
    """Check the used memory against its limit."""
    info = broker_of(installation).info
    if "used_memory" not in info:
        return skipped(name, "the user may not read it", "allow +info|memory")
    used, limit = int(info["used_memory"]), int(info.get("maxmemory", 0))
    if not limit:
        found = f"{used / 2**20:,.0f} MiB used, no maxmemory"
        if installation.is_embedded:
            return ok(name, found)
        advice = "set maxmemory to three quarters of the machine's memory"
        return warning(name, found, advice)
    share = used / limit
    found = f"{100 * share:.0f} % of {limit / 2**20:,.0f} MiB used"
    if share >= _FULL:
        return wrong(name, f"{found}: no feed is polled", "raise maxmemory (docs/operations.md)")
    if share >= _SOON_FULL:
        return warning(name, f"{found}; polling stops at 80 %", "raise maxmemory")
    return ok(name, found)


def check_compact_hashes(name: str, installation: Installation) -> Finding:
    """Check the limits up to which the server stores hashes compactly."""
    found = _read_config(broker_of(installation).server, "hash-max-listpack-*")
    if not found:
        return skipped(name, "the user may not read it", "allow +config|get")
    small = [f"{key} {value}" for key, value in found.items() if int(value) < _LISTPACK]
    if small:
        advice = f"set each to {_LISTPACK}, which saves a third of the memory of items' records"
        return warning(name, ", ".join(small), advice)
    return ok(name, ", ".join(f"{key} {value}" for key, value in found.items()))


def check_clock(name: str, installation: Installation) -> Finding:
    """Check the server's clock against that of this machine."""
    before = time.time()
    seconds, microseconds = broker_of(installation).server.call("TIME")
    after = time.time()
    # As in NTP: the server answered at some time between, so half of the round trip is uncertain.
    ahead_s = int(seconds) + int(microseconds) / 1e6 - (before + after) / 2
    off_s = max(0.0, abs(ahead_s) - (after - before) / 2)
    if off_s < _CLOCK_WARNING_S:
        return ok(name, "the broker's clock and this machine's agree")
    found = f"the broker's clock is {abs(ahead_s):,.0f} s {'ahead' if ahead_s > 0 else 'behind'}"
    say = wrong if off_s >= _CLOCK_WRONG_S else warning
    advice = "set both by NTP; docs/guarantees.md says what a wrong clock costs"
    return say(name, f"{found} of this machine's", advice)


def check_rights(name: str, installation: Installation) -> Finding:
    """Check the rights of the broker's user."""
    broker = broker_of(installation)
    user = (_try(broker.server, "ACL", "WHOAMI") or b"").decode("utf-8", "replace") or "unknown"
    denied = list(broker.denied)
    if not _read_config(broker.server, "appendfsync"):
        denied.append("+config|get")
    # These sections are checked by every process at its start; the rest is only for the doctor.
    if {"+info|memory", "+info|persistence", "+info|stats"} & set(denied):
        found = f"the user {user} lacks rights for the checks at the start: {' '.join(denied)}"
        return warning(name, found, "`copytaster acl` prints users with the rights of each role")
    if denied:
        return ok(name, f"the user {user}; only this command also needs {' '.join(denied)}")
    if user == "default" and not installation.is_embedded:
        return ok(name, "the user default, which may do anything (docs/security.md)")
    return ok(name, f"the user {user}")


def check_replication(name: str, installation: Installation) -> Finding:
    """Check that the server is the master, and that its replicas follow."""
    if _report(installation).role != "master":
        return wrong(name, "the server is a replica", "name the master in COPYTASTER_REDIS_URL")
    info = broker_of(installation).info
    if "connected_slaves" not in info:
        return skipped(name, "the master; its replicas may not be read", "allow +info|replication")
    replicas = [_read_replica(info[f"slave{at}"]) for at in range(int(info["connected_slaves"]))]
    late = [
        replica
        for replica in replicas
        if replica.get("state") != "online" or _lag_s(replica) > _LAG_S
    ]
    if late:
        shown = ", ".join(
            f"{replica.get('ip')}:{replica.get('port')} {replica.get('state')}" for replica in late
        )
        return warning(name, f"replicas that do not follow: {shown}", "look at their logs")
    return ok(name, f"the master, {len(replicas)} replicas" if replicas else "no replicas")


def _read_replica(words: str) -> Mapping[str, str]:
    """Return the fields of `ip=10.0.0.2,port=6379,state=online,offset=42,lag=0`."""
    return dict(word.partition("=")[::2] for word in words.split(","))


def _lag_s(replica: Mapping[str, str]) -> int:
    return int(replica.get("lag") or 0)


def _read_config(server: Connection, pattern: str) -> dict[str, str]:
    """Return the server's settings that match a pattern; none if the user may not read them."""
    try:
        words = [word.decode() for word in server.call("CONFIG", "GET", pattern)]
    except BrokerError:  # many managed servers do not offer CONFIG
        return {}
    return dict(zip(words[::2], words[1::2], strict=True))
