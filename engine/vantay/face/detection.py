"""What a detected face is, what every detector offers, and how detection treats tight crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay_models.entry import LandmarkKind

Points = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]


class Box(NamedTuple):
    """A rectangle around a face in pixels; it may reach out of the image."""

    left_px: float
    top_px: float
    width_px: float
    height_px: float

    @property
    def area(self) -> float:
        """Width times height, in square pixels."""
        return self.width_px * self.height_px

    @property
    def centre(self) -> tuple[float, float]:
        """Middle, as x and y in pixels."""
        return self.left_px + self.width_px / 2, self.top_px + self.height_px / 2


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFace:
    """A face in an image.

    Attributes
    ----------
    box : Box
        Around the face.
    landmarks : (5, 2) float64
        x, y in pixels, pixel centres at whole numbers.
    kind : LandmarkKind
        Which points these are.
    score : float
        How sure the detector is; detectors have scales of their own.
    """

    box: Box
    landmarks: Points
    kind: LandmarkKind
    score: float

    def points(self, kind: LandmarkKind) -> Points:
        """Give the points that an alignment template names, (n, 2) x, y in pixels.

        Raises
        ------
        InvalidSetting
            If this face's landmarks do not tell where they are.
        """
        if kind is self.kind:
            return self.landmarks
        if kind is LandmarkKind.EYES_MOUTH and self.kind is LandmarkKind.EYES_NOSE_MOUTH:
            return np.vstack([self.landmarks[:2], self.landmarks[3:].mean(axis=0)])
        raise InvalidSetting(
            f"a face has landmarks {self.kind}, the model expects {kind}: use its own detector"
        )

    @property
    def eyes(self) -> Points:
        """Centres of the left and the right eye in the image, (2, 2) x, y in pixels."""
        if self.kind is LandmarkKind.EYE_CORNERS_NOSE:
            right, left = self.landmarks[:2].mean(axis=0), self.landmarks[2:4].mean(axis=0)
            return np.stack([left, right])
        return self.landmarks[:2]

    @property
    def eye_distance_px(self) -> float:
        """Distance between the centres of the eyes."""
        return float(np.hypot(*np.diff(self.eyes, axis=0)[0]))

    def grown(self, factor: npt.NDArray[np.float64]) -> DetectedFace:
        """Carry box and landmarks to an image that is larger by (2,) factors in x and y."""
        left, top, width, height = np.array(self.box) * np.tile(factor, 2)
        box = Box(float(left), float(top), float(width), float(height))
        return replace(self, box=box, landmarks=(self.landmarks + 0.5) * factor - 0.5)

    def moved(self, x_px: float, y_px: float) -> DetectedFace:
        """Shift box and landmarks."""
        box = self.box._replace(left_px=self.box.left_px + x_px, top_px=self.box.top_px + y_px)
        return replace(self, box=box, landmarks=self.landmarks + np.array([x_px, y_px]))


class FaceDetector(Protocol):
    """Finds faces with five landmarks."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def version(self) -> str:
        """Changes whenever the same image may give other landmarks."""

    @property
    def kind(self) -> LandmarkKind:
        """Which landmarks it gives."""

    def detect(self, pixels: Pixels) -> list[DetectedFace]:
        """Find the faces in an (h, w, 3) uint8 RGB image, best score first."""


@dataclass(frozen=True, slots=True)
class PaddingParameters:
    """When and how far an image is padded before it is searched for faces again.

    Attributes
    ----------
    share : float
        Width of the border as a share of the longer side. Detectors have learnt faces with their
        surroundings; half a face beyond each edge stands for them.
    grey : int
        Value of the border: neither dark nor light, so that the edge of the photo is no contour of a head.
    edge_share : float
        A face is cut tightly if its box comes nearer to an edge than this share of the box.
    max_side_px : int
        A larger photo is shrunk to this longer side before the border is added, so that it stays small.
    """

    share: float = 0.5
    grey: int = 128
    edge_share: float = 0.05
    max_side_px: int = 1000


PADDING = PaddingParameters()


def detect_faces(
    detector: FaceDetector, pixels: Pixels, parameters: PaddingParameters = PADDING
) -> list[DetectedFace]:
    """Find the faces of a photo; where none is found, or only tightly cut ones, a padded copy is searched.

    Parameters
    ----------
    detector : FaceDetector
        Which detector.
    pixels : (h, w, 3) uint8
        Red, green, blue.
    parameters : PaddingParameters
        Other than the default.

    Returns
    -------
    list of DetectedFace
        In the coordinates of `pixels`, best score first; boxes may reach out of the image.
    """
    found = detector.detect(pixels)
    if found and not _all_cut_tightly(found, pixels.shape, parameters):
        return found
    return _detect_with_border(detector, pixels, parameters) or found


def _detect_with_border(
    detector: FaceDetector, pixels: Pixels, parameters: PaddingParameters
) -> list[DetectedFace]:
    small, growth = shrink(pixels, parameters.max_side_px)
    border = round(parameters.share * max(small.shape[:2]))
    padded = cv2.copyMakeBorder(
        small, border, border, border, border, cv2.BORDER_CONSTANT, value=(parameters.grey,) * 3
    )
    faces = detector.detect(np.asarray(padded, np.uint8))
    return [face.moved(-border, -border).grown(growth) for face in faces]


def shrink(pixels: Pixels, max_side_px: int) -> tuple[Pixels, npt.NDArray[np.float64]]:
    """Shrink an image by area to a longer side; smaller ones stay as they are.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        Any image.
    max_side_px : int
        Largest longer side of the result.

    Returns
    -------
    small : (h', w', 3) uint8
        The image, at least one pixel wide and high.
    growth : (2,) float64
        Width and height of the image over those of the small one.
    """
    height, width = pixels.shape[:2]
    factor = max_side_px / max(height, width)
    if factor >= 1:
        return pixels, np.ones(2)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small, np.array([width / size[0], height / size[1]])


def _all_cut_tightly(
    faces: Sequence[DetectedFace], shape: tuple[int, ...], parameters: PaddingParameters
) -> bool:
    return all(_is_cut_tightly(face.box, shape, parameters) for face in faces)


def _is_cut_tightly(box: Box, shape: tuple[int, ...], parameters: PaddingParameters) -> bool:
    margin_x, margin_y = parameters.edge_share * box.width_px, parameters.edge_share * box.height_px
    return (
        box.left_px < margin_x
        or box.top_px < margin_y
        or box.left_px + box.width_px > shape[1] - margin_x
        or box.top_px + box.height_px > shape[0] - margin_y
    )
