"""From aligned minutiae to the raw score: the log-odds of mated against non-mated."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.alignment import Alignments
from vantay.fingerprint.comparison.arrays import Arrays, Float32s, Int16s, Int64s, Integer
from vantay.fingerprint.comparison.parameters import ScoreParameters
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack
from vantay.fingerprint.comparison.relaxation import RelaxedPairs


def sum_paired_similarity(
    probe: PreparedTemplate,
    pack: TemplatePack,
    references: Int64s,
    alignments: Alignments,
) -> Float32s:
    """Sum, over the paired minutiae, of their cylinders' similarity weighted by quality.

    Parameters
    ----------
    probe, pack, references
        As for `align`.
    alignments : Alignments
        Its result.

    Returns
    -------
    (r,) float32
    """
    total = np.zeros(references.shape[0], np.float32)
    _evidence_kernel(
        (probe.words, probe.ones, probe.minutiae),
        (pack.words, pack.ones, pack.minutiae, pack.start),
        references,
        alignments.partner,
        total,
    )
    return total


def log_odds(
    paired: Float32s, alignments: Alignments, relaxed: RelaxedPairs, parameters: ScoreParameters
) -> Float32s:
    """Weigh paired similarity, overlap and relaxed support.

    Parameters
    ----------
    paired : (r,) float32
        From `sum_paired_similarity`.
    alignments : Alignments
    relaxed : RelaxedPairs
    parameters : ScoreParameters

    Returns
    -------
    (r,) float32
        Natural logarithm of the odds of mated against non-mated, up to the prior of the data it was
        fitted on; −∞ for comparisons that ended before the alignment.
    """
    odds = (
        parameters.paired_weight * paired
        + parameters.overlap_weight * alignments.overlap
        + parameters.support_weight * np.log(relaxed.score + parameters.support_floor)
        + parameters.offset
    )
    return np.asarray(np.where(alignments.is_aligned, odds, -np.inf), np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def _count_ones(word: np.uint64) -> np.int64:
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True, error_model="numpy")
def _evidence_kernel(
    probe: Arrays, pack: Arrays, references: Int64s, partner: Int16s, total: Float32s
) -> None:
    p_words, p_ones, p_minutiae = probe
    words, ones, minutiae, start = pack
    for r in range(references.shape[0]):
        t = references[r]
        s, width = start[t], start[t + 1] - start[t]
        for i in range(partner.shape[1]):
            j = np.int64(partner[r, i])
            if j < 0 or p_ones[i] == 0 or ones[s + j] == 0:
                continue
            differing: Integer = 0
            for k in range(6):
                differing += _count_ones(p_words[k, i] ^ words[6 * s + k * width + j])
            similarity = 1 - math.sqrt(differing / (2 * (p_ones[i] + ones[s + j])))
            total[r] += similarity * math.sqrt(p_minutiae[4, i] * minutiae[5 * s + 4 * width + j])
