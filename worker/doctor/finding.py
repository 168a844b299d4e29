"""A finding of the doctor, and the installation that it is about."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from worker.errors import SettingsError
from worker.ports import Store
from worker.settings import Settings
from worker.store.connection import Connection

__all__ = [
    "Broker",
    "Check",
    "Finding",
    "Installation",
    "Verdict",
    "broker_of",
    "ok",
    "skipped",
    "warning",
    "worst",
    "wrong",
]


class Verdict(StrEnum):
    """The verdict of a check; SKIPPED means that it could not be made."""

    OK = "ok"
    SKIPPED = "skipped"
    WARNING = "warning"
    WRONG = "wrong"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a check.

    Attributes:
        name: The name of the check, which stays the same in all releases.
        verdict: The verdict.
        found: The observation, on a line.
        advice: The remedy; empty if nothing needs to be done.
    """

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The broker of an installation.

    Attributes:
        server: The connection.
        store: The store on the server.
        info: The fields of INFO that the user may read.
        denied: The rights that the user lacks for some checks, as ACL rules.
        active_ms: When a process of the service last ran a script on the server, in ms since 1970;
            0 if none ever did.
    """

    server: Connection
    store: Store
    info: dict[str, str]
    denied: tuple[str, ...] = ()
    active_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The installation that is examined.

    Attributes:
        settings: The settings, with defaults in place of invalid values.
        faults: The errors of the invalid values.
        broker: The broker; None if it cannot be reached.
        trouble: The reason why it cannot be reached.
        is_embedded: True if `copytaster up` runs the broker.
        environ: The environment variables.
    """

    settings: Settings
    faults: tuple[SettingsError, ...] = ()
    broker: Broker | None = None
    trouble: str = ""
    is_embedded: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)


Check = Callable[[str, Installation], Finding]
"""A check, whose first argument is the name of its finding."""


def broker_of(installation: Installation) -> Broker:
    """Return the broker, for the checks that `examine` runs only if there is one."""
    assert installation.broker is not None
    return installation.broker


def ok(name: str, found: str) -> Finding:
    """Return the finding that all is well."""
    return Finding(name=name, verdict=Verdict.OK, found=found)


def skipped(name: str, found: str, advice: str = "") -> Finding:
    """Return the finding that the check could not be made."""
    return Finding(name=name, verdict=Verdict.SKIPPED, found=found, advice=advice)


def warning(name: str, found: str, advice: str) -> Finding:
    """Return a finding that has a cost, or may become worse."""
    return Finding(name=name, verdict=Verdict.WARNING, found=found, advice=advice)


def wrong(name: str, found: str, advice: str) -> Finding:
    """Return a finding that stops a part of the service, or loses items."""
    return Finding(name=name, verdict=Verdict.WRONG, found=found, advice=advice)


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict; SKIPPED is no worse than OK.

    >>> worst([ok("disk", "4 GiB free"), warning("feeds", "none", "add one")])
    <Verdict.WARNING: 'warning'>
    """
    verdicts = {finding.verdict for finding in findings}
    order = (Verdict.WRONG, Verdict.WARNING)
    return next((verdict for verdict in order if verdict in verdicts), Verdict.OK)
