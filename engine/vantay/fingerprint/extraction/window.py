"""Which part of an image the network sees: the foreground on the network's own grid."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vantay.fingerprint.extraction.foreground import Box

SIZE_MULTIPLE_PX = 32
"""The network halves its input five times."""


def aligned_window(box: Box, shape: tuple[int, ...]) -> Box:
    """Extend a box to the grid on which the network pools the whole image.

    Parameters
    ----------
    box : Box
        What the window must hold.
    shape : tuple of int
        Height and width of the image in pixels.

    Returns
    -------
    Box
        Sides that are multiples of 32 px; it may reach beyond the image.

    Notes
    -----
    The published method centres the image in the next multiple of 32. A window on that grid gives each pixel
    the same place in every pooled cell, so minutiae are those of the whole image; on a free grid one in ten
    was measured to move or turn a little.
    """
    left, right = _aligned_span(box.left, box.right, shape[1])
    top, bottom = _aligned_span(box.top, box.bottom, shape[0])
    return Box(left, top, right, bottom)


def _aligned_span(low: int, high: int, length: int) -> tuple[int, int]:
    border = (-length % SIZE_MULTIPLE_PX) // 2
    return (
        (low + border) // SIZE_MULTIPLE_PX * SIZE_MULTIPLE_PX - border,
        -(-(high + border) // SIZE_MULTIPLE_PX) * SIZE_MULTIPLE_PX - border,
    )


def cut_window(pixels: npt.NDArray[np.uint8], window: Box) -> npt.NDArray[np.uint8]:
    """Cut a window; outside the image it has the grey of the image's top left corner, as published."""
    height, width = pixels.shape
    inner = pixels[max(0, window.top) : window.bottom, max(0, window.left) : window.right]
    beyond = (-window.top, window.bottom - height, -window.left, window.right - width)
    if max(beyond) <= 0:
        return inner
    top, bottom, left, right = (max(0, side) for side in beyond)
    bordered = cv2.copyMakeBorder(
        inner, top, bottom, left, right, cv2.BORDER_CONSTANT, value=[int(pixels[0, 0])]
    )
    return np.asarray(bordered, np.uint8)
