"""LEADER written layer by layer as published: the oracle of the fast graph, and what it is measured against.

Values lie as (batch, height, width, channel), the order of the framework that trained the network; each
convolution and pooling transposes to the order that ONNX wants and back, as a general exporter writes it.

References
----------
R. Cappelli, "LEADER: Lightweight End-to-end Attention-gated Dual Encoder-decodeR", arXiv:2602.15493.
"""

from __future__ import annotations

import onnx

from vantay_models.graph_writer import GraphWriter, value_info
from vantay_models.leader.weights import HEADS, N_LEVELS, Convolution, Weights

NORMALISATION_EPSILON = 1e-3
"""What the published network adds to the variance."""

N_OUTPUTS = 4
"""Position, direction in radians, type (above 0.5 an ending), quality: zero but at local maxima."""


def write_plain_graph(weights: Weights) -> onnx.ModelProto:
    """Return the network with input ``image`` (b, h, w, 1) and output ``maps`` (b, h, w, 4), float32.

    Height and width are multiples of 32 px; grey values are 0 to 255.
    """
    writer = PlainWriter(weights)
    maps = writer.network("image")
    writer.rename(maps, "maps")
    return writer.model(
        [value_info("image", ("batch", "height", "width", 1))],
        [value_info("maps", ("batch", "height", "width", N_OUTPUTS))],
        "leader_plain",
    )


