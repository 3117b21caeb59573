"""The local stage: which minutiae of two prints have alike neighbourhoods."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.comparison.parameters import MAX_PAIRS, LocalParameters
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack

Float32s = npt.NDArray[np.float32]
Int32s = npt.NDArray[np.int32]

N_BINS = 256
"""Similarities fall into this many bins, so that the best pairs are found without sorting."""


class LocalLimits:
    """Integer limits and tables that follow from the parameters."""

    def __init__(self, parameters: LocalParameters, n_inside: int) -> None:
        self.direction = parameters.max_direction_difference
        self.common_cells = math.ceil(parameters.min_common_cells * n_inside)
        self.least = np.float32(parameters.min_similarity)
        n = np.arange(256)
        share = 1 / (1 + np.exp(-parameters.pairs_slope * (n - parameters.pairs_midpoint)))
        counts = parameters.min_pairs + np.round(share * (parameters.max_pairs - parameters.min_pairs))
        self.pair_counts = counts.astype(np.int32)


class LocalPairs:
    """Buffers for the best pairs of one probe with several references.

    Attributes
    ----------
    columns : (r, MAX_PAIRS, 2) uint8
        Columns of probe and reference.
    similarity : (r, MAX_PAIRS) float32
        Of each pair, 0..1.
    n_pairs : (r,) int32
        Rows in use.
    score : (r,) float32
        Mean similarity of the few best pairs, to 1/256: the local score.
    """

    def __init__(self, n_references: int) -> None:
        self.columns = np.empty((n_references, MAX_PAIRS, 2), np.uint8)
        self.similarity = np.empty((n_references, MAX_PAIRS), np.float32)
        self.n_pairs = np.zeros(n_references, np.int32)
        self.score = np.zeros(n_references, np.float32)


def find_local_pairs(
    probe: PreparedTemplate, pack: TemplatePack, references: npt.NDArray[np.int64], limits: LocalLimits
) -> LocalPairs:
    """Compare all cylinders of a probe with those of references; keep each reference's best pairs.

    Parameters
    ----------
    probe : PreparedTemplate
    pack : TemplatePack
    references : (r,) int64
        Templates of the pack to compare with.
    limits : LocalLimits

    Returns
    -------
    LocalPairs
        As many pairs a reference as the smaller number of cylinders, `MAX_PAIRS` at most, in no order.

    Notes
    -----
    The similarity of cylinders a and b over the cells valid in both is 1 − √(|a⊕b| / 2(|a|+|b|)). MCC
    (equation 17) divides by (√|a|+√|b|)², which is the same where |a| = |b|, and costs two more roots.
    """
    pairs = LocalPairs(references.shape[0])
    _local_kernel(
        (probe.words, probe.angle, probe.n_minutiae, probe.n_valid),
        (pack.words, pack.angle, pack.start, pack.n_minutiae, pack.n_valid),
        references,
        (limits.direction, limits.common_cells, limits.least, limits.pair_counts),
        (pairs.columns, pairs.similarity, pairs.n_pairs, pairs.score),
    )
    return pairs


@njit(cache=True, nogil=True, error_model="numpy")
def _popcount(word: np.uint64) -> np.uint64:
    # LLVM knows this pattern and emits vpopcntq where the machine has it.
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@njit(cache=True, nogil=True, error_model="numpy")
def _similarity_row(own, angle, words, angles, direction, common_cells, row):
    """Similarities of one cylinder with all of the other print into `row`; 0 where they do not compare."""
    a0, a1, a2, a3, a4, a5, am = own[0], own[1], own[2], own[3], own[4], own[5], own[6]
    m = row.shape[0]
    # One slice a section: with two indices LLVM does not see that the loads are contiguous.
    w0, w1, w2, w3 = words[:m], words[m : 2 * m], words[2 * m : 3 * m], words[3 * m : 4 * m]
    w4, w5, wm = words[4 * m : 5 * m], words[5 * m : 6 * m], words[6 * m : 7 * m]
    one, half, zero = np.float32(1), np.float32(0.5), np.float32(0)
    for j in range(m):
        bm = wm[j]
        both = _popcount(a0 & w0[j]) + _popcount(a1 & w1[j]) + _popcount(a2 & w2[j])
        both += _popcount(a3 & w3[j]) + _popcount(a4 & w4[j]) + _popcount(a5 & w5[j])
        ones = _popcount(a0 & bm) + _popcount(a1 & bm) + _popcount(a2 & bm)
        ones += _popcount(a3 & bm) + _popcount(a4 & bm) + _popcount(a5 & bm)
        ones += _popcount(am & w0[j]) + _popcount(am & w1[j]) + _popcount(am & w2[j])
        ones += _popcount(am & w3[j]) + _popcount(am & w4[j]) + _popcount(am & w5[j])
        total = np.float32(np.int64(ones))
        differing = np.float32(np.int64(ones - both - both))
        turn = abs(((np.int64(angle) - np.int64(angles[j]) + 128) & 255) - 128)
        comparable = (turn <= direction) & (np.int64(_popcount(am & bm)) >= common_cells) & (total > zero)
        row[j] = one - np.float32(math.sqrt(half * differing / total)) if comparable else zero


@njit(cache=True, nogil=True, error_model="numpy")
def _local_kernel(probe, pack, references, limits, out):
    p_words, p_angle, p_n, p_valid = probe
    words, angle, start, n_minutiae, n_valid = pack
    direction, common_cells, least, pair_counts = limits
    columns, similarity, n_pairs, score = out
    row = np.empty(256, np.float32)
    own = np.empty(7, np.uint64)
    found = np.empty(256 * 256, np.float32)
    found_at = np.empty(256 * 256, np.uint16)
    bins = np.empty(N_BINS, np.int32)
    scale = np.float32(N_BINS - 1)
    for r in range(references.shape[0]):
        t = references[r]
        s, m = start[t], start[t + 1] - start[t]
        n_found = 0
        bins[:] = 0
        for i in range(p_n):
            if p_words[6, i] == 0:
                continue
            for k in range(7):
                own[k] = p_words[k, i]
            _similarity_row(
                own,
                p_angle[i],
                words[7 * s : 7 * (s + m)],
                angle[s : s + m],
                direction,
                common_cells,
                row[:m],
            )
            for j in range(n_minutiae[t]):
                if row[j] >= least:
                    found[n_found] = row[j]
                    found_at[n_found] = i * 256 + j
                    bins[int(row[j] * scale)] += 1
                    n_found += 1
        smaller = min(p_valid, n_valid[t])
        limit = min(smaller, MAX_PAIRS)
        score[r] = _mean_of_best(bins, pair_counts[min(smaller, 255)])
        n_pairs[r] = _keep_best(found, found_at, n_found, bins, limit, columns[r], similarity[r])


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_of_best(bins, count):
    """Mean value of the `count` best, from bins alone; missing ones count as 0."""
    left = count
    total = 0
    for b in range(N_BINS - 1, -1, -1):
        take = min(left, bins[b])
        total += take * b
        left -= take
        if left == 0:
            break
    return np.float32(total) / np.float32(count * (N_BINS - 1))


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_best(found, found_at, n_found, bins, limit, columns, similarity):
    """Write the `limit` best pairs; within the last bin those that come first. Return how many."""
    left = limit
    last = N_BINS
    while last > 0 and left > 0:
        last -= 1
        left -= bins[last]
    spare = bins[last] + left if left < 0 else bins[last]
    scale = np.float32(N_BINS - 1)
    n = 0
    for f in range(n_found):
        b = int(found[f] * scale)
        if b < last:
            continue
        if b == last:
            if spare == 0:
                continue
            spare -= 1
        columns[n, 0] = found_at[f] // 256
        columns[n, 1] = found_at[f] % 256
        similarity[n] = found[f]
        n += 1
    return n
