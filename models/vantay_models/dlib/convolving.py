"""Write a convolution into a graph."""

from __future__ import annotations

from vantay_models.dlib.layers import Convolution
from vantay_models.graph_writer import GraphWriter


def convolve(writer: GraphWriter, value: str, convolution: Convolution, *, is_rectified: bool = False) -> str:
    """Write a convolution, with negative results set to zero if ``is_rectified``; return its name."""
    window = convolution.window
    result = writer.node(
        "Conv",
        value,
        writer.constant(convolution.kernel),
        writer.constant(convolution.bias),
        kernel_shape=window.size,
        strides=window.stride,
        pads=window.padding * 2,
    )
    return writer.node("Relu", result) if is_rectified else result
