"""`copytaster doctor`: the faults of an installation, and their remedies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
import msgspec
from rich.console import Console
from rich.text import Text

from worker.cli.root import pass_settings
from worker.cli.store import find_broker
from worker.doctor import Finding, Installation, Verdict, examine, worst
from worker.doctor.broker import connect_broker
from worker.errors import CopytasterError
from worker.model.redaction import redact
from worker.render.console import one_line, open_console, print_json
from worker.services import open_store
from worker.settings import Settings, read_settings
from worker.store.connection import Connection

__all__ = ["doctor"]

_STYLES = {
    Verdict.OK: "green",
    Verdict.SKIPPED: "dim",
    Verdict.WARNING: "bold yellow",
    Verdict.WRONG: "bold red",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--strict", is_flag=True, help="Exit with code 1 for warnings too.")
@pass_settings
def doctor(settings: Settings, *, as_json: bool, strict: bool) -> None:
    """Find the faults of an installation, and say how to mend them; change nothing.

    The exit code is 0 if nothing is wrong, else 1. Checks that need a broker which does not answer,
    or a right that the user lacks, are skipped.
    """
    console = open_console()
    findings = []
    with _open_installation(settings) as installation:
        for finding in map(_shown, examine(installation)):
            findings.append(finding)
            if not as_json:
                _print(console, finding)
    verdict = worst(findings)
    if as_json:
        print_json(msgspec.json.encode({"verdict": verdict, "checks": findings}))
    else:
        console.print(Text(_summary(findings)))
    if verdict is Verdict.WRONG or (strict and verdict is Verdict.WARNING):
        raise click.exceptions.Exit(1)


@contextmanager
def _open_installation(settings: Settings) -> Iterator[Installation]:
    """Yield the installation, with its broker if it answers."""
    _, faults = read_settings(os.environ)
    is_embedded = not settings.redis_url
    try:
        settings = msgspec.structs.replace(settings, redis_url=find_broker(settings))
        server, store = Connection(settings.redis_url), open_store(settings)
    except CopytasterError as error:
        yield Installation(
            settings=settings, faults=faults, trouble=redact(str(error)), environ=os.environ
        )
        return
    try:
        broker, trouble = connect_broker(server, store, settings.prefix), ""
    except CopytasterError as error:
        broker, trouble = None, redact(str(error))
    try:
        yield Installation(
            settings=settings,
            faults=faults,
            broker=broker,
            trouble=trouble,
            is_embedded=is_embedded,
            environ=os.environ,
        )
    finally:
        store.close()
        server.close()


def _shown(finding: Finding) -> Finding:
    """Return a finding without secrets and without line breaks."""
    return msgspec.structs.replace(
        finding,
        found=one_line(redact(finding.found), 1000),
        advice=one_line(redact(finding.advice), 1000),
    )


def _print(console: Console, finding: Finding) -> None:
    line = Text.assemble((f"{finding.verdict.value:<8}", _STYLES[finding.verdict]))
    line.append(f"{finding.name:<16} {finding.found}")
    console.print(line, soft_wrap=True)
    if finding.advice:
        console.print(Text(f"{'':<8}{'':<16} -> {finding.advice}"), soft_wrap=True)


def _summary(findings: list[Finding]) -> str:
    def count(verdict: Verdict) -> int:
        return sum(finding.verdict is verdict for finding in findings)

    return (
        f"checks: {len(findings)}, wrong: {count(Verdict.WRONG)}, "
        f"warnings: {count(Verdict.WARNING)}, skipped: {count(Verdict.SKIPPED)}"
    )
