"""Minutia cylinders cell by cell, as MCC section 3 defines them, with the exponentials and integrals it uses.

Left out as in the engine: the convex hull's validity mask, and the cut of the spatial Gaussian at 3σ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from vantay.fingerprint.comparison.parameters import CELLS_PER_SIDE, N_SECTIONS, CylinderParameters

Minutia = tuple[float, float, int]
"""x_px, y_px with y up, direction in units of 2π/256."""


def naive_cell_values(minutiae: Sequence[Minutia], i: int, p: CylinderParameters) -> list[list[float]]:
    """Sums of contributions: a row a section, in it a value a cell (along · 8 + across); equations 3 to 9."""
    neighbours = [minutiae[j] for j in naive_neighbours(minutiae, i, p)]
    turns = [_wrapped(_radians(minutiae[i]) - _radians(n)) for n in neighbours]
    weights = [
        [_direction_mass(_section(k) - turn, p.sigma_rad) for turn in turns] for k in range(N_SECTIONS)
    ]
    values: list[list[float]] = [[] for _ in range(N_SECTIONS)]
    for along in range(CELLS_PER_SIDE):
        for across in range(CELLS_PER_SIDE):
            x, y = _cell(minutiae[i], along, across, p.radius_px)
            near = [_gaussian(math.hypot(nx - x, ny - y), p.sigma_px) for nx, ny, _ in neighbours]
            for k in range(N_SECTIONS):
                values[k].append(sum(s * d for s, d in zip(near, weights[k], strict=True)))
    return values


def naive_neighbours(minutiae: Sequence[Minutia], i: int, p: CylinderParameters) -> list[int]:
    """Other minutiae that reach into the cylinder: no farther than R + 3σ."""
    x, y, _ = minutiae[i]
    reach_px = p.radius_px + 3 * p.sigma_px
    return [
        j
        for j, (other_x, other_y, _) in enumerate(minutiae)
        if j != i and math.hypot(other_x - x, other_y - y) <= reach_px
    ]


def naive_is_inside(along: int, across: int, radius_px: float) -> bool:
    """Whether a cell's centre lies within the cylinder's base."""
    return math.hypot(*_cell((0.0, 0.0, 0), along, across, radius_px)) <= radius_px


def _cell(minutia: Minutia, along: int, across: int, radius_px: float) -> tuple[float, float]:
    x, y, _ = minutia
    step = 2 * radius_px / CELLS_PER_SIDE
    u = (along + 1 - (CELLS_PER_SIDE + 1) / 2) * step
    v = (across + 1 - (CELLS_PER_SIDE + 1) / 2) * step
    c, s = math.cos(_radians(minutia)), math.sin(_radians(minutia))
    return x + c * u - s * v, y + s * u + c * v


def _section(k: int) -> float:
    return -math.pi + (k + 0.5) * 2 * math.pi / N_SECTIONS


def _gaussian(distance_px: float, sigma_px: float) -> float:
    return math.exp(-((distance_px / sigma_px) ** 2) / 2) / (sigma_px * math.sqrt(2 * math.pi))


def _direction_mass(difference_rad: float, sigma_rad: float) -> float:
    """The Gaussian's integral over a section's width around a difference."""
    centre, half = _wrapped(difference_rad), math.pi / N_SECTIONS

    def below(t: float) -> float:
        return (1 + math.erf(t / (sigma_rad * math.sqrt(2)))) / 2

    return below(centre + half) - below(centre - half)


def _radians(minutia: Minutia) -> float:
    return minutia[2] * 2 * math.pi / 256


def _wrapped(angle_rad: float) -> float:
    return math.remainder(angle_rad, 2 * math.pi)
