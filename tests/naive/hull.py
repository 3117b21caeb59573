"""Edges of a convex hull by their definition: ways between two points with all others on the left."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[int, int]
HalfPlane = tuple[float, float, float]


def naive_hull(points: Sequence[Point]) -> list[HalfPlane]:
    """Half-planes (nx, ny, d) of the edges of points that do not all lie on a line, in no order."""
    different = set(points)
    found = []
    for a in different:
        for b in different - {a}:
            others = different - {a, b}
            if all(_is_left_or_between(a, b, c) for c in others):
                dx, dy = b[0] - a[0], b[1] - a[1]
                length = math.hypot(dx, dy)
                found.append((dy / length, -dx / length, (dy * a[0] - dx * a[1]) / length))
    return found


def is_on_a_line(points: Sequence[Point]) -> bool:
    """Whether all points lie on one line, or there are fewer than three different ones."""
    (x0, y0), *rest = sorted(set(points))
    if not rest:
        return True
    x1, y1 = rest[-1]
    return all((x1 - x0) * (y - y0) == (y1 - y0) * (x - x0) for x, y in rest)


def _is_left_or_between(a: Point, b: Point, c: Point) -> bool:
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    if turn != 0:
        return turn > 0
    forward = (c[0] - a[0]) * (b[0] - a[0]) + (c[1] - a[1]) * (b[1] - a[1])
    return 0 < forward < (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2
