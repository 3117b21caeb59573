"""Endings that face each other, pair by pair, with angles instead of products."""

import math
from collections.abc import Sequence


def facing(
    endings: Sequence[tuple[float, float, float]], break_px: float, max_turn_deg: float, max_aside_deg: float
) -> set[int]:
    """Indices of endings (x, y, direction counter-clockwise with y up) that face another one across a gap."""
    found = set()
    for a, (xa, ya, direction_a) in enumerate(endings):
        for b, (xb, yb, direction_b) in enumerate(endings):
            if a == b or math.hypot(xb - xa, yb - ya) > break_px:
                continue
            to_a = math.atan2(yb - ya, xa - xb)
            to_b = to_a + math.pi
            if (
                _between_deg(direction_a, direction_b + math.pi) <= max_turn_deg
                and _between_deg(direction_a, to_a) <= max_aside_deg
                and _between_deg(direction_b, to_b) <= max_aside_deg
            ):
                found |= {a, b}
    return found


def _between_deg(a: float, b: float) -> float:
    return math.degrees(abs(math.remainder(a - b, 2 * math.pi)))
