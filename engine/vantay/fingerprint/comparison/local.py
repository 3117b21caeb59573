"""The local stage: which minutiae of two prints have alike neighbourhoods."""

from __future__ import annotations

import numpy as np

from vantay.errors import InvalidSetting
from vantay.fingerprint.comparison.arrays import Arrays, Float32s, Int64s
from vantay.fingerprint.comparison.local_kernel import MAX_DIRECTION, N_GRADES, PASS, local_kernel
from vantay.fingerprint.comparison.parameters import MAX_PAIRS, LocalParameters
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack


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

    Raises
    ------
    InvalidSetting
        If the largest difference of directions is more than `MAX_DIRECTION`.
    """

    def __init__(self, parameters: LocalParameters) -> None:
        self.direction = parameters.max_direction_difference
        if not 0 <= self.direction <= MAX_DIRECTION:
            raise InvalidSetting(
                f"max_direction_difference is {self.direction}, expected 0 to {MAX_DIRECTION}"
            )
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
    local_kernel(
        (probe.words, probe.ones, probe.angle, probe.n_minutiae, probe.n_valid),
        (pack.words, pack.ones, pack.angle, pack.start, pack.n_minutiae, pack.n_valid),
        references,
        (tables.direction, tables.per_share, tables.similarity, tables.pair_counts),
        out,
    )
