"""Minutia cylinders: each minutia's neighbourhood as six 64-bit words."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import (
    Arrays,
    Bytes,
    Float32s,
    Float64s,
    Int64s,
    Integer,
    Real,
    Words,
    room_for,
)
from vantay.fingerprint.comparison.parameters import (
    CELLS_PER_SIDE,
    N_SECTIONS,
    CylinderParameters,
)
from vantay.types import ANGLE_UNITS

N_CELLS = CELLS_PER_SIDE * CELLS_PER_SIDE

_STEPS_PER_PX = 8
NO_VALUES = np.empty((0, N_SECTIONS * N_CELLS), np.float32)
"""For who wants bits only."""


class CylinderTables:
    """What depends on the parameters only: position and direction weights, which cells count.

    A neighbour's place in the cylinder is rounded to eighths of a pixel, once along each axis. Both tables
    of position weights spread a row over all 64 cells, so that what a neighbour adds to them is one product
    of two rows, sixteen cells an instruction.

    Attributes
    ----------
    inside : uint64
        One bit a cell (row · 8 + column) whose centre lies within the radius; the others stay 0.
    along, across : (2 · reach + 1, 64) float32
        Square root of the spatial Gaussian's height times the Gaussian of the distance from each cell along
        the first and along the second axis, by place in eighths of a pixel from −reach on: the product of
        two rows is MCC's contribution (equation 5) without its cut at 3σ.
    reach : int32
        Eighths of a pixel within which neighbours are looked at.
    direction_weight : (256, 6) float32
        Mass of the direction Gaussian in each section, by direction difference in units (equation 8).
    turns : (256, 2) float32
        Cosine and sine of each direction.
    limits : (3,) float32
        Threshold of a bit, neighbours that must be there, square of their largest distance in pixels.
    """

    def __init__(self, parameters: CylinderParameters) -> None:
        step = 2 * parameters.radius_px / CELLS_PER_SIDE
        offsets = (np.arange(CELLS_PER_SIDE) - (CELLS_PER_SIDE - 1) / 2) * step
        within = np.add.outer(offsets**2, offsets**2).ravel() <= parameters.radius_px**2
        self.inside = np.uint64(int("".join("1" if b else "0" for b in within[::-1]), 2))
        reach_px = parameters.radius_px + 3 * parameters.sigma_px
        self.reach = np.int32(math.ceil(reach_px * _STEPS_PER_PX) + 1)
        places = np.arange(-self.reach, self.reach + 1) / _STEPS_PER_PX
        weights = _position_weights(np.subtract.outer(places, offsets), parameters.sigma_px)
        self.along = np.repeat(weights, CELLS_PER_SIDE, axis=1)
        self.across = np.tile(weights, (1, CELLS_PER_SIDE))
        self.direction_weight = _direction_weights(parameters)
        radians = np.arange(ANGLE_UNITS) * (2 * math.pi / ANGLE_UNITS)
        self.turns = np.column_stack([np.cos(radians), np.sin(radians)]).astype(np.float32)
        self.limits = np.array([parameters.bit_threshold, parameters.min_neighbours, reach_px**2], np.float32)


def _position_weights(distance_px: Float64s, sigma_px: float) -> Float32s:
    height = 1 / (sigma_px * math.sqrt(2 * math.pi))
    weights = math.sqrt(height) * np.exp(-(distance_px**2) / (2 * sigma_px**2))
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
    """Cylinders of all minutiae of a template, as bits.

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
    ends = np.array([0, x_px.shape[0]])
    return build_cylinders_of_many((x_px, y_px, angle), ends, ends, tables).reshape(N_SECTIONS, -1)


