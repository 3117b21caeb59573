"""Synthetic populations that stand beside real ones: sets of prints as in FVC, faces of a studio."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay.evaluation.fidelity import PrintSet
from vantay.types import FingerPosition
from vantay_datasets.synthetic.face_vectors import DLIB_FACES, FaceLevel, FaceModel
from vantay_datasets.synthetic.minutiae import TemplateLevel, finger_seeds, impression_seeds, make_impressions

FloatArray = npt.NDArray[np.float64]

POSITIONS = (
    FingerPosition.RIGHT_INDEX,
    FingerPosition.RIGHT_MIDDLE,
    FingerPosition.LEFT_INDEX,
    FingerPosition.LEFT_MIDDLE,
)
"""What FVC volunteers gave: Maio et al., ICPR 2002, doi:10.1109/ICPR.2002.1048144, section 2."""

N_FINGERS, N_IMPRESSIONS = 10, 8
"""Of a set, as the B sets of FVC have them."""

AGE_YEARS = 25.0
"""FVC volunteers were mostly students."""

_U64_STEP = 1 << 32


def make_print_sets(n_sets: int, level: TemplateLevel, seed: int = 1) -> list[PrintSet]:
    """Make synthetic sets: 10 fingers of 3 people, 8 impressions each, every impression at a time of its own.

    Parameters
    ----------
    n_sets : int
        How many.
    level : TemplateLevel
        How good impressions are.
    seed : int
        Another seed is other people.

    Returns
    -------
    list of PrintSet
        The same for the same seed.
    """
    return [_make_print_set(seed * _U64_STEP + number * 16, level) for number in range(n_sets)]


def _make_print_set(first_person: int, level: TemplateLevel) -> PrintSet:
    fingers, seeds, positions, touches = [], [], [], []
    for finger in range(N_FINGERS):
        person = first_person + finger // len(POSITIONS)
        position = POSITIONS[finger % len(POSITIONS)]
        for number in range(N_IMPRESSIONS):
            fingers.append(finger)
            positions.append(position)
            seeds.append(finger_seeds(person)[position - 1])
            touches.append(impression_seeds(person * N_IMPRESSIONS + number)[position - 1])
    batch = make_impressions(
        np.array(seeds, np.uint64),
        np.array(positions, np.uint8),
        np.full(len(fingers), AGE_YEARS),
        np.array(touches, np.uint64),
        level,
    )
    return PrintSet(fingers, [batch.template(i) for i in range(len(batch))])


def face_cosines(n_people: int, n_captures: int, seed: int = 1) -> dict[str, FloatArray]:
    """Make synthetic faces of a studio and compare each with each.

    Parameters
    ----------
    n_people : int
        How many.
    n_captures : int
        Of each.
    seed : int
        Another seed is other people.

    Returns
    -------
    mapping of str to (k,) float64
        ``mated_cosines`` and ``non_mated_cosines``.
    """
    model = FaceModel(DLIB_FACES)
    rng = np.random.default_rng([seed, n_people])
    people = np.repeat(model.people(rng.standard_normal((n_people, model.n_normals))), n_captures, axis=0)
    n = len(people)
    vectors = model.captures(
        people, rng.standard_normal((n, model.n_normals)), rng.standard_normal(n), FaceLevel.STUDIO
    ).astype(np.float64)
    probe, reference = np.triu_indices(n, 1)
    cosines = (vectors @ vectors.T)[probe, reference]
    is_mated = probe // n_captures == reference // n_captures
    return {"mated_cosines": cosines[is_mated], "non_mated_cosines": cosines[~is_mated]}
