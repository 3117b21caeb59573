"""Read a whole network of dlib: loss, input, layers.

The file nests: the loss holds the last layer, each layer holds the one before it and then its own values. So
it starts with one version number a layer, from the last to the first, goes on with the input, and then gives
the values from the first layer to the last.
"""

from __future__ import annotations

from dataclasses import dataclass

from vantay_models.dlib.layers import MAX_SIDE, Layer, Mark, read_layer
from vantay_models.dlib.stream import Stream

MARK_VERSION, LAYER_VERSION, FIRST_LAYER_VERSION = 1, 2, 3
MAX_LAYERS = 1000
N_TRAINING_TENSORS = 3
N_TRAINING_TRUTHS = 3

IMAGE_INPUTS = ("input_rgb_image_pyramid", "input_rgb_image_sized")
PIXEL_DIVISOR = 256.0
"""dlib divides pixels less their mean by 256."""


@dataclass(frozen=True)
class SlidingWindowLoss:
    """What the detector's loss keeps for use: the window, and which boxes are one face.

    Attributes
    ----------
    width_px, height_px : int
        Size of the face in the image where the score map is positive.
    largest_union_share, largest_covered_share : float
        Two boxes are one face if intersection over union, or over either's area, is above these.
    """

    width_px: int
    height_px: int
    largest_union_share: float
    largest_covered_share: float


@dataclass(frozen=True)
class Network:
    """A network as the file has it.

    Attributes
    ----------
    loss : SlidingWindowLoss or None
        None for a loss that says nothing about use.
    mean : (3,) float
        Mean red, green and blue, subtracted from each pixel before division by `PIXEL_DIVISOR`.
    layers : tuple of Layer
        From input to output.
    """

    loss: SlidingWindowLoss | None
    mean: tuple[float, float, float]
    layers: tuple[Layer, ...]


def read_network(data: bytes, name: str) -> Network:
    """Read a file of dlib.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What error messages call it.

    Raises
    ------
    ModelSourceError
        If the bytes are not a network of the known layers.
    """
    stream = Stream(data, name)
    stream.expect("the version of the loss layer", stream.integer(), 1)
    loss = _read_loss(stream)
    is_mark = _read_nesting(stream)
    mean = _read_input(stream)
    layers: list[Layer] = [_read_layer_and_state(stream)]
    stream.expect("samples that the input makes of an image", stream.integer(), 1)
    layers += [Mark() if mark else _read_layer_and_state(stream) for mark in is_mark]
    stream.finish()
    return Network(loss, mean, tuple(layers))


def _read_loss(stream: Stream) -> SlidingWindowLoss | None:
    kind = stream.text()
    stream.expect("the kind of loss", kind, "loss_mmod_", "loss_metric_2")
    if kind == "loss_metric_2":
        for _ in ("margin", "distance threshold"):
            stream.number()
        return None
    stream.expect("the version of the sliding window's options", stream.integer(), 1)
    width, height = stream.count(MAX_SIDE), stream.count(MAX_SIDE)
    for _ in ("loss of a false alarm", "loss of a miss", "overlap with the truth"):
        stream.number()
    union_share, covered_share = stream.number(), stream.number()
    for _ in ("overlaps to ignore in training",) * 2:
        stream.number()
    return SlidingWindowLoss(width, height, union_share, covered_share)


def _read_nesting(stream: Stream) -> list[bool]:
    """Return for every layer after the first, from first to last, whether it is a mark."""
    is_mark: list[bool] = []
    while (version := stream.integer()) != FIRST_LAYER_VERSION:
        stream.expect("a layer's version", version, LAYER_VERSION, MARK_VERSION)
        is_mark.append(version == MARK_VERSION)
        if len(is_mark) > MAX_LAYERS:
            raise stream.fail(f"more than {MAX_LAYERS} layers")
    return is_mark[::-1]


def _read_input(stream: Stream) -> tuple[float, float, float]:
    kind = stream.text()
    stream.expect("the kind of input", kind, *IMAGE_INPUTS)
    mean = (stream.number(), stream.number(), stream.number())
    if kind == "input_rgb_image_sized":
        for _ in ("rows", "columns"):
            stream.count(MAX_SIDE)
    return mean


def _read_layer_and_state(stream: Stream) -> Layer:
    """Read a layer and, over it, the state of its training."""
    layer = read_layer(stream)
    for _ in range(N_TRAINING_TRUTHS):
        stream.truth()
    for _ in range(N_TRAINING_TENSORS):
        stream.tensor()
    return layer
