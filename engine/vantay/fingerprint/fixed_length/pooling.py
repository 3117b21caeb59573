"""A finger as one vector: its cylinders pooled over a small vocabulary.

Vectors of two fingers are compared by one inner product, thousands of times faster than their minutiae, and
searched by FAISS. What they cannot tell apart the comparison of minutiae decides.
"""

from __future__ import annotations

import numpy as np
from numba import njit

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
    tables = code_tables()
    pooled = pool_cylinders(project_cylinders(values, turns, tables), quality, tables)
    code = np.zeros(CODE_NUMBERS, np.float32)
    if pooled.any():
        _project_kernel(pooled[None] - tables.code_mean, tables.code_projection, code[None])
        code /= max(float(np.linalg.norm(code)), 1e-9)
    return code


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
    projected = np.zeros((values.shape[0], tables.projection.shape[1]), np.float32)
    described = describe(values, turns) - tables.mean
    _project_kernel(described, tables.projection, projected)
    projected[~values.any(axis=1)] = np.nan
    return projected


def pool_cylinders(
    projected: Float32s, quality: Float32s, tables: CodeTables, parameters: CodeParameters = PARAMETERS
) -> Float32s:
    """Pool projected cylinders over the centres: (768,) float32 of length 1, 0 for none."""
    has_cylinder = ~np.isnan(projected[:, 0])
    weights = np.maximum(quality[has_cylinder], parameters.quality_floor) ** parameters.quality_power
    pooled = np.zeros(tables.centres.shape, np.float32)
    _pool_kernel(
        np.ascontiguousarray(projected[has_cylinder]),
        weights.astype(np.float32),
        tables.centres,
        np.float32(tables.sharpness),
        pooled,
    )
    rooted = np.sign(pooled) * np.sqrt(np.abs(pooled))
    rooted /= np.linalg.norm(rooted, axis=1, keepdims=True) + np.float32(1e-6)
    length = np.linalg.norm(rooted)
    return rooted.ravel() / length if length > 0 else rooted.ravel()


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _project_kernel(rows: Float32s, projection: Float32s, out: Float32s) -> None:
    # Not a call of BLAS, whose sums depend on the machine and on the number of rows
    n_in, n_out = np.uint64(projection.shape[0]), np.uint64(projection.shape[1])
    for r in range(np.uint64(rows.shape[0])):
        for k in range(n_in):
            value = rows[r, k]
            for j in range(n_out):
                out[r, j] += value * projection[k, j]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _pool_kernel(
    rows: Float32s,
    weights: Float32s,
    centres: Float32s,
    sharpness: np.float32,
    pooled: Float32s,
) -> None:
    n_centres, n_numbers = np.uint64(centres.shape[0]), np.uint64(centres.shape[1])
    squares = np.empty(centres.shape[0], np.float32)
    for r in range(np.uint64(rows.shape[0])):
        nearest = np.float32(np.inf)
        for c in range(n_centres):
            total = np.float32(0)
            for j in range(n_numbers):
                difference = rows[r, j] - centres[c, j]
                total += difference * difference
            squares[c] = total
            nearest = min(nearest, total)
        total = np.float32(0)
        for c in range(n_centres):
            squares[c] = np.exp(-sharpness * (squares[c] - nearest))
            total += squares[c]
        for c in range(n_centres):
            share = weights[r] * squares[c] / total
            for j in range(n_numbers):
                pooled[c, j] += share * (rows[r, j] - centres[c, j])
