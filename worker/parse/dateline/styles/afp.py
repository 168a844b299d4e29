"""AFP: the year printed, `OSLO, Aug 29, 2014 (AFP) -`; French `Strasbourg, 10 juil 2024 (AFP)`.

Source: fixtures of newsroom software.
"""

from worker.parse.dateline.style import DASHES, Style

__all__ = ["AFP"]

AFP = Style(name="afp", agencies=frozenset({"AFP"}), closings=DASHES | {""})
