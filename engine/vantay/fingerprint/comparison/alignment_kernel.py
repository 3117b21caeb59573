"""The kernels of the elastic alignment: predict, choose, pair up, and again. See `alignment`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import (
    Arrays,
    Bools,
    Bytes,
    Float32s,
    Int16s,
    Int32s,
    Int64s,
    Integer,
    Real,
)

ROW = np.uint64(256)
"""Entries a row of the kernels' scratch arrays: no template has more minutiae."""

N_ROOM = 25 * 256
"""Numbers of the scratch arrays that `alignment_kernel` cuts out of its room."""


@njit(cache=True, nogil=True, error_model="numpy")
def _gather_pairs(
    a: Float32s, b: Float32s, sizes: Arrays, partner: Int16s, less: Real, paired: Float32s, own: Float32s
) -> Integer:
    """Tabulate the pairs of a's minutiae; return how many there are.

    `paired` gets eight values a pair: ax, ay, bx, by, cosine and sine of the turn. `own` gets, in rows of 256
    by column of a: the share to take back (see `own_share`), bx, by, cosine and sine of the turn.
    """
    width_a, n_a, width_b, _ = sizes
    n = np.uint64(0)
    two, three = np.uint64(2), np.uint64(3)
    for i in range(n_a):
        own[i] = np.float32(0)
        if partner[i] < 0:
            continue
        j = np.uint64(partner[i])
        bx, by = b[j], b[width_b + j]
        cos_a, sin_a = a[two * width_a + i], a[three * width_a + i]
        cos_b, sin_b = b[two * width_b + j], b[three * width_b + j]
        cos_turn, sin_turn = cos_a * cos_b + sin_a * sin_b, cos_a * sin_b - sin_a * cos_b
        p = np.uint64(8) * n
        paired[p], paired[p + np.uint64(1)] = a[i], a[width_a + i]
        paired[p + two], paired[p + three] = bx, by
        paired[p + np.uint64(4)], paired[p + np.uint64(5)] = cos_turn, sin_turn
        own[i], own[ROW + i], own[two * ROW + i] = less, bx, by
        own[three * ROW + i], own[np.uint64(4) * ROW + i] = cos_turn, sin_turn
        n += np.uint64(1)
    for i in range(n_a, width_a):
        own[i] = np.float32(0)
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _add_pair(
    points: Float32s,
    width: Integer,
    paired: Float32s,
    p: Integer,
    per_reach2: Real,
    sums: Float32s,
) -> None:
    """Add one pair to the weighted moments at every point; note its distance where it is the nearest.

    Sums, 256 entries each: weight; weighted ax, ay, bx, by; dot and cross product of a and b; cosine and
    sine of the turn; and the least squared distance to a pair other than the point's own.
    """
    ax, ay, bx, by = paired[p], paired[p + 1], paired[p + 2], paired[p + 3]
    cos_turn, sin_turn = paired[p + 4], paired[p + 5]
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
        sums[ROW + i] += w * ax
        sums[np.uint64(512) + i] += w * ay
        sums[np.uint64(768) + i] += w * bx
        sums[np.uint64(1024) + i] += w * by
        sums[np.uint64(1280) + i] += w * dot
        sums[np.uint64(1536) + i] += w * cross
        sums[np.uint64(1792) + i] += w * cos_turn
        sums[np.uint64(2048) + i] += w * sin_turn
        nearest = sums[np.uint64(2304) + i]
        other = d2 if d2 > zero else far
        sums[np.uint64(2304) + i] = min(nearest, other)


