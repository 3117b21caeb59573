"""The kernels of the stage `local`: grade pairs of cylinders, collect those that pass, keep the best."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.comparison.arrays import Arrays, Bytes, Float32s, Int32s, Int64s, Integer, Real, Words
from vantay.fingerprint.comparison.parameters import MAX_PAIRS

N_GRADES = 256
"""Likeness is graded 0..255, so that the best pairs are found by counting instead of sorting."""

PASS = 128
"""Grades from here on are worth keeping: those with the top bit set, which makes the test a shift."""

_PASS_SHIFT = np.uint8(7)

_ROW = np.uint64(256)
"""Where the grades of the second of two cylinders begin: no template has more columns."""

MAX_DIRECTION = 127
"""Largest difference of directions: windows of more would meet behind the circle."""

_ZERO = np.uint64(512)
_N_BELOW = 512 + 2 * 256 + MAX_DIRECTION + 1
"""Ends of windows are looked up by angle: from two turns before 0 to a window's end beyond two turns."""


@njit(cache=True, nogil=True, error_model="numpy")
def _popcount(word: np.uint64) -> np.uint64:
    # LLVM knows this pattern and emits vpopcntq where the machine has it.
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@njit(cache=True, nogil=True, error_model="numpy")
def _grade_two(
    own: Words,
    own_ones: Float32s,
    two: Arrays,
    per_share: Real,
    words: Words,
    ones: Float32s,
    window: Arrays,
    rows: Bytes,
) -> None:
    """Grade two cylinders of the probe against the columns of a window, into rows[0:] and rows[256:]."""
    a, b = two
    first, n = window
    a0, a1, a2, a3, a4, a5 = own[0, a], own[1, a], own[2, a], own[3, a], own[4, a], own[5, a]
    b0, b1, b2, b3, b4, b5 = own[0, b], own[1, b], own[2, b], own[3, b], own[4, b], own[5, b]
    a_ones, b_ones = own_ones[a], own_ones[b]
    # Unsigned indices: for signed ones numba looks whether they are negative, slices are counted
    # references, and both cost more than the comparison.
    m = np.uint64(ones.shape[0])
    i0 = np.uint64(first)
    i1, i2, i3, i4, i5 = (
        i0 + m,
        i0 + m + m,
        i0 + np.uint64(3) * m,
        i0 + np.uint64(4) * m,
        i0 + np.uint64(5) * m,
    )
    top = np.float32(255)
    for j in range(np.uint64(n)):
        x0, x1, x2 = words[i0 + j], words[i1 + j], words[i2 + j]
        x3, x4, x5 = words[i3 + j], words[i4 + j], words[i5 + j]
        w_ones = ones[i0 + j]
        differing = _popcount(a0 ^ x0) + _popcount(a1 ^ x1) + _popcount(a2 ^ x2)
        differing += _popcount(a3 ^ x3) + _popcount(a4 ^ x4) + _popcount(a5 ^ x5)
        grade = top - per_share * np.float32(np.int64(differing)) / (a_ones + w_ones)
        rows[j] = np.uint8(np.int32(grade))
        differing = _popcount(b0 ^ x0) + _popcount(b1 ^ x1) + _popcount(b2 ^ x2)
        differing += _popcount(b3 ^ x3) + _popcount(b4 ^ x4) + _popcount(b5 ^ x5)
        grade = top - per_share * np.float32(np.int64(differing)) / (b_ones + w_ones)
        rows[_ROW + j] = np.uint8(np.int32(grade))


@njit(cache=True, nogil=True, error_model="numpy")
def _count_below(angle: Bytes, n: Integer, below: Bytes) -> None:
    """Write to below[512 + a] how many columns have an angle less than a; angles ascend, the rest stays 0.

    So the ends of all windows are looked up. To step on to them from those of the cylinder before took a
    third of this stage, in branches that no processor can foresee.
    """
    at = _ZERO + np.uint64(1)
    for j in range(np.uint64(n)):
        end, value = _ZERO + np.uint64(1) + np.uint64(angle[j]), np.uint8(j)
        while at < end:
            below[at] = value
            at += np.uint64(1)
    while at < np.uint64(_N_BELOW):
        below[at] = np.uint8(n)
        at += np.uint64(1)


@njit(cache=True, nogil=True, error_model="numpy")
def _collect(rows: Bytes, place: Arrays, found: npt.NDArray[np.uint32], n_found: Integer) -> Integer:
    """Append the passing pairs of a probe's column with columns low..high−1, graded in a row from `first` on.

    A pair is one number: column of the probe, column of the reference, grade, a byte each.
    """
    row, first, low, high, column = place
    pair = np.uint32(((column << np.uint64(8)) | low) << np.uint64(8))
    at, end = row + low - first, row + high - first
    while at < end:
        # Four at a time, which leaves the loop fewer ends to foresee.
        for _ in range(4):
            # Written always, counted if it passes: a branch here would be mispredicted all the time.
            grade = rows[at]
            found[n_found] = pair | np.uint32(grade)
            pair += np.uint32(256)
            n_found += np.uint64(grade >> _PASS_SHIFT) & np.uint64(at < end)
            at += np.uint64(1)
    return n_found


