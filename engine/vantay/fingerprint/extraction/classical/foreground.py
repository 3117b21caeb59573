"""Foreground: where on the image the finger is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vantay.fingerprint.extraction.classical.parameters import ForegroundParameters


@dataclass(frozen=True, slots=True, eq=False)
class Foreground:
    """The smallest rectangle of whole blocks that holds the finger.

    Attributes
    ----------
    pixels : (h, w) float32
        Grey values in the rectangle; h and w are multiples of the block. Beyond the image: mirrored.
    mask : (h, w) uint8
        1 on the finger, 0 elsewhere and beyond the image.
    border_px : (h, w) float32
        Distance of each pixel on the finger to the nearest one that is not, also beyond the image.
    x_px, y_px : int
        Top left corner of the rectangle in the image.
    """

    pixels: npt.NDArray[np.float32]
    mask: npt.NDArray[np.uint8]
    border_px: npt.NDArray[np.float32]
    x_px: int
    y_px: int


def find_foreground(pixels: npt.NDArray[np.uint8], parameters: ForegroundParameters) -> Foreground | None:
    """Cut the finger out of an image.

    Parameters
    ----------
    pixels : (h, w) uint8
        Grey values, 500 ppi.
    parameters : ForegroundParameters
        Constants.

    Returns
    -------
    Foreground or None
        None where no block has enough contrast.
    """
    block = parameters.block_px
    height, width = pixels.shape
    padded = cv2.copyMakeBorder(pixels, 0, -height % block, 0, -width % block, cv2.BORDER_REFLECT_101).astype(
        np.float32
    )
    blocks = _clean(_contrasted_blocks(padded, parameters), parameters)
    if not blocks.any():
        return None
    rows, columns = np.flatnonzero(blocks.any(axis=1)), np.flatnonzero(blocks.any(axis=0))
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    mask = np.repeat(np.repeat(blocks[top:bottom, left:right], block, axis=0), block, axis=1)
    y, x = int(top) * block, int(left) * block
    mask[height - y :] = 0
    mask[:, width - x :] = 0
    cut = padded[y : bottom * block, x : right * block]
    return Foreground(cut, mask, _border_distance(mask), x, y)


def _contrasted_blocks(
    pixels: npt.NDArray[np.float32], parameters: ForegroundParameters
) -> npt.NDArray[np.uint8]:
    """Blocks whose deviation, over 3 × 3 blocks, is near that of the clearest ones."""
    size = (pixels.shape[1] // parameters.block_px, pixels.shape[0] // parameters.block_px)
    mean = cv2.blur(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), (3, 3))
    power = cv2.blur(cv2.resize(pixels * pixels, size, interpolation=cv2.INTER_AREA), (3, 3))
    deviation = np.sqrt(np.maximum(power - mean * mean, 0))
    clearest = float(np.quantile(deviation, parameters.clear_quantile))
    least = max(parameters.contrast_floor, parameters.contrast_share * clearest)
    return (deviation > least).astype(np.uint8)


def _clean(blocks: npt.NDArray[np.uint8], parameters: ForegroundParameters) -> npt.NDArray[np.uint8]:
    """Drop specks and small pieces, fill gaps and holes."""
    opened = cv2.morphologyEx(blocks, cv2.MORPH_OPEN, _disc(parameters.opening_blocks))
    margin = parameters.closing_blocks
    # With a margin, closing does not glue the finger to the border and the outside is one component.
    framed = np.pad(opened, margin)
    closed = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, _disc(parameters.closing_blocks))
    filled = _fill_holes(_drop_small_pieces(closed.astype(np.uint8), parameters.min_area_share))
    return np.ascontiguousarray(filled[margin:-margin, margin:-margin])


def _disc(diameter: int) -> npt.NDArray[np.uint8]:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter)).astype(np.uint8)


def _drop_small_pieces(blocks: npt.NDArray[np.uint8], min_area_share: float) -> npt.NDArray[np.uint8]:
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(blocks, connectivity=4)
    area = statistics[:, cv2.CC_STAT_AREA].copy()
    area[0] = 0  # the background
    is_large = (area >= max(1.0, min_area_share * area.max())).astype(np.uint8)
    pieces: npt.NDArray[np.uint8] = is_large[np.asarray(labels, np.intp)]
    return pieces


def _fill_holes(blocks: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    _, labels = cv2.connectedComponents(1 - blocks, connectivity=4)
    is_inside: npt.NDArray[np.bool_] = np.not_equal(labels, labels[0, 0])
    return is_inside.astype(np.uint8)


def _border_distance(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    framed = np.pad(mask, 1)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_3)
    return distance[1:-1, 1:-1].astype(np.float32, copy=False)
