"""The Poincaré index of an orientation field: how often orientations turn on a walk around a place.

Kawagoe and Tojo, "Fingerprint pattern classification", Pattern Recognition 17(3), 1984:
+1/2 at a core, −1/2 at a delta, 0 elsewhere.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt


def poincare_index(orientations_rad: list[float]) -> float:
    """Turns of the orientation along a closed walk, counter-clockwise."""
    total = 0.0
    for here, after in zip(orientations_rad, orientations_rad[1:] + orientations_rad[:1], strict=True):
        step = (after - here) % math.pi
        total += step if step < math.pi / 2 else step - math.pi
    return round(total / math.pi) / 2


def find_singularities(
    orientation_rad: npt.NDArray[np.floating], inside: npt.NDArray[np.bool_], step_px: int
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Middles (x, y) of the squares with a core in them, and of those with a delta."""
    height, width = orientation_rad.shape
    cores, deltas = [], []
    for top in range(0, height - step_px, step_px):
        for left in range(0, width - step_px, step_px):
            bottom, right = top + step_px, left + step_px
            walk = [(bottom, left), (bottom, right), (top, right), (top, left)]
            if not all(inside[y, x] for y, x in walk):
                continue
            index = poincare_index([float(orientation_rad[y, x]) for y, x in walk])
            if index > 0:
                cores.append(((left + right) / 2, (top + bottom) / 2))
            elif index < 0:
                deltas.append(((left + right) / 2, (top + bottom) / 2))
    return cores, deltas