@njit(cache=True, nogil=True, error_model="numpy")
def _compare_all(probe: Arrays, reference: Arrays, tables: tuple[int, float], buffers: Arrays) -> Integer:
    """Find all passing pairs. Both prints ascend in angle, so that partners lie in windows."""
    p_words, p_ones, p_angle, p_n = probe
    words, ones, angle, n = reference
    direction, per_share = tables
    found, rows, below = buffers
    _count_below(angle, n, below)
    whole = np.uint64(7)
    size, n_found = np.uint64(p_n), np.uint64(0)
    for a in range(np.uint64(0), size, np.uint64(2)):
        b = min(a + np.uint64(1), size - np.uint64(1))
        has_a, has_b = p_ones[a] > 0, (p_ones[b] > 0) & (b > a)
        # The window around an angle, and its ends that run over 0 and 256.
        for turn in range(_ZERO - np.uint64(256), _ZERO + np.uint64(512), np.uint64(256)):
            a_low = turn + np.uint64(p_angle[a]) - np.uint64(direction)
            b_low = turn + np.uint64(p_angle[b]) - np.uint64(direction)
            width = np.uint64(2 * direction + 1)
            low, high = np.uint64(below[a_low]), np.uint64(below[b_low + width])
            if low == high:
                continue
            # Whole vectors: what is graded beside a window is not collected.
            first, last = low & ~whole, (high + whole) & ~whole
            _grade_two(p_words, p_ones, (a, b), per_share, words, ones, (first, last - first), rows)
            if has_a:
                end = np.uint64(below[a_low + width])
                n_found = _collect(rows, (np.uint64(0), first, low, end, a), found, n_found)
            if has_b:
                start = np.uint64(below[b_low])
                n_found = _collect(rows, (_ROW, first, start, high, b), found, n_found)
    return np.int64(n_found)


@njit(cache=True, nogil=True, error_model="numpy")
def local_kernel(probe: Arrays, pack: Arrays, references: Int64s, tables: Arrays, out: Arrays) -> None:
    """Compare a probe with references; the arguments are those that `local` packs."""
    p_words, p_ones, p_angle, p_n, p_valid = probe
    words, ones, angle, start, n_minutiae, n_valid = pack
    direction, per_share, similarity_of, pair_counts = tables
    columns, similarity, n_pairs, score = out
    found = np.empty((1 << 16) + 1, np.uint32)
    rows, below = np.zeros(2 * 256 + 3, np.uint8), np.zeros(_N_BELOW, np.uint8)
    counts = np.empty(N_GRADES, np.int32)
    for r in range(references.shape[0]):
        t = references[r]
        s, e = start[t], start[t + 1]
        n_found = _compare_all(
            (p_words, p_ones, p_angle, p_n),
            (words[6 * s : 6 * e], ones[s:e], angle[s:e], np.int64(n_minutiae[t])),
            (direction, per_share),
            (found, rows, below),
        )
        counts[:] = 0
        for f in range(np.uint64(n_found)):
            counts[np.uint64(found[f] & np.uint32(255))] += 1
        smaller = min(p_valid, np.int64(n_valid[t]))
        score[r] = _mean_of_best(counts, similarity_of, pair_counts[smaller])
        if n_pairs.shape[0] > 0:
            limit = min(smaller, MAX_PAIRS)
            n_pairs[r] = _keep_best(found[:n_found], counts, limit, similarity_of, columns[r], similarity[r])


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_of_best(counts: Int32s, similarity_of: Float32s, wanted: Integer) -> Real:
    """Mean similarity of the `wanted` best, from counts of grades; missing ones count as 0."""
    left = np.int64(wanted)
    total = np.float32(0)
    grade = N_GRADES
    while left > 0 and grade > PASS:
        grade -= 1
        take = min(left, np.int64(counts[grade]))
        total += np.float32(take) * similarity_of[grade]
        left -= take
    return total / np.float32(wanted)


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_best(
    found: npt.NDArray[np.uint32],
    counts: Int32s,
    limit: Integer,
    similarity_of: Float32s,
    columns: Bytes,
    similarity: Float32s,
) -> Integer:
    """Write the `limit` best pairs; of the last grade those that come first. Return how many."""
    left = limit
    lowest = N_GRADES
    while left > 0 and lowest > PASS:
        lowest -= 1
        left -= counts[lowest]
    spare = limit
    for grade in range(lowest + 1, N_GRADES):
        spare -= counts[grade]
    n = 0
    for f in range(np.uint64(found.shape[0])):
        reached = np.int64(found[f] & np.uint32(255))
        columns[n, 0] = np.uint8(found[f] >> np.uint32(16))
        columns[n, 1] = np.uint8(found[f] >> np.uint32(8))
        similarity[n] = similarity_of[reached]
        at_edge = reached == lowest
        n += (reached > lowest) | (at_edge & (spare > 0))
        spare -= at_edge
    return n
