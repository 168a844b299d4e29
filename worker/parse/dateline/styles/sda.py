"""Keystone-SDA, in French ats: lower case and shared credits, `Paris (ats afp)`.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["SDA"]

SDA = Style(
    name="sda",
    agencies=frozenset({"SDA"}),
    closings=DASHES | {"", "."},
)
