"""Compile worker/site/pages/data/world-outline.txt from Natural Earth's land, for the world map.

    npm pack world-atlas@2.0.2
    python training/places/build_outline.py world-atlas-2.0.2.tgz [OUT]

Source: Natural Earth 4.1.0, 1:110m physical vectors (https://www.naturalearthdata.com), public
domain, as packed by world-atlas (ISC). The outline has no borders, and so takes no side in a
dispute. Same input, same bytes.
"""

import argparse
import json
import math
import tarfile
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from worker.site.pages.projection import project

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "worker" / "site" / "pages" / "data" / "world-outline.txt"

TOLERANCE = 0.5
"""Units of the canvas, of which the map has 1000 from side to side, that a point may move."""

Point = tuple[float, float]


def main() -> None:
    """Read the package, write the outline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=OUT)
    arguments = parser.parse_args()
    with tarfile.open(arguments.package) as package:
        file = package.extractfile("package/land-110m.json")
        assert file is not None
        topology = json.load(file)
    parts = [part for ring in read_rings(topology) for part in cut(ring)]
    rings = [simplify([project(lat, lon) for lon, lat in part]) for part in parts]
    drawn = [path for ring in rings if (path := draw(ring))]
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text("\n".join(drawn) + "\n", encoding="ascii")
    print(f"{arguments.out}: {len(drawn)} rings, {arguments.out.stat().st_size} bytes")


def read_rings(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """Yield the rings of the land as longitudes and latitudes.

    Source: the TopoJSON format specification 2.1, "Topology objects" and "Arcs".
    """
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        steps = accumulate(arc, lambda at, step: [at[0] + step[0], at[1] + step[1]])
        arcs.append([(x * scale[0] + shift[0], y * scale[1] + shift[1]) for x, y in steps])
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for ring in polygon:
                parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in ring]
                yield [point for part in parts for point in part]


def cut(ring: list[Point]) -> Iterator[list[Point]]:
    """Yield the parts of a ring on either side of the antimeridian, which it may cross."""
    turns, unrolled = 0, [ring[0]]
    for before, (lon, lat) in pairwise(ring):
        turns += (before[0] - lon > 180) - (lon - before[0] > 180)
        unrolled.append((lon + 360 * turns, lat))
    if turns:  # around a pole: Antarctica
        pole = math.copysign(90, unrolled[0][1])
        unrolled += [(unrolled[-1][0], pole), (unrolled[0][0], pole), unrolled[0]]
    for shift in (-360, 0, 360):
        moved = [(lon + shift, lat) for lon, lat in unrolled]
        west = _clip(moved, 180, lambda lon: lon <= 180)
        if part := _clip(west, -180, lambda lon: lon >= -180):
            yield [*part, part[0]]


def _clip(points: list[Point], edge: int, is_inside: Callable[[float], bool]) -> list[Point]:
    """Return the part of a polygon on one side of a meridian (Sutherland and Hodgman, 1974)."""
    kept = []
    for (lon, lat), (next_lon, next_lat) in zip(points, points[1:] + points[:1], strict=True):
        if is_inside(lon):
            kept.append((lon, lat))
        if is_inside(lon) != is_inside(next_lon):
            share = (edge - lon) / (next_lon - lon)
            kept.append((float(edge), lat + share * (next_lat - lat)))
    return kept


def simplify(points: list[Point]) -> list[Point]:
    """Return the ends and the points that are further from the line than TOLERANCE.

    Source: Douglas and Peucker, Cartographica 10 (1973).
    """
    kept, stack = {0, len(points) - 1}, [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        between = range(first + 1, last)
        far = max(between, key=lambda n: _away(points[n], points[first], points[last]), default=0)
        if far and _away(points[far], points[first], points[last]) > TOLERANCE:
            kept.add(far)
            stack += [(first, far), (far, last)]
    return [points[n] for n in sorted(kept)]


def _away(point: Point, start: Point, end: Point) -> float:
    """Return the distance of a point from a line, or from its ends where they are one point."""
    along, across = end[0] - start[0], end[1] - start[1]
    length = (along * along + across * across) ** 0.5
    x, y = point[0] - start[0], point[1] - start[1]
    return abs(along * y - across * x) / length if length else (x * x + y * y) ** 0.5


def draw(ring: list[Point]) -> str:
    """Return the ring as an SVG path with one decimal; empty if it is smaller than a point."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in ring]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(tenths) if a != b][:-1]
    if len(steps) < 2:
        return ""
    moves = " ".join(f"{_decimal(x)},{_decimal(y)}" for x, y in steps)
    return f"M{_decimal(tenths[0][0])},{_decimal(tenths[0][1])}l{moves}z"


def _decimal(tenths: int) -> str:
    return f"{tenths / 10:g}"


if __name__ == "__main__":
    main()
