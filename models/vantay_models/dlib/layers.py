"""The layers of dlib's two networks for faces, and how each is read.

A layer starts with a text that names its kind and format version. What only training needs (gradients, rates
of learning) is read over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vantay_models.dlib.stream import FloatArray, Stream

MAX_SIDE = 1 << 12
"""More filters, rows or columns than any layer here has."""

N_MULTIPLIERS = 4
"""Multipliers of learning rate and weight decay, for weights and for biases."""


@dataclass(frozen=True)
class Window:
    """How a layer slides over a map: (y, x) each, in pixels of its input."""

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Convolution:
    """A convolution.

    Attributes
    ----------
    kernel : (out, in, h, w) float32
    bias : (out,) float32
    window : Window
    """

    kernel: FloatArray
    bias: FloatArray
    window: Window


@dataclass(frozen=True, eq=False)
class Scaling:
    """Factor and addend of each channel, (c,) float32 both: a batch normalisation after training."""

    factor: FloatArray
    addend: FloatArray


@dataclass(frozen=True)
class Rectifier:
    """Negative values become zero."""


@dataclass(frozen=True)
class MaximumPooling:
    """The largest value in each window."""

    window: Window


@dataclass(frozen=True)
class MeanPooling:
    """The mean of each window; a window of size 0 is the whole map."""

    window: Window


@dataclass(frozen=True)
class AddPrevious:
    """Adds the value at an earlier mark; the smaller of the two is filled up with zeros, channels too."""


@dataclass(frozen=True)
class Mark:
    """A tag, or a skip back to a tag: the file does not say which, the network's layout does."""


@dataclass(frozen=True, eq=False)
class Product:
    """Rows times ``matrix``, (in, out) float32."""

    matrix: FloatArray


Layer = Convolution | Scaling | Rectifier | MaximumPooling | MeanPooling | AddPrevious | Mark | Product


def read_layer(stream: Stream) -> Layer:
    """Read one layer, whatever its kind.

    Raises
    ------
    ModelSourceError
        If the kind is unknown or the values do not fit each other.
    """
    kind = stream.text()
    stream.expect("a layer's kind", kind, *_READERS)
    return _READERS[kind](stream)


def _read_convolution(stream: Stream) -> Convolution:
    values = stream.tensor().ravel()
    n_filters = stream.count(MAX_SIDE)
    window = _read_window(stream)
    shape, bias_shape = _read_part_shape(stream), _read_part_shape(stream)
    _skip_multipliers(stream)
    n_weights = int(np.prod(shape))
    stream.expect("the shape of a convolution's filters", (shape[0], *shape[2:]), (n_filters, *window.size))
    stream.expect("the shape of a convolution's biases", bias_shape, (1, n_filters, 1, 1))
    stream.expect("the number of a convolution's values", values.size, n_weights + n_filters)
    return Convolution(values[:n_weights].reshape(shape), values[n_weights:], window)


def _read_scaling(stream: Stream) -> Scaling:
    scaling = _read_factor_and_addend(stream)
    stream.expect("the mode of a scaling", stream.integer(), 0)
    return scaling


def _read_normalisation(stream: Stream) -> Scaling:
    """Read a batch normalisation as the scaling that it is once its statistics are fixed."""
    gamma_beta = _read_factor_and_addend(stream)
    for _ in ("means of the last batch", "their inverse deviations"):
        stream.tensor()
    mean, variance = stream.tensor().ravel(), stream.tensor().ravel()
    for _ in ("statistics seen", "most statistics kept"):
        stream.integer()
    _skip_multipliers(stream)
    epsilon = stream.number()
    stream.expect("the number of means and variances", {mean.size, variance.size}, {gamma_beta.factor.size})
    factor = gamma_beta.factor / np.sqrt(variance.astype(np.float64) + epsilon)
    addend = gamma_beta.addend - mean * factor
    return Scaling(factor.astype(np.float32), addend.astype(np.float32))


def _read_factor_and_addend(stream: Stream) -> Scaling:
    values = stream.tensor().ravel()
    n_channels = values.size // 2
    for what in ("factors", "addends"):
        stream.expect(f"the shape of {what}", _read_part_shape(stream), (1, n_channels, 1, 1))
    stream.expect("the number of factors and addends", values.size, 2 * n_channels)
    return Scaling(values[:n_channels], values[n_channels:])


def _read_product(stream: Stream) -> Product:
    n_out, n_in = stream.count(MAX_SIDE), stream.count(MAX_SIDE)
    values = stream.tensor().ravel()
    stream.expect("the shape of a product's matrix", _read_part_shape(stream), (n_in, n_out, 1, 1))
    _read_part_shape(stream)
    stream.integer()
    _skip_multipliers(stream)
    stream.expect("the number of a product's values", values.size, n_in * n_out)
    return Product(values.reshape(n_in, n_out))


def _read_window(stream: Stream) -> Window:
    size, stride, padding = ((stream.count(MAX_SIDE), stream.count(MAX_SIDE)) for _ in range(3))
    return Window(size, stride, padding)


def _read_part_shape(stream: Stream) -> tuple[int, ...]:
    """Read the shape of a part of a layer's values."""
    stream.expect("a part's version", stream.integer(), 1)
    return tuple(stream.count(MAX_SIDE) for _ in range(4))


def _skip_multipliers(stream: Stream) -> None:
    for _ in range(N_MULTIPLIERS):
        stream.number()


_READERS: dict[str, Callable[[Stream], Layer]] = {
    "con_4": _read_convolution,
    "affine_": _read_scaling,
    "bn_con2": _read_normalisation,
    "relu_": lambda _stream: Rectifier(),
    "max_pool_2": lambda stream: MaximumPooling(_read_window(stream)),
    "avg_pool_2": lambda stream: MeanPooling(_read_window(stream)),
    "add_prev_": lambda _stream: AddPrevious(),
    "fc_2": _read_product,
}
