"""Télam: `BUENOS AIRES, Jun 26 (Télam) -`, in monitoring reports `18 AUG 88 (TELAM) --`.

Source: reports of foreign broadcast monitors.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["TELAM"]

TELAM = Style(
    name="telam",
    agencies=frozenset({"Telam"}),
    closings=DASHES | {"", ".-", ".–"},
)
