"""The algebra that makes the fast graph small: linear steps that follow each other become one.

All functions take and return numpy arrays and know nothing of ONNX. Products are formed in float64 and
rounded once, so that the folded network stays within 1e-5 of the published one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vantay_models.leader.weights import Convolution, FloatArray, Normalisation, Weights

SUBPIXELS = 4
"""Positions of a pixel among the 2 × 2 that one pixel becomes when a map is doubled."""


class Affine(NamedTuple):
    """Rows times ``matrix`` plus ``offset``: (n, in) to (n, out).

    Attributes
    ----------
    matrix : (in, out) float32
    offset : (out,) float32
    """

    matrix: FloatArray
    offset: FloatArray


def affine_of(convolution: Convolution) -> Affine:
    """Return a 1 × 1 convolution as an affine map of rows."""
    return Affine(np.ascontiguousarray(_matrix(convolution).T, np.float32), convolution.bias)


def fold_normalisation(normalisation: Normalisation, convolution: Convolution) -> Affine:
    """Fold the scale and shift of a normalisation into the 1 × 1 convolution that follows it.

    The normalisation that is left has scale 1 and shift 0.
    """
    matrix = _matrix(convolution)
    offset = convolution.bias + matrix @ normalisation.shift.astype(np.float64)
    return _affine((matrix * normalisation.scale).T, offset)


class Tail(NamedTuple):
    """The linear end of a bottleneck.

    Attributes
    ----------
    of_input : Affine
        What the block's input adds to its output.
    of_expanded : (4 c, out) float32
        What the expanded, activated channels add.
    """

    of_input: Affine
    of_expanded: FloatArray


def fold_bottleneck_tail(weights: Weights, name: str, last: Convolution | None = None) -> Tail:
    """Fold ``last(adjust(x + reduce(g)))`` into one matrix for ``x`` and one for ``g``.

    Published bottlenecks reduce the expanded channels g to those of the input x, add, and only then adjust to
    the wanted number; both steps and the sum are linear, so the adjusted number is reached at once.
    """
    adjust, reduce = weights.dense[f"{name}_adjust"], weights.dense[f"{name}_reduce"]
    of_input = _matrix(adjust)
    offset = adjust.bias + of_input @ reduce.bias.astype(np.float64)
    if last is not None:
        offset = last.bias + _matrix(last) @ offset
        of_input = _matrix(last) @ of_input
    of_expanded = of_input @ _matrix(reduce)
    return Tail(_affine(of_input.T, offset), np.ascontiguousarray(of_expanded.T, np.float32))


def centre_tail(tail: Tail) -> Tail:
    """Make the outputs of a tail sum to zero, so that a normalisation after it need not subtract the mean."""
    matrix, offset = (part - part.mean(axis=-1, keepdims=True) for part in tail.of_input)
    of_expanded = tail.of_expanded - tail.of_expanded.mean(axis=-1, keepdims=True)
    return Tail(Affine(matrix, offset), of_expanded)


def block_diagonal(affines: list[Affine]) -> Affine:
    """Join affine maps of separate channels into one."""
    n_in = [affine.matrix.shape[0] for affine in affines]
    n_out = [affine.matrix.shape[1] for affine in affines]
    matrix = np.zeros((sum(n_in), sum(n_out)), np.float32)
    row = column = 0
    for affine, height, width in zip(affines, n_in, n_out, strict=True):
        matrix[row : row + height, column : column + width] = affine.matrix
        row, column = row + height, column + width
    return Affine(matrix, np.concatenate([affine.offset for affine in affines]))


def fold_doubling(convolution: Convolution) -> Convolution:
    """Fold nearest-neighbour doubling and the 5 × 5 convolution after it into a 3 × 3 on the small map.

    Output channel ``4 m + 2 i + j`` is channel m of the pixel in row i, column j of the 2 × 2 that a small
    pixel becomes. Zero padding of the large map by 2 is zero padding of the small one by 1.
    """
    n_out, n_in, height, width = convolution.kernel.shape
    kernel = np.zeros((n_out, 2, 2, n_in, 3, 3), np.float64)
    for i, j, row, column in np.ndindex(2, 2, height, width):
        small_row, small_column = (i + row - 2) // 2 + 1, (j + column - 2) // 2 + 1
        kernel[:, i, j, :, small_row, small_column] += convolution.kernel[:, :, row, column]
    return Convolution(
        kernel.reshape(SUBPIXELS * n_out, n_in, 3, 3).astype(np.float32),
        np.repeat(convolution.bias, SUBPIXELS),
    )


def patch_affine(convolution: Convolution) -> Affine:
    """Return a convolution as an affine map of a patch of its size, flattened as (row, column, channel)."""
    matrix = convolution.kernel.transpose(2, 3, 1, 0).reshape(-1, convolution.bias.size)
    return Affine(np.ascontiguousarray(matrix), convolution.bias)


def split_blur(convolution: Convolution) -> FloatArray:
    """Return the (5,) profile whose product with itself is the 5 × 5 blurring kernel."""
    kernel = convolution.kernel[0, 0].astype(np.float64)
    profile = kernel.sum(axis=0) / np.sqrt(kernel.sum())
    if not np.allclose(np.outer(profile, profile), kernel, atol=1e-6):
        raise ValueError("the blurring kernel is not the product of a profile with itself")
    return np.asarray(profile, np.float32)


def _matrix(convolution: Convolution) -> npt.NDArray[np.float64]:
    return convolution.kernel[:, :, 0, 0].astype(np.float64)


def _affine(matrix: npt.NDArray[np.float64], offset: npt.NDArray[np.float64]) -> Affine:
    return Affine(np.ascontiguousarray(matrix, np.float32), offset.astype(np.float32))
