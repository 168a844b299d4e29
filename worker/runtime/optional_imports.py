"""Imports of the service's packages without what these use only where it happens to be installed.

structlog imports rich for tracebacks, which are plain text here; kombu imports PyYAML for messages
that no queue here accepts; redis-py imports OpenTelemetry for metrics that nobody collects; httpx
imports rich for a command of its own; and several look for greenlets, which no process here uses.
Where all of these are installed, they take a third of the CPU time of dispatch's imports.
"""

import contextlib
import sys
from collections.abc import Iterator

__all__ = ["UNUSED_MODULES", "without_unused_modules"]

UNUSED_MODULES = ("greenlet", "opentelemetry", "pygments", "rich", "yaml")
"""Optional modules of structlog, kombu, redis-py and httpx that this service does not use there.

OpenTelemetry traces start later (worker/telemetry/process.py), when the module may be imported.
"""


@contextlib.contextmanager
def without_unused_modules() -> Iterator[None]:
    """Let imports go on as if UNUSED_MODULES were not installed, until the context ends.

    Modules that have been imported before stay. Not for several threads.
    """
    hidden = [name for name in UNUSED_MODULES if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # documented: the import fails
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
