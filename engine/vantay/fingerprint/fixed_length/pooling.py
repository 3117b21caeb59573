"""A finger as one vector: its cylinders pooled over a small vocabulary.

Vectors of two fingers are compared by one inner product, thousands of times faster than their minutiae, and
searched by FAISS. What they cannot tell apart the comparison of minutiae decides.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import Arrays, Int64s, Integer, Real
from vantay.fingerprint.fixed_length.parameters import (
    CODE_NUMBERS,
    PARAMETERS,
    CodeParameters,
    CodeTables,
    Float32s,
    code_tables,
)


def finger_code(values: Float32s, turns: Float32s, quality: Float32s) -> Float32s:
    """Pool the cylinders of one finger into its fixed-length code.

    Parameters
    ----------
    values : (n, 384) float32
        From `build_cylinders_with_values`; rows of 0 are passed over.
    turns : (n, 2) float32
        Cosine and sine of each minutia's direction.
    quality : (n,) float32
        Weight of each minutia by quality, 0..1.

    Returns
    -------
    (192,) float32
        Of length 1; all 0 for a finger without a cylinder.

    Notes
    -----
    A vector of locally aggregated descriptors [1]_ with soft assignment: each cylinder, with its minutia's
    direction beside it, is projected to few numbers and adds its differences from the centres near it. The
    sums of each centre are brought to length 1, signed square roots taken before, and the whole is whitened.

    References
    ----------
    .. [1] H. Jégou, M. Douze, C. Schmid, P. Pérez, "Aggregating local descriptors into a compact image
       representation", CVPR 2010. DOI 10.1109/CVPR.2010.5540039
    """
    code: Float32s = finger_codes(values, turns, quality, np.array([0, values.shape[0]]))[0]
    return code


def finger_codes(values: Float32s, turns: Float32s, quality: Float32s, offsets: Int64s) -> Float32s:
    """Pool the cylinders of each of many fingers.

    Parameters
    ----------
    values, turns, quality
        As for `finger_code`, of all fingers one after another.
    offsets : (t + 1,) int64
        First row of each finger.

    Returns
    -------
    (t, 192) float32
        The code of each.
    """
    tables = code_tables()
    n_fingers = offsets.shape[0] - 1
    pooled = np.zeros((_in_pairs(n_fingers), tables.centres.size), np.float32)
    _pool_fingers_kernel(
        (values, turns, _weights(quality, PARAMETERS)),
        offsets,
        (tables.mean, tables.projection, tables.centres),
        _factors(tables, PARAMETERS),
        pooled,
    )
    codes = np.zeros((pooled.shape[0], CODE_NUMBERS), np.float32)
    has_code = pooled.any(axis=1, keepdims=True)
    _project_kernel(pooled - tables.code_mean, tables.code_projection, codes)
    length = np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), np.float32(1e-9))
    return np.where(has_code, codes / length, np.float32(0))[:n_fingers]


def _in_pairs(n: int) -> int:
    return n + n % 2


def _weights(quality: Float32s, parameters: CodeParameters) -> Float32s:
    weights = np.maximum(quality, parameters.quality_floor) ** parameters.quality_power
    return weights.astype(np.float32, copy=False)


def _factors(tables: CodeTables, parameters: CodeParameters) -> Float32s:
    """Numbers that kernels take, in the order in which they name them."""
    return np.array(
        [parameters.value_scale, parameters.value_limit, parameters.direction_weight, tables.sharpness],
        np.float32,
    )


def describe(values: Float32s, turns: Float32s, parameters: CodeParameters = PARAMETERS) -> Float32s:
    """Put what is known of each minutia side by side: even-spread cells, and its direction: (n, 386)."""
    cells = np.minimum(
        np.sqrt(values / np.float32(parameters.value_scale)), np.float32(parameters.value_limit)
    )
    return np.concatenate([cells, np.float32(parameters.direction_weight) * turns], axis=1)


def project_cylinders(values: Float32s, turns: Float32s, tables: CodeTables) -> Float32s:
    """Project the cylinders of a finger to a few numbers each.

    Returns
    -------
    (n, 96) float32
        NaN for a minutia without a cylinder.
    """
    n = values.shape[0]
    described = np.zeros((_in_pairs(n), tables.mean.shape[0]), np.float32)
    described[:n] = describe(values, turns) - tables.mean
    projected = np.zeros((described.shape[0], tables.projection.shape[1]), np.float32)
    _project_kernel(described, tables.projection, projected)
    projected = projected[:n]
    projected[~values.any(axis=1)] = np.nan
    return projected


def pool_cylinders(
    projected: Float32s, quality: Float32s, tables: CodeTables, parameters: CodeParameters = PARAMETERS
) -> Float32s:
    """Pool projected cylinders over the centres: (768,) float32 of length 1, 0 for none."""
    has_cylinder = ~np.isnan(projected[:, 0])
    pooled = np.zeros(tables.centres.size, np.float32)
    rows = np.ascontiguousarray(projected[has_cylinder])
    weights = _weights(quality[has_cylinder], parameters)
    _pool_kernel(rows, weights, tables.centres, np.float32(tables.sharpness), pooled)
    return pooled


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _project_kernel(rows: Float32s, projection: Float32s, out: Float32s) -> None:
    """Add the product of two matrices to `out`; rows in pairs."""
    # Not a call of BLAS, whose sums depend on the machine and on the number of rows. Eight rows of the
    # projection and two others at a time: sixteen products for each ten numbers that are read.
    n_in, n_out, n_rows = np.uint64(rows.shape[1]), np.uint64(out.shape[1]), np.uint64(rows.shape[0])
    one, two, eight = np.uint64(1), np.uint64(2), np.uint64(8)
    n_whole = n_in // eight * eight
    for k in range(np.uint64(0), n_whole, eight):
        k1, k2, k3, k4 = k + one, k + two, k + np.uint64(3), k + np.uint64(4)
        k5, k6, k7 = k + np.uint64(5), k + np.uint64(6), k + np.uint64(7)
        for r in range(np.uint64(0), n_rows, two):
            q = r + one
            u0, u1, u2, u3 = rows[r, k], rows[r, k1], rows[r, k2], rows[r, k3]
            u4, u5, u6, u7 = rows[r, k4], rows[r, k5], rows[r, k6], rows[r, k7]
            v0, v1, v2, v3 = rows[q, k], rows[q, k1], rows[q, k2], rows[q, k3]
            v4, v5, v6, v7 = rows[q, k4], rows[q, k5], rows[q, k6], rows[q, k7]
            for j in range(n_out):
                p0, p1, p2, p3 = projection[k, j], projection[k1, j], projection[k2, j], projection[k3, j]
                p4, p5, p6, p7 = projection[k4, j], projection[k5, j], projection[k6, j], projection[k7, j]
                # From left to right, as one row after another would be added
                out[r, j] = (
                    out[r, j] + u0 * p0 + u1 * p1 + u2 * p2 + u3 * p3 + u4 * p4 + u5 * p5 + u6 * p6 + u7 * p7
                )
                out[q, j] = (
                    out[q, j] + v0 * p0 + v1 * p1 + v2 * p2 + v3 * p3 + v4 * p4 + v5 * p5 + v6 * p6 + v7 * p7
                )
    for k in range(n_whole, n_in):
        for r in range(n_rows):
            value = rows[r, k]
            for j in range(n_out):
                out[r, j] += value * projection[k, j]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _share_out(
    rows: Float32s, weights: Float32s, centres: Float32s, sharpness: Real, shares: Float32s
) -> None:
    """Share each row's weight among the centres, most to the nearest: shares (centres, rows)."""
    n_rows, n_numbers, n_centres = (
        np.uint64(rows.shape[0]),
        np.uint64(rows.shape[1]),
        np.uint64(centres.shape[0]),
    )
    # Rows beside each other, so that many sums grow at once, each in the order of its numbers
    turned = np.empty((rows.shape[1], rows.shape[0]), np.float32)
    for r in range(n_rows):
        for j in range(n_numbers):
            turned[j, r] = rows[r, j]
    for c in range(n_centres):
        for r in range(n_rows):
            shares[c, r] = np.float32(0)
        for j in range(n_numbers):
            centre = centres[c, j]
            for r in range(n_rows):
                difference = turned[j, r] - centre
                shares[c, r] += difference * difference
    for r in range(n_rows):
        nearest = np.float32(np.inf)
        for c in range(n_centres):
            nearest = min(nearest, shares[c, r])
        total = np.float32(0)
        for c in range(n_centres):
            shares[c, r] = np.exp(-sharpness * (shares[c, r] - nearest))
            total += shares[c, r]
        for c in range(n_centres):
            shares[c, r] = weights[r] * shares[c, r] / total


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _even_out(pooled: Float32s, n_centres: Integer) -> None:
    """Take signed square roots, bring the sums of each centre to length 1, then the whole."""
    n_numbers = np.uint64(pooled.shape[0]) // n_centres
    whole = np.float32(0)
    for c in range(n_centres):
        length = np.float32(0)
        for j in range(c * n_numbers, (c + np.uint64(1)) * n_numbers):
            root = np.sqrt(abs(pooled[j]))
            pooled[j] = root if pooled[j] >= 0 else -root
            length += root * root
        scale = np.float32(1) / (np.sqrt(length) + np.float32(1e-6))
        for j in range(c * n_numbers, (c + np.uint64(1)) * n_numbers):
            pooled[j] *= scale
        whole += length * scale * scale
    if whole > 0:
        scale = np.float32(1) / np.sqrt(whole)
        for j in range(np.uint64(pooled.shape[0])):
            pooled[j] *= scale


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _pool_kernel(
    rows: Float32s, weights: Float32s, centres: Float32s, sharpness: Real, pooled: Float32s
) -> None:
    """Pool projected rows over the centres."""
    n_centres, n_numbers = np.uint64(centres.shape[0]), np.uint64(centres.shape[1])
    shares = np.empty((centres.shape[0], rows.shape[0]), np.float32)
    _share_out(rows, weights, centres, sharpness, shares)
    for c in range(n_centres):
        base = c * n_numbers
        for r in range(np.uint64(rows.shape[0])):
            share = shares[c, r]
            for j in range(n_numbers):
                pooled[base + j] += share * (rows[r, j] - centres[c, j])
    _even_out(pooled, n_centres)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _describe_row(
    values: Float32s, turns: Float32s, i: Integer, mean: Float32s, factors: Float32s, row: Float32s
) -> None:
    """As `describe`, less the mean."""
    scale, limit, direction_weight = factors[0], factors[1], factors[2]
    n_cells = np.uint64(values.shape[1])
    for cell in range(n_cells):
        row[cell] = min(np.sqrt(values[i, cell] / scale), limit) - mean[cell]
    for k in range(np.uint64(2)):
        row[n_cells + k] = direction_weight * turns[i, k] - mean[n_cells + k]


