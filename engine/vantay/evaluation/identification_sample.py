"""Non-mated scores of all heights, from a sample of the subjects of a test: lists hold only the highest."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from vantay.evaluation.identification import IdentificationTask
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, compare_many, prepare
from vantay.search import fuse
from vantay.types import FingerPosition

FloatArray = npt.NDArray[np.float64]

MAX_FINGER_COMPARISONS = 500_000
"""Of a sample: about ten seconds of one core."""

MAX_REFERENCES = 1000


def sample_non_mated(task: IdentificationTask) -> tuple[FloatArray, FloatArray]:
    """Compare some strangers of a test with some enrolled subjects, finger by finger, and fuse.

    Parameters
    ----------
    task : IdentificationTask
        Whose first subjects and first strangers.

    Returns
    -------
    finger_scores : (n,) float64
        Of single fingers, at most `MAX_FINGER_COMPARISONS`.
    fused : (m,) float64
        Of the same subjects, all their fingers fused; faces are not part of it.
    """
    n_references = min(task.n_subjects, MAX_REFERENCES)
    per_probe = n_references * max(len(task.positions), 1)
    n_probes = max(1, min(task.n_non_mated, MAX_FINGER_COMPARISONS // per_probe))
    references = _Packs(n_references)
    for row, capture in enumerate(task.captures(0, n_references, 0)):
        references.add(row, {p: prepare(t) for p, t in capture.fingers.items()})
    strangers = task.captures(task.n_subjects, task.n_subjects + n_probes, 1)
    found = [
        references.compare({p: prepare(t) for p, t in capture.fingers.items()}, task.positions)
        for capture in strangers
    ]
    scores = np.concatenate(found) if found else np.empty((0, len(task.positions)))
    fused = fuse(scores)
    return scores[~np.isnan(scores)], fused[~np.isnan(fused)]


class _Packs:
    """Templates of subjects by finger, to be compared with whole."""

    def __init__(self, n_subjects: int) -> None:
        self._n_subjects = n_subjects
        self._templates: dict[FingerPosition, list[PreparedTemplate]] = {}
        self._rows: dict[FingerPosition, list[int]] = {}
        self._packs: dict[FingerPosition, TemplatePack] = {}

    def add(self, row: int, fingers: dict[FingerPosition, PreparedTemplate]) -> None:
        for position, template in fingers.items():
            self._templates.setdefault(position, []).append(template)
            self._rows.setdefault(position, []).append(row)

    def compare(
        self, probe: dict[FingerPosition, PreparedTemplate], positions: Iterable[FingerPosition]
    ) -> FloatArray:
        """Scores of a probe with everyone, (n_subjects, k); NaN where either lacks the finger."""
        columns = list(positions)
        scores = np.full((self._n_subjects, len(columns)), np.nan)
        for column, position in enumerate(columns):
            if position in probe and position in self._templates:
                if position not in self._packs:
                    self._packs[position] = TemplatePack.of(self._templates[position])
                scores[self._rows[position], column] = compare_many(probe[position], self._packs[position])
        return scores
