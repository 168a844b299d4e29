"""What every benchmark prints: machine, versions, median and spread."""

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from importlib import metadata

__all__ = ["describe_machine", "spread"]


def describe_machine(*packages: str) -> str:
    """One line: processor count, Python and the versions that matter."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.machine()}, {python}" + (
        f", {versions}" if versions else ""
    )


def spread(values: Sequence[float], unit: str) -> str:
    """Median and range of at least five runs.

    >>> spread([5.0, 1.0, 4.0, 2.0, 3.0], "items/s")
    '3 items/s [1 to 5]'
    """
    if len(values) < 5:
        sys.exit("a benchmark runs at least five times")
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.0f} {unit} [{low:,.0f} to {high:,.0f}]"
