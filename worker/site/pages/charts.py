"""The geometry of the charts, which templates draw as SVG.

Colours are classes of the style sheet, since the content security policy forbids style attributes.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from worker.archive.counts import HourCount, PlaceCount
from worker.site.pages.projection import project

__all__ = ["Bar", "Dot", "HourChart", "Series", "hour_chart", "map_dots", "world_outline"]

HOURS = 24
MOST_SERIES = 6
"""The most agencies with a colour of their own; all others share a colour."""

_LEAST_RADIUS, _MOST_RADIUS = 3.0, 15.0  # units of the map, which is 1000 wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The items of an agency by hour; `color` is the number of a class in the style sheet."""

    agency: str
    is_rest: bool
    color: int
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """The items of the day."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A part of a column, on a canvas of 24 columns that is as high as `HourChart.top`."""

    hour: int
    y: int
    height: int
    color: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HourChart:
    """Columns of the items by hour, stacked by agency.

    Attributes:
        series: The agencies with the most items, in descending order, and then all others together.
        totals: The items of all agencies by hour.
        top: The number of items at the upper edge of the chart; it is even.
        bars: The parts of all columns.
    """

    series: tuple[Series, ...]
    totals: tuple[int, ...]
    top: int
    bars: tuple[Bar, ...]

    @property
    def busiest(self) -> int:
        """The hour with the most items, the first of equals."""
        return self.totals.index(max(self.totals))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A circle on the map for the places at one point; its area grows with their items."""

    names: tuple[str, ...]
    count: int
    x: float
    y: float
    radius: float


def hour_chart(counts: Sequence[HourCount]) -> HourChart:
    """Return the chart of a day's items."""
    by_agency: dict[str, list[int]] = defaultdict(lambda: [0] * HOURS)
    for row in counts:
        by_agency[row.agency][row.hour] += row.count
    ranked = sorted(by_agency.items(), key=lambda pair: (-sum(pair[1]), pair[0]))
    # A rest of a single agency would only hide its name.
    most = MOST_SERIES if len(ranked) > MOST_SERIES + 1 else len(ranked)
    series = [
        Series(agency=agency, is_rest=False, color=number, counts=tuple(hours))
        for number, (agency, hours) in enumerate(ranked[:most], start=1)
    ]
    if rest := [hours for _, hours in ranked[most:]]:
        sums = tuple(sum(column) for column in zip(*rest, strict=True))
        series.append(Series(agency="", is_rest=True, color=0, counts=sums))
    totals = tuple(sum(agency.counts[hour] for agency in series) for hour in range(HOURS))
    top = round_up(max(totals))
    return HourChart(series=tuple(series), totals=totals, top=top, bars=tuple(_stack(series, top)))


def _stack(series: Sequence[Series], top: int) -> list[Bar]:
    bars = []
    for hour in range(HOURS):
        y = top
        for agency in series:
            if height := agency.counts[hour]:
                y -= height
                bars.append(Bar(hour=hour, y=y, height=height, color=agency.color))
    return bars


def round_up(count: int) -> int:
    """Return the smallest even round number that is not below a count.

    >>> [round_up(count) for count in (0, 1, 7, 11, 250, 1001)]
    [2, 2, 8, 20, 400, 2000]
    """
    power = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if count <= step * power:
                return step * power
        power *= 10


def map_dots(counts: Sequence[PlaceCount]) -> tuple[Dot, ...]:
    """Return the circles of the places whose coordinates are known, the largest first.

    SVG draws in order, so that larger circles do not hide smaller circles.
    """
    items: Counter[tuple[float, float]] = Counter()
    names: dict[tuple[float, float], list[str]] = defaultdict(list)
    for place in counts:
        if place.lat is not None and place.lon is not None:
            items[place.lat, place.lon] += place.count
            names[place.lat, place.lon].append(place.name)
    most = max(items.values(), default=1)
    dots = []
    for (lat, lon), count in items.most_common():
        x, y = project(lat, lon)
        radius = _LEAST_RADIUS + (_MOST_RADIUS - _LEAST_RADIUS) * math.sqrt(count / most)
        dots.append(
            Dot(
                names=tuple(names[lat, lon]),
                count=count,
                x=round(x, 1),
                y=round(y, 1),
                radius=round(radius, 1),
            )
        )
    return tuple(dots)


@cache
def world_outline() -> str:
    """Return the outline of the land as the data of an SVG path, on the canvas of `project`."""
    path = files("worker.site.pages") / "data" / "world-outline.txt"
    return path.read_text("ascii")
