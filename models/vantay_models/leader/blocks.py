"""The building blocks of the fast graph.

Two orders of values are used, each where ONNX Runtime is fastest on it: *tokens* (batch, height, width,
channel) for everything that mixes channels, because matrix products, normalisation and GELU then run over
contiguous memory without a change of order in between; *planes* (batch, channel, height, width) for spatial
convolutions and pooling.
"""

from __future__ import annotations

import numpy as np

from vantay_models.graph_writer import GraphWriter
from vantay_models.leader.folding import Affine, Tail, fold_bottleneck_tail, fold_normalisation
from vantay_models.leader.plain import NORMALISATION_EPSILON
from vantay_models.leader.weights import Convolution, FloatArray, Normalisation, Weights

N_TILES = {"refine_down_0": 16, "refine_up_1": 4, "refine_up_0": 8, "position": 16}
"""In how many parts blocks with large maps are computed, so that the four times as many channels between
their matrix products stay in the cache: about 1.5 MB a part at 352 × 320 px. Of 1, 8 and 32 parts these gave
the least time."""

REORDER_MULTIPLE = 4
"""ONNX Runtime takes a depthwise convolution into its blocked layout only with such a number of channels."""


class Blocks(GraphWriter):
    """Writes LEADER's blocks with what can be folded folded."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.weights = weights

    def planes(self, tokens: str) -> str:
        """Write tokens as planes."""
        return self.node("Transpose", tokens, perm=(0, 3, 1, 2))

    def tokens(self, planes: str) -> str:
        """Write planes as tokens."""
        return self.node("Transpose", planes, perm=(0, 2, 3, 1))

    def rows(self, tokens: str, n_channels: int) -> str:
        """Write tokens as a matrix with one row a pixel."""
        return self.node("Reshape", tokens, self.integers(-1, n_channels))

    def unrows(self, rows: str, like: str, n_channels: int) -> str:
        """Write a matrix with one row a pixel as tokens of the same height and width as ``like``."""
        shape = self.node("Shape", like, start=0, end=3)
        return self.node("Reshape", rows, self.concat(shape, self.integers(n_channels), axis=0))

    def integers(self, *values: int) -> str:
        """Return the name of a constant vector of integers."""
        return self.constant(values, "int64")

    def concat(self, *values: str, axis: int = -1) -> str:
        """Write values one after the other."""
        return self.node("Concat", *values, axis=axis)

    def convolve(self, planes: str, convolution: Convolution, dilation: int = 1, group: int = 1) -> str:
        """Write a convolution that keeps height and width."""
        size = convolution.kernel.shape[2]
        return self.node(
            "Conv",
            planes,
            self.constant(convolution.kernel),
            self.constant(convolution.bias),
            kernel_shape=(size, size),
            pads=(dilation * (size // 2),) * 4,
            dilations=(dilation, dilation),
            group=group,
        )

    def linear(self, rows: str, matrix: FloatArray, addend: str) -> str:
        """Write rows times matrix plus an addend, a vector or a matrix of the product's size."""
        return self.node("Gemm", rows, self.constant(matrix), addend)

    def affine(self, tokens: str, affine: Affine) -> str:
        """Write tokens times matrix plus offset."""
        product = self.node("MatMul", tokens, self.constant(affine.matrix))
        return self.node("Add", product, self.constant(affine.offset))

    def normalise(self, tokens: str, normalisation: Normalisation) -> str:
        """Write the layer normalisation over channels."""
        scale, shift = (self.constant(values) for values in normalisation)
        return self.node("LayerNormalization", tokens, scale, shift, axis=-1, epsilon=NORMALISATION_EPSILON)

    def standardise(self, tokens: str, n_channels: int) -> str:
        """Write the layer normalisation over channels without scale and shift."""
        scale = self.constant(np.ones(n_channels))
        return self.node("LayerNormalization", tokens, scale, axis=-1, epsilon=NORMALISATION_EPSILON)

    def depthwise(self, tokens: str, name: str) -> str:
        """Write a depthwise convolution from tokens to tokens, whatever the number of channels."""
        convolution = self.weights.depthwise[name]
        n_channels = convolution.bias.size
        n_extra = -n_channels % REORDER_MULTIPLE
        if n_extra == 0:
            return self.tokens(self.convolve(self.planes(tokens), convolution, group=n_channels))
        padded = self.node("Pad", tokens, self.integers(0, n_extra), self.constant(0.0), self.integers(3))
        widened = Convolution(
            np.pad(convolution.kernel, ((0, n_extra), (0, 0), (0, 0), (0, 0))),
            np.pad(convolution.bias, (0, n_extra)),
        )
        y = self.tokens(self.convolve(self.planes(padded), widened, group=n_channels + n_extra))
        return self.node("Slice", y, self.integers(0), self.integers(n_channels), self.integers(3))

    def bottleneck(self, tokens: str, spatial: str, name: str) -> str:
        """Write a bottleneck of ``tokens``, given its depthwise convolution ``spatial``."""
        n_channels = self.weights.depthwise[name].bias.size
        rows, spatial_rows = (self.rows(value, n_channels) for value in (tokens, spatial))
        tail = fold_bottleneck_tail(self.weights, name)
        y = self.bottleneck_rows(rows, spatial_rows, name, tail, N_TILES.get(name, 1))
        return self.unrows(y, tokens, self.n_outputs(name))

    def bottleneck_rows(self, rows: str, spatial: str, name: str, tail: Tail, n_tiles: int) -> str:
        """Write a bottleneck with a tail of its own, on rows.

        Parameters
        ----------
        rows, spatial : str
            (p, c), the block's input and its depthwise convolution.
        name : str
            Whose normalisation and expansion.
        tail : Tail
            From input and expanded channels to output.
        n_tiles : int
            In how many parts the rows go through the block.
        """
        base = self.linear(rows, tail.of_input.matrix, self.constant(tail.of_input.offset))
        if n_tiles == 1:
            return self.linear(self._expand(spatial, name), tail.of_expanded, base)
        tiles = zip(self._split_rows(spatial, n_tiles), self._split_rows(base, n_tiles), strict=True)
        outputs = [self.linear(self._expand(tile, name), tail.of_expanded, part) for tile, part in tiles]
        return self.concat(*outputs, axis=0)

    def _split_rows(self, rows: str, n_tiles: int) -> list[str]:
        return self.nodes("Split", rows, n_outputs=n_tiles, axis=0, num_outputs=n_tiles)

    def _expand(self, spatial: str, name: str) -> str:
        """Write the middle of a bottleneck: normalise, expand to four times the channels, GELU."""
        normalisation = self.weights.normalisations[name]
        standard = self.standardise(spatial, normalisation.scale.size)
        folded = fold_normalisation(normalisation, self.weights.dense[f"{name}_expand"])
        return self.node("Gelu", self.linear(standard, folded.matrix, self.constant(folded.offset)))

    def n_outputs(self, name: str) -> int:
        """Return the number of channels that a bottleneck gives."""
        return self.weights.dense[f"{name}_adjust"].bias.size

    def pool(self, planes: str, pooling: str) -> str:
        """Write ``MaxPool`` or ``AveragePool`` of 2 × 2 pixels."""
        return self.node(pooling, planes, kernel_shape=(2, 2), strides=(2, 2))

    def downsample(self, tokens: str, n_channels: int) -> str:
        """Write maximum pooling of the first half of the channels, average pooling of the rest, as planes."""
        halves = self.integers(n_channels // 2, n_channels - n_channels // 2)
        first, second = self.nodes("Split", tokens, halves, n_outputs=2, axis=-1)
        return self.concat(
            self.pool(self.planes(first), "MaxPool"), self.pool(self.planes(second), "AveragePool"), axis=1
        )

    def upsample(self, tokens: str, n_channels: int) -> str:
        """Write each pixel twice in each direction: two copies of long runs, faster than a general resize."""
        wide = self.concat(tokens, tokens, axis=-1)
        row = self.node("Reshape", wide, self.integers(0, 0, 1, -1))
        double = self.concat(row, row, axis=2)
        shape = self.node("Mul", self.node("Shape", tokens, start=0, end=3), self.integers(1, 2, 2))
        return self.node("Reshape", double, self.concat(shape, self.integers(n_channels), axis=0))
