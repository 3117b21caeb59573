"""Linear steps of dlib's networks that follow each other become one convolution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vantay_models.dlib.layers import Convolution, Layer, Scaling, Window
from vantay_models.dlib.network import PIXEL_DIVISOR


def fold_scalings(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers with every scaling folded into the convolution before it.

    Products are formed in float64 and rounded once.
    """
    folded: list[Layer] = []
    for layer in layers:
        last = folded[-1] if folded else None
        if isinstance(layer, Scaling) and isinstance(last, Convolution):
            folded[-1] = _fold_scaling(last, layer)
        else:
            folded.append(layer)
    return folded


def _fold_scaling(convolution: Convolution, scaling: Scaling) -> Convolution:
    factor = scaling.factor.astype(np.float64)
    kernel = convolution.kernel * factor[:, None, None, None]
    bias = convolution.bias * factor + scaling.addend
    return Convolution(kernel.astype(np.float32), bias.astype(np.float32), convolution.window)


def fold_pixel_divisor(convolution: Convolution) -> Convolution:
    """Return the first convolution for pixels less their mean that were not divided."""
    kernel = convolution.kernel / np.float32(PIXEL_DIVISOR)
    return Convolution(kernel, convolution.bias, convolution.window)


def fold_pixel_mean(convolution: Convolution, mean: tuple[float, float, float]) -> Convolution:
    """Return the first convolution for pixels whose mean was not subtracted.

    Exact for a convolution without padding alone: what lies outside the image is not the mean.
    """
    per_channel = convolution.kernel.astype(np.float64).sum(axis=(2, 3))
    bias = convolution.bias - per_channel @ np.array(mean, np.float64)
    return Convolution(convolution.kernel, bias.astype(np.float32), convolution.window)


def widen(convolution: Convolution, n_in: int, n_out: int) -> Convolution:
    """Return a convolution with more channels, whose additional outputs are zero and inputs do not count."""
    n_more_out, n_more_in = n_out - convolution.kernel.shape[0], n_in - convolution.kernel.shape[1]
    kernel = np.pad(convolution.kernel, ((0, n_more_out), (0, n_more_in), (0, 0), (0, 0)))
    return Convolution(kernel, np.pad(convolution.bias, (0, n_more_out)), convolution.window)


def split_rows(convolution: Convolution) -> tuple[Convolution, Convolution]:
    """Split a convolution with one output into one along rows and one along columns.

    The first has an output for each row of the kernel; the second adds them up, each moved to its place.
    """
    _, _, height, width = convolution.kernel.shape
    pad_y, pad_x = convolution.window.padding
    along_rows = convolution.kernel[0].transpose(1, 0, 2)[:, :, None]
    along_columns = np.eye(height, dtype=np.float32)[None, :, :, None]
    return (
        Convolution(
            np.ascontiguousarray(along_rows),
            np.zeros(height, np.float32),
            Window((1, width), (1, 1), (0, pad_x)),
        ),
        Convolution(along_columns, convolution.bias, Window((height, 1), (1, 1), (pad_y, 0))),
    )


def mean_pooling_kernel(n_in: int, n_out: int, window: Window) -> Convolution:
    """Return mean pooling as a convolution, its outputs filled up with channels of zeros.

    It costs 3 % more than pooling would, and lets ONNX Runtime keep its blocked order of values.
    """
    height, width = window.size
    kernel = np.zeros((n_out, n_in, height, width), np.float32)
    kernel[np.arange(n_in), np.arange(n_in)] = 1 / (height * width)
    return Convolution(kernel, np.zeros(n_out, np.float32), window)
