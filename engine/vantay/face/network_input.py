"""The part of a photo that a network wants to see of a face: an aligned chip, or the box and more."""

from __future__ import annotations

import cv2
import numpy as np

from vantay.errors import ModelUnavailable
from vantay.face.alignment import align_face
from vantay.face.detection import Box, DetectedFace, Pixels
from vantay.face.dlib_chip import CHIP_SIZE_PX, cut_chip
from vantay_models.entry import ImageInput, LandmarkKind


def cut_face(pixels: Pixels, face: DetectedFace, image: ImageInput) -> Pixels:
    """Cut from a photo what a network wants to see of a face.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        The photo: red, green, blue.
    face : DetectedFace
        Where the face is.
    image : ImageInput
        Of the network: an alignment template, or how far to enlarge the box.

    Returns
    -------
    (height_px, width_px, 3) uint8
        Red, green, blue.

    Raises
    ------
    InvalidSetting
        If the face has not the landmarks of the template.
    ModelUnavailable
        If the manifest does not say how to cut.
    """
    if image.width_px is None or image.height_px is None:
        raise ModelUnavailable("a model for faces takes images of any size, expected one that wants a chip")
    size = image.width_px, image.height_px
    if image.template is not None:
        landmarks = face.points(image.template.landmarks)
        if image.template.landmarks is LandmarkKind.EYE_CORNERS_NOSE and size == (CHIP_SIZE_PX, CHIP_SIZE_PX):
            return cut_chip(pixels, landmarks)
        return align_face(pixels, landmarks, np.array(image.template.points), size)
    if image.box_scale is not None:
        return cut_box(pixels, face.box, image.box_scale, size)
    raise ModelUnavailable("a model for faces has neither template nor box scale, expected one of them")


def cut_box(pixels: Pixels, box: Box, scale: float, size: tuple[int, int]) -> Pixels:
    """Cut an enlarged box, moved and if need be reduced so that it lies in the photo; resize it.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        The photo.
    box : Box
        Around the face.
    scale : float
        By how much to enlarge it.
    size : tuple of int
        Width and height of the result in pixels.

    Returns
    -------
    (height, width, 3) uint8
        The part of the photo.
    """
    height, width = pixels.shape[:2]
    scale = min(scale, (height - 1) / box.height_px, (width - 1) / box.width_px)
    x, y = box.centre
    half_width, half_height = scale * box.width_px / 2, scale * box.height_px / 2
    x = min(max(x, half_width), width - 1 - half_width)
    y = min(max(y, half_height), height - 1 - half_height)
    left, top, right, bottom = (
        int(edge) for edge in (x - half_width, y - half_height, x + half_width, y + half_height)
    )
    return np.asarray(cv2.resize(pixels[top : bottom + 1, left : right + 1], size), np.uint8)
