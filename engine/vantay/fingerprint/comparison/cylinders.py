"""Minutia cylinders: each minutia's neighbourhood as six 64-bit words."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import Arrays, Bytes, Float32s, Words
from vantay.fingerprint.comparison.parameters import (
    CELLS_PER_SIDE,
    N_SECTIONS,
    CylinderParameters,
)
from vantay.types import ANGLE_UNITS

_GAUSSIAN_STEPS_PER_PX = 8


class CylinderTables:
    """What depends on the parameters only: cell positions, position and direction weights.

    Attributes
    ----------
    cell_px : (8,) float32
        Offsets of cell centres along one side, from the minutia.
    inside : uint64
        One bit a cell (row · 8 + column) whose centre lies within the radius; the others stay 0.
    position_weight : (m,) float32
        Square root of the spatial Gaussian's height times the Gaussian of a distance in eighths of a pixel
        along one axis: the product of two entries is MCC's contribution (equation 5) without its cut at 3σ.
    direction_weight : (256, 6) float32
        Mass of the direction Gaussian in each section, by direction difference in units (equation 8).
    """

    def __init__(self, parameters: CylinderParameters) -> None:
        step = 2 * parameters.radius_px / CELLS_PER_SIDE
        offsets = (np.arange(CELLS_PER_SIDE) - (CELLS_PER_SIDE - 1) / 2) * step
        self.cell_px = offsets.astype(np.float32)
        within = np.add.outer(offsets**2, offsets**2).ravel() <= parameters.radius_px**2
        self.inside = np.uint64(int("".join("1" if b else "0" for b in within[::-1]), 2))
        self.position_weight = _position_weights(parameters)
        self.direction_weight = _direction_weights(parameters)
        reach_px = parameters.radius_px + 3 * parameters.sigma_px
        self.limits = np.array([parameters.bit_threshold, parameters.min_neighbours, reach_px**2], np.float32)


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


def build_cylinders(x_px: Float32s, y_px: Float32s, angle: Bytes, tables: CylinderTables) -> Words:
    """Cylinders of all minutiae.

    Parameters
    ----------
    x_px, y_px : (n,) float32
        Positions, y up.
    angle : (n,) uint8
        Directions in units of 2π/256.
    tables : CylinderTables
        Of the parameters in use.

    Returns
    -------
    (6, n) uint64
        Sections; all 0 for a minutia with too few neighbours to be compared.

    References
    ----------
    MCC (see `parameters`), section 3, with bits as in section 3.3.
    """
    words = np.zeros((N_SECTIONS, x_px.shape[0]), np.uint64)
    _cylinder_kernel(
        (x_px, y_px, angle),
        (tables.cell_px, tables.position_weight, tables.direction_weight, tables.limits, tables.inside),
        words,
    )
    return words


@njit(cache=True, nogil=True, error_model="numpy")
def _add_neighbour(along: Float32s, across: Float32s, weights: Float32s, values: Float32s) -> None:
    """Add one neighbour: the product of its weights along three axes, to all cells of all sections."""
    for k in range(N_SECTIONS):
        for a in range(CELLS_PER_SIDE):
            row = along[a] * weights[k]
            for b in range(CELLS_PER_SIDE):
                values[k, a * CELLS_PER_SIDE + b] += row * across[b]


@njit(cache=True, nogil=True, error_model="numpy")
def _cylinder_kernel(minutiae: Arrays, tables: Arrays, words: Words) -> None:
    x, y, angle = minutiae
    cell, position_weight, direction_weight, limits, inside = tables
    values = np.empty((N_SECTIONS, 64), np.float32)
    along = np.empty(CELLS_PER_SIDE, np.float32)
    across = np.empty(CELLS_PER_SIDE, np.float32)
    steps, half = np.float32(_GAUSSIAN_STEPS_PER_PX), np.float32(0.5)
    for i in range(x.shape[0]):
        radians = angle[i] * (2 * math.pi / 256)
        c, s = np.float32(math.cos(radians)), np.float32(math.sin(radians))
        values[:] = np.float32(0)
        n_neighbours = 0
        for j in range(x.shape[0]):
            dx = x[j] - x[i]
            dy = y[j] - y[i]
            if j == i or dx * dx + dy * dy > limits[2]:
                continue
            n_neighbours += 1
            u = c * dx + s * dy
            v = c * dy - s * dx
            for k in range(CELLS_PER_SIDE):
                along[k] = position_weight[int(abs(u - cell[k]) * steps + half)]
                across[k] = position_weight[int(abs(v - cell[k]) * steps + half)]
            turn = (np.int64(angle[i]) - np.int64(angle[j])) & 255
            _add_neighbour(along, across, direction_weight[turn], values)
        if n_neighbours < limits[1]:
            continue
        for k in range(N_SECTIONS):
            word = np.uint64(0)
            for bit in range(64):
                word |= np.uint64(values[k, bit] >= limits[0]) << np.uint64(bit)
            words[k, i] = word & inside
