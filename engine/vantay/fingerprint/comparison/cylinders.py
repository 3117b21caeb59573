"""Minutia cylinders: each minutia's neighbourhood as six 64-bit words."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import Arrays, Bytes, Float32s, Integer, Real, Words
from vantay.fingerprint.comparison.parameters import (
    CELLS_PER_SIDE,
    N_SECTIONS,
    CylinderParameters,
)
from vantay.types import ANGLE_UNITS

N_CELLS = CELLS_PER_SIDE * CELLS_PER_SIDE

_GAUSSIAN_STEPS_PER_PX = 8
_NO_VALUES = np.empty((0, N_SECTIONS * N_CELLS), np.float32)


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
    turns : (256, 2) float32
        Cosine and sine of each direction.
    """

    def __init__(self, parameters: CylinderParameters) -> None:
        step = 2 * parameters.radius_px / CELLS_PER_SIDE
        offsets = (np.arange(CELLS_PER_SIDE) - (CELLS_PER_SIDE - 1) / 2) * step
        self.cell_px = offsets.astype(np.float32)
        within = np.add.outer(offsets**2, offsets**2).ravel() <= parameters.radius_px**2
        self.inside = np.uint64(int("".join("1" if b else "0" for b in within[::-1]), 2))
        self.position_weight = _position_weights(parameters)
        self.direction_weight = _direction_weights(parameters)
        radians = np.arange(ANGLE_UNITS) * (2 * math.pi / ANGLE_UNITS)
        self.turns = np.column_stack([np.cos(radians), np.sin(radians)]).astype(np.float32)
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
    """Cylinders of all minutiae, as bits.

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
    _run_kernel((x_px, y_px, angle), tables, words, _NO_VALUES)
    return words


def build_cylinders_with_values(
    x_px: Float32s, y_px: Float32s, angle: Bytes, tables: CylinderTables
) -> tuple[Words, Float32s]:
    """Cylinders of all minutiae, as bits and as numbers.

    Parameters
    ----------
    x_px, y_px, angle, tables
        As for `build_cylinders`.

    Returns
    -------
    words : (6, n) uint64
        As from `build_cylinders`.
    values : (n, 384) float32
        Six sections of 8×8 cells, those outside the radius too; all 0 for a minutia with too few neighbours.
    """
    n = x_px.shape[0]
    words = np.zeros((N_SECTIONS, n), np.uint64)
    values = np.zeros((n, N_SECTIONS * N_CELLS), np.float32)
    _run_kernel((x_px, y_px, angle), tables, words, values)
    return words, values


def _run_kernel(minutiae: Arrays, tables: CylinderTables, words: Words, values: Float32s) -> None:
    _cylinder_kernel(
        minutiae,
        (tables.cell_px, tables.position_weight, tables.direction_weight, tables.turns),
        (tables.limits, tables.inside),
        words,
        values,
    )


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _add_neighbour(
    u: Real, v: Real, cell: Float32s, position_weight: Float32s, base: Integer, products: Float32s
) -> None:
    """Write what a neighbour at (u, v) adds to each of the 64 cells, before its direction is weighed."""
    steps, half, side = np.float32(_GAUSSIAN_STEPS_PER_PX), np.float32(0.5), np.uint64(CELLS_PER_SIDE)
    across = np.empty(CELLS_PER_SIDE, np.float32)
    for b in range(side):
        across[b] = position_weight[np.uint64(np.int32(abs(v - cell[b]) * steps + half))]
    for a in range(side):
        along = position_weight[np.uint64(np.int32(abs(u - cell[a]) * steps + half))]
        for b in range(side):
            products[base + a * side + b] = along * across[b]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _sum_section(
    products: Float32s, weights: Float32s, section: Integer, n_neighbours: Integer, sums: Float32s
) -> None:
    """Sum the neighbours' products, weighed by direction, over the 64 cells of a section."""
    # The sums are local and of known length, so that they stay in registers
    for cell in range(np.uint64(N_CELLS)):
        sums[cell] = np.float32(0)
    for j in range(n_neighbours):
        weight, base = weights[j * np.uint64(N_SECTIONS) + section], j * np.uint64(N_CELLS)
        for cell in range(np.uint64(N_CELLS)):
            sums[cell] += weight * products[base + cell]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _cylinder_kernel(minutiae: Arrays, tables: Arrays, rules: Arrays, words: Words, values: Float32s) -> None:
    x, y, angle = minutiae
    cell, position_weight, direction_weight, turns = tables
    limits, inside = rules
    threshold, min_neighbours, reach = limits[0], limits[1], limits[2]
    # Unsigned indices: for signed ones numba looks whether they are negative
    n, n_sections, n_cells = np.uint64(x.shape[0]), np.uint64(N_SECTIONS), np.uint64(N_CELLS)
    products, weights = np.empty(n * n_cells, np.float32), np.empty(n * n_sections, np.float32)
    sums = np.empty(N_CELLS, np.float32)
    for i in range(n):
        c, s = turns[angle[i], 0], turns[angle[i], 1]
        n_neighbours = np.uint64(0)
        for j in range(n):
            dx = x[j] - x[i]
            dy = y[j] - y[i]
            if j == i or dx * dx + dy * dy > reach:
                continue
            u, v = c * dx + s * dy, c * dy - s * dx
            _add_neighbour(u, v, cell, position_weight, n_neighbours * n_cells, products)
            turn = (np.int64(angle[i]) - np.int64(angle[j])) & 255
            for k in range(n_sections):
                weights[n_neighbours * n_sections + k] = direction_weight[turn, k]
            n_neighbours += np.uint64(1)
        if n_neighbours < min_neighbours:
            continue
        for k in range(n_sections):
            _sum_section(products, weights, k, n_neighbours, sums)
            word = np.uint64(0)
            for bit in range(n_cells):
                word |= np.uint64(sums[bit] >= threshold) << bit
            words[k, i] = word & inside
            if values.shape[0] > 0:
                for bit in range(n_cells):
                    values[i, k * n_cells + bit] = sums[bit]
