"""What is known against the packages that are deployed: pip-audit, and a list of them (CycloneDX).

Run by `make audit` in an environment of its own. Fails where a package has a known vulnerability; a
service that cannot be asked fails nothing, and is said: pip-audit calls packages that it could not
look up clean.
"""

import json
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
LOCK = "requirements.lock"
SBOM = Path("dist/sbom.json")
SERVICES = ("pypi", "osv")
"""Either has the advisories of the Python Packaging Advisory Database."""

LIMIT_S = 60


def main() -> int:
    """Exit code 1 where a vulnerability is known, or the list cannot be written."""
    write_sbom()
    for service in SERVICES:
        asked = ask(service)
        known = [package for package in asked if "vulns" in package]
        if known:
            return report(service, known, unknown=len(asked) - len(known))
    print(f"audit: neither {' nor '.join(SERVICES)} can be asked; nothing is known of {LOCK}")
    return 0


def write_sbom() -> None:
    """Every locked package with its version and hashes."""
    SBOM.parent.mkdir(exist_ok=True)
    what = ("requirements", LOCK, "--pyproject", "pyproject.toml", "--output-reproducible")
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", *what, "-o", str(SBOM)]
    subprocess.run(command, check=True)  # noqa: S603  # our own command
    count = len(json.loads(SBOM.read_text(encoding="utf-8"))["components"])
    print(f"audit: {SBOM} lists {count} packages")


def ask(service: str) -> list[dict[str, object]]:
    """What the service answers for each package; nothing where it does not answer."""
    what = ("--disable-pip", "--require-hashes", "--requirement", LOCK)
    how = ("--vulnerability-service", service, "--format", "json", "--progress-spinner", "off")
    command = [sys.executable, "-m", "pip_audit", *what, *how]
    try:
        done = subprocess.run(  # noqa: S603  # our own command
            command, capture_output=True, text=True, check=False, timeout=LIMIT_S
        )
        packages: list[dict[str, object]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return []
    return packages


def report(service: str, known: list[dict[str, object]], *, unknown: int) -> int:
    bad = [package for package in known if package["vulns"]]
    for package in bad:
        ids = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
        print(f"audit: {package['name']} {package['version']}: {ids}")
    print(f"audit: {service} knows {len(known)} packages, {len(bad)} of them vulnerable")
    if unknown:
        print(f"audit: {service} could not look up {unknown} packages")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
