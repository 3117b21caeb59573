"""Elastic alignment: from a seed, paired minutiae grow outwards through local rigid transforms.

Skin stretches: two impressions of a finger rarely agree under one rigid motion, but neighbourhoods do. Each minutia is
predicted by a rotation and translation fitted to the pairs found so far, the near ones counting most; it
pairs with what lies there, and the next round predicts from all pairs. Three rounds reach across a print.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.comparison.local import LocalPairs
from vantay.fingerprint.comparison.parameters import AlignmentParameters
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack
from vantay.fingerprint.comparison.relaxation import RelaxedPairs

Float32s = npt.NDArray[np.float32]


class Alignments:
    """The best alignment of a probe with each of several references.

    Attributes
    ----------
    partner : (r, n) int16
        For each column of the probe the reference's column it is paired with, or −1.
    overlap : (r,) float32
        Geometric mean of both prints' quality-weighted minutiae in the area that both show.
    fit : (r,) float32
        Squared sum of the pairs' closeness, 0..1 each, by the overlap: what the best seed is chosen by.
    """

    def __init__(self, n_references: int, n_minutiae: int) -> None:
        self.partner = np.full((n_references, n_minutiae), -1, np.int16)
        self.overlap = np.zeros(n_references, np.float32)
        self.fit = np.zeros(n_references, np.float32)


def align(
    probe: PreparedTemplate,
    pack: TemplatePack,
    references: npt.NDArray[np.int64],
    pairs: LocalPairs,
    relaxed: RelaxedPairs,
    parameters: AlignmentParameters,
) -> Alignments:
    """Grow an alignment from every seed and keep the best one of each reference.

    Parameters
    ----------
    probe, pack, references, pairs
        As for `relax_pairs`.
    relaxed : RelaxedPairs
        Its result: seeds and the pairs that fit them.
    parameters : AlignmentParameters

    Returns
    -------
    Alignments
    """
    alignments = Alignments(references.shape[0], probe.n_minutiae)
    _alignment_kernel(
        (probe.minutiae, probe.hull, probe.n_minutiae),
        (pack.minutiae, pack.start, pack.n_minutiae, pack.hull, pack.hull_start),
        references,
        (pairs.columns, pairs.n_pairs, relaxed.seed, relaxed.fits_seed),
        (alignment_constants(parameters), parameters.n_iterations),
        (alignments.partner, alignments.overlap, alignments.fit),
    )
    return alignments


def alignment_constants(parameters: AlignmentParameters) -> Float32s:
    """Constants as the kernel wants them: squares, inverse squares, squared chords."""
    return np.array(
        [
            1 / parameters.reach_px**2,
            parameters.extrapolation_px**2,
            parameters.direction_weight_px**2,
            1 - parameters.own_share,
            1 / parameters.distance_px**2,
            1 / (2 * math.sin(parameters.direction_rad / 2)) ** 2,
            parameters.overlap_margin_px,
        ],
        np.float32,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _gather_pairs(a, b, width_a, width_b, partner, n_a, paired):
    """Eight values a pair: ax, ay, bx, by, cosine and sine of the turn, columns. Return the number."""
    n = 0
    for i in range(n_a):
        j = np.int64(partner[i])
        if j < 0:
            continue
        p = 8 * n
        paired[p], paired[p + 1] = a[i], a[width_a + i]
        paired[p + 2], paired[p + 3] = b[j], b[width_b + j]
        cos_a, sin_a = a[2 * width_a + i], a[3 * width_a + i]
        cos_b, sin_b = b[2 * width_b + j], b[3 * width_b + j]
        paired[p + 4] = cos_a * cos_b + sin_a * sin_b
        paired[p + 5] = cos_a * sin_b - sin_a * cos_b
        paired[p + 6], paired[p + 7] = np.float32(i), np.float32(j)
        n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _add_pair(points, width, pair, per_reach2, sums):
    """Add one pair to the weighted moments at every point; note its distance where it is the nearest."""
    ax, ay, bx, by, cos_turn, sin_turn = pair[0], pair[1], pair[2], pair[3], pair[4], pair[5]
    dot = ax * bx + ay * by
    cross = ax * by - ay * bx
    one, zero, far = np.float32(1), np.float32(0), np.float32(1e18)
    # One flat array with fixed strides: of ten separate ones LLVM would not know that they do not overlap.
    for i in range(width):
        dx = points[i] - ax
        dy = points[width + i] - ay
        d2 = dx * dx + dy * dy
        w = one / (one + d2 * per_reach2)
        w *= w
        sums[i] += w
        sums[256 + i] += w * ax
        sums[512 + i] += w * ay
        sums[768 + i] += w * bx
        sums[1024 + i] += w * by
        sums[1280 + i] += w * dot
        sums[1536 + i] += w * cross
        sums[1792 + i] += w * cos_turn
        sums[2048 + i] += w * sin_turn
        sums[2304 + i] = min(sums[2304 + i], d2 if d2 > zero else far)


@njit(cache=True, nogil=True, error_model="numpy")
def _lessen(pair, less, sums):
    """Take back part of what a pair says about its own minutia: see `own_share`."""
    i = np.int64(pair[6])
    sums[i] -= less
    sums[256 + i] -= less * pair[0]
    sums[512 + i] -= less * pair[1]
    sums[768 + i] -= less * pair[2]
    sums[1024 + i] -= less * pair[3]
    sums[1280 + i] -= less * (pair[0] * pair[2] + pair[1] * pair[3])
    sums[1536 + i] -= less * (pair[0] * pair[3] - pair[1] * pair[2])
    sums[1792 + i] -= less * pair[4]
    sums[2048 + i] -= less * pair[5]


@njit(cache=True, nogil=True, error_model="numpy")
def _predict(points, width, paired, n, constants, sums, predicted):
    """Where each point and its direction would lie in the other print: x, y, cos, sin, 256 entries each."""
    for i in range(9 * 256):
        sums[i] = np.float32(0)
    for i in range(9 * 256, 10 * 256):
        sums[i] = np.float32(1e18)
    for q in range(n):
        pair = paired[8 * q : 8 * q + 8]
        _add_pair(points, width, pair, constants[0], sums)
        _lessen(pair, constants[3], sums)
    lever = constants[2]
    one = np.float32(1)
    for i in range(width):
        share = one / sums[i]
        mx, my = sums[256 + i] * share, sums[512 + i] * share
        nx, ny = sums[768 + i] * share, sums[1024 + i] * share
        c = sums[1280 + i] - sums[256 + i] * nx - sums[512 + i] * ny + lever * sums[1792 + i]
        s = sums[1536 + i] - sums[256 + i] * ny + sums[512 + i] * nx + lever * sums[2048 + i]
        length = one / np.float32(math.sqrt(c * c + s * s))
        c *= length
        s *= length
        dx = points[i] - mx
        dy = points[width + i] - my
        cos_p, sin_p = points[2 * width + i], points[3 * width + i]
        predicted[i] = nx + c * dx - s * dy
        predicted[256 + i] = ny + s * dx + c * dy
        predicted[512 + i] = cos_p * c - sin_p * s
        predicted[768 + i] = sin_p * c + cos_p * s


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(predicted, width, b, width_b, n_b, constants, cost, choice):
    """Choose for each predicted minutia the cheapest one of the other print within the tolerances."""
    per_distance2, per_chord2 = constants[4], constants[5]
    one, two = np.float32(1), np.float32(2)
    for i in range(width):
        cost[i] = two
        choice[i] = np.int32(-1)
    for j in range(n_b):
        bx, by, bc, bs = b[j], b[width_b + j], b[2 * width_b + j], b[3 * width_b + j]
        column = np.int32(j)
        for i in range(width):
            dx = predicted[i] - bx
            dy = predicted[256 + i] - by
            d = (dx * dx + dy * dy) * per_distance2
            e = (two - two * (predicted[512 + i] * bc + predicted[768 + i] * bs)) * per_chord2
            better = (d <= one) & (e <= one) & (d + e < cost[i])
            cost[i] = d + e if better else cost[i]
            choice[i] = column if better else choice[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _pair_up(choice, cost, nearest, n_a, constants, partner, owner):
    """Turn choices into one-to-one pairs: the cheaper of two that chose the same wins. Return the number."""
    owner[:] = -1
    n = 0
    for i in range(n_a):
        partner[i] = -1
        j = choice[i]
        if j < 0 or nearest[i] > constants[1]:
            continue
        if owner[j] >= 0:
            if cost[i] >= cost[owner[j]]:
                continue
            partner[owner[j]] = -1
            n -= 1
        owner[j] = i
        partner[i] = j
        n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _seen_weight(predicted, points, width, n, hull, margin, paired_column):
    """Quality-weighted number of minutiae that are paired or fall inside the other print's hull."""
    total = np.float32(0)
    for i in range(n):
        outside = np.float32(-1e9)
        if not paired_column[i]:
            for e in range(hull.shape[0]):
                outside = max(
                    outside, hull[e, 0] * predicted[i] + hull[e, 1] * predicted[256 + i] - hull[e, 2]
                )
        if outside <= margin:
            total += points[4 * width + i]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _alignment_kernel(probe, pack, references, pairs, settings, out):
    a_table, a_hull, n_a = probe
    minutiae, start, n_minutiae, hull, hull_start = pack
    columns, n_pairs, seed, fits_seed = pairs
    constants, n_iterations = settings
    best_partner, overlap, fit = out
    width_a = a_table.shape[1]
    a = a_table.copy().ravel()
    sums = np.empty(10 * 256, np.float32)
    predicted = np.empty(4 * 256, np.float32)
    paired = np.empty(8 * 256, np.float32)
    cost = np.empty(256, np.float32)
    choice = np.empty(256, np.int32)
    partner = np.empty(256, np.int16)
    owner = np.empty(256, np.int32)
    is_paired = np.empty(256, np.bool_)
    for r in range(references.shape[0]):
        t = references[r]
        s, width_b, n_b = start[t], start[t + 1] - start[t], n_minutiae[t]
        b = minutiae[5 * s : 5 * (s + width_b)]
        b_hull = hull[hull_start[t] : hull_start[t + 1]]
        for k in range(seed.shape[1]):
            if seed[r, k] < 0:
                break
            _start_from(columns[r], n_pairs[r], seed[r, k], fits_seed[r, k], partner, owner, n_a)
            n = 1
            for _ in range(n_iterations):
                n = _gather_pairs(a, b, width_a, width_b, partner, n_a, paired)
                _predict(a, width_a, paired, n, constants, sums, predicted)
                _nearest(predicted, width_a, b, width_b, n_b, constants, cost[:width_a], choice[:width_a])
                n = _pair_up(choice, cost, sums[9 * 256 :], n_a, constants, partner, owner)
                if n < 3:
                    break
            if n < 3:
                continue
            closeness = np.float32(0)
            for i in range(n_a):
                is_paired[i] = partner[i] >= 0
                if partner[i] >= 0:
                    q = math.sqrt(a[4 * width_a + i] * b[4 * width_b + partner[i]])
                    closeness += q * max(np.float32(0), np.float32(1) - np.float32(0.5) * cost[i])
            seen_a = _seen_weight(predicted, a, width_a, n_a, b_hull, constants[6], is_paired)
            n = _gather_pairs(a, b, width_a, width_b, partner, n_a, paired)
            _swap_sides(paired, n)
            _predict(b, width_b, paired, n, constants, sums, predicted)
            for j in range(n_b):
                is_paired[j] = owner[j] >= 0
            seen_b = _seen_weight(predicted, b, width_b, n_b, a_hull, constants[6], is_paired)
            seen = np.float32(math.sqrt(seen_a * seen_b))
            value = closeness * closeness / max(seen, np.float32(1))
            if value > fit[r]:
                fit[r] = value
                overlap[r] = seen
                for i in range(n_a):
                    best_partner[r, i] = partner[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _start_from(columns, n_pairs, seed, fits, partner, owner, n_a):
    """Pair the seed and the local pairs that fit it; of two that claim a minutia the first stays."""
    partner[:n_a] = -1
    owner[:] = -1
    partner[columns[seed, 0]] = columns[seed, 1]
    owner[columns[seed, 1]] = columns[seed, 0]
    for t in range(n_pairs):
        i, j = columns[t, 0], columns[t, 1]
        if fits[t] and partner[i] < 0 and owner[j] < 0:
            partner[i] = j
            owner[j] = i


@njit(cache=True, nogil=True, error_model="numpy")
def _swap_sides(paired, n):
    """Exchange the two prints in the table of pairs."""
    for q in range(n):
        p = 8 * q
        paired[p], paired[p + 2] = paired[p + 2], paired[p]
        paired[p + 1], paired[p + 3] = paired[p + 3], paired[p + 1]
        paired[p + 5] = -paired[p + 5]
        paired[p + 6], paired[p + 7] = paired[p + 7], paired[p + 6]
