"""The comparison as a whole: local pairs, relaxation, alignment, evidence, calibrated score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vantay.fingerprint.comparison.alignment import Alignments, align
from vantay.fingerprint.comparison.arrays import Float32s, Int16s, Int64s
from vantay.fingerprint.comparison.calibration import CALIBRATION
from vantay.fingerprint.comparison.evidence import log_odds, sum_paired_similarity
from vantay.fingerprint.comparison.local import LocalPairs, LocalTables, find_local_pairs
from vantay.fingerprint.comparison.parameters import PARAMETERS
from vantay.fingerprint.comparison.prepared import (
    QUALITY,
    PreparedTemplate,
    TemplatePack,
    check_parameters,
)
from vantay.fingerprint.comparison.relaxation import RelaxedPairs, relax_pairs
from vantay.types import Comparison

LOCAL_TABLES = LocalTables(PARAMETERS.local)

CHUNK = 256
"""References a stage sees at once: its intermediate results stay in the second-level cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """What every stage found, for some references of a pack; rows in their order."""

    pairs: LocalPairs
    relaxed: RelaxedPairs
    alignments: Alignments
    paired: Float32s
    log_odds: Float32s
    score: Float32s


def compare(probe: PreparedTemplate, reference: PreparedTemplate) -> Comparison:
    """Compare two fingers.

    Parameters
    ----------
    probe, reference : PreparedTemplate
        From `prepare`.

    Returns
    -------
    Comparison
        Calibrated score, paired minutiae (indices into the templates), evidence by stage.

    Raises
    ------
    IncompatibleTemplate
        If either was prepared with other parameters.
    """
    stages = run_stages(probe, TemplatePack.of([reference]), np.zeros(1, np.int64))
    columns, partners = _pairs_best_first(probe, reference, stages.alignments.partner[0])
    pairs = np.column_stack([probe.order[columns], reference.order[partners]]).astype(np.int32)
    evidence = {
        "log_odds": float(stages.log_odds[0]),
        "local_score": float(stages.pairs.score[0]),
        "relaxed_score": float(stages.relaxed.score[0]),
        "paired_similarity": float(stages.paired[0]),
        "overlap": float(stages.alignments.overlap[0]),
        "n_pairs": float(pairs.shape[0]),
    }
    return Comparison(float(stages.score[0]), pairs, evidence)


def _pairs_best_first(
    probe: PreparedTemplate, reference: PreparedTemplate, partner: Int16s
) -> tuple[Int64s, Int64s]:
    """Columns of the paired minutiae, in the order of what they add to the score."""
    columns = np.flatnonzero(partner >= 0)
    partners = partner[columns].astype(np.int64)
    differing = np.bitwise_count(probe.words[:, columns] ^ reference.words[:, partners]).sum(axis=0)
    comparable = (probe.ones[columns] > 0) & (reference.ones[partners] > 0)
    ones = np.maximum(probe.ones[columns] + reference.ones[partners], 1)
    weight = np.sqrt(probe.minutiae[QUALITY, columns] * reference.minutiae[QUALITY, partners])
    similarity = np.where(comparable, 1 - np.sqrt(differing / (2 * ones)), 0)
    best_first = np.argsort(-similarity * weight, kind="stable")
    return columns[best_first], partners[best_first]


def compare_many(probe: PreparedTemplate, pack: TemplatePack, references: Int64s | None = None) -> Float32s:
    """Compare one finger with many.

    Parameters
    ----------
    probe : PreparedTemplate
        From `prepare`.
    pack : TemplatePack
        The references.
    references : (r,) int64, optional
        Which of them; all by default.

    Returns
    -------
    (r,) float32
        Calibrated scores, the same to the bit as those of `compare`.

    Raises
    ------
    IncompatibleTemplate
        If the probe was prepared with other parameters.
    IndexError
        If a reference is not in the pack.
    """
    if references is None:
        references = np.arange(len(pack), dtype=np.int64)
    elif references.size and not 0 <= references.min() <= references.max() < len(pack):
        # The kernels do not look: an index outside would read foreign memory.
        raise IndexError(
            f"references {references.min()} to {references.max()}, expected 0 to {len(pack) - 1}"
        )
    odds = _odds_of(probe, pack, references)
    return CALIBRATION.score(odds, np.minimum(probe.n_valid, pack.n_valid[references]))


def compare_each(tasks: Sequence[tuple[PreparedTemplate, TemplatePack]]) -> list[Float32s]:
    """Compare several fingers, each with all references of a pack of its own.

    Parameters
    ----------
    tasks : sequence of (PreparedTemplate, TemplatePack)
        Probes and their references.

    Returns
    -------
    list of (r,) float32
        What `compare_many` gives of each, to the bit; small packs take less time, for all are calibrated in
        one go.

    Raises
    ------
    IncompatibleTemplate
        If a probe was prepared with other parameters.
    """
    if not tasks:
        return []
    odds = [_odds_of(probe, pack, np.arange(len(pack), dtype=np.int64)) for probe, pack in tasks]
    n_smaller = [np.minimum(probe.n_valid, pack.n_valid) for probe, pack in tasks]
    scores = CALIBRATION.score(np.concatenate(odds), np.concatenate(n_smaller))
    return np.split(scores, np.cumsum([len(pack) for _, pack in tasks])[:-1])


def _odds_of(probe: PreparedTemplate, pack: TemplatePack, references: Int64s) -> Float32s:
    odds = np.empty(references.shape[0], np.float32)
    for first in range(0, references.shape[0], CHUNK):
        chunk = slice(first, first + CHUNK)
        odds[chunk] = _evidence_of(probe, pack, references[chunk])[-1]
    return odds


def run_stages(probe: PreparedTemplate, pack: TemplatePack, references: Int64s) -> Stages:
    """Run all stages on some references of a pack; at most `CHUNK` at once is fastest."""
    evidence = _evidence_of(probe, pack, references)
    score = CALIBRATION.score(evidence[-1], np.minimum(probe.n_valid, pack.n_valid[references]))
    return Stages(*evidence, score)


def _evidence_of(
    probe: PreparedTemplate, pack: TemplatePack, references: Int64s
) -> tuple[LocalPairs, RelaxedPairs, Alignments, Float32s, Float32s]:
    """Run the stages before the calibration; what the last of them gives are the log-odds."""
    check_parameters("probe", probe.parameter_hash)
    pairs = find_local_pairs(probe, pack, references, LOCAL_TABLES)
    relaxed = relax_pairs(probe, pack, references, pairs, (PARAMETERS.relaxation, LOCAL_TABLES.pair_counts))
    alignments = align(probe, pack, references, pairs, relaxed, PARAMETERS.alignment)
    paired = sum_paired_similarity(probe, pack, references, alignments)
    return pairs, relaxed, alignments, paired, log_odds(paired, alignments, relaxed, PARAMETERS.score)
