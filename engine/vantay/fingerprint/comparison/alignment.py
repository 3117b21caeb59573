"""Elastic alignment: from a seed, paired minutiae grow outwards through local rigid transforms.

Skin stretches: two impressions of a finger rarely agree under one rigid motion, but neighbourhoods do. Each
minutia is predicted by a rotation and translation fitted to the pairs found so far, the near ones counting
most; it pairs with what lies there, and the next round predicts from all pairs. A few rounds reach across a
print.
"""

from __future__ import annotations

import math

import numpy as np

from vantay.fingerprint.comparison.alignment_kernel import N_ROOM, alignment_kernel
from vantay.fingerprint.comparison.arrays import Float32s, Int64s, room_for
from vantay.fingerprint.comparison.local import LocalPairs
from vantay.fingerprint.comparison.parameters import AlignmentParameters
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack
from vantay.fingerprint.comparison.relaxation import RelaxedPairs


class Alignments:
    """The best alignment of a probe with each of several references.

    Attributes
    ----------
    is_aligned : (r,) bool
        Whether an alignment was looked for.
    partner : (r, n) int16
        For each column of the probe the reference's column it is paired with, or −1.
    overlap : (r,) float32
        Geometric mean of both prints' quality-weighted minutiae in the area that both show.
    fit : (r,) float32
        Squared sum of the pairs' closeness, 0..1 each, by the overlap: what the best seed is chosen by.
    """

    def __init__(self, n_references: int, n_minutiae: int) -> None:
        self.is_aligned = np.zeros(n_references, np.bool_)
        self.partner = np.full((n_references, n_minutiae), -1, np.int16)
        self.overlap = np.zeros(n_references, np.float32)
        self.fit = np.zeros(n_references, np.float32)


def align(
    probe: PreparedTemplate,
    pack: TemplatePack,
    references: Int64s,
    pairs: LocalPairs,
    relaxed: RelaxedPairs,
    parameters: AlignmentParameters,
) -> Alignments:
    """Grow an alignment from every seed and keep the best one of each reference.

    References whose relaxed score is below `min_support` are left without an alignment: more than half of
    all non-mated comparisons end here.

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
    alignment_kernel(
        (probe.minutiae, probe.hull, probe.n_minutiae),
        (pack.minutiae, pack.start, pack.n_minutiae, pack.hull, pack.hull_start),
        references,
        (pairs.columns, pairs.n_pairs, relaxed.seed, relaxed.fits_seed, relaxed.score),
        (alignment_constants(parameters), parameters.n_iterations, np.float32(parameters.min_support)),
        room_for(N_ROOM),
        (alignments.is_aligned, alignments.partner, alignments.overlap, alignments.fit),
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
