"""LEADER as a fast ONNX graph: image in, minutiae out.

What makes it fast, beside the layouts of `blocks`: linear steps are folded into each other (`folding`), the
doubling of maps before the last convolutions disappears into them, and direction and type are computed at the
minutiae alone (`heads`).
"""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from vantay_models.graph_writer import value_info
from vantay_models.leader.blocks import Blocks
from vantay_models.leader.heads import write_minutia_heads, write_peaks, write_position_head
from vantay_models.leader.trunk import write_trunk
from vantay_models.leader.weights import Weights

SIZE_MULTIPLE_PX = 32
"""Height and width of the input are multiples of this: the network halves them five times."""


def write_fast_graph(weights: Weights) -> onnx.ModelProto:
    """Return the network for ONNX Runtime.

    Inputs are ``image``, (b, 1, h, w) uint8, height and width multiples of 32 px, and ``threshold``, (1,)
    float32, the lowest quality in (0, 1] that is a minutia. Outputs for n minutiae, by image, row and column:

    - ``place``, (n, 3) int64: number of the image in the batch, y, x in pixels;
    - ``quality``, (n,) float32 in (0, 1];
    - ``attributes``, (n, 3) float32: a vector in the direction (x right, y up, any length), and the logit of
      the probability that the minutia is an ending;
    - ``position``, (b, 1, h, w) float32: the probability of a minutia at each pixel before smoothing.
    """
    blocks = Blocks(weights)
    grey = blocks.node("Cast", "image", to=TensorProto.FLOAT)
    features = write_trunk(blocks, grey)
    position = write_position_head(blocks, features)
    peaks = write_peaks(blocks, position, "threshold")
    attributes = write_minutia_heads(blocks, features, peaks)
    place = blocks.concat(peaks.image, peaks.y, peaks.x)
    for value, name in (
        (place, "place"),
        (peaks.quality, "quality"),
        (attributes, "attributes"),
        (position, "position"),
    ):
        blocks.rename(value, name)
    return blocks.model(_inputs(), _outputs(), "leader")


def _inputs() -> list[onnx.ValueInfoProto]:
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ("batch", 1, "height", "width"))
    return [image, value_info("threshold", (1,))]


def _outputs() -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info("place", TensorProto.INT64, ("n", 3)),
        value_info("quality", ("n",)),
        value_info("attributes", ("n", 3)),
        value_info("position", ("batch", 1, "height", "width")),
    ]
