"""Relaxation: pairs of minutiae that fit each other geometrically support each other."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import (
    Arrays,
    Bools,
    Bytes,
    Float32s,
    Int32s,
    Int64s,
    Integer,
    Real,
    room_for,
)
from vantay.fingerprint.comparison.local import LocalPairs
from vantay.fingerprint.comparison.parameters import MAX_PAIRS, RelaxationParameters
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack

N_ROOM = (9 + MAX_PAIRS) * MAX_PAIRS
"""Numbers of the scratch arrays that the kernel cuts out of its room."""


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
        room_for(N_ROOM),
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
    """Rows of `table`: positions ax, ay, bx, by of the paired minutiae; cosine and sine of the turn."""
    for t in range(n):
        i, j = np.int64(columns[t, 0]), np.int64(columns[t, 1])
        cos_a, sin_a = probe[2, i], probe[3, i]
        cos_b, sin_b = reference[2 * width + j], reference[3 * width + j]
        table[t] = probe[0, i]
        table[MAX_PAIRS + t] = probe[1, i]
        table[2 * MAX_PAIRS + t] = reference[j]
        table[3 * MAX_PAIRS + t] = reference[width + j]
        table[4 * MAX_PAIRS + t] = cos_a * cos_b + sin_a * sin_b
        table[5 * MAX_PAIRS + t] = cos_a * sin_b - sin_a * cos_b


@njit(cache=True, nogil=True, error_model="numpy")
def _compatibility_row(
    table: Float32s, u: Integer, n: Integer, constants: Float32s, compatibility: Float32s
) -> None:
    """Compatibility of pair u with pairs 0..n−1, seen from each of them, into row u."""
    # Flat arrays with fixed strides and unsigned indices: this loop is vectorised, and slices would cost
    # more than it does.
    r1, r2, r3 = np.uint64(MAX_PAIRS), np.uint64(2 * MAX_PAIRS), np.uint64(3 * MAX_PAIRS)
    r4, r5, own = np.uint64(4 * MAX_PAIRS), np.uint64(5 * MAX_PAIRS), np.uint64(u)
    row = np.uint64(MAX_PAIRS) * own
    uax, uay, ubx, uby = table[own], table[r1 + own], table[r2 + own], table[r3 + own]
    u_cos, u_sin = table[r4 + own], table[r5 + own]
    per_distance, per_direction, per_radial = constants[0], constants[1], constants[2]
    one, two, zero, tiny = np.float32(1), np.float32(2), np.float32(0), np.float32(1e-6)
    for t in range(np.uint64(n)):
        dax, day = uax - table[t], uay - table[r1 + t]
        dbx, dby = ubx - table[r2 + t], uby - table[r3 + t]
        cos_turn, sin_turn = table[r4 + t], table[r5 + t]
        a2 = dax * dax + day * day
        b2 = dbx * dbx + dby * dby
        ab = np.float32(math.sqrt(a2 * b2))
        along = dax * dbx + day * dby
        across = dax * dby - day * dbx
        # (|a| − |b|)², then squared chords of the two angles; each to the fourth power.
        e = (a2 + b2 - two * ab) * per_distance
        f = (two - two * (cos_turn * u_cos + sin_turn * u_sin)) * per_direction
        g = (two - two * (cos_turn * along + sin_turn * across) / max(ab, tiny)) * per_radial
        e *= e
        f *= f
        g *= g
        value = one / ((one + e * e) * (one + f * f) * (one + g * g))
        # Two pairs that share a minutia contradict each other.
        compatibility[row + t] = value if (a2 > zero) & (b2 > zero) else zero


@njit(cache=True, nogil=True, error_model="numpy")
def _relax(
    similarity: Float32s, n: Integer, own: Real, n_iterations: Integer, compatibility: Float32s, now: Float32s
) -> None:
    """Iterate; the first MAX_PAIRS entries of `now` hold the relaxed similarities in the end."""
    other = (np.float32(1) - own) / np.float32(n - 1)
    gained = np.uint64(MAX_PAIRS)
    for t in range(n):
        now[t] = similarity[t]
    for _ in range(n_iterations):
        for t in range(np.uint64(n)):
            now[gained + t] = np.float32(0)
        for u in range(np.uint64(n)):
            weight = now[u]
            row = np.uint64(MAX_PAIRS) * u
            for t in range(np.uint64(n)):
                now[gained + t] += compatibility[row + t] * weight
        for t in range(np.uint64(n)):
            now[t] = own * now[t] + other * now[gained + t]


@njit(cache=True, nogil=True, error_model="numpy")
def _first_largest(bits: Int32s, n: Integer) -> Integer:
    """Index of the first of the largest of n numbers by their bits; each is at least 0, or −1 if taken.

    Such float32 are in the order of their bits. Of integers both loops are vectorised, of floats neither.
    """
    size = np.uint64(n)
    largest = bits[0]
    for t in range(size):
        largest = max(largest, bits[t])
    first = np.int32(n)
    for t in range(size):
        first = min(first, np.int32(t) if bits[t] == largest else np.int32(n))
    return np.int64(first)


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_of_gainers(
    similarity: Float32s, support: Float32s, n: Integer, count: Integer, gain: Float32s
) -> Real:
    """Mean support of the `count` pairs whose support grew most in proportion; missing ones count 0."""
    for t in range(n):
        gain[t] = support[t] / similarity[t]
    total = np.float32(0)
    for _ in range(min(count, n)):
        best = _first_largest(gain.view(np.int32), n)
        total += support[best]
        gain[best] = np.float32(-1)
    return total / np.float32(count)


@njit(cache=True, nogil=True, error_model="numpy")
def _choose_seeds(
    support: Float32s, compatibility: Float32s, n: Integer, least: Real, seed: Int32s, fits: Bools
) -> None:
    """Take the pair with most support, put aside those that fit it, and so on. Uses up `support`."""
    for k in range(seed.shape[0]):
        best = _first_largest(support.view(np.int32), n)
        if support[best] < 0:
            return
        seed[k] = best
        for t in range(n):
            fits[k, t] = compatibility[MAX_PAIRS * best + t] >= least
            if fits[k, t]:
                support[t] = np.float32(-1)
        support[best] = np.float32(-1)


@njit(cache=True, nogil=True, error_model="numpy")
def _relaxation_kernel(
    probe: Arrays,
    pack: Arrays,
    references: Int64s,
    pairs: Arrays,
    settings: Arrays,
    room: Float32s,
    out: Arrays,
) -> None:
    p_minutiae, p_valid = probe
    minutiae, start, n_valid = pack
    columns, similarity, n_pairs = pairs
    constants, n_iterations, pair_counts = settings
    support, score, seed, fits_seed = out
    row = MAX_PAIRS
    table, now, gain = room[: 6 * row], room[6 * row : 8 * row], room[8 * row : 9 * row]
    compatibility = room[9 * row :]
    for r in range(references.shape[0]):
        t = references[r]
        n = n_pairs[r]
        if n < 2:
            continue
        s, width = start[t], start[t + 1] - start[t]
        _gather(columns[r], n, p_minutiae, minutiae[5 * s : 5 * (s + width)], width, table)
        for u in range(n):
            _compatibility_row(table, u, n, constants, compatibility)
        _relax(similarity[r], n, constants[3], n_iterations, compatibility, now)
        for k in range(n):
            support[r, k] = now[k]
        count = pair_counts[min(p_valid, n_valid[t])]
        score[r] = _mean_of_gainers(similarity[r], now, n, count, gain)
        _choose_seeds(now, compatibility, n, constants[4], seed[r], fits_seed[r])
