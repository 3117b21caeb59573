"""The trunk of the fast graph: from the image to the features that all heads read."""

from __future__ import annotations

from vantay_models.leader.blocks import Blocks
from vantay_models.leader.folding import affine_of
from vantay_models.leader.weights import N_LEVELS

N_FEATURES = 52


def write_trunk(blocks: Blocks, image: str) -> str:
    """Write the features of an image.

    Parameters
    ----------
    blocks : Blocks
        Where the nodes go.
    image : str
        (b, 1, h, w) float32, grey values 0 to 255.

    Returns
    -------
    str
        Tokens (b, h / 2, w / 2, 52).
    """
    context = _context(blocks, _stem(blocks, image, "stem_context", "MaxPool"))
    detail = blocks.tokens(_stem(blocks, image, "stem_detail", "AveragePool"))
    return _refinement(blocks, blocks.concat(_attention(blocks, context), detail))


def _stem(blocks: Blocks, image: str, name: str, pooling: str) -> str:
    """Write two convolutions, normalisation, GELU and pooling; planes at half the size."""
    plain = blocks.convolve(image, blocks.weights.dense[f"{name}_plain"])
    dilated = blocks.convolve(image, blocks.weights.dense[f"{name}_dilated"], dilation=2)
    tokens = blocks.tokens(blocks.concat(plain, dilated, axis=1))
    activated = blocks.node("Gelu", blocks.normalise(tokens, blocks.weights.normalisations[name]))
    return blocks.pool(blocks.planes(activated), pooling)


def _context(blocks: Blocks, planes: str) -> str:
    """Write the context encoder and decoder: planes in, tokens out."""
    skipped = []
    for level in range(N_LEVELS):
        tokens = _separable(blocks, planes, f"context_down_{level}")
        skipped.append(tokens)
        planes = blocks.downsample(tokens, _n_outputs(blocks, f"context_down_{level}"))
    for level in reversed(range(N_LEVELS)):
        name = f"context_up_{level}"
        small = _separable(blocks, planes, name)
        tokens = blocks.concat(blocks.upsample(small, _n_outputs(blocks, name)), skipped[level])
        planes = blocks.planes(tokens)
    return tokens


def _separable(blocks: Blocks, planes: str, name: str) -> str:
    """Write a depthwise and a pointwise convolution, normalisation and GELU: planes in, tokens out."""
    depthwise = blocks.weights.depthwise[name]
    spatial = blocks.tokens(blocks.convolve(planes, depthwise, group=depthwise.bias.size))
    mixed = blocks.affine(spatial, affine_of(blocks.weights.dense[name]))
    return blocks.node("Gelu", blocks.normalise(mixed, blocks.weights.normalisations[name]))


def _n_outputs(blocks: Blocks, name: str) -> int:
    return blocks.weights.dense[name].bias.size


def _attention(blocks: Blocks, tokens: str) -> str:
    """Write the gate: each channel is scaled by what its surroundings look like at three distances."""
    planes = blocks.planes(tokens)
    looks = [
        blocks.convolve(planes, blocks.weights.dense[f"attention_{dilation}"], dilation=dilation)
        for dilation in (1, 3, 6)
    ]
    seen = blocks.node("Gelu", blocks.tokens(blocks.concat(*looks, axis=1)))
    gate = blocks.node("Sigmoid", blocks.affine(seen, affine_of(blocks.weights.dense["attention_gate"])))
    return blocks.node("Mul", tokens, gate)


def _refinement(blocks: Blocks, tokens: str) -> str:
    """Write the refinement encoder and decoder of bottlenecks: tokens in and out."""
    skipped = []
    for level in range(N_LEVELS):
        name = f"refine_down_{level}"
        out = blocks.bottleneck(tokens, blocks.depthwise(tokens, name), name)
        skipped.append(out)
        tokens = blocks.tokens(blocks.downsample(out, blocks.n_outputs(name)))
    for level in reversed(range(N_LEVELS)):
        name = f"refine_up_{level}"
        small = blocks.bottleneck(tokens, blocks.depthwise(tokens, name), name)
        tokens = blocks.concat(blocks.upsample(small, blocks.n_outputs(name)), skipped[level])
    return tokens
