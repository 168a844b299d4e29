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
    "ok",
    "skipped",
    "warning",
    "worst",
    "wrong",
]


class Verdict(StrEnum):
    """The result of a check; SKIPPED says that nothing could be checked."""

    OK = "ok"
    SKIPPED = "skipped"
    WARNING = "warning"
    WRONG = "wrong"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a check.

    Attributes:
        name: The name of the check; the same in all releases.
        verdict: The verdict.
        found: What was found, on one line.
        advice: What to do about it; empty if nothing is to be done.
    """

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The server of an installation, and what it says of itself.

    Attributes:
        server: The connection.
        store: The store on it.
        info: The fields of INFO that the user may read.
        denied: The rights that the user lacks for further checks, as ACL rules.
        active_ms: When a process of the service last ran a script there, in ms since 1970; 0 if
            none ever did.
    """

    server: Connection
    store: Store
    info: dict[str, str]
    denied: tuple[str, ...] = ()
    active_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is examined.

    Attributes:
        settings: The settings, with defaults for those that are invalid.
        faults: The errors of those.
        broker: The broker; None if it cannot be reached.
        trouble: Why there is no broker.
        is_embedded: True if the broker is that of `copytaster up`.
        environ: The variables of this environment.
    """

    settings: Settings
    faults: tuple[SettingsError, ...] = ()
    broker: Broker | None = None
    trouble: str = ""
    is_embedded: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)


Check = Callable[[str, Installation], Finding]
"""A check; it is given the name of its finding."""


def ok(name: str, found: str) -> Finding:
    """Return the finding that nothing is to be done."""
    return Finding(name=name, verdict=Verdict.OK, found=found)


def skipped(name: str, found: str, advice: str = "") -> Finding:
    """Return the finding that nothing could be checked."""
    return Finding(name=name, verdict=Verdict.SKIPPED, found=found, advice=advice)


def warning(name: str, found: str, advice: str) -> Finding:
    """Return a finding that may become worse, or that costs something."""
    return Finding(name=name, verdict=Verdict.WARNING, found=found, advice=advice)


def wrong(name: str, found: str, advice: str) -> Finding:
    """Return a finding that keeps the service from its work, or loses items."""
    return Finding(name=name, verdict=Verdict.WRONG, found=found, advice=advice)


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict; SKIPPED is no worse than OK.

    >>> worst([ok("disk", "4 GiB free"), warning("feeds", "none", "add one")])
    <Verdict.WARNING: 'warning'>
    """
    verdicts = {finding.verdict for finding in findings}
    order = (Verdict.WRONG, Verdict.WARNING)
    return next((verdict for verdict in order if verdict in verdicts), Verdict.OK)
