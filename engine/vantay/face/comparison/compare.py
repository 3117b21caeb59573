"""Compare templates of faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.errors import IncompatibleTemplate
from vantay.face.comparison.calibration import calibrated_scores
from vantay.types import FaceTemplate
from vantay_models.entry import Calibration


@dataclass(frozen=True, slots=True)
class FaceComparison:
    """What a 1:1 comparison of two face templates found.

    Attributes
    ----------
    score : float
        −10·log10(FMR): 40 means that one non-mated comparison in 10,000 scores as high.
    cosine : float
        Of the two vectors, −1 to 1.
    """

    score: float
    cosine: float


def compare_faces(probe: FaceTemplate, reference: FaceTemplate, calibration: Calibration) -> FaceComparison:
    """Compare two faces.

    Parameters
    ----------
    probe, reference : FaceTemplate
        Of one model.
    calibration : Calibration
        Of that model.

    Returns
    -------
    FaceComparison
        The same whichever is the probe.

    Raises
    ------
    IncompatibleTemplate
        If the templates are of different models, or of different versions of one.
    """
    cosine = cosines(probe, stack_vectors([reference], like=probe))
    return FaceComparison(float(calibrated_scores(cosine, calibration)[0]), float(cosine[0]))


def stack_vectors(templates: Sequence[FaceTemplate], *, like: FaceTemplate) -> npt.NDArray[np.float32]:
    """Put the vectors of templates below each other, of unit length again.

    Parameters
    ----------
    templates : sequence of FaceTemplate
        As many as wanted.
    like : FaceTemplate
        Whose model and version they must have.

    Returns
    -------
    (n, d) float32
        Unit vectors.

    Raises
    ------
    IncompatibleTemplate
        Naming the first template of another model or version.
    """
    for template in templates:
        _check_alike(template, like)
    stacked = np.array([t.vector for t in templates], np.float32).reshape(len(templates), like.vector.size)
    lengths = np.linalg.norm(stacked, axis=1, keepdims=True)
    return np.asarray(stacked / lengths, np.float32)


def cosines(probe: FaceTemplate, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Compute the cosine of a probe with many references.

    Parameters
    ----------
    probe : FaceTemplate
        One face.
    vectors : (n, d) float32
        From `stack_vectors`.

    Returns
    -------
    (n,) float32
        −1 to 1.
    """
    return np.asarray(vectors @ stack_vectors([probe], like=probe)[0], np.float32)


def _check_alike(one: FaceTemplate, other: FaceTemplate) -> None:
    mine, others = ((t.model, t.model_version, t.vector.size) for t in (one, other))
    if mine != others:
        raise IncompatibleTemplate(
            f"a face template of model {one.model} {one.model_version} with {one.vector.size} numbers "
            f"does not compare with one of {other.model} {other.model_version} with {other.vector.size}: "
            "make both with one model"
        )
