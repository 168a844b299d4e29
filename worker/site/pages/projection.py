"""The projection of the world map: Equal Earth, on a canvas of 1000 by 487 units.

Source: Šavrič, Patterson and Jenny, "The Equal Earth map projection", International Journal of
Geographical Information Science 33 (2019), doi.org/10.1080/13658816.2018.1504949.
"""

import math

__all__ = ["MAP_HEIGHT", "MAP_WIDTH", "project"]

MAP_WIDTH = 1000
MAP_HEIGHT = 487

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = math.sqrt(3) / 2


def project(lat: float, lon: float) -> tuple[float, float]:
    """Return the x and y of a point on the canvas, y downwards.

    Args:
        lat: Degrees north, from -90 to 90.
        lon: Degrees east, from -180 to 180.

    >>> project(0, 0)
    (500.0, 243.5)
    >>> [round(number) for number in project(50.45, 30.52)]
    [570, 68]
    """
    # Equations 3 and 4 of the paper, with theta as the parametric latitude.
    theta = math.asin(_M * math.sin(math.radians(lat)))
    square = theta * theta
    sixth = square**3
    slope = _A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)
    x = math.radians(lon) * math.cos(theta) / (_M * slope)
    y = theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))
    return (MAP_WIDTH / 2 + x * _SCALE, MAP_HEIGHT / 2 - y * _SCALE)


_SCALE = MAP_WIDTH / 2 / (math.pi / (_M * _A1))
"""Units of the canvas per unit of the projection; the equator is as wide as the canvas."""
