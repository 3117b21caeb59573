"""The slow, obvious version of `vantay_datasets.synthetic.fingerprint.growth.filter_locally`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def filter_locally(
    relief: npt.NDArray[np.float32],
    filters: list[npt.NDArray[np.float64]],
    choice: npt.NDArray[np.int32],
) -> npt.NDArray[np.float64]:
    """Correlate each pixel's neighbourhood with the filter it chose; outside the image is zero."""
    height, width = relief.shape
    out = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            if choice[y, x] < 0:
                continue
            weights = filters[choice[y, x]]
            reach = weights.shape[0] // 2
            for row in range(-reach, reach + 1):
                for column in range(-reach, reach + 1):
                    if 0 <= y + row < height and 0 <= x + column < width:
                        out[y, x] += weights[row + reach, column + reach] * float(relief[y + row, x + column])
    return out