@njit(cache=True, nogil=True, error_model="numpy")
def _predict(
    points: Float32s,
    width: Integer,
    paired: Float32s,
    n: Integer,
    own: Float32s,
    constants: Float32s,
    sums: Float32s,
    predicted: Float32s,
) -> None:
    """Where each point and its direction would lie in the other print: x, y, cos, sin, 256 entries each."""
    for k in range(9):
        for i in range(width):
            sums[np.uint64(256 * k) + i] = np.float32(0)
    for i in range(width):
        sums[np.uint64(2304) + i] = np.float32(1e18)
    for q in range(np.int64(n)):
        _add_pair(points, width, paired, 8 * q, constants[0], sums)
    lever = constants[2]
    one = np.float32(1)
    for i in range(width):
        x, y = points[i], points[width + i]
        cos_p, sin_p = points[np.uint64(2) * width + i], points[np.uint64(3) * width + i]
        less, own_x, own_y = own[i], own[ROW + i], own[np.uint64(512) + i]
        weight = sums[i] - less
        ax, ay = sums[ROW + i] - less * x, sums[np.uint64(512) + i] - less * y
        bx = (sums[np.uint64(768) + i] - less * own_x) / weight
        by = (sums[np.uint64(1024) + i] - less * own_y) / weight
        dot = sums[np.uint64(1280) + i] - less * (x * own_x + y * own_y)
        cross = sums[np.uint64(1536) + i] - less * (x * own_y - y * own_x)
        c = dot - ax * bx - ay * by + lever * (sums[np.uint64(1792) + i] - less * own[np.uint64(768) + i])
        s = cross - ax * by + ay * bx + lever * (sums[np.uint64(2048) + i] - less * own[np.uint64(1024) + i])
        length = one / np.float32(math.sqrt(c * c + s * s))
        c *= length
        s *= length
        dx = x - ax / weight
        dy = y - ay / weight
        predicted[i] = bx + c * dx - s * dy
        predicted[ROW + i] = by + s * dx + c * dy
        predicted[np.uint64(512) + i] = cos_p * c - sin_p * s
        predicted[np.uint64(768) + i] = sin_p * c + cos_p * s


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(
    predicted: Float32s,
    width: Integer,
    b: Float32s,
    width_b: Integer,
    n_b: Integer,
    constants: Float32s,
    cost: Float32s,
    choice: Int32s,
) -> None:
    """Choose for each predicted minutia the cheapest one of the other print within the tolerances."""
    per_distance2, per_chord2 = constants[4], constants[5]
    one, two = np.float32(1), np.float32(2)
    for i in range(width):
        cost[i] = two
        choice[i] = np.int32(-1)
    for j in range(n_b):
        bx, by = b[j], b[width_b + j]
        bc, bs = b[np.uint64(2) * width_b + j], b[np.uint64(3) * width_b + j]
        column = np.int32(j)
        for i in range(width):
            dx = predicted[i] - bx
            dy = predicted[ROW + i] - by
            d = (dx * dx + dy * dy) * per_distance2
            e = (
                two - two * (predicted[np.uint64(512) + i] * bc + predicted[np.uint64(768) + i] * bs)
            ) * per_chord2
            better = (d <= one) & (e <= one) & (d + e < cost[i])
            cost[i] = d + e if better else cost[i]
            choice[i] = column if better else choice[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _pair_up(
    choice: Int32s,
    cost: Float32s,
    sums: Float32s,
    n_a: Integer,
    farthest2: Real,
    partner: Int16s,
    owner: Int16s,
) -> Integer:
    """Turn choices into one-to-one pairs: the cheaper of two that chose the same wins. Return the number."""
    owner[:] = -1
    n = 0
    for i in range(n_a):
        partner[i] = -1
        j = choice[i]
        if j < 0 or sums[np.uint64(2304) + i] > farthest2:
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
def _start_from(
    columns: Bytes, n_pairs: Integer, seed: Integer, fits: Bools, partner: Int16s, owner: Int16s
) -> None:
    """Pair the seed and the local pairs that fit it; of two that claim a minutia the first stays."""
    partner[:] = -1
    owner[:] = -1
    partner[columns[seed, 0]] = columns[seed, 1]
    owner[columns[seed, 1]] = columns[seed, 0]
    for t in range(n_pairs):
        i, j = columns[t, 0], columns[t, 1]
        if fits[t] and partner[i] < 0 and owner[j] < 0:
            partner[i] = j
            owner[j] = i


@njit(cache=True, nogil=True, error_model="numpy")
def _closeness(
    a: Float32s,
    b: Float32s,
    width_a: Integer,
    width_b: Integer,
    partner: Int16s,
    n_a: Integer,
    cost: Float32s,
) -> Real:
    """Sum over pairs of quality times closeness, 0..1, to the predicted place and direction."""
    total = np.float32(0)
    four, half, one = np.uint64(4), np.float32(0.5), np.float32(1)
    for i in range(n_a):
        if partner[i] >= 0:
            quality = math.sqrt(a[four * width_a + i] * b[four * width_b + np.uint64(partner[i])])
            total += np.float32(quality) * (one - half * cost[i])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _seen_weight(
    points: Float32s,
    width: Integer,
    n: Integer,
    predicted: Float32s,
    hull: Float32s,
    margin: Real,
    partner: Int16s,
) -> Real:
    """Quality-weighted number of minutiae that are paired or fall inside the other print's hull."""
    total = np.float32(0)
    for i in range(n):
        outside = np.float32(-1e9)
        if partner[i] < 0:
            for e in range(hull.shape[0]):
                d = hull[e, 0] * predicted[i] + hull[e, 1] * predicted[ROW + i] - hull[e, 2]
                outside = max(outside, d)
        if outside <= margin:
            total += points[np.uint64(4) * width + i]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _grow(
    a: Float32s, b: Float32s, sizes: Arrays, constants: Float32s, n_iterations: Integer, scratch: Arrays
) -> Integer:
    """Predict and pair in turns. Return how many pairs there are in the end, 0 if fewer than three."""
    width_a, n_a, width_b, n_b = sizes
    sums, predicted, paired, own, cost, choice, partner, owner = scratch
    n = 0
    for _ in range(n_iterations):
        n_paired = _gather_pairs(a, b, sizes, partner, constants[3], paired, own)
        _predict(a, width_a, paired, n_paired, own, constants, sums, predicted)
        _nearest(predicted, width_a, b, width_b, n_b, constants, cost, choice)
        n = _pair_up(choice, cost, sums, n_a, constants[1], partner, owner)
        if n < 3:
            return 0
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _overlap(
    a: Float32s,
    b: Float32s,
    sizes: Arrays,
    a_hull: Float32s,
    b_hull: Float32s,
    constants: Float32s,
    scratch: Arrays,
) -> Real:
    """Geometric mean of both prints' minutiae in the common area; expects `_grow`'s last prediction."""
    width_a, n_a, width_b, n_b = sizes
    sums, predicted, paired, own, _, _, partner, owner = scratch
    seen_a = _seen_weight(a, width_a, n_a, predicted, b_hull, constants[6], partner)
    n_paired = _gather_pairs(b, a, (width_b, n_b, width_a, n_a), owner, constants[3], paired, own)
    _predict(b, width_b, paired, n_paired, own, constants, sums, predicted)
    seen_b = _seen_weight(b, width_b, n_b, predicted, a_hull, constants[6], owner)
    return np.float32(math.sqrt(seen_a * seen_b))


@njit(cache=True, nogil=True, error_model="numpy")
def alignment_kernel(
    probe: Arrays,
    pack: Arrays,
    references: Int64s,
    pairs: Arrays,
    settings: Arrays,
    room: Float32s,
    out: Arrays,
) -> None:
    """Align a probe with references; the arguments are those that `alignment.align` packs."""
    a_table, a_hull, n_a = probe
    minutiae, start, n_minutiae, hull, hull_start = pack
    columns, n_pairs, seed, fits_seed, support = pairs
    constants, n_iterations, min_support = settings
    is_aligned, best_partner, overlap, fit = out
    width_a = np.uint64(a_table.shape[1])
    a = room[: a_table.size]
    a[:] = a_table.ravel()
    sums, predicted = room[5 * 256 : 15 * 256], room[15 * 256 : 19 * 256]
    own, cost = room[19 * 256 : 24 * 256], room[24 * 256 : 25 * 256]
    own[:] = 0
    paired, choice = np.empty(8 * 256, np.float32), np.empty(256, np.int32)
    partner, owner = np.empty(256, np.int16), np.empty(256, np.int16)
    scratch = (sums, predicted, paired, own, cost, choice, partner, owner)
    for r in range(references.shape[0]):
        if n_pairs[r] < 2 or support[r] < min_support:
            continue
        is_aligned[r] = True
        t = references[r]
        b = minutiae[5 * start[t] : 5 * start[t + 1]]
        b_hull = hull[hull_start[t] : hull_start[t + 1]]
        sizes = (width_a, np.uint64(n_a), np.uint64(start[t + 1] - start[t]), np.uint64(n_minutiae[t]))
        for k in range(seed.shape[1]):
            if seed[r, k] < 0:
                break
            _start_from(columns[r], n_pairs[r], seed[r, k], fits_seed[r, k], partner, owner)
            if _grow(a, b, sizes, constants, n_iterations, scratch) == 0:
                continue
            closeness = _closeness(a, b, width_a, sizes[2], partner, sizes[1], cost)
            seen = _overlap(a, b, sizes, a_hull, b_hull, constants, scratch)
            value = np.float32(closeness * closeness / max(seen, np.float32(1)))
            if value > fit[r]:
                fit[r] = value
                overlap[r] = seen
                for i in range(n_a):
                    best_partner[r, i] = partner[i]
