"""The local stage against sketches: as `local`, but for the score alone, and straight from the sketches.

The roles are turned round: two columns of a sketch at a time are graded against the columns of the probe,
which lie as vectors want them, once for all sketches. They stand there twice, one turn after the other, so
that the columns of directions near to any are neighbours.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import Arrays, Bytes, Float32s, Int32s, Int64s, Integer, Real, Words
from vantay.fingerprint.comparison.parameters import N_SECTIONS
from vantay.fingerprint.comparison.prepared import PreparedTemplate
from vantay.types import ANGLE_UNITS

_N_GRADES = 256
_PASS = 128
_PASS_SHIFT = np.uint8(7)
_LANES = 8
"""Columns of the probe are graded by whole vectors of these."""


class SketchProbe:
    """A probe laid out for many sketches.

    Attributes
    ----------
    words : (6 · w,) uint64
        Its columns that have a cylinder, twice, then filled up; six sections one after another.
    ones : (w,) float32
        Ones of each column.
    windows : (256, 2) uint64
        For each direction, the columns of directions near to it: the first, and the one after the last.
    n_valid : int
        Columns that have a cylinder.
    """

    def __init__(self, probe: PreparedTemplate, direction: int) -> None:
        columns = np.flatnonzero(probe.ones[: probe.n_minutiae])
        self.n_valid = columns.size
        # Windows are read by whole vectors: up to one more beyond the end
        twice = np.concatenate([columns, columns])
        words = np.zeros((N_SECTIONS, twice.size + _LANES), np.uint64)
        words[:, : twice.size] = probe.words[:, twice]
        self.words = words.ravel()
        self.ones = np.ones(twice.size + _LANES, np.float32)
        self.ones[: twice.size] = probe.ones[twice]
        angle = probe.angle[columns].astype(np.int64)
        first = (np.arange(ANGLE_UNITS) - direction) % ANGLE_UNITS
        turned = np.concatenate([angle, angle + ANGLE_UNITS])
        low, high = (
            np.searchsorted(turned, first),
            np.searchsorted(turned, first + 2 * direction, side="right"),
        )
        self.windows = np.column_stack([low, high]).astype(np.uint64)


@njit(cache=True, nogil=True, error_model="numpy")
def _popcount(word: np.uint64) -> np.uint64:
    # LLVM knows this pattern and emits vpopcntq where the machine has it.
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@njit(cache=True, nogil=True, error_model="numpy")
def _load_column(words: Words, base: Integer, n: Integer, j: Integer, at: Integer, own: Words) -> Real:
    """Put column j of a sketch of n into own[at:]; return how many ones it has."""
    ones = np.uint64(0)
    for k in range(np.uint64(N_SECTIONS)):
        word = words[base + k * n + j]
        own[at + k] = word
        ones += _popcount(word)
    return np.float32(np.int64(ones))


@njit(cache=True, nogil=True, error_model="numpy")
def _grade_two(
    own: Words,
    own_ones: Arrays,
    per_share: Real,
    words: Words,
    ones: Float32s,
    window: Arrays,
    rows: Bytes,
) -> None:
    """Grade two columns against those of the probe in a window, into rows[0:] and rows[width:]."""
    a0, a1, a2, a3, a4, a5 = own[0], own[1], own[2], own[3], own[4], own[5]
    b0, b1, b2, b3, b4, b5 = own[6], own[7], own[8], own[9], own[10], own[11]
    a_ones, b_ones = own_ones
    i0, n = window
    # Unsigned indices: for signed ones numba looks whether they are negative
    width, top = np.uint64(ones.shape[0]), np.float32(_N_GRADES - 1)
    i1, i2, i3 = i0 + width, i0 + np.uint64(2) * width, i0 + np.uint64(3) * width
    i4, i5 = i0 + np.uint64(4) * width, i0 + np.uint64(5) * width
    for j in range(n):
        x0, x1, x2 = words[i0 + j], words[i1 + j], words[i2 + j]
        x3, x4, x5 = words[i3 + j], words[i4 + j], words[i5 + j]
        w_ones = ones[i0 + j]
        differing = _popcount(a0 ^ x0) + _popcount(a1 ^ x1) + _popcount(a2 ^ x2)
        differing += _popcount(a3 ^ x3) + _popcount(a4 ^ x4) + _popcount(a5 ^ x5)
        grade = top - per_share * np.float32(np.int64(differing)) / (w_ones + a_ones)
        rows[j] = np.uint8(np.int32(grade))
        differing = _popcount(b0 ^ x0) + _popcount(b1 ^ x1) + _popcount(b2 ^ x2)
        differing += _popcount(b3 ^ x3) + _popcount(b4 ^ x4) + _popcount(b5 ^ x5)
        grade = top - per_share * np.float32(np.int64(differing)) / (w_ones + b_ones)
        rows[width + j] = np.uint8(np.int32(grade))


@njit(cache=True, nogil=True, error_model="numpy")
def _collect(rows: Bytes, first: Integer, last: Integer, passing: Bytes, n_found: Integer) -> Integer:
    """Append the grades that pass."""
    for at in range(first, last):
        # Written always, counted if it passes: a branch here would be mispredicted all the time.
        passing[n_found] = rows[at]
        n_found += np.uint64(rows[at] >> _PASS_SHIFT)
    return n_found


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_of_best(counts: Int32s, similarity_of: Float32s, wanted: Integer) -> Real:
    """Mean similarity of the `wanted` best, from counts of grades; missing ones count as 0."""
    left = np.int64(wanted)
    total = np.float32(0)
    grade = _N_GRADES
    while left > 0 and grade > _PASS:
        grade -= 1
        take = min(left, np.int64(counts[grade]))
        total += np.float32(take) * similarity_of[grade]
        left -= take
    return total / np.float32(wanted)


@njit(cache=True, nogil=True, error_model="numpy")
def sketch_kernel(probe: Arrays, sketches: Arrays, which: Int64s, tables: Arrays, scores: Float32s) -> None:
    """Score a probe against sketches; see `sketch_scores`."""
    p_words, p_ones, windows, p_valid = probe
    start, words, angle = sketches
    per_share, similarity_of, pair_counts = tables
    width, sections = np.uint64(p_ones.shape[0]), np.uint64(N_SECTIONS)
    one, lanes = np.uint64(1), np.uint64(_LANES)
    own, rows = np.empty(2 * N_SECTIONS, np.uint64), np.empty(2 * p_ones.shape[0], np.uint8)
    counts, passing = np.empty(_N_GRADES, np.int32), np.empty(1, np.uint8)
    for r in range(which.shape[0]):
        first, n = np.uint64(start[which[r]]), np.uint64(start[which[r] + 1] - start[which[r]])
        if np.uint64(passing.shape[0]) <= n * width:
            passing = np.empty(2 * np.int64(n * width) + 1, np.uint8)
        n_found = np.uint64(0)
        for j in range(np.uint64(0), n, np.uint64(2)):
            i = min(j + one, n - one)
            ones = (
                _load_column(words, sections * first, n, j, np.uint64(0), own),
                _load_column(words, sections * first, n, i, sections, own),
            )
            a, b = angle[first + j], angle[first + i]
            # Directions ascend within a sketch, and so do the windows' ends, but for the turn over 0
            low, high = min(windows[a, 0], windows[b, 0]), max(windows[a, 1], windows[b, 1])
            n_graded = (high - low + lanes - one) // lanes * lanes
            _grade_two(own, ones, per_share, p_words, p_ones, (low, n_graded), rows)
            n_found = _collect(rows, windows[a, 0] - low, windows[a, 1] - low, passing, n_found)
            if i > j:
                at = width - low
                n_found = _collect(rows, at + windows[b, 0], at + windows[b, 1], passing, n_found)
        counts[:] = 0
        for f in range(n_found):
            counts[passing[f]] += 1
        scores[r] = _mean_of_best(counts, similarity_of, pair_counts[min(p_valid, np.int64(n))])
