"""What the folds of LEADER's graph stand for, step by step as published."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay_models.leader.weights import Convolution

Array = npt.NDArray[np.float64]


def convolve(planes: Array, convolution: Convolution) -> Array:
    """Convolve (c, h, w) with zeros around, so that height and width stay."""
    n_out, _, height, width = convolution.kernel.shape
    padded = np.pad(planes, ((0, 0), (height // 2,) * 2, (width // 2,) * 2))
    result = np.empty((n_out, *planes.shape[1:]))
    for channel, y, x in np.ndindex(result.shape):
        patch = padded[:, y : y + height, x : x + width]
        result[channel, y, x] = np.sum(patch * convolution.kernel[channel]) + convolution.bias[channel]
    return result


def double(planes: Array) -> Array:
    """Write each pixel of (c, h, w) as 2 × 2 pixels."""
    return planes.repeat(2, axis=1).repeat(2, axis=2)


def pointwise(rows: Array, convolution: Convolution) -> Array:
    """Apply a 1 × 1 convolution to rows (n, c)."""
    return rows @ convolution.kernel[:, :, 0, 0].T.astype(np.float64) + convolution.bias


def standardise(rows: Array, epsilon: float) -> Array:
    """Bring each row to mean 0 and variance 1."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    return np.asarray(centred / deviation)
