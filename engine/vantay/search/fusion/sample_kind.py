"""Which kind of sample a comparison was made with: a finger or a face, and how good the worse of the two."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.comparison import PreparedTemplate
from vantay.fingerprint.comparison.prepared import QUALITY
from vantay.search.fusion.mated_model import MODEL, Kinds


def reliable_minutiae(template: PreparedTemplate) -> float:
    """Sum the qualities, each 0 to 1, of a finger's minutiae.

    This tells mated scores as well as the quality of the image does, means the same for either extractor and
    for records of others, and comes with every prepared template.
    """
    return float(template.minutiae[QUALITY].sum())


def finger_kinds(reliable: npt.ArrayLike) -> Kinds:
    """Give the kind of comparisons of fingers.

    Parameters
    ----------
    reliable : (…) float
        `reliable_minutiae` of the worse of probe and reference.

    Returns
    -------
    (…) uint8
        For `fuse`.
    """
    return _bin(reliable, MODEL.finger_from)


def face_kinds(quality: npt.ArrayLike) -> Kinds:
    """Give the kind of comparisons of faces.

    Parameters
    ----------
    quality : (…) float
        Of the worse of probe and reference, 0 to 100.

    Returns
    -------
    (…) uint8
        For `fuse`.
    """
    return (_bin(quality, MODEL.face_from) + np.uint8(MODEL.n_finger_kinds)).astype(np.uint8)


def _bin(quality: npt.ArrayLike, starts: tuple[float, ...]) -> Kinds:
    return np.searchsorted(starts[1:], np.asarray(quality, np.float64), side="right").astype(np.uint8)
