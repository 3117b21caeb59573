"""A probe's face against the faces of one subject, or of everyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.face.comparison import calibrated_scores, cosines, stack_vectors
from vantay.search.fusion import correct_for_tries
from vantay.search.gallery import GallerySnapshot
from vantay.store import StoredFace
from vantay.types import FaceTemplate
from vantay_models.entry import Calibration


@dataclass(frozen=True, slots=True, eq=False)
class FaceProbe:
    """A face to ask about, and what a cosine with it is worth.

    Attributes
    ----------
    template : FaceTemplate
        The face.
    calibration : Calibration
        Of its model.
    """

    template: FaceTemplate
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class FaceEvidence:
    """What the face of the probe found.

    Attributes
    ----------
    score : float
        Comparison score, corrected for the number of references tried.
    encounter_id : str
        The encounter of the reference that it is most alike.
    cosine : float
        With that reference, −1 to 1.
    quality : int
        Of the worse of the probe and the best reference tried, 0 to 100: what the score is worth in fusion.
    """

    score: float
    encounter_id: str
    cosine: float
    quality: int = 0


def compare_with_gallery(probe: FaceProbe, gallery: GallerySnapshot) -> npt.NDArray[np.float64]:
    """Compare a face with all of a gallery.

    Parameters
    ----------
    probe : FaceProbe
        The face.
    gallery : GallerySnapshot
        With n rows.

    Returns
    -------
    (n,) float64
        Score of the best face of each row, corrected for their number; NaN for a row without a face.

    Raises
    ------
    IncompatibleTemplate
        If the faces of the gallery are of another model.
    """
    n_rows = gallery.is_alive.shape[0]
    best = np.zeros(n_rows)
    n_tries = np.zeros(n_rows, dtype=np.int64)
    for segment in gallery.face_segments:
        vector = stack_vectors([probe.template], like=segment.first)[0]  # refuses another model
        scores = calibrated_scores(segment.index.cosines(vector), probe.calibration)
        np.maximum.at(best, segment.rows, scores)
        np.add.at(n_tries, segment.rows, 1)
    return np.where(n_tries > 0, correct_for_tries(best, np.maximum(n_tries, 1)), np.nan)


def qualities_with_gallery(probe: FaceProbe, gallery: GallerySnapshot) -> npt.NDArray[np.float64]:
    """Tell what a comparison with each row of a gallery is made with.

    Parameters
    ----------
    probe : FaceProbe
        The face.
    gallery : GallerySnapshot
        With n rows.

    Returns
    -------
    (n,) float64
        Quality of the worse of the probe and the best face of the row, 0 to 100; 0 for a row without a face.
    """
    best = np.zeros(gallery.is_alive.shape[0])
    for segment in gallery.face_segments:
        np.maximum.at(best, segment.rows, segment.qualities)
    return np.minimum(best, probe.template.quality)


def compare_with_subject(probe: FaceProbe, references: Sequence[StoredFace]) -> FaceEvidence | None:
    """Compare a face with the faces of one subject, of all its encounters.

    Parameters
    ----------
    probe : FaceProbe
        The face.
    references : sequence of StoredFace
        The subject's.

    Returns
    -------
    FaceEvidence or None
        Of the best; None if the subject has no face.

    Raises
    ------
    IncompatibleTemplate
        If a reference is of another model.
    """
    if not references:
        return None
    vectors = stack_vectors([reference.template for reference in references], like=probe.template)
    found = cosines(probe.template, vectors)
    best = int(np.argmax(found))
    score = calibrated_scores(found, probe.calibration)[best]
    corrected = float(correct_for_tries(score, len(references)))
    quality = min(probe.template.quality, max(reference.template.quality for reference in references))
    return FaceEvidence(corrected, references[best].encounter_id, float(found[best]), quality)
