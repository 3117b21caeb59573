"""Filtering each pixel with a filter of its own, one product at a time."""

import numpy as np
import numpy.typing as npt


def filter_pixels(
    image: npt.NDArray[np.float32],
    mask: npt.NDArray[np.uint8],
    orientations: npt.NDArray[np.uint8],
    periods: npt.NDArray[np.uint8],
    bank: npt.NDArray[np.float32],
) -> npt.NDArray[np.float64]:
    """Image times filter around each pixel of the mask; mirrored beyond the image, the edge not doubled."""
    height, width = image.shape
    result = np.zeros(image.shape)
    for y in range(height):
        for x in range(width):
            if not mask[y, x]:
                continue
            taps = bank[periods[y, x], orientations[y, x]]
            for dy in range(-7, 9):
                for dx in range(-7, 9):
                    pixel = image[_mirrored(y + dy, height), _mirrored(x + dx, width)]
                    result[y, x] += float(taps[dy + 7, dx + 7]) * float(pixel)
    return result


def _mirrored(index: int, length: int) -> int:
    while not 0 <= index < length:
        index = -index if index < 0 else 2 * (length - 1) - index
    return index