@njit(cache=True, nogil=True, error_model="numpy")
def _has_cylinder(values: Float32s, i: Integer) -> bool:
    found = False
    for cell in range(np.uint64(values.shape[1])):
        found |= values[i, cell] != 0
    return found


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _pool_fingers_kernel(
    minutiae: Arrays, offsets: Int64s, tables: Arrays, factors: Float32s, pooled: Float32s
) -> None:
    values, turns, weights = minutiae
    mean, projection, centres = tables
    room = 1
    for t in range(offsets.shape[0] - 1):
        room = max(room, offsets[t + 1] - offsets[t] + 1)
    described = np.zeros((room, mean.shape[0]), np.float32)
    projected, own_weights = np.empty((room, projection.shape[1]), np.float32), np.empty(room, np.float32)
    for t in range(offsets.shape[0] - 1):
        n = 0
        for i in range(np.uint64(offsets[t]), np.uint64(offsets[t + 1])):
            if _has_cylinder(values, i):
                _describe_row(values, turns, i, mean, factors, described[n])
                own_weights[n] = weights[i]
                n += 1
        if n > 0:
            pairs = n + n % 2
            projected[:pairs] = 0
            _project_kernel(described[:pairs], projection, projected[:pairs])
            _pool_kernel(projected[:n], own_weights[:n], centres, factors[3], pooled[t])
