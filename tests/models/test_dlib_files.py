"""dlib's files are read value by value, and anything else is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive.dlib_stream import (
    ADD_PREVIOUS,
    RECTIFIER,
    write_column,
    write_convolution,
    write_integer,
    write_network,
    write_normalisation,
    write_number,
    write_pooling,
    write_product,
    write_scaling,
    write_tensor,
    write_text,
)
from vantay_models.dlib.landmark_trees import read_landmark_trees
from vantay_models.dlib.layers import (
    AddPrevious,
    Convolution,
    Mark,
    MaximumPooling,
    MeanPooling,
    Product,
    Rectifier,
    Scaling,
    Window,
    read_layer,
)
from vantay_models.dlib.network import SlidingWindowLoss, read_network
from vantay_models.dlib.stream import Stream
from vantay_models.errors import ModelSourceError

RNG = np.random.default_rng(1)
KERNEL = RNG.normal(size=(4, 3, 3, 5)).astype(np.float32)
BIAS = RNG.normal(size=4).astype(np.float32)
CONVOLUTION = write_convolution(KERNEL, BIAS, (2, 1), (0, 2))
SMALL_NETWORK = write_network(
    [CONVOLUTION, write_scaling(BIAS, BIAS), RECTIFIER, None, RECTIFIER, ADD_PREVIOUS], is_detector=True
)


def landmark_file(*, n_leaves: int = 4, pixel: int = 1, anchor: int = 1) -> bytes:
    """Write one stage of one tree with two points and two pixels."""
    split = write_integer(0) + write_integer(pixel) + write_number(0.5)
    leaves = b"".join(write_column([index, 0, 0, -index]) for index in range(n_leaves))
    tree = write_integer(3) + split * 3 + write_integer(n_leaves) + leaves
    anchors = write_integer(1) + write_integer(2) + write_integer(0) + write_integer(anchor)
    offsets = write_integer(1) + write_integer(2) + write_number(0.25) * 4
    start = write_integer(1) + write_column([0.25, 0.5, 0.75, 0.5])
    return start + write_integer(1) + write_integer(1) + tree + anchors + offsets


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_integer_is_read(value: int) -> None:
    assert Stream(write_integer(value), "s").integer() == value


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_number_is_read(value: float) -> None:
    assert Stream(write_number(value), "s").number() == value


@given(st.binary(max_size=60))
def test_random_bytes_give_an_error_of_ours_or_a_value(data: bytes) -> None:
    for read in (read_network, read_landmark_trees):
        with pytest.raises(ModelSourceError, match="junk"):
            read(data, "junk")


def test_tensor_and_column_are_read() -> None:
    values = RNG.normal(size=(2, 3, 4, 5)).astype(np.float32)
    stream = Stream(write_tensor(values) + write_column(BIAS), "s")
    np.testing.assert_array_equal(stream.tensor(), values)
    np.testing.assert_array_equal(stream.column(4), BIAS)
    stream.finish()


@pytest.mark.parametrize(
    ("data", "call", "message"),
    [
        (b"", "integer", "byte 0: 1 bytes expected, 0 are left"),
        (b"\x00", "integer", "an integer of 0 bytes"),
        (b"\x0f" + bytes(15), "integer", "an integer of 15 bytes"),
        (b"\x02\x01", "integer", "2 bytes expected, 1 are left"),
        (write_integer(1) + write_integer(32000), "number", "a float with exponent 32000"),
        (b"2", "truth", "a truth value b'2'"),
        (write_integer(65) + bytes(65), "text", "a count of 65, expected 0 to 64"),
        (write_integer(1), "tensor", "a tensor's version is 1, expected 2"),
        (write_tensor([[np.nan]]), "tensor", "not finite"),
        (write_tensor([[1.0]])[:-1], "tensor", "4 bytes expected, 3 are left"),
    ],
)
def test_impossible_value_is_refused(data: bytes, call: str, message: str) -> None:
    with pytest.raises(ModelSourceError, match=message):
        getattr(Stream(data, "s"), call)()


def test_tensor_larger_than_the_file_is_refused_before_it_is_made() -> None:
    head = b"".join(map(write_integer, (2, 10**9, 10**9, 1, 1)))
    with pytest.raises(ModelSourceError, match="a count of 1000000000"):
        Stream(head, "s").tensor()


def test_convolution_is_read() -> None:
    layer = read_layer(Stream(CONVOLUTION, "s"))
    assert isinstance(layer, Convolution)
    np.testing.assert_array_equal(layer.kernel, KERNEL)
    np.testing.assert_array_equal(layer.bias, BIAS)
    assert layer.window == Window((3, 5), (2, 1), (0, 2))


def test_normalisation_becomes_the_scaling_of_its_statistics() -> None:
    gamma, beta, mean = (RNG.normal(size=5).astype(np.float32) for _ in range(3))
    variance = RNG.uniform(0.5, 2, 5).astype(np.float32)
    layer = read_layer(Stream(write_normalisation(gamma, beta, mean, variance, 0.01), "s"))
    assert isinstance(layer, Scaling)
    x = RNG.normal(size=5)
    np.testing.assert_allclose(
        x * layer.factor + layer.addend, gamma * (x - mean) / np.sqrt(variance + 0.01) + beta, rtol=1e-5
    )


def test_pooling_and_product_are_read() -> None:
    window = ((3, 3), (2, 2))
    assert read_layer(Stream(write_pooling("max_pool_2", *window), "s")) == MaximumPooling(
        Window((3, 3), (2, 2), (0, 0))
    )
    assert isinstance(read_layer(Stream(write_pooling("avg_pool_2", *window), "s")), MeanPooling)
    matrix = RNG.normal(size=(6, 7)).astype(np.float32)
    product = read_layer(Stream(write_product(matrix), "s"))
    assert isinstance(product, Product)
    np.testing.assert_array_equal(product.matrix, matrix)


def test_unknown_layer_is_refused() -> None:
    with pytest.raises(ModelSourceError, match="a layer's kind is 'con_9', expected 'con_4'"):
        read_layer(Stream(write_text("con_9"), "s"))


def test_network_is_read_from_first_to_last_layer() -> None:
    network = read_network(SMALL_NETWORK, "small.dat")
    kinds = [Convolution, Scaling, Rectifier, Mark, Rectifier, AddPrevious]
    assert [type(layer) for layer in network.layers] == kinds
    assert network.loss == SlidingWindowLoss(80, 80, 0.25, 1.0)
    assert network.mean == (120.0, 110.0, 100.0)
    other = read_network(write_network([CONVOLUTION], is_detector=False), "other.dat")
    assert other.loss is None


def test_every_truncation_of_a_network_is_refused() -> None:
    for length in range(0, len(SMALL_NETWORK), 7):
        with pytest.raises(ModelSourceError, match=r"small\.dat"):
            read_network(SMALL_NETWORK[:length], "small.dat")


def test_surplus_bytes_are_refused() -> None:
    with pytest.raises(ModelSourceError, match="1 bytes are left over"):
        read_network(SMALL_NETWORK + b"\x00", "small.dat")


def test_nesting_without_end_is_refused() -> None:
    start = write_integer(1) + write_text("loss_metric_2") + write_number(0.0) * 2
    with pytest.raises(ModelSourceError, match="more than 1000 layers"):
        read_network(start + write_integer(2) * 2000, "deep.dat")


def test_landmark_trees_are_read() -> None:
    trees = read_landmark_trees(landmark_file(), "trees.dat")
    np.testing.assert_array_equal(trees.mean_points, [[0.25, 0.5], [0.75, 0.5]])
    np.testing.assert_array_equal(trees.anchors, [[0, 1]])
    np.testing.assert_array_equal(trees.pixel_pairs[0, 0], [[0, 1]] * 3)
    np.testing.assert_array_equal(trees.leaves[0, 0, 3], [[3, 0], [0, -3]])
    assert trees.to_bytes() == trees.to_bytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_leaves": 3}, "the shape of the leaves is"),
        ({"pixel": 2}, "a split compares pixel 2, there are 2"),
        ({"anchor": 2}, "a count of 2, expected 0 to 1"),
    ],
)
def test_landmark_trees_that_do_not_fit_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ModelSourceError, match=message):
        read_landmark_trees(landmark_file(**changes), "trees.dat")


def test_every_truncation_of_landmark_trees_is_refused() -> None:
    data = landmark_file()
    for length in range(len(data)):
        with pytest.raises(ModelSourceError, match=r"trees\.dat"):
            read_landmark_trees(data[:length], "trees.dat")
