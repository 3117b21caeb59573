"""dlib's layers one by one, as its documentation has them, on (c, h, w) float64."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from vantay_models.dlib.layers import (
    AddPrevious,
    Convolution,
    Layer,
    Mark,
    MaximumPooling,
    MeanPooling,
    Product,
    Rectifier,
    Scaling,
    Window,
)

Array = npt.NDArray[np.float64]


def run_layer(planes: Array, layer: Layer) -> Array:
    """Apply one layer that needs nothing but its input."""
    match layer:
        case Convolution(kernel, bias, window):
            patches = _patches(planes, window)
            product = np.einsum("chwij,ocij->ohw", patches, kernel.astype(np.float64), optimize=True)
            return np.asarray(product + bias[:, None, None])
        case Scaling(factor, addend):
            return np.asarray(planes * factor[:, None, None] + addend[:, None, None])
        case Rectifier():
            return np.maximum(planes, 0)
        case MaximumPooling(window):
            return np.asarray(_patches(planes, window).max(axis=(3, 4)))
        case MeanPooling(Window(size=(0, 0))):
            return np.asarray(planes.mean(axis=(1, 2), keepdims=True))
        case MeanPooling(window):
            return np.asarray(_patches(planes, window).mean(axis=(3, 4)))
        case Product(matrix):
            return np.asarray(planes.ravel() @ matrix)
    raise AssertionError(layer)


def run_residual_network(pixels: Array, layers: list[Layer]) -> Array:
    """Apply layers with marks: one starts a block; two in a row end it, and the way goes on before it."""
    value, tag, waiting = pixels, pixels, None
    i = 0
    while i < len(layers):
        if isinstance(layers[i], Mark) and isinstance(layers[i + 1], Mark):
            value, waiting = tag, value
            i += 1
        elif isinstance(layers[i], Mark):
            tag, waiting = value, None
        elif isinstance(layers[i], AddPrevious):
            value = add_filled(value, tag if waiting is None else waiting)
        else:
            value = run_layer(value, layers[i])
        i += 1
    return value


def add_filled(one: Array, other: Array) -> Array:
    """Add two values of any sizes; where one has nothing it counts as zero."""
    total = np.zeros(np.maximum(one.shape, other.shape))
    for term in (one, other):
        total[tuple(map(slice, term.shape))] += term
    return total


def _patches(planes: Array, window: Window) -> Array:
    """Return (c, rows, columns, h, w) views."""
    y, x = window.padding
    padded = np.pad(planes, ((0, 0), (y, y), (x, x)))
    views = sliding_window_view(padded, window.size, axis=(1, 2))
    return np.asarray(views[:, :: window.stride[0], :: window.stride[1]])
