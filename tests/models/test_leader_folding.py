"""Each fold against the steps it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from naive import leader as naive
from vantay_models.leader.folding import (
    Affine,
    Tail,
    block_diagonal,
    centre_tail,
    fold_bottleneck_tail,
    fold_doubling,
    fold_normalisation,
    patch_affine,
    split_blur,
)
from vantay_models.leader.weights import Convolution, Normalisation, Weights

EPSILON = 1e-3


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def random_convolution(rng: np.random.Generator, n_out: int, n_in: int, size: int = 1) -> Convolution:
    kernel = rng.normal(size=(n_out, n_in, size, size)).astype(np.float32)
    return Convolution(kernel, rng.normal(size=n_out).astype(np.float32))


def apply(rows: naive.Array, affine: Affine) -> naive.Array:
    return np.asarray(rows @ affine.matrix.astype(np.float64) + affine.offset)


def apply_tail(rows: naive.Array, expanded: naive.Array, tail: Tail) -> naive.Array:
    return np.asarray(apply(rows, tail.of_input) + expanded @ tail.of_expanded.astype(np.float64))


def test_folded_doubling_is_doubling_then_convolving(rng: np.random.Generator) -> None:
    convolution = random_convolution(rng, 2, 3, size=5)
    planes = rng.normal(size=(3, 4, 6))
    expected = naive.convolve(naive.double(planes), convolution)
    subpixels = naive.convolve(planes, fold_doubling(convolution)).reshape(2, 2, 2, 4, 6)
    found = subpixels.transpose(0, 3, 1, 4, 2).reshape(2, 8, 12)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_folded_normalisation_is_scale_and_shift_then_convolution(rng: np.random.Generator) -> None:
    convolution = random_convolution(rng, 5, 3)
    normalisation = Normalisation(
        rng.normal(size=3).astype(np.float32), rng.normal(size=3).astype(np.float32)
    )
    rows = rng.normal(size=(7, 3))
    expected = naive.pointwise(rows * normalisation.scale + normalisation.shift, convolution)
    np.testing.assert_allclose(
        apply(rows, fold_normalisation(normalisation, convolution)), expected, atol=1e-5
    )


@pytest.mark.parametrize("has_last", [False, True])
def test_folded_tail_is_reduce_add_adjust(rng: np.random.Generator, has_last: bool) -> None:
    weights = Weights(
        {"block_reduce": random_convolution(rng, 3, 12), "block_adjust": random_convolution(rng, 5, 3)},
        {},
        {},
    )
    last = random_convolution(rng, 4, 5) if has_last else None
    rows, expanded = rng.normal(size=(7, 3)), rng.normal(size=(7, 12))
    expected = naive.pointwise(
        rows + naive.pointwise(expanded, weights.dense["block_reduce"]), weights.dense["block_adjust"]
    )
    if last is not None:
        expected = naive.pointwise(expected, last)
    found = apply_tail(rows, expanded, fold_bottleneck_tail(weights, "block", last))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_centred_tail_leaves_the_normalised_rows_as_they_are(rng: np.random.Generator) -> None:
    tail = Tail(
        Affine(rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=4).astype(np.float32)),
        rng.normal(size=(12, 4)).astype(np.float32),
    )
    rows, expanded = rng.normal(size=(7, 3)), rng.normal(size=(7, 12))
    expected = naive.standardise(apply_tail(rows, expanded, tail), EPSILON)
    centred = apply_tail(rows, expanded, centre_tail(tail))
    found = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPSILON)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_block_diagonal_keeps_channels_apart(rng: np.random.Generator) -> None:
    affines = [
        Affine(rng.normal(size=shape).astype(np.float32), rng.normal(size=shape[1]).astype(np.float32))
        for shape in ((4, 4), (3, 2))
    ]
    rows = rng.normal(size=(5, 7))
    expected = np.hstack([apply(rows[:, :4], affines[0]), apply(rows[:, 4:], affines[1])])
    np.testing.assert_allclose(apply(rows, block_diagonal(affines)), expected, atol=1e-12)


def test_patch_affine_is_the_convolution_at_the_middle(rng: np.random.Generator) -> None:
    convolution = random_convolution(rng, 2, 4, size=3)
    planes = rng.normal(size=(4, 3, 3))
    expected = naive.convolve(planes, convolution)[:, 1, 1]
    found = apply(planes.transpose(1, 2, 0).reshape(1, -1), patch_affine(convolution))[0]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_split_blur_gives_the_profile() -> None:
    profile = np.array([1, 4, 6, 4, 1], np.float32) / 16
    blur = np.outer(profile, profile).astype(np.float32)
    kernel = Convolution(blur[None, None], np.zeros(1, np.float32))
    np.testing.assert_allclose(split_blur(kernel), profile, atol=1e-6)


def test_split_blur_refuses_what_is_no_product() -> None:
    kernel = Convolution(np.eye(5, dtype=np.float32)[None, None], np.zeros(1, np.float32))
    with pytest.raises(ValueError, match="not the product"):
        split_blur(kernel)
