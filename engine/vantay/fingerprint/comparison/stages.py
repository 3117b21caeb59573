"""The comparison as a whole: local pairs, relaxation, alignment, evidence, calibrated score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vantay.errors import IncompatibleTemplate
from vantay.fingerprint.comparison.alignment import Alignments, align
from vantay.fingerprint.comparison.arrays import Float32s, Int16s, Int64s
from vantay.fingerprint.comparison.calibration import CALIBRATION
from vantay.fingerprint.comparison.evidence import log_odds, sum_paired_similarity
from vantay.fingerprint.comparison.local import LocalPairs, LocalTables, find_local_pairs
from vantay.fingerprint.comparison.parameters import PARAMETER_HASH, PARAMETERS
from vantay.fingerprint.comparison.prepared import QUALITY, PreparedTemplate, TemplatePack
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
    for name, template in (("probe", probe), ("reference", reference)):
        if template.parameter_hash != PARAMETER_HASH:
            raise IncompatibleTemplate(
                f"{name} was prepared with parameters {template.parameter_hash[:12]}, "
                f"expected {PARAMETER_HASH[:12]}: prepare it anew from its minutiae"
            )
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
    return Comparison(float(CALIBRATION.score(stages.log_odds)[0]), pairs, evidence)


def _pairs_best_first(
    probe: PreparedTemplate, reference: PreparedTemplate, partner: Int16s
) -> tuple[Int64s, Int64s]:
    """Columns of the paired minutiae, in the order of what they add to the score."""
    columns = np.flatnonzero(partner >= 0)
    partners = partner[columns].astype(np.int64)
    differing = np.bitwise_count(probe.words[:, columns] ^ reference.words[:, partners]).sum(axis=0)
    ones = np.maximum(probe.ones[columns] + reference.ones[partners], 1)
    weight = np.sqrt(probe.minutiae[QUALITY, columns] * reference.minutiae[QUALITY, partners])
    best_first = np.argsort(-(1 - np.sqrt(differing / (2 * ones))) * weight, kind="stable")
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
    """
    if references is None:
        references = np.arange(len(pack), dtype=np.int64)
    raw = np.empty(references.shape[0], np.float32)
    for first in range(0, references.shape[0], CHUNK):
        chunk = slice(first, first + CHUNK)
        raw[chunk] = run_stages(probe, pack, references[chunk]).log_odds
    return CALIBRATION.score(raw)


def run_stages(probe: PreparedTemplate, pack: TemplatePack, references: Int64s) -> Stages:
    """Run all stages on some references of a pack; at most `CHUNK` at once is fastest."""
    pairs = find_local_pairs(probe, pack, references, LOCAL_TABLES)
    relaxed = relax_pairs(probe, pack, references, pairs, (PARAMETERS.relaxation, LOCAL_TABLES.pair_counts))
    alignments = align(probe, pack, references, pairs, relaxed, PARAMETERS.alignment)
    paired = sum_paired_similarity(probe, pack, references, alignments)
    odds = log_odds(paired, alignments, relaxed, PARAMETERS.score)
    return Stages(pairs, relaxed, alignments, paired, odds)
