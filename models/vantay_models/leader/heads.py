"""The heads of the fast graph: where minutiae are, and only there their direction and type.

The published network computes direction and type at every pixel and then reads them at some fifty. Here the
position head runs over the whole image; the two others see the 9 × 9 features around each minutia, which is
all that can reach their output at its place. The results are the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from onnx import TensorProto

from vantay_models.leader.blocks import N_TILES, Blocks
from vantay_models.leader.folding import (
    SUBPIXELS,
    Tail,
    block_diagonal,
    centre_tail,
    fold_bottleneck_tail,
    fold_doubling,
    fold_normalisation,
    patch_affine,
    split_blur,
)
from vantay_models.leader.plain import NORMALISATION_EPSILON
from vantay_models.leader.trunk import N_FEATURES
from vantay_models.leader.weights import Convolution

N_MIXED = 4
"""Channels that each head has in the end."""

PATCH = 9
"""Side of the features around a minutia: 3 × 3 for the last convolution, and 7 × 7 around each of those."""

PEAK_REACH = 3
"""A minutia is the maximum of the pixels up to so far in each direction."""


class Peaks(NamedTuple):
    """Names of the values of n minutiae: image, row and column (n, 1) int64, quality (n,) float32."""

    image: str
    y: str
    x: str
    quality: str


def write_position_head(blocks: Blocks, features: str) -> str:
    """Write the probability (b, 1, h, w) that a minutia is at a pixel, from features (b, h/2, w/2, 52)."""
    spatial = {"position": blocks.depthwise(features, "position")}
    mixed = _mix(blocks, features, spatial, N_TILES["position"])
    planes = blocks.planes(blocks.unrows(mixed, features, N_MIXED))
    subpixels = blocks.convolve(planes, fold_doubling(blocks.weights.dense["position_final"]))
    logits = blocks.node("DepthToSpace", subpixels, blocksize=2, mode="CRD")
    return blocks.node("Sigmoid", logits)


def write_peaks(blocks: Blocks, position: str, threshold: str) -> Peaks:
    """Write where the smoothed position map is a local maximum of at least the threshold."""
    profile = split_blur(blocks.weights.dense["blur"])
    smooth = _along_both(blocks, "Conv", position, profile.size, profile)
    highest = _along_both(blocks, "MaxPool", smooth, 2 * PEAK_REACH + 1)
    is_peak = blocks.node("Equal", smooth, blocks.node("Max", highest, threshold))
    place = blocks.node("Transpose", blocks.node("NonZero", is_peak), perm=(1, 0))
    image, _, y, x = blocks.nodes("Split", place, n_outputs=4, axis=1, num_outputs=4)
    return Peaks(image, y, x, blocks.node("GatherND", smooth, place))


def _along_both(
    blocks: Blocks, operator: str, planes: str, size: int, profile: np.ndarray | None = None
) -> str:
    """Write a convolution or a maximum along rows, then along columns."""
    for shape in ((1, size), (size, 1)):
        pads = (shape[0] // 2, shape[1] // 2) * 2
        kernel = () if profile is None else (blocks.constant(profile.reshape(1, 1, *shape)),)
        planes = blocks.node(operator, planes, *kernel, kernel_shape=shape, strides=(1, 1), pads=pads)
    return planes


def write_minutia_heads(blocks: Blocks, features: str, peaks: Peaks) -> str:
    """Write (n, 3) float32 for n peaks: direction as (cosine, sine) of any length, logit of ending."""
    heads = ("direction", "type")
    patches, inside = _patches(blocks, features, peaks)
    centre = _centre(blocks, patches)
    planes = blocks.planes(patches)
    spatial = {head: _valid_depthwise(blocks, planes, head) for head in heads}
    mixed = _mix(blocks, centre, spatial, n_tiles=1)
    grid = blocks.node("Reshape", mixed, blocks.integers(-1, 3, 3, len(heads) * N_MIXED))
    # Outside the image the last convolution sees zeros, not what the heads make of zeros.
    grid = blocks.node("Mul", grid, _centre(blocks, inside))
    last = patch_affine(
        _join_finals([fold_doubling(blocks.weights.dense[f"{head}_final"]) for head in heads])
    )
    subpixels = blocks.linear(
        blocks.rows(grid, last.matrix.shape[0]), last.matrix, blocks.constant(last.offset)
    )
    return _pick_subpixel(blocks, subpixels, peaks)


def _patches(blocks: Blocks, features: str, peaks: Peaks) -> tuple[str, str]:
    """Write the features around peaks (n, 9, 9, 52), zero outside the image, and which are inside it."""
    around = np.arange(PATCH * PATCH)
    shape = blocks.node("Shape", features)
    height, width = (blocks.node("Gather", shape, blocks.integers(axis)) for axis in (1, 2))
    rows, row_inside = _offsets(blocks, peaks.y, around // PATCH - PATCH // 2, height)
    columns, column_inside = _offsets(blocks, peaks.x, around % PATCH - PATCH // 2, width)
    line = blocks.node("Add", blocks.node("Mul", peaks.image, height), rows)
    index = blocks.node("Add", blocks.node("Mul", line, width), columns)
    seen = blocks.node("Gather", blocks.rows(features, N_FEATURES), index)
    inside = blocks.node("Cast", blocks.node("And", row_inside, column_inside), to=TensorProto.FLOAT)
    inside = blocks.node("Unsqueeze", inside, blocks.integers(2))
    return (
        blocks.node("Reshape", blocks.node("Mul", seen, inside), _patch_shape(blocks, N_FEATURES)),
        blocks.node("Reshape", inside, _patch_shape(blocks, 1)),
    )


def _patch_shape(blocks: Blocks, n_channels: int) -> str:
    return blocks.integers(-1, PATCH, PATCH, n_channels)


def _offsets(blocks: Blocks, full: str, offsets: np.ndarray, limit: str) -> tuple[str, str]:
    """Write the feature coordinates around pixel coordinates, clamped to the image, and which were inside."""
    zero = blocks.integers(0)
    half = blocks.node("Div", full, blocks.integers(2))
    wanted = blocks.node("Add", half, blocks.constant(offsets[None], "int64"))
    last = blocks.node("Sub", limit, blocks.integers(1))
    clamped = blocks.node("Min", blocks.node("Max", wanted, zero), last)
    return clamped, blocks.node("Equal", wanted, clamped)


def _centre(blocks: Blocks, patches: str) -> str:
    """Write the middle 3 × 3 of patches."""
    low, high = PATCH // 2 - 1, PATCH // 2 + 2
    return blocks.node(
        "Slice", patches, blocks.integers(low, low), blocks.integers(high, high), blocks.integers(1, 2)
    )


def _valid_depthwise(blocks: Blocks, patches: str, head: str) -> str:
    """Write the depthwise convolution of 9 × 9 patches to 3 × 3 tokens."""
    kernel = blocks.weights.depthwise[head].kernel
    return blocks.tokens(
        blocks.node(
            "Conv", patches, blocks.constant(kernel), kernel_shape=kernel.shape[2:], group=kernel.shape[0]
        )
    )


def _mix(blocks: Blocks, features: str, spatial: dict[str, str], n_tiles: int) -> str:
    """Write heads up to their last activation: rows of 4 channels for each head in ``spatial``.

    The tails are centred, so that the normalisation over 4 channels is a division by the root of a mean
    square: a few passes over contiguous memory instead of one slow call per pixel.
    """
    rows = blocks.rows(features, N_FEATURES)
    parts = [
        blocks.bottleneck_rows(
            rows, blocks.rows(value, N_FEATURES), head, _centred_tail(blocks, head), n_tiles
        )
        for head, value in spatial.items()
    ]
    mixed = blocks.concat(*parts) if len(parts) > 1 else parts[0]
    average = blocks.constant(np.kron(np.eye(len(parts)), np.full((N_MIXED, N_MIXED), 1 / N_MIXED)))
    variance = blocks.node("MatMul", blocks.node("Mul", mixed, mixed), average)
    deviation = blocks.node("Sqrt", blocks.node("Add", variance, blocks.constant(NORMALISATION_EPSILON)))
    standard = blocks.node("Div", mixed, deviation)
    last = [
        fold_normalisation(blocks.weights.normalisations[f"{head}_mix"], blocks.weights.dense[f"{head}_out"])
        for head in spatial
    ]
    return blocks.node("Gelu", blocks.affine(standard, block_diagonal(last)))


def _centred_tail(blocks: Blocks, head: str) -> Tail:
    mix = blocks.weights.dense[f"{head}_mix"]
    return centre_tail(fold_bottleneck_tail(blocks.weights, head, mix))


def _join_finals(finals: list[Convolution]) -> Convolution:
    """Join convolutions that each see their own 4 channels into one that sees all."""
    n_in = N_MIXED * len(finals)
    kernels = [
        np.pad(final.kernel, ((0, 0), (N_MIXED * i, n_in - N_MIXED * (i + 1)), (0, 0), (0, 0)))
        for i, final in enumerate(finals)
    ]
    return Convolution(np.concatenate(kernels), np.concatenate([final.bias for final in finals]))


def _pick_subpixel(blocks: Blocks, subpixels: str, peaks: Peaks) -> str:
    """Write of (n, 3 × 4) values those of the subpixel that each peak is at."""
    two = blocks.integers(2)
    row, column = (blocks.node("Mod", coordinate, two) for coordinate in (peaks.y, peaks.x))
    number = blocks.node("Add", blocks.node("Mul", row, two), column)
    chosen = blocks.node("Gather", blocks.constant(np.eye(SUBPIXELS)), number)
    split = blocks.node("Reshape", subpixels, blocks.integers(-1, 3, SUBPIXELS))
    product = blocks.node("Mul", split, chosen)
    return blocks.node("ReduceSum", product, two, keepdims=0)
