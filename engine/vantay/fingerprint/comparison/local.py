"""The local stage: which minutiae of two prints have alike neighbourhoods."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.comparison.arrays import Arrays, Bytes, Float32s, Int32s, Int64s, Integer, Real, Words
from vantay.fingerprint.comparison.parameters import MAX_PAIRS, LocalParameters
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack

N_GRADES = 256
"""Likeness is graded 0..255, so that the best pairs are found by counting instead of sorting."""

PASS = 128
"""Grades from here on are worth keeping: those with the top bit set, which makes the test a shift."""

_PASS_SHIFT = np.uint8(7)


class LocalTables:
    """Limits and tables that follow from the parameters.

    Attributes
    ----------
    direction : int
        Largest difference of directions, in units.
    per_share : float32
        Grades lost per unit of the share of differing bits.
    similarity : (256,) float32
        Similarity of a grade.
    pair_counts : (256,) int32
        Pairs that make a score, by the smaller number of minutiae (MCC, equation 21).
    """

    def __init__(self, parameters: LocalParameters) -> None:
        self.direction = parameters.max_direction_difference
        # Similarity is 1 − √(share/2); a share of 1, nothing in common, must stay above grade 0.
        largest_share = 2 * (1 - parameters.min_similarity) ** 2
        self.per_share = np.float32((N_GRADES - 1 - PASS) / largest_share)
        shares = (N_GRADES - 1 - np.arange(N_GRADES)) / self.per_share
        self.similarity = (1 - np.sqrt(shares / 2)).astype(np.float32)
        n = np.arange(256)
        growth = 1 / (1 + np.exp(-parameters.pairs_slope * (n - parameters.pairs_midpoint)))
        counts = parameters.min_pairs + np.round(growth * (parameters.max_pairs - parameters.min_pairs))
        self.pair_counts = counts.astype(np.int32)


class LocalPairs:
    """Buffers for the best pairs of one probe with several references.

    Attributes
    ----------
    columns : (r, MAX_PAIRS + 1, 2) uint8
        Columns of probe and reference.
    similarity : (r, MAX_PAIRS + 1) float32
        Of each pair, 0..1.
    n_pairs : (r,) int32
        Rows in use.
    score : (r,) float32
        Mean similarity of the few best pairs, missing ones as 0: the local score.
    """

    def __init__(self, n_references: int) -> None:
        # The last row is only written to, never counted: see `_keep_best`.
        self.columns = np.empty((n_references, MAX_PAIRS + 1, 2), np.uint8)
        self.similarity = np.empty((n_references, MAX_PAIRS + 1), np.float32)
        self.n_pairs = np.zeros(n_references, np.int32)
        self.score = np.zeros(n_references, np.float32)


def find_local_pairs(
    probe: PreparedTemplate, pack: TemplatePack, references: Int64s, tables: LocalTables
) -> LocalPairs:
    """Compare all cylinders of a probe with those of references; keep each reference's best pairs.

    Parameters
    ----------
    probe : PreparedTemplate
    pack : TemplatePack
    references : (r,) int64
        Templates of the pack to compare with.
    tables : LocalTables

    Returns
    -------
    LocalPairs
        As many pairs a reference as the smaller number of cylinders, `MAX_PAIRS` at most, in no order.

    Notes
    -----
    The similarity of cylinders a and b is 1 − √(|a⊕b| / 2(|a|+|b|)), with |·| the number of ones. MCC
    (equation 17) divides by (√|a|+√|b|)², which is the same where |a| = |b|, and costs three roots a pair.
    Here the share |a⊕b| / (|a|+|b|) is graded in 255 steps, and a table gives the similarity of a grade.
    """
    pairs = LocalPairs(references.shape[0])
    out = (pairs.columns, pairs.similarity, pairs.n_pairs, pairs.score)
    _run_kernel(probe, pack, references, tables, out)
    return pairs


def local_scores(
    probe: PreparedTemplate, pack: TemplatePack, references: Int64s, tables: LocalTables
) -> Float32s:
    """Mean similarity of the few best pairs, to choose which references deserve a full comparison.

    Parameters
    ----------
    probe, pack, references, tables
        As for `find_local_pairs`.

    Returns
    -------
    (r,) float32
        `LocalPairs.score`, without the pairs.
    """
    scores = np.zeros(references.shape[0], np.float32)
    no_pairs = LocalPairs(0)
    _run_kernel(
        probe, pack, references, tables, (no_pairs.columns, no_pairs.similarity, no_pairs.n_pairs, scores)
    )
    return scores


def _run_kernel(
    probe: PreparedTemplate, pack: TemplatePack, references: Int64s, tables: LocalTables, out: Arrays
) -> None:
    _local_kernel(
        (probe.words, probe.ones, probe.angle, probe.n_minutiae, probe.n_valid),
        (pack.words, pack.ones, pack.angle, pack.start, pack.n_minutiae, pack.n_valid),
        references,
        (tables.direction, tables.per_share, tables.similarity, tables.pair_counts),
        out,
    )


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
    per_share: Real,
    words: Words,
    ones: Float32s,
    first: Integer,
    n: Integer,
    rows: Bytes,
) -> None:
    """Grade two cylinders against n columns from `first` on, into rows[0:] and rows[256:]."""
    a0, a1, a2, a3, a4, a5 = own[0], own[1], own[2], own[3], own[4], own[5]
    b0, b1, b2, b3, b4, b5 = own[6], own[7], own[8], own[9], own[10], own[11]
    a_ones, b_ones = own_ones[0], own_ones[1]
    # Unsigned indices: for signed ones numba looks whether they are negative, slices are counted
    # references, and both cost more than the comparison.
    m, other = np.uint64(ones.shape[0]), np.uint64(256)
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
        rows[other + j] = np.uint8(np.int32(grade))


@njit(cache=True, nogil=True, error_model="numpy")
def _advance(angle: Bytes, n: Integer, column: Integer, limit: Integer) -> Integer:
    """First column from `column` on whose angle is at least `limit`; columns ascend in angle."""
    while column < n and np.int64(angle[column]) < limit:
        column += 1
    return column


@njit(cache=True, nogil=True, error_model="numpy")
def _move_windows(
    angle: Bytes, n: Integer, centre: Integer, direction: Integer, windows: Int64s, base: Integer
) -> None:
    """Columns within `direction` of `centre`: a window, and its ends that run over 0 and 256.

    `windows` holds low and high ends of the last call, then those of each cylinder from `base` on.
    """
    for w in range(3):
        turn = 256 * (w - 1)
        low = _advance(angle, n, windows[2 * w], centre - direction + turn)
        high = _advance(angle, n, max(low, windows[2 * w + 1]), centre + direction + turn + 1)
        windows[2 * w], windows[2 * w + 1] = low, high
        windows[base + 2 * w], windows[base + 2 * w + 1] = low, high


@njit(cache=True, nogil=True, error_model="numpy")
def _collect(
    rows: Bytes, place: Arrays, indices: npt.NDArray[np.uint16], grades: Bytes, n_found: Integer
) -> Integer:
    """Append the passing pairs of row q with columns low..high−1; the row's first byte is column `first`."""
    q, first, low, high, column = place
    row, key = np.uint64(256 * q), np.uint64(256 * column + first)
    for at in range(np.uint64(low - first), np.uint64(high - first)):
        # Written always, counted if it passes: a branch here would be mispredicted all the time.
        grade = rows[row + at]
        indices[n_found] = np.uint16(key + at)
        grades[n_found] = grade
        n_found += np.uint64(grade >> _PASS_SHIFT)
    return n_found


