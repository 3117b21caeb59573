"""dlib's face embedding as an ONNX graph: from chips of 150 × 150 px to vectors of 128 numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import onnx
from onnx import TensorProto, helper

from vantay_models.dlib.convolving import convolve
from vantay_models.dlib.folding import (
    fold_pixel_divisor,
    fold_pixel_mean,
    fold_scalings,
    mean_pooling_kernel,
)
from vantay_models.dlib.layers import (
    AddPrevious,
    Convolution,
    Layer,
    Mark,
    MaximumPooling,
    MeanPooling,
    Product,
    Rectifier,
    Window,
)
from vantay_models.dlib.network import Network
from vantay_models.errors import ModelSourceError
from vantay_models.graph_writer import GraphWriter, value_info

CHIP_SIZE_PX = 150
DIMENSION = 128
N_COLORS = 3
WHOLE_MAP = (0, 0)
"""The window of a mean over the whole map, as dlib writes it."""


def write_embedding(network: Network) -> onnx.ModelProto:
    """Return the embedding for ONNX Runtime.

    Input ``chip``, (b, 150, 150, 3) uint8: red, green, blue. Output ``embedding``, (b, 128) float32, as dlib
    gives it: not of length 1.

    Raises
    ------
    ModelSourceError
        If a layer is of a kind or in a place that the network is not known to have.
    """
    first, *rest = _join_marks(fold_scalings(network.layers))
    if not isinstance(first, Convolution) or first.window.padding != (0, 0):
        raise ModelSourceError("the embedding does not start with a convolution without padding")
    writer = EmbeddingWriter("chip")
    for layer in (fold_pixel_mean(fold_pixel_divisor(first), network.mean), *rest):
        writer.add(layer)
    if writer.value.n_channels != DIMENSION or writer.value.size_px != 1:
        raise ModelSourceError(f"the embedding ends in {writer.value}, expected {DIMENSION} numbers")
    writer.rename(writer.value.name, "embedding")
    shape = ("batch", CHIP_SIZE_PX, CHIP_SIZE_PX, N_COLORS)
    chip = helper.make_tensor_value_info("chip", TensorProto.UINT8, shape)
    return writer.model([chip], [value_info("embedding", ("batch", DIMENSION))], "dlib_face_embedding")


@dataclass(frozen=True)
class Return:
    """The block's output is kept to be added, and the way goes on at the mark before the block."""


def _join_marks(layers: Sequence[Layer]) -> Iterator[Layer | Return]:
    """Replace two marks in a row, a tag after a block and a skip back to the tag before it, by one return."""
    rest = iter(layers)
    for layer in rest:
        if not isinstance(layer, Mark):
            yield layer
            continue
        following = next(rest, None)
        if isinstance(following, Mark):
            yield Return()
        else:
            yield layer
            if following is not None:
                yield following


class Planes(NamedTuple):
    """A value of the graph: its name, number of channels, height and width."""

    name: str
    n_channels: int
    size_px: int


class EmbeddingWriter(GraphWriter):
    """Writes the layers one after the other.

    Parameters
    ----------
    chip : str
        Chips (b, 150, 150, 3) uint8.
    """

    def __init__(self, chip: str) -> None:
        super().__init__()
        planes = self.node("Transpose", chip, perm=(0, 3, 1, 2))
        self.value = Planes(self.node("Cast", planes, to=TensorProto.FLOAT), N_COLORS, CHIP_SIZE_PX)
        self._marked: Planes | None = None
        self._block_output: Planes | None = None

    def add(self, layer: Layer | Return) -> None:
        """Write the next layer."""
        match layer:
            case Convolution():
                self.value = self._convolve(layer)
            case Rectifier():
                self.value = self.value._replace(name=self.node("Relu", self.value.name))
            case MaximumPooling():
                self.value = self._pool_maximum(layer.window)
            case MeanPooling():
                self.value = self._pool_mean(layer.window)
            case Mark():
                self._marked, self._block_output = self.value, None
            case Return():
                self.value, self._block_output = self._at_mark(), self.value
            case AddPrevious():
                self.value = self._sum(self._block_output or self._at_mark())
            case Product():
                rows = self.node("Flatten", self.value.name)
                product = self.node("MatMul", rows, self.constant(layer.matrix))
                self.value = Planes(product, layer.matrix.shape[1], 1)
            case _:
                raise ModelSourceError(f"the embedding has a layer {type(layer).__name__} it should not have")

    def _at_mark(self) -> Planes:
        if self._marked is None:
            raise ModelSourceError("the embedding goes back to a mark that is not there")
        return self._marked

    def _convolve(self, convolution: Convolution) -> Planes:
        name = convolve(self, self.value.name, convolution)
        return Planes(name, convolution.bias.size, self._size_after(convolution.window))

    def _pool_maximum(self, window: Window) -> Planes:
        name = self.node("MaxPool", self.value.name, kernel_shape=window.size, strides=window.stride)
        return self.value._replace(name=name, size_px=self._size_after(window))

    def _pool_mean(self, window: Window) -> Planes:
        """Write the mean, of as many channels as what it will be added to."""
        if window.size == WHOLE_MAP:
            return self.value._replace(name=self.node("GlobalAveragePool", self.value.name), size_px=1)
        n_channels = self.value.n_channels
        n_out = n_channels if self._block_output is None else self._block_output.n_channels
        return self._convolve(mean_pooling_kernel(n_channels, max(n_channels, n_out), window))

    def _sum(self, other: Planes) -> Planes:
        """Write the sum of two values, the smaller filled up with zeros to the right and below."""
        n_channels = max(self.value.n_channels, other.n_channels)
        size_px = max(self.value.size_px, other.size_px)
        terms = (self._grow(planes, n_channels, size_px) for planes in (other, self.value))
        return Planes(self.node("Add", *terms), n_channels, size_px)

    def _grow(self, planes: Planes, n_channels: int, size_px: int) -> str:
        more_channels, more_px = n_channels - planes.n_channels, size_px - planes.size_px
        if not more_channels and not more_px:
            return planes.name
        pads = self.constant((0, 0, 0, 0, 0, more_channels, more_px, more_px), "int64")
        return self.node("Pad", planes.name, pads, self.constant(0.0))

    def _size_after(self, window: Window) -> int:
        if window.size[0] != window.size[1] or window.stride[0] != window.stride[1]:
            raise ModelSourceError(f"the embedding has a window that is not square: {window}")
        return 1 + (self.value.size_px + 2 * window.padding[0] - window.size[0]) // window.stride[0]
