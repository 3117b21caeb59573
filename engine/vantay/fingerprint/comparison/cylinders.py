"""Minutia cylinders: each minutia's neighbourhood as six 64-bit words and a mask of valid cells."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.comparison.parameters import (
    CELLS_PER_SIDE,
    N_SECTIONS,
    N_WORDS,
    CylinderParameters,
)
from vantay.types import ANGLE_UNITS

Float32s = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint64]

_GAUSSIAN_STEPS_PER_PX = 8


class CylinderTables:
    """What depends on the parameters only: cell positions, position and direction weights.

    Attributes
    ----------
    cell_px : (8,) float32
        Offsets of cell centres along one side, from the minutia.
    inside : uint64
        One bit a cell (row · 8 + column) whose centre lies within the radius.
    position_weight : (m,) float32
        Square root of the spatial Gaussian's height times the Gaussian of a distance in eighths of a pixel along
        one axis: the product of two entries is MCC's contribution (equation 5) without its cut at 3σ.
    direction_weight : (256, 6) float32
        Mass of the direction Gaussian in each section, by direction difference in units (equation 8).
    """

    def __init__(self, parameters: CylinderParameters) -> None:
        step = 2 * parameters.radius_px / CELLS_PER_SIDE
        offsets = (np.arange(CELLS_PER_SIDE) - (CELLS_PER_SIDE - 1) / 2) * step
        self.cell_px = offsets.astype(np.float32)
        within = np.add.outer(offsets**2, offsets**2).ravel() <= parameters.radius_px**2
        self.inside = np.uint64(int("".join("1" if b else "0" for b in within[::-1]), 2))
        self.n_inside = int(within.sum())
        self.position_weight = _position_weights(parameters)
        self.direction_weight = _direction_weights(parameters)
        self.reach_px = np.float32(parameters.radius_px + 3 * parameters.sigma_px)
        self.limits = np.array(
            [
                parameters.hull_margin_px,
                parameters.bit_threshold,
                math.ceil(parameters.min_valid_cells * self.n_inside),
                parameters.min_neighbours,
            ],
            np.float32,
        )


def _position_weights(parameters: CylinderParameters) -> Float32s:
    longest_px = 2 * parameters.radius_px + 4 * parameters.sigma_px
    distance = np.arange(math.ceil(longest_px * _GAUSSIAN_STEPS_PER_PX) + 2) / _GAUSSIAN_STEPS_PER_PX
    height = 1 / (parameters.sigma_px * math.sqrt(2 * math.pi))
    weights = math.sqrt(height) * np.exp(-(distance**2) / (2 * parameters.sigma_px**2))
    return np.asarray(weights, np.float32)


def _direction_weights(parameters: CylinderParameters) -> Float32s:
    width = 2 * math.pi / N_SECTIONS
    scale = parameters.sigma_rad * math.sqrt(2)
    weights = np.empty((ANGLE_UNITS, N_SECTIONS), np.float32)
    for unit in range(ANGLE_UNITS):
        difference = unit * 2 * math.pi / ANGLE_UNITS
        for k in range(N_SECTIONS):
            centre = -math.pi + (k + 0.5) * width
            offset = math.remainder(centre - difference, 2 * math.pi)
            weights[unit, k] = (
                math.erf((offset + width / 2) / scale) - math.erf((offset - width / 2) / scale)
            ) / 2
    return weights


def build_cylinders(
    x_px: Float32s, y_px: Float32s, angle: npt.NDArray[np.uint8], hull: Float32s, tables: CylinderTables
) -> tuple[Words, int]:
    """Cylinders of all minutiae.

    Parameters
    ----------
    x_px, y_px : (n,) float32
        Positions, y up.
    angle : (n,) uint8
        Directions in units of 2π/256.
    hull : (e, 3) float32
        `hull_half_planes` of the positions.
    tables : CylinderTables
        Of the parameters in use.

    Returns
    -------
    words : (7, n) uint64
        Six sections and the mask of valid cells; a cylinder that is not valid has an empty mask.
    n_valid : int
        Cylinders with a mask.

    References
    ----------
    MCC (see `parameters`), section 3, with bits as in section 3.3.
    """
    words = np.zeros((N_WORDS, x_px.shape[0]), np.uint64)
    n_valid = _cylinder_kernel(
        x_px,
        y_px,
        angle,
        hull,
        tables.cell_px,
        tables.position_weight,
        tables.direction_weight,
        np.append(tables.limits, tables.reach_px),
        tables.inside,
        words,
    )
    return words, int(n_valid)


@njit(cache=True, nogil=True)
def _cylinder_kernel(x, y, angle, hull, cell, position_weight, direction_weight, limits, inside, words):
    n = x.shape[0]
    values = np.empty((N_SECTIONS, 64), np.float32)
    along = np.empty(8, np.float32)
    across = np.empty(8, np.float32)
    unit = np.float32(2 * math.pi / 256)
    steps = np.float32(8)
    reach2 = limits[4] * limits[4]
    n_valid = 0
    for i in range(n):
        c = np.float32(math.cos(angle[i] * unit))
        s = np.float32(math.sin(angle[i] * unit))
        mask = np.uint64(0)
        n_cells = 0
        for cell_index in range(64):
            if (inside >> np.uint64(cell_index)) & np.uint64(1):
                u = cell[cell_index // 8]
                v = cell[cell_index % 8]
                px = x[i] + c * u - s * v
                py = y[i] + s * u + c * v
                outside = np.float32(-1e9)
                for e in range(hull.shape[0]):
                    outside = max(outside, hull[e, 0] * px + hull[e, 1] * py - hull[e, 2])
                if outside <= limits[0]:
                    mask |= np.uint64(1) << np.uint64(cell_index)
                    n_cells += 1
        values[:] = np.float32(0)
        n_neighbours = 0
        for j in range(n):
            dx = x[j] - x[i]
            dy = y[j] - y[i]
            if j == i or dx * dx + dy * dy > reach2:
                continue
            n_neighbours += 1
            u = c * dx + s * dy
            v = c * dy - s * dx
            for k in range(8):
                along[k] = position_weight[int(abs(u - cell[k]) * steps + np.float32(0.5))]
                across[k] = position_weight[int(abs(v - cell[k]) * steps + np.float32(0.5))]
            turn = (int(angle[i]) - int(angle[j])) & 255
            for k in range(N_SECTIONS):
                weight = direction_weight[turn, k]
                for a in range(8):
                    row = along[a] * weight
                    for b in range(8):
                        values[k, a * 8 + b] += row * across[b]
        if n_cells < limits[2] or n_neighbours < limits[3]:
            continue
        n_valid += 1
        for k in range(N_SECTIONS):
            word = np.uint64(0)
            for cell_index in range(64):
                if values[k, cell_index] >= limits[1]:
                    word |= np.uint64(1) << np.uint64(cell_index)
            words[k, i] = word & mask
        words[N_SECTIONS, i] = mask
    return n_valid