@njit(cache=True, nogil=True, error_model="numpy")
def _compare_all(probe: Arrays, reference: Arrays, tables: tuple[int, float], buffers: Arrays) -> Integer:
    """Find all passing pairs. Both prints ascend in angle, so that partners lie in moving windows."""
    p_words, p_ones, p_angle, p_n = probe
    words, ones, angle, n = reference
    direction, per_share = tables
    indices, grades, rows, own, own_ones, windows = buffers
    windows[:] = 0
    n_found = np.uint64(0)
    for i in range(0, p_n, 2):
        n_own = min(2, p_n - i)
        for q in range(2):
            k = i + min(q, n_own - 1)
            for section in range(6):
                own[6 * q + section] = p_words[section, k]
            own_ones[q] = p_ones[k]
            _move_windows(angle, n, np.int64(p_angle[k]), direction, windows, 6 + 6 * q)
        for w in range(6, 12, 2):
            low, high = windows[w], windows[w + 7]
            if low == high:
                continue
            # Whole vectors: what is graded beside a window is not collected.
            first, last = low & ~7, (high + 7) & ~7
            _grade_two(own, own_ones, per_share, words, ones, first, last - first, rows)
            for q in range(n_own):
                if own_ones[q] > 0:
                    low, high = windows[w + 6 * q], windows[w + 6 * q + 1]
                    if low < high:
                        n_found = _collect(rows, (q, first, low, high, i + q), indices, grades, n_found)
    return np.int64(n_found)