def build_cylinders_with_values(
    x_px: Float32s, y_px: Float32s, angle: Bytes, tables: CylinderTables
) -> tuple[Words, Float32s]:
    """Cylinders of all minutiae of a template, as bits and as numbers.

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
    ends = np.array([0, x_px.shape[0]])
    values = room_for_values(x_px.shape[0])
    words = build_cylinders_of_many((x_px, y_px, angle), ends, ends, tables, values)
    return words.reshape(N_SECTIONS, -1), values


def room_for_values(n_minutiae: int) -> Float32s:
    """Room for the values of so many cylinders: (n, 384) float32."""
    return room_for(n_minutiae * N_SECTIONS * N_CELLS).reshape(n_minutiae, N_SECTIONS * N_CELLS)


def build_cylinders_of_many(
    minutiae: Arrays, offsets: Int64s, start: Int64s, tables: CylinderTables, values: Float32s = NO_VALUES
) -> Words:
    """Cylinders of many templates, as bits and, if wanted, as numbers.

    Parameters
    ----------
    minutiae : tuple of (n,) float32, (n,) float32, (n,) uint8
        x_px, y_px (y up) and direction in units, of all templates one after another.
    offsets : (t + 1,) int64
        First minutia of each template.
    start : (t + 1,) int64
        First column of each template in the result; at least as many columns as it has minutiae.
    tables : CylinderTables
    values : (n, 384) float32, optional
        Where to write them: from `room_for_values`, all of which is written to.

    Returns
    -------
    (6 · start[-1],) uint64
        Template t begins at 6 · start[t]: its six sections one after another, columns without a minutia 0.
    """
    words = np.zeros(N_SECTIONS * int(start[-1]), np.uint64)
    _cylinder_kernel(
        minutiae,
        (offsets, start),
        (tables.along.ravel(), tables.across.ravel(), tables.direction_weight, tables.turns),
        (tables.limits, tables.inside, tables.reach),
        words,
        values,
    )
    return words


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _find_neighbours(
    minutiae: Arrays, own: Integer, ends: Arrays, turns: Float32s, reach: Real, near: Arrays
) -> Integer:
    """Put the neighbours of a minutia, and where they lie in its own frame, into `near`; return how many."""
    x, y, angle = minutiae
    first, last = ends
    index, along_px, across_px = near
    x_own, y_own = x[own], y[own]
    c, s = turns[angle[own], 0], turns[angle[own], 1]
    n_near = np.uint64(0)
    for j in range(first, last):
        dx = x[j] - x_own
        dy = y[j] - y_own
        # Written always, counted if it is near: a branch here would be mispredicted all the time.
        index[n_near] = j
        along_px[n_near] = c * dx + s * dy
        across_px[n_near] = c * dy - s * dx
        n_near += np.uint64((j != own) & (dx * dx + dy * dy <= reach))
    return n_near


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _place(offset_px: Real, reach: Integer) -> Integer:
    """Where the row of a place begins in `along` and `across`."""
    eighths = np.int32(np.rint(offset_px * np.float32(_STEPS_PER_PX)))
    return np.uint64(eighths + reach) * np.uint64(N_CELLS)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _sum_neighbours(products: Float32s, weights: Float32s, n_near: Integer, sums: Float32s) -> None:
    """Sum the neighbours' products, weighed by direction, over the 64 cells of all six sections."""
    n_cells = np.uint64(N_CELLS)
    k1, k2, k3 = n_cells, np.uint64(2) * n_cells, np.uint64(3) * n_cells
    k4, k5 = np.uint64(4) * n_cells, np.uint64(5) * n_cells
    for cell in range(np.uint64(N_SECTIONS) * n_cells):
        sums[cell] = np.float32(0)
    for j in range(n_near):
        base, at = j * n_cells, j * np.uint64(N_SECTIONS)
        w0, w1, w2 = weights[at], weights[at + np.uint64(1)], weights[at + np.uint64(2)]
        w3, w4, w5 = weights[at + np.uint64(3)], weights[at + np.uint64(4)], weights[at + np.uint64(5)]
        # All sections in one loop: a product is read once for six sums, which stay in registers
        for cell in range(n_cells):
            product = products[base + cell]
            sums[cell] += w0 * product
            sums[k1 + cell] += w1 * product
            sums[k2 + cell] += w2 * product
            sums[k3 + cell] += w3 * product
            sums[k4 + cell] += w4 * product
            sums[k5 + cell] += w5 * product


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _weigh_neighbours(
    angles: Arrays, near: Arrays, n_near: Integer, tables: Arrays, reach: Integer, out: Arrays
) -> None:
    """Write what each neighbour adds to the 64 cells, and its weight in each section."""
    angle, own = angles
    index, along_px, across_px = near
    along, across, direction_weight = tables
    products, weights = out
    n_cells, n_sections = np.uint64(N_CELLS), np.uint64(N_SECTIONS)
    for j in range(n_near):
        u, v, base = _place(along_px[j], reach), _place(across_px[j], reach), j * n_cells
        for cell in range(n_cells):
            products[base + cell] = along[u + cell] * across[v + cell]
        turn = (np.int64(angle[own]) - np.int64(angle[index[j]])) & 255
        for k in range(n_sections):
            weights[j * n_sections + k] = direction_weight[turn, k]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _cylinder_kernel(
    minutiae: Arrays, ends: Arrays, tables: Arrays, rules: Arrays, words: Words, values: Float32s
) -> None:
    offsets, start = ends
    along, across, direction_weight, turns = tables
    limits, inside, reach = rules
    threshold, min_neighbours = limits[0], np.uint64(limits[1])
    # Unsigned indices: for signed ones numba looks whether they are negative
    n_sections, n_cells = np.uint64(N_SECTIONS), np.uint64(N_CELLS)
    room = 1
    for t in range(offsets.shape[0] - 1):
        room = max(room, offsets[t + 1] - offsets[t] + 1)
    near = (np.empty(room, np.uint64), np.empty(room, np.float32), np.empty(room, np.float32))
    out = (np.empty(room * N_CELLS, np.float32), np.empty(room * N_SECTIONS, np.float32))
    sums = np.empty(N_SECTIONS * N_CELLS, np.float32)
    n_values = n_sections * n_cells if values.shape[0] > 0 else np.uint64(0)
    for t in range(start.shape[0] - 1):
        first, last = np.uint64(offsets[t]), np.uint64(offsets[t + 1])
        base, width = n_sections * np.uint64(start[t]), np.uint64(start[t + 1] - start[t])
        for i in range(first, last):
            n_near = _find_neighbours(minutiae, i, (first, last), turns, limits[2], near)
            if n_near < min_neighbours:
                for cell in range(n_values):
                    values[i, cell] = np.float32(0)
                continue
            _weigh_neighbours((minutiae[2], i), near, n_near, (along, across, direction_weight), reach, out)
            _sum_neighbours(out[0], out[1], n_near, sums)
            for k in range(n_sections):
                word = np.uint64(0)
                for bit in range(n_cells):
                    word |= np.uint64(sums[k * n_cells + bit] >= threshold) << bit
                words[base + k * width + i - first] = word & inside
            for cell in range(n_values):
                values[i, cell] = sums[cell]
