"""A prepared template's columns as plain Python numbers, as the naive versions want them."""

from __future__ import annotations

import math

from vantay.fingerprint.comparison import PreparedTemplate
from vantay.types import ANGLE_UNITS

Minutia = tuple[float, float, float, float]
"""x_px, y_px with y up, direction_rad, weight by quality."""


def cylinders(prepared: PreparedTemplate) -> list[int]:
    """All bits of each cylinder in one integer."""
    return [
        sum(int(word) << (64 * section) for section, word in enumerate(prepared.words[:, i]))
        for i in range(prepared.n_minutiae)
    ]


def directed_cylinders(prepared: PreparedTemplate) -> list[tuple[int, int]]:
    """Each cylinder with its direction in units."""
    return [(bits, int(prepared.angle[i])) for i, bits in enumerate(cylinders(prepared))]


def minutiae(prepared: PreparedTemplate) -> list[Minutia]:
    return [
        (
            float(prepared.minutiae[0, i]),
            float(prepared.minutiae[1, i]),
            int(prepared.angle[i]) * 2 * math.pi / ANGLE_UNITS,
            float(prepared.minutiae[4, i]),
        )
        for i in range(prepared.n_minutiae)
    ]


def half_planes(prepared: PreparedTemplate) -> list[tuple[float, float, float]]:
    return [(float(x), float(y), float(d)) for x, y, d in prepared.hull]
