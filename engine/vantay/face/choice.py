"""Whose photo is it: the biggest central face, or a typed error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vantay.errors import ExtractionFailed
from vantay.face.detection import DetectedFace


@dataclass(frozen=True, slots=True)
class ChoiceParameters:
    """How faces of one photo are ranked.

    Attributes
    ----------
    edge_weight : float
        Of a face at a corner of the image; 1 in its middle, falling with the square of the distance.
        Chosen: a bystander at the edge must be nearly twice as wide to count as much.
    equal_share : float
        A second face of at least this share of the first one's rank makes it unclear who is meant. Chosen:
        two people side by side at arm's length from each other differ by less.
    """

    edge_weight: float = 0.5
    equal_share: float = 0.7


CHOICE = ChoiceParameters()


def choose_face(
    faces: Sequence[DetectedFace],
    width_px: int,
    height_px: int,
    name: str = "image",
    parameters: ChoiceParameters = CHOICE,
) -> DetectedFace:
    """Choose the biggest central face.

    A face ranks by the side of a square as large as its box, times a weight that falls towards the corners.

    Parameters
    ----------
    faces : sequence of DetectedFace
        Of one photo.
    width_px, height_px : int
        Size of the photo.
    name : str
        What error messages call the photo.
    parameters : ChoiceParameters
        Other than the default.

    Returns
    -------
    DetectedFace
        The first by rank.

    Raises
    ------
    ExtractionFailed
        ``no_face``, or ``several_faces`` if a second one ranks about as high.
    """
    if not faces:
        raise ExtractionFailed("no_face", f"{name}: no face found, expected one, upright and uncovered")
    ranks = [_rank(face, width_px, height_px, parameters) for face in faces]
    order = sorted(range(len(faces)), key=lambda index: -ranks[index])
    best = order[0]
    n_equal = sum(rank >= parameters.equal_share * ranks[best] for rank in ranks)
    if n_equal > 1:
        raise ExtractionFailed(
            "several_faces",
            f"{name}: {n_equal} faces of about the same size, expected one person alone, "
            "or clearly in front of the others",
        )
    return faces[best]


def _rank(face: DetectedFace, width_px: int, height_px: int, parameters: ChoiceParameters) -> float:
    x, y = face.box.centre
    distance = math.hypot(x - width_px / 2, y - height_px / 2) / math.hypot(width_px / 2, height_px / 2)
    weight = 1 - (1 - parameters.edge_weight) * min(distance, 1.0) ** 2
    return math.sqrt(max(face.box.area, 0.0)) * weight
