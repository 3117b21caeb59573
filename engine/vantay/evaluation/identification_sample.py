"""Non-mated scores of all heights, from a sample of the subjects of a test: lists hold only the highest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from vantay.evaluation.identification import IdentificationTask
from vantay.evaluation.identification_search import Capture, ExhaustiveSearcher, Probe
from vantay.types import Candidate

FloatArray = npt.NDArray[np.float64]

MAX_SAMPLE_COMPARISONS = 500_000
"""Of a sample: about ten seconds of one core."""

MAX_REFERENCES = 1000

FINGER, FACE, FUSED = "single finger", "face", "fused"


def sample_non_mated(task: IdentificationTask) -> dict[str, FloatArray]:
    """Compare some strangers of a test with some enrolled subjects, and keep every score.

    Parameters
    ----------
    task : IdentificationTask
        Whose first subjects and first strangers.

    Returns
    -------
    mapping of str to (n,) float64
        By kind of score, `FINGER`, `FACE` and `FUSED`; a kind that there is none of is left out, and so is
        `FUSED` where nothing is fused.
    """
    n_samples = len(task.positions) + task.has_face
    n_references = min(task.n_subjects, MAX_REFERENCES)
    n_strangers = max(1, min(task.n_non_mated, MAX_SAMPLE_COMPARISONS // (n_references * n_samples)))
    search = ExhaustiveSearcher().open(task.captures(0, n_references, 0))
    scores: dict[str, list[float]] = defaultdict(list)
    for stranger in _with_sample(task.captures(task.n_subjects, task.n_subjects + n_strangers, 1)):
        for candidate in search(Probe.of(stranger), n_references).candidates:
            _keep(candidate, scores, is_fused=n_samples > 1)
    return {kind: np.array(found, np.float64) for kind, found in scores.items()}


def _with_sample(captures: Iterator[Capture]) -> Iterator[Capture]:
    return (capture for capture in captures if not capture.is_empty)


def _keep(candidate: Candidate, scores: dict[str, list[float]], *, is_fused: bool) -> None:
    if candidate.finger_scores:
        scores[FINGER].extend(candidate.finger_scores.values())
    if candidate.face_score is not None:
        scores[FACE].append(candidate.face_score)
    if is_fused:
        scores[FUSED].append(candidate.score)