@njit(cache=True, nogil=True, error_model="numpy")
def _local_kernel(probe: Arrays, pack: Arrays, references: Int64s, tables: Arrays, out: Arrays) -> None:
    p_words, p_ones, p_angle, p_n, p_valid = probe
    words, ones, angle, start, n_minutiae, n_valid = pack
    direction, per_share, similarity_of, pair_counts = tables
    columns, similarity, n_pairs, score = out
    indices, grades = np.empty((1 << 16) + 1, np.uint16), np.empty((1 << 16) + 1, np.uint8)
    rows = np.zeros(512, np.uint8)
    own, own_ones, windows = np.empty(12, np.uint64), np.empty(2, np.float32), np.empty(18, np.int64)
    buffers = (indices, grades, rows, own, own_ones, windows)
    counts = np.empty(N_GRADES, np.int32)
    for r in range(references.shape[0]):
        t = references[r]
        s, e = start[t], start[t + 1]
        n_found = _compare_all(
            (p_words, p_ones, p_angle, p_n),
            (words[6 * s : 6 * e], ones[s:e], angle[s:e], np.int64(n_minutiae[t])),
            (direction, per_share),
            buffers,
        )
        counts[:] = 0
        for f in range(n_found):
            counts[grades[f]] += 1
        smaller = min(p_valid, np.int64(n_valid[t]))
        score[r] = _mean_of_best(counts, similarity_of, pair_counts[smaller])
        if n_pairs.shape[0] > 0:
            limit = min(smaller, MAX_PAIRS)
            candidates = (indices, grades, n_found)
            n_pairs[r] = _keep_best(candidates, counts, limit, similarity_of, columns[r], similarity[r])


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
    candidates: Arrays,
    counts: Int32s,
    limit: Integer,
    similarity_of: Float32s,
    columns: Bytes,
    similarity: Float32s,
) -> Integer:
    """Write the `limit` best pairs; of the last grade those that come first. Return how many."""
    found, grades, n_found = candidates
    left = limit
    lowest = N_GRADES
    while left > 0 and lowest > PASS:
        lowest -= 1
        left -= counts[lowest]
    spare = limit
    for grade in range(lowest + 1, N_GRADES):
        spare -= counts[grade]
    n = 0
    for f in range(n_found):
        grade = grades[f]
        columns[n, 0] = found[f] >> 8
        columns[n, 1] = found[f] & 255
        similarity[n] = similarity_of[grade]
        at_edge = grade == lowest
        n += (grade > lowest) | (at_edge & (spare > 0))
        spare -= at_edge
    return n
