"""dlib's face detector as an ONNX graph: from a tiled pyramid of the image to a map of scores."""

from __future__ import annotations

import onnx

from vantay_models.dlib.convolving import convolve
from vantay_models.dlib.folding import fold_pixel_divisor, fold_scalings, split_rows, widen
from vantay_models.dlib.layers import Convolution, Layer, Rectifier
from vantay_models.dlib.network import Network
from vantay_models.errors import ModelSourceError
from vantay_models.graph_writer import GraphWriter, value_info

CHANNEL_MULTIPLE = 16
"""ONNX Runtime takes a convolution into its blocked layout only with such numbers of channels inside: of 4
on any processor, and no value of a block of 16 is wasted."""


def write_detector(network: Network) -> onnx.ModelProto:
    """Return the detector for ONNX Runtime.

    Input ``tile``, (1, 3, height, width) float32: red, green, blue less their mean, 0 where no image is.
    Output ``score``, (1, 1, rows, columns) float32: above 0 where a face of 80 × 80 px has its centre. Row r
    is the tile's row 8 r + 14, and so the columns.

    Raises
    ------
    ModelSourceError
        If the network is not a chain of convolutions that ends in one score.
    """
    writer = GraphWriter()
    value = "tile"
    *inner, head = _stages(network)
    n_in = 3
    for convolution, is_rectified in inner:
        n_out = -(-convolution.bias.size // CHANNEL_MULTIPLE) * CHANNEL_MULTIPLE
        value = convolve(writer, value, widen(convolution, n_in, n_out), is_rectified=is_rectified)
        n_in = n_out
    for part in split_rows(widen(head[0], n_in, 1)):
        value = convolve(writer, value, part)
    writer.rename(value, "score")
    return writer.model(
        [value_info("tile", (1, 3, "height", "width"))],
        [value_info("score", (1, 1, "rows", "columns"))],
        "dlib_face_detector",
    )


def _stages(network: Network) -> list[tuple[Convolution, bool]]:
    """Return the convolutions, and whether negative values become zero after each."""
    layers: list[Layer] = fold_scalings(network.layers)
    stages: list[tuple[Convolution, bool]] = []
    for layer in layers:
        if isinstance(layer, Convolution):
            stages.append((layer, False))
        elif isinstance(layer, Rectifier) and stages:
            stages[-1] = (stages[-1][0], True)
        else:
            raise ModelSourceError(f"the detector has a layer {type(layer).__name__}, expected convolutions")
    if not stages or stages[-1][0].bias.size != 1:
        raise ModelSourceError("the detector does not end in one score a place")
    stages[0] = (fold_pixel_divisor(stages[0][0]), stages[0][1])
    return stages
