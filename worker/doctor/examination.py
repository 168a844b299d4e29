"""The examination: all checks, in order."""

from collections.abc import Iterator, Mapping

from worker.doctor import broker, files, machine, servers, work
from worker.doctor.finding import Check, Finding, Installation, skipped, wrong
from worker.errors import BrokerAway, BrokerError, CopytasterError, SettingsError, reason_of

__all__ = ["CHECKS", "examine"]

_ANYWHERE: Mapping[str, Check] = {
    "python": machine.check_python,
    "packages": machine.check_packages,
    "extras": machine.check_extras,
    "time zones": machine.check_time_zones,
    "telemetry": machine.check_telemetry,
    "settings": files.check_settings,
    "desks file": files.check_desks_file,
    "feeds file": files.check_feeds_file,
    "data directory": files.check_data_directory,
    "heartbeat": files.check_heartbeat,
    "broker": broker.check_reachable,
}

_ON_BROKER: Mapping[str, Check] = {
    "broker version": broker.check_version,
    "persistence": broker.check_persistence,
    "eviction": broker.check_eviction,
    "memory": broker.check_memory,
    "compact hashes": broker.check_compact_hashes,
    "clock": broker.check_clock,
    "rights": broker.check_rights,
    "replication": broker.check_replication,
    "processes": work.check_processes,
    "polling": work.check_polling,
    "inbox": work.check_inbox,
    "task queues": work.check_task_queues,
    "desk readers": work.check_desk_readers,
    "dead letters": work.check_dead_letters,
    "feeds": work.check_feeds,
    "feed hosts": servers.check_feed_hosts,
}
"""The checks that need a broker."""

_ELSEWHERE: Mapping[str, Check] = {
    "sinks": servers.check_sinks,
    "archive": servers.check_archive,
    "websub callback": servers.check_websub_callback,
    "certificate": servers.check_certificate,
}

CHECKS = (*_ANYWHERE, *_ON_BROKER, *_ELSEWHERE)
"""The names of all checks, in their order."""


def examine(installation: Installation) -> Iterator[Finding]:
    """Yield the finding of each check, as soon as it has been made."""
    for checks in (_ANYWHERE, _ON_BROKER, _ELSEWHERE):
        for name, check in checks.items():
            if checks is _ON_BROKER and installation.broker is None:
                yield skipped(name, "needs the broker")
            else:
                yield _run(name, check, installation)


def _run(name: str, check: Check, installation: Installation) -> Finding:
    """Run a check; an error that stops it is a finding as well."""
    try:
        return check(name, installation)
    except BrokerAway as error:
        return wrong(name, str(error), "see whether the broker runs, and run this command again")
    except BrokerError as error:
        return skipped(name, str(error), "run this command as a user with more rights")
    except SettingsError as error:
        return wrong(name, str(error), "correct the setting")
    except (CopytasterError, OSError) as error:
        return wrong(name, reason_of(error), "see the reason")
