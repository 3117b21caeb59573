"""The face at one size: upright, its eyes at fixed places, so that measures do not depend on the camera."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import numpy.typing as npt

from vantay.face.alignment import align_face
from vantay.face.detection import DetectedFace, Pixels
from vantay.face.quality.parameters import PORTRAIT, PortraitParameters


def cut_portrait(
    pixels: Pixels, face: DetectedFace, parameters: PortraitParameters = PORTRAIT
) -> npt.NDArray[np.uint8]:
    """Cut the portrait of a face.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        The photo: red, green, blue.
    face : DetectedFace
        Where the face is.
    parameters : PortraitParameters
        Other than the default.

    Returns
    -------
    (side, side) uint8
        Luminance.
    """
    middle, half = parameters.side_px / 2, parameters.eye_distance_px / 2
    target = np.array([[middle - half, parameters.eye_height_px], [middle + half, parameters.eye_height_px]])
    chip = align_face(pixels, face.eyes, target, (parameters.side_px, parameters.side_px))
    return np.asarray(cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY), np.uint8)


@functools.cache
def face_oval(parameters: PortraitParameters = PORTRAIT) -> npt.NDArray[np.bool_]:
    """Return which pixels of a portrait are face, (side, side)."""
    y, x = np.mgrid[: parameters.side_px, : parameters.side_px]
    across = (x - parameters.side_px / 2) / parameters.oval_px[0]
    down = (y - parameters.eye_height_px - parameters.oval_drop_px) / parameters.oval_px[1]
    oval = np.asarray(across**2 + down**2 <= 1)
    oval.flags.writeable = False
    return oval
