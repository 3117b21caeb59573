"""Which part of an image the network sees: the foreground on the network's own grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from vantay.fingerprint.extraction.foreground import Box

SIZE_MULTIPLE_PX = 32
"""The network halves its input five times."""

LARGEST_SIDE_PX = 1024
"""A square of this side takes the network 0.6 GB and a second; no finger fills its 52 mm, a bad scan may."""

CONTEXT_PX = 128
"""What a part of a larger window sees beyond the part it answers for: about fourteen ridges."""


class Part(NamedTuple):
    """A piece of a window: what the network sees, and the part of it whose minutiae count."""

    seen: Box
    core: Box


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


def split_window(window: Box) -> list[Part]:
    """Split a window into parts that fit into memory; cores tile it, on the same grid.

    Parameters
    ----------
    window : Box
        From `aligned_window`.

    Returns
    -------
    list of Part
        The window itself where no side is above `LARGEST_SIDE_PX`.
    """
    return [
        Part(Box(left, top, right, bottom), Box(core_left, core_top, core_right, core_bottom))
        for (top, bottom), (core_top, core_bottom) in _split_span(window.top, window.bottom)
        for (left, right), (core_left, core_right) in _split_span(window.left, window.right)
    ]


def _split_span(low: int, high: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield what is seen and what counts of each part of a span."""
    if high - low <= LARGEST_SIDE_PX:
        yield (low, high), (low, high)
        return
    step = LARGEST_SIDE_PX - 2 * CONTEXT_PX
    for start in range(low, high, step):
        end = min(start + step, high)
        yield (max(low, start - CONTEXT_PX), min(high, end + CONTEXT_PX)), (start, end)
