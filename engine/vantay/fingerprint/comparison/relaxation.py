"""Relaxation: pairs of minutiae that fit each other geometrically support each other."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import Arrays, Bools, Bytes, Float32s, Int32s, Int64s, Integer, Real
from vantay.fingerprint.comparison.local import LocalPairs
from vantay.fingerprint.comparison.parameters import MAX_PAIRS, RelaxationParameters
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack


class RelaxedPairs:
    """What relaxation adds to `LocalPairs`.

    Attributes
    ----------
    support : (r, MAX_PAIRS) float32
        Relaxed similarity of each pair.
    score : (r,) float32
        Mean relaxed similarity of the pairs that gained most: MCC's LSS-R score.
    seed : (r, s) int32
        The pair with most support, then the best of those that do not fit it, and so on; −1 for none.
    fits_seed : (r, s, MAX_PAIRS) bool
        Pairs compatible with each seed.
    """

    def __init__(self, n_references: int, n_seeds: int) -> None:
        self.support = np.zeros((n_references, MAX_PAIRS), np.float32)
        self.score = np.zeros(n_references, np.float32)
        self.seed = np.full((n_references, n_seeds), -1, np.int32)
        self.fits_seed = np.zeros((n_references, n_seeds, MAX_PAIRS), np.bool_)


def relax_pairs(
    probe: PreparedTemplate,
    pack: TemplatePack,
    references: Int64s,
    pairs: LocalPairs,
    settings: tuple[RelaxationParameters, Int32s],
) -> RelaxedPairs:
    """Let the local pairs of each reference support each other.

    Parameters
    ----------
    probe, pack, references
        As for `find_local_pairs`.
    pairs : LocalPairs
        Its result.
    settings : (RelaxationParameters, (256,) int32)
        Parameters, and the pairs that make a score by the smaller number of minutiae.

    Returns
    -------
    RelaxedPairs

    Notes
    -----
    MCC (equations 25 to 29) multiplies three logistic functions of the differences in distance, direction
    and radial angle. Here each factor is 1 / (1 + (d/d½)⁸): the same shape, without exponentials. Angles
    enter as chords, 2·sin(d/2), which needs no arc tangent.
    """
    parameters, pair_counts = settings
    relaxed = RelaxedPairs(references.shape[0], parameters.n_seeds)
    _relaxation_kernel(
        (probe.minutiae, probe.n_valid),
        (pack.minutiae, pack.start, pack.n_valid),
        references,
        (pairs.columns, pairs.similarity, pairs.n_pairs),
        (relaxation_constants(parameters), parameters.n_iterations, pair_counts),
        (relaxed.support, relaxed.score, relaxed.seed, relaxed.fits_seed),
    )
    return relaxed


def relaxation_constants(parameters: RelaxationParameters) -> Float32s:
    """Inverse squares of the differences at which compatibility halves; own weight; seed compatibility."""
    return np.array(
        [
            1 / parameters.distance_px**2,
            1 / (2 * math.sin(parameters.direction_rad / 2)) ** 2,
            1 / (2 * math.sin(parameters.radial_rad / 2)) ** 2,
            parameters.own_weight,
            parameters.seed_compatibility,
        ],
        np.float32,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(
    columns: Bytes, n: Integer, probe: Float32s, reference: Float32s, width: Integer, table: Float32s
) -> None:
    """Positions, and the turn from probe to reference direction, of the paired minutiae."""
    for t in range(n):
        i, j = np.int64(columns[t, 0]), np.int64(columns[t, 1])
        table[0, t] = probe[0, i]
        table[1, t] = probe[1, i]
        table[2, t] = reference[j]
        table[3, t] = reference[width + j]
        cos_a, sin_a = probe[2, i], probe[3, i]
        cos_b, sin_b = reference[2 * width + j], reference[3 * width + j]
        table[4, t] = cos_a * cos_b + sin_a * sin_b
        table[5, t] = cos_a * sin_b - sin_a * cos_b


@njit(cache=True, nogil=True, error_model="numpy")
def _compatibility_row(table: Float32s, u: Integer, constants: Float32s, row: Float32s) -> None:
    """Compatibility of pair u with pairs 0..len(row)−1, seen from each of them."""
    n = row.shape[0]
    ax, ay, bx, by = table[0, :n], table[1, :n], table[2, :n], table[3, :n]
    cos_turn, sin_turn = table[4, :n], table[5, :n]
    uax, uay, ubx, uby = table[0, u], table[1, u], table[2, u], table[3, u]
    u_cos, u_sin = table[4, u], table[5, u]
    per_distance, per_direction, per_radial = constants[0], constants[1], constants[2]
    one, two, zero, tiny = np.float32(1), np.float32(2), np.float32(0), np.float32(1e-6)
    for t in range(n):
        dax, day, dbx, dby = uax - ax[t], uay - ay[t], ubx - bx[t], uby - by[t]
        a2 = dax * dax + day * day
        b2 = dbx * dbx + dby * dby
        ab = np.float32(math.sqrt(a2 * b2))
        # (|a| − |b|)², then squared chords of the two angles.
        d_distance = a2 + b2 - two * ab
        d_direction = two - two * (cos_turn[t] * u_cos + sin_turn[t] * u_sin)
        along = dax * dbx + day * dby
        across = dax * dby - day * dbx
        d_radial = two - two * (cos_turn[t] * along + sin_turn[t] * across) / max(ab, tiny)
        e = d_distance * per_distance
        f = d_direction * per_direction
        g = d_radial * per_radial
        e *= e
        f *= f
        g *= g
        value = one / ((one + e * e) * (one + f * f) * (one + g * g))
        # Two pairs that share a minutia contradict each other.
        row[t] = value if (a2 > zero) & (b2 > zero) else zero


@njit(cache=True, nogil=True, error_model="numpy")
def _relax(
    table: Float32s,
    similarity: Float32s,
    n: Integer,
    settings: Arrays,
    compatibility: Float32s,
    support: Float32s,
) -> None:
    """Iterate; `support` holds the relaxed similarities in the end."""
    constants, n_iterations = settings
    for u in range(n):
        _compatibility_row(table, u, constants, compatibility[u, :n])
    own = constants[3]
    other = (np.float32(1) - own) / np.float32(n - 1)
    gained = table[6, :n]
    now = support[:n]
    for t in range(n):
        now[t] = similarity[t]
    for _ in range(n_iterations):
        for t in range(n):
            gained[t] = np.float32(0)
        for u in range(n):
            weight = now[u]
            row = compatibility[u, :n]
            for t in range(n):
                gained[t] += row[t] * weight
        for t in range(n):
            now[t] = own * now[t] + other * gained[t]


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_of_gainers(
    similarity: Float32s, support: Float32s, n: Integer, count: Integer, gain: Float32s
) -> Real:
    """Mean support of the `count` pairs whose support grew most in proportion; missing ones count 0."""
    for t in range(n):
        gain[t] = support[t] / similarity[t]
    total = np.float32(0)
    for _ in range(min(count, n)):
        best = 0
        for t in range(1, n):
            if gain[t] > gain[best]:
                best = t
        total += support[best]
        gain[best] = np.float32(-1)
    return total / np.float32(count)


@njit(cache=True, nogil=True, error_model="numpy")
def _relaxation_kernel(
    probe: Arrays, pack: Arrays, references: Int64s, pairs: Arrays, settings: Arrays, out: Arrays
) -> None:
    p_minutiae, p_valid = probe
    minutiae, start, n_valid = pack
    columns, similarity, n_pairs = pairs
    constants, n_iterations, pair_counts = settings
    support, score, seed, fits_seed = out
    table = np.empty((8, 96), np.float32)
    compatibility = np.empty((96, 96), np.float32)
    for r in range(references.shape[0]):
        t = references[r]
        n = n_pairs[r]
        if n < 2:
            continue
        s, width = start[t], start[t + 1] - start[t]
        _gather(columns[r], n, p_minutiae, minutiae[5 * s : 5 * (s + width)], width, table)
        _relax(table, similarity[r], n, (constants, n_iterations), compatibility, support[r])
        count = pair_counts[min(p_valid, n_valid[t])]
        score[r] = _mean_of_gainers(similarity[r], support[r], n, count, table[7])
        _choose_seeds(support[r], compatibility, n, constants[4], seed[r], fits_seed[r])


@njit(cache=True, nogil=True, error_model="numpy")
def _choose_seeds(
    support: Float32s, compatibility: Float32s, n: Integer, least: Real, seed: Int32s, fits: Bools
) -> None:
    free = np.ones(n, np.bool_)
    for k in range(seed.shape[0]):
        best = -1
        for t in range(n):
            if free[t] and (best < 0 or support[t] > support[best]):
                best = t
        if best < 0:
            return
        seed[k] = best
        for t in range(n):
            fits[k, t] = compatibility[best, t] >= least
            free[t] = free[t] and not fits[k, t]
        free[best] = False
