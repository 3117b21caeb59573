"""Where a head looks, from five landmarks: a scaled orthographic view of a mean head.

Notes
-----
Five points of one person do not tell a long nose from a raised chin. So yaw and roll hold within a few
degrees, pitch is coarse; it is good enough to tell somebody who looks down at the desk.

References
----------
ISO/IEC 19794-5:2005, 5.5.9: pose angles and their signs. N. A. Dodgson, "Variation and extrema of human
interpupillary distance", SPIE 5291, 2004, doi:10.1117/12.529999: 63 mm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vantay.face.detection import DetectedFace
from vantay_models.entry import LandmarkKind

MEAN_HEAD_MM = {
    LandmarkKind.EYES_NOSE_MOUTH: np.array(
        [
            [-31.5, 0.0, 0.0],
            [31.5, 0.0, 0.0],
            [0.0, 36.0, -24.0],
            [-26.0, 72.7, 0.0],
            [26.0, 72.7, 0.0],
        ]
    ),
    LandmarkKind.EYE_CORNERS_NOSE: np.array(
        [
            [45.0, 0.0, 8.0],
            [19.0, 1.9, 0.0],
            [-45.0, 0.0, 8.0],
            [-19.0, 1.9, 0.0],
            [0.0, 50.5, -18.0],
        ]
    ),
}
"""x to the right of the image, y down, z away from the camera. Across the image these are the mean places of
the points in the networks' alignment templates, brought to a distance of 63 mm between the eyes; depths are
of the order that faces have."""


class Pose(NamedTuple):
    """Angles in degrees, 0 for a frontal face; signs as in ISO/IEC 19794-5.

    Attributes
    ----------
    yaw_deg : float
        Positive: looks to the person's own left.
    pitch_deg : float
        Positive: looks down.
    roll_deg : float
        Positive: tilted to the person's own right shoulder.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


PITCH_OF_FRONTAL_DEG = {LandmarkKind.EYES_NOSE_MOUTH: 18.6, LandmarkKind.EYE_CORNERS_NOSE: -6.5}
"""What the fit gives for people who look into the camera, the median of frontal portraits; taken off."""


def estimate_pose(face: DetectedFace) -> Pose:
    """Estimate where a head looks.

    Parameters
    ----------
    face : DetectedFace
        With its landmarks.

    Returns
    -------
    Pose
        Yaw and pitch within ±90°, roll within ±180°.
    """
    turn = fit_rotation(face.landmarks, MEAN_HEAD_MM[face.kind])
    yaw = np.arcsin(np.clip(turn[2, 0], -1.0, 1.0))
    pitch = np.arctan2(turn[2, 1], turn[2, 2])
    roll = np.arctan2(-turn[1, 0], turn[0, 0])
    frontal_deg = PITCH_OF_FRONTAL_DEG[face.kind]
    return Pose(float(np.degrees(yaw)), float(np.degrees(pitch)) - frontal_deg, float(np.degrees(roll)))


def fit_rotation(
    landmarks: npt.NDArray[np.float64], head_mm: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Find the rotation whose scaled orthographic view of a head best shows landmarks.

    Parameters
    ----------
    landmarks : (5, 2) float64
        x, y in the image.
    head_mm : (5, 3) float64
        The same points on a head, not in one plane.

    Returns
    -------
    (3, 3) float64
        Rotation. The two rows that the image shows are those orthonormal rows nearest to the affine map of
        least squares, the third is their cross product.
    """
    centred = head_mm - head_mm.mean(axis=0)
    affine = np.linalg.lstsq(centred, landmarks - landmarks.mean(axis=0), rcond=None)[0].T
    left, _, right = np.linalg.svd(affine, full_matrices=False)
    rows = left @ right
    return np.vstack([rows, np.cross(rows[0], rows[1])])
