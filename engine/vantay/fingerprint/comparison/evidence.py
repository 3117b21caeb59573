"""From aligned minutiae to the raw score: the log-odds of mated against non-mated."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.comparison.alignment import Alignments
from vantay.fingerprint.comparison.parameters import ScoreParameters
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack
from vantay.fingerprint.comparison.relaxation import RelaxedPairs

Float32s = npt.NDArray[np.float32]


def sum_paired_similarity(
    probe: PreparedTemplate,
    pack: TemplatePack,
    references: npt.NDArray[np.int64],
    alignments: Alignments,
    common_cells: int,
) -> Float32s:
    """Sum, over the paired minutiae, of their cylinders' similarity weighted by quality.

    Parameters
    ----------
    probe, pack, references
        As for `align`.
    alignments : Alignments
        Its result.
    common_cells : int
        Cells that must be valid in both cylinders, else the pair adds nothing.

    Returns
    -------
    (r,) float32
    """
    total = np.zeros(references.shape[0], np.float32)
    _evidence_kernel(
        (probe.words, probe.minutiae),
        (pack.words, pack.minutiae, pack.start),
        references,
        (alignments.partner, common_cells),
        total,
    )
    return total


def raw_score(
    paired: Float32s, overlap: Float32s, support: Float32s, parameters: ScoreParameters
) -> Float32s:
    """Log-odds from paired similarity, overlap and relaxed support.

    Parameters
    ----------
    paired, overlap, support : (r,) float32
        `sum_paired_similarity`, `Alignments.overlap`, `RelaxedPairs.score`.

    Returns
    -------
    (r,) float32
        Natural logarithm of the odds, up to the prior of the data it was fitted on.
    """
    return np.asarray(
        parameters.paired_weight * paired
        + parameters.overlap_weight * overlap
        + parameters.support_weight * np.log(support + parameters.support_floor)
        + parameters.offset,
        np.float32,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _count_ones(word: np.uint64) -> np.int64:
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True, error_model="numpy")
def _evidence_kernel(probe, pack, references, aligned, total):
    p_words, p_minutiae = probe
    words, minutiae, start = pack
    partner, common_cells = aligned
    for r in range(references.shape[0]):
        t = references[r]
        s, width = start[t], start[t + 1] - start[t]
        for i in range(partner.shape[1]):
            j = np.int64(partner[r, i])
            if j < 0:
                continue
            mask_a, mask_b = p_words[6, i], words[7 * s + 6 * width + j]
            if _count_ones(mask_a & mask_b) < common_cells:
                continue
            both, ones = 0, 0
            for k in range(6):
                a, b = p_words[k, i], words[7 * s + k * width + j]
                both += _count_ones(a & b)
                ones += _count_ones(a & mask_b) + _count_ones(b & mask_a)
            if ones > 0:
                similarity = 1 - math.sqrt((ones - 2 * both) / (2 * ones))
                quality = math.sqrt(p_minutiae[4, i] * minutiae[5 * s + 4 * width + j])
                total[r] += np.float32(similarity * quality)
