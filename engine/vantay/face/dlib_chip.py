"""Cut the chip of a face for dlib's embedding, as its own program does.

The five landmarks are carried to their mean places by a similarity; a face more than about twice as large as
the chip is halved first, with a smoothing filter, so that no pixel is skipped.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numba
import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSample

CHIP_SIZE_PX = 150
PADDING = 0.25
"""Share of the face's size that the chip shows beyond it on each side."""

MEAN_LANDMARKS = np.array(
    [
        [0.8595674595992, 0.2134981538014],
        [0.6460604764104, 0.2289674387677],
        [0.1205750620789, 0.2137274526848],
        [0.3340850613712, 0.2290642403242],
        [0.4901123135679, 0.6277975316475],
    ]
)
"""x, y of the landmarks of a mean face of size 1; dlib, ``get_face_chip_details``."""

HALVED_SHIFT_PX = np.array([1.25, 0.75])
"""How far a point of the halved image lies from half the point of the image: the original's figure."""

SMOOTHING = np.array([1, 4, 6, 4, 1], np.float32)
"""The filter before halving, in both directions; its sum is 16."""

MIN_HALVED_PX = 8
"""A smaller image is not halved."""


class _Frame(NamedTuple):
    """A square in the image that becomes the chip: its first and last corner before turning, and the turn."""

    first: npt.NDArray[np.float64]
    last: npt.NDArray[np.float64]
    angle_rad: float

    def corner(self, x: float, y: float) -> npt.NDArray[np.float64]:
        """Return a corner of the turned square; 0 and 1 are first and last column or row."""
        centre = (self.first + self.last) / 2
        arm = self.first + (self.last - self.first) * np.array([x, y]) - centre
        cosine, sine = np.cos(self.angle_rad), np.sin(self.angle_rad)
        return np.asarray(centre + np.array([[cosine, -sine], [sine, cosine]]) @ arm)

    def halved(self) -> _Frame:
        return _Frame(self.first / 2 - HALVED_SHIFT_PX, self.last / 2 - HALVED_SHIFT_PX, self.angle_rad)

    @property
    def area(self) -> float:
        return float(np.prod(self.last - self.first + 1))


def cut_chip(image: npt.NDArray[np.uint8], landmarks: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Return the chip of one face.

    Parameters
    ----------
    image : (h, w, 3) uint8
        Red, green, blue.
    landmarks : (5, 2) float
        x, y in pixels, in the order of `vantay.face.landmark_trees`.

    Returns
    -------
    (150, 150, 3) uint8
        Black where the image has nothing.

    Raises
    ------
    InvalidSample
        If the landmarks are not five different points, or the image is not of three colours.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InvalidSample(f"an image of {image.shape} {image.dtype}, expected (height, width, 3) uint8")
    frame = _find_frame(np.asarray(landmarks, np.float64))
    image, frame = _crop(image, frame)
    while frame.halved().area > CHIP_SIZE_PX**2 and min(image.shape[:2]) > MIN_HALVED_PX:
        image, frame = _halve(image), frame.halved()
    chip = np.zeros((CHIP_SIZE_PX, CHIP_SIZE_PX, 3), np.uint8)
    origin = frame.corner(0, 0)
    step = CHIP_SIZE_PX - 1
    across, down = (frame.corner(1, 0) - origin) / step, (frame.corner(0, 1) - origin) / step
    _interpolate_kernel(image, origin, across, down, chip)
    return chip


def _find_frame(landmarks: npt.NDArray[np.float64]) -> _Frame:
    """Return the square that the least-squares similarity from mean landmarks to landmarks makes the chip."""
    if landmarks.shape != MEAN_LANDMARKS.shape or not np.isfinite(landmarks).all():
        raise InvalidSample(f"landmarks of shape {landmarks.shape}, expected five finite points")
    chip = (PADDING + MEAN_LANDMARKS) / (2 * PADDING + 1) * CHIP_SIZE_PX
    z, w = (points @ np.array([1, 1j]) for points in (chip, landmarks))
    z_mean, w_mean = z.mean(), w.mean()
    factor = np.vdot(z - z_mean, w - w_mean) / np.vdot(z - z_mean, z - z_mean).real
    if abs(factor) == 0:
        raise InvalidSample("the landmarks are all one point, expected a face")
    middle = w_mean + factor * (CHIP_SIZE_PX / 2 * (1 + 1j) - z_mean)
    centre = np.array([middle.real, middle.imag])
    half = (CHIP_SIZE_PX * abs(factor) - 1) / 2
    return _Frame(centre - half, centre + half, float(np.angle(factor)))


def _crop(image: npt.NDArray[np.uint8], frame: _Frame) -> tuple[npt.NDArray[np.uint8], _Frame]:
    """Cut what the chip shows, and as much more as halving loses at the border, out of the image."""
    margin_px, smaller = 2, frame.halved()
    while smaller.area > CHIP_SIZE_PX**2:
        margin_px, smaller = 2 * margin_px + 2, smaller.halved()
    corners = np.array([frame.corner(x, y) for x in (0, 1) for y in (0, 1)])
    limit = np.array([image.shape[1] - 1, image.shape[0] - 1])
    first, last = (
        np.floor(np.clip(edge, 0, limit) + 0.5).astype(int)
        for edge in (corners.min(axis=0) - margin_px, corners.max(axis=0) + margin_px)
    )
    part = image[first[1] : last[1] + 1, first[0] : last[0] + 1]
    return part, _Frame(frame.first - first, frame.last - first, frame.angle_rad)


def _halve(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return every second pixel of the smoothed image, without the border that smoothing does not reach.

    Values are rounded down. Sums of 256 times a grey value are exact in float32.
    """
    height, width = ((side - 3) // 2 for side in image.shape[:2])
    sums = cv2.sepFilter2D(image, cv2.CV_32F, SMOOTHING, SMOOTHING)
    inner = sums[2 : 2 + 2 * height : 2, 2 : 2 + 2 * width : 2]
    return (inner * np.float32(1 / 256)).astype(np.uint8)


@numba.njit(cache=True, nogil=True)
def _interpolate_kernel(
    image: npt.NDArray[np.uint8],
    origin: npt.NDArray[np.float64],
    across: npt.NDArray[np.float64],
    down: npt.NDArray[np.float64],
    chip: npt.NDArray[np.uint8],
) -> None:
    """Fill the chip with bilinear values, rounded down; what lies outside the image stays as it is.

    Column c of row r is at ``origin + c across + r down``.
    """
    height, width, n_colors = image.shape
    for r in range(chip.shape[0]):
        for c in range(chip.shape[1]):
            x = origin[0] + c * across[0] + r * down[0]
            y = origin[1] + c * across[1] + r * down[1]
            left, top = int(np.floor(x)), int(np.floor(y))
            if not (0 <= left < width - 1 and 0 <= top < height - 1):
                continue
            x_share, y_share = x - left, y - top
            for color in range(n_colors):
                upper = (1 - x_share) * image[top, left, color] + x_share * image[top, left + 1, color]
                lower = (1 - x_share) * image[top + 1, left, color] + x_share * image[
                    top + 1, left + 1, color
                ]
                chip[r, c, color] = int((1 - y_share) * upper + y_share * lower)
