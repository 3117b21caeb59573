"""Everything that is measured of a photo, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from vantay.face.detection import DetectedFace, Pixels
from vantay.face.quality.background import measure_background
from vantay.face.quality.exposure import Exposure, measure_exposure
from vantay.face.quality.portrait import cut_portrait, face_oval
from vantay.face.quality.pose import Pose, estimate_pose
from vantay.face.quality.sharpness import measure_sharpness


@dataclass(frozen=True, slots=True)
class Measures:
    """What is measured of a photo.

    Attributes
    ----------
    face_width_share : float
        Twice the eye distance over the width of the photo.
    eye_distance_px : float
        In the photo.
    pose : Pose
        Where the head looks.
    sharpness : float
        As `measure_sharpness` gives it.
    exposure : Exposure
        Light on the face.
    background : float or None
        Unevenness of the ground; None where none is seen.
    """

    face_width_share: float
    eye_distance_px: float
    pose: Pose
    sharpness: float
    exposure: Exposure
    background: float | None


def measure_photo(pixels: Pixels, face: DetectedFace) -> Measures:
    """Measure a photo.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        The photo: red, green, blue.
    face : DetectedFace
        Whose photo it is.

    Returns
    -------
    Measures
        All of it.
    """
    portrait, oval = cut_portrait(pixels, face), face_oval()
    return Measures(
        face_width_share=2 * face.eye_distance_px / pixels.shape[1],
        eye_distance_px=face.eye_distance_px,
        pose=estimate_pose(face),
        sharpness=measure_sharpness(portrait, oval),
        exposure=measure_exposure(portrait, oval),
        background=measure_background(pixels, face),
    )