class PlainWriter(GraphWriter):
    """The blocks of LEADER, each a method, in channels-last order."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._weights = weights

    def network(self, image: str) -> str:
        """Write the whole network."""
        context = self._context(self._stem(image, "stem_context", "MaxPool"))
        detail = self._stem(image, "stem_detail", "AveragePool")
        features = self._concat(self._attention(context), detail)
        features = self._refinement(features)
        position, direction, kind = (self._head(features, head) for head in HEADS)
        position = self.node("Sigmoid", position)
        return self._concat(
            position, self._angle(direction), self.node("Sigmoid", kind), self._quality(position)
        )

    def _stem(self, image: str, name: str, pooling: str) -> str:
        plain = self._dense(image, f"{name}_plain")
        dilated = self._dense(image, f"{name}_dilated", dilation=2)
        x = self._normalise_gelu(self._concat(plain, dilated), name)
        return self._pool(x, pooling)

    def _context(self, x: str) -> str:
        skipped = []
        for level in range(N_LEVELS):
            x = self._separable(x, f"context_down_{level}")
            skipped.append(x)
            x = self._downsample(x, self._weights.dense[f"context_down_{level}"].bias.size)
        for level in reversed(range(N_LEVELS)):
            x = self._separable(x, f"context_up_{level}")
            x = self._concat(self._upsample(x), skipped[level])
        return x

    def _refinement(self, x: str) -> str:
        skipped = []
        for level in range(N_LEVELS):
            x = self._bottleneck(x, f"refine_down_{level}")
            skipped.append(x)
            x = self._downsample(x, self._weights.dense[f"refine_down_{level}_adjust"].bias.size)
        for level in reversed(range(N_LEVELS)):
            x = self._bottleneck(x, f"refine_up_{level}")
            x = self._concat(self._upsample(x), skipped[level])
        return x

    def _attention(self, x: str) -> str:
        looks = [
            self.node("Gelu", self._dense(x, f"attention_{dilation}", dilation=dilation))
            for dilation in (1, 3, 6)
        ]
        gate = self.node("Sigmoid", self._dense(self._concat(*looks), "attention_gate"))
        return self.node("Mul", x, gate)

    def _head(self, x: str, head: str) -> str:
        x = self._upsample(self._bottleneck(x, head))
        x = self._normalise(self._dense(x, f"{head}_mix"), f"{head}_mix")
        x = self.node("Gelu", self._dense(x, f"{head}_out"))
        return self._dense(x, f"{head}_final")

    def _separable(self, x: str, name: str) -> str:
        x = self._dense(self._depthwise(x, name), name)
        return self._normalise_gelu(x, name)

    def _bottleneck(self, x: str, name: str) -> str:
        inner = self._normalise(self._depthwise(x, name), name)
        inner = self.node("Gelu", self._dense(inner, f"{name}_expand"))
        inner = self._dense(inner, f"{name}_reduce")
        return self._dense(self.node("Add", x, inner), f"{name}_adjust")

    def _angle(self, vector: str) -> str:
        """Write the angle in (−π, π] of a (cos, sin) vector; ONNX has no atan2."""
        cosine, sine = self.nodes("Split", vector, n_outputs=2, axis=-1, num_outputs=2)
        zero, pi = self.constant(0.0), self.constant(3.14159265358979)
        half_turn = self.node("Where", self.node("Less", sine, zero), self.node("Neg", pi), pi)
        left = self.node("Less", cosine, zero)
        offset = self.node("Where", left, half_turn, zero)
        return self.node("Add", self.node("Atan", self.node("Div", sine, cosine)), offset)

    def _quality(self, position: str) -> str:
        """Write the smoothed position map, zero but where it is the maximum of the 7 × 7 px around."""
        smooth = self._dense(position, "blur")
        peak = self._channels_last(
            self.node(
                "MaxPool",
                self._channels_first(smooth),
                kernel_shape=(7, 7),
                strides=(1, 1),
                pads=(3, 3, 3, 3),
            )
        )
        return self.node("Where", self.node("Equal", smooth, peak), smooth, self.constant(0.0))

    def _dense(self, x: str, name: str, dilation: int = 1) -> str:
        return self._convolve(x, self._weights.dense[name], dilation=dilation)

    def _depthwise(self, x: str, name: str) -> str:
        convolution = self._weights.depthwise[name]
        return self._convolve(x, convolution, group=convolution.bias.size)

    def _convolve(self, x: str, convolution: Convolution, dilation: int = 1, group: int = 1) -> str:
        size = convolution.kernel.shape[2]
        y = self.node(
            "Conv",
            self._channels_first(x),
            self.constant(convolution.kernel),
            self.constant(convolution.bias),
            kernel_shape=(size, size),
            pads=(dilation * (size // 2),) * 4,
            dilations=(dilation, dilation),
            group=group,
        )
        return self._channels_last(y)

    def _normalise(self, x: str, name: str) -> str:
        scale, shift = self._weights.normalisations[name]
        return self.node(
            "LayerNormalization",
            x,
            self.constant(scale),
            self.constant(shift),
            axis=-1,
            epsilon=NORMALISATION_EPSILON,
        )

    def _normalise_gelu(self, x: str, name: str) -> str:
        return self.node("Gelu", self._normalise(x, name))

    def _downsample(self, x: str, n_channels: int) -> str:
        """Write maximum pooling of the first half of the channels, average pooling of the second."""
        halves = self.constant([n_channels // 2, n_channels - n_channels // 2], "int64")
        first, second = self.nodes("Split", x, halves, n_outputs=2, axis=-1)
        return self._concat(self._pool(first, "MaxPool"), self._pool(second, "AveragePool"))

    def _pool(self, x: str, pooling: str) -> str:
        pooled = self.node(pooling, self._channels_first(x), kernel_shape=(2, 2), strides=(2, 2))
        return self._channels_last(pooled)

    def _upsample(self, x: str) -> str:
        resized = self.node(
            "Resize",
            self._channels_first(x),
            "",
            self.constant([1, 1, 2, 2]),
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )
        return self._channels_last(resized)

    def _concat(self, *values: str) -> str:
        return self.node("Concat", *values, axis=-1)

    def _channels_first(self, x: str) -> str:
        return self.node("Transpose", x, perm=(0, 3, 1, 2))

    def _channels_last(self, x: str) -> str:
        return self.node("Transpose", x, perm=(0, 2, 3, 1))
