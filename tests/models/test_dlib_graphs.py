"""The written graphs against the layers one by one, and against the original program's stored outputs."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import onnx
import pytest

from absence import skip_or_fail
from naive.dlib_network import run_layer, run_residual_network
from vantay_models.build import find_source
from vantay_models.builders import BUILDERS
from vantay_models.dlib.detector import write_detector
from vantay_models.dlib.embedding import CHIP_SIZE_PX, DIMENSION, write_embedding
from vantay_models.dlib.folding import split_rows
from vantay_models.dlib.landmark_trees import LandmarkTrees, read_landmark_trees
from vantay_models.dlib.layers import (
    AddPrevious,
    Convolution,
    Layer,
    Mark,
    MaximumPooling,
    MeanPooling,
    Product,
    Rectifier,
    Scaling,
    Window,
)
from vantay_models.dlib.make_reference import CHIP_FACES, IMAGE_FACE, IMAGE_SIZE_PX
from vantay_models.dlib.network import PIXEL_DIVISOR, Network, read_network
from vantay_models.dlib.pattern import draw_face
from vantay_models.dlib.reference import (
    prove_detector,
    prove_embedding,
    prove_landmarks,
    read_reference,
)
from vantay_models.errors import ModelFileError, ModelSourceError
from vantay_models.manifest import read_manifest
from vantay_models.session import open_session

MEAN = (120.0, 110.0, 100.0)
RNG = np.random.default_rng(2)

GRAPH_DIGESTS = {
    "dlib-face-detection 1": "d4701df6b926b056269c6e608bdba56fb87b0f4b7c7ecfe25f39ef40d19bf2ee",
    "dlib-face-embedding 1": "8994e753dd9bc42472f18518b0fa6b93c3c4aa94fe1340811484a6b69218064d",
}
"""Digest of the graph's structure that each builder version writes."""


def convolution(n_out: int, n_in: int, size: int, stride: int = 1, padding: int | None = None) -> Convolution:
    kernel = RNG.normal(0, 1 / np.sqrt(n_in * size * size), (n_out, n_in, size, size)).astype(np.float32)
    pad = (size // 2 if stride == 1 else 0) if padding is None else padding
    bias = RNG.normal(0, 0.1, n_out).astype(np.float32)
    return Convolution(kernel, bias, Window((size, size), (stride, stride), (pad, pad)))


def scaling(n: int) -> Scaling:
    return Scaling(RNG.uniform(0.5, 1.5, n).astype(np.float32), RNG.normal(0, 0.1, n).astype(np.float32))


def block(n_out: int, n_in: int, stride: int) -> tuple[Layer, ...]:
    first, second = convolution(n_out, n_in, 3, stride), convolution(n_out, n_out, 3)
    return (Mark(), first, scaling(n_out), Rectifier(), second, scaling(n_out))


def residual_layers() -> list[Layer]:
    """A small network with every turn that the large one has: 150, 72, 35, 17, 8, 3 against 4 px."""
    half = MeanPooling(Window((2, 2), (2, 2), (0, 0)))
    back: tuple[Layer, ...] = (Mark(), Mark(), half, AddPrevious(), Rectifier())
    start: list[Layer] = [convolution(4, 3, 7, 2), scaling(4), Rectifier()]
    start.append(MaximumPooling(Window((3, 3), (2, 2), (0, 0))))
    end: list[Layer] = [MeanPooling(Window((0, 0), (1, 1), (0, 0)))]
    end.append(Product(RNG.normal(size=(8, DIMENSION)).astype(np.float32)))
    blocks: list[Layer] = [*block(4, 4, 1), AddPrevious(), Rectifier()]
    for n_out, n_in in ((6, 4), (6, 6), (8, 6), (8, 8)):
        blocks += [*block(n_out, n_in, 2), *back]
    return [*start, *blocks, *end]


@pytest.fixture(scope="module")
def networks() -> dict[str, Network]:
    """The original networks, or a skip where the package is not installed."""
    entries = read_manifest()
    try:
        sources = {
            name: find_source(entries[name]) for name in ("dlib-face-detection", "dlib-face-embedding")
        }
    except ModelSourceError as error:
        skip_or_fail(str(error))
    return {name: read_network(path.read_bytes(), path.name) for name, path in sources.items()}


@pytest.fixture(scope="module")
def trees() -> LandmarkTrees:
    try:
        source = find_source(read_manifest()["dlib-face-landmarks"])
    except ModelSourceError as error:
        skip_or_fail(str(error))
    return read_landmark_trees(source.read_bytes(), source.name)


def test_detector_gives_what_its_layers_give() -> None:
    layers: list[Layer] = [
        *(convolution(5, 3, 5, 2), scaling(5), Rectifier()),
        *(convolution(18, 5, 3), scaling(18), Rectifier()),
        convolution(1, 18, 5),
    ]
    tile = RNG.normal(0, 60, (3, 40, 56)).astype(np.float32)
    expected = tile.astype(np.float64) / PIXEL_DIVISOR
    for layer in layers:
        expected = run_layer(expected, layer)
    data = write_detector(Network(None, MEAN, tuple(layers))).SerializeToString()
    (found,) = open_session(data).run(["score"], {"tile": tile[None]})
    np.testing.assert_allclose(found[0], expected, atol=1e-5)


def test_embedding_gives_what_its_layers_give() -> None:
    layers = residual_layers()
    chips = RNG.integers(0, 256, (2, CHIP_SIZE_PX, CHIP_SIZE_PX, 3)).astype(np.uint8)
    pixels = (chips.transpose(0, 3, 1, 2) - np.array(MEAN)[:, None, None]) / PIXEL_DIVISOR
    expected = np.array([run_residual_network(chip, layers) for chip in pixels])
    data = write_embedding(Network(None, MEAN, tuple(layers))).SerializeToString()
    (found,) = open_session(data).run(["embedding"], {"chip": chips})
    assert found.shape == (2, DIMENSION)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_convolution_split_into_rows_and_columns_is_the_same() -> None:
    whole = convolution(1, 6, 5)
    planes = RNG.normal(size=(6, 9, 11))
    parts = planes
    for part in split_rows(whole):
        parts = run_layer(parts, part)
    np.testing.assert_allclose(parts, run_layer(planes, whole), atol=1e-6)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Rectifier()], "expected convolutions"),
        ([convolution(2, 3, 3)], "does not end in one score"),
        ([convolution(1, 3, 3), Mark()], "a layer Mark, expected convolutions"),
    ],
)
def test_detector_of_other_layers_is_refused(layers: list[Layer], message: str) -> None:
    with pytest.raises(ModelSourceError, match=message):
        write_detector(Network(None, MEAN, tuple(layers)))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Rectifier()], "does not start with a convolution without padding"),
        ([convolution(4, 3, 3, padding=1)], "does not start with a convolution without padding"),
        ([convolution(4, 3, 7, 2), AddPrevious()], "a mark that is not there"),
        ([convolution(4, 3, 7, 2), Mark(), Mark()], "a mark that is not there"),
        ([convolution(4, 3, 7, 2), Rectifier(), scaling(4)], "Scaling it should not have"),
        ([convolution(4, 3, 7, 2)], "expected 128 numbers"),
        ([convolution(4, 3, 7, 2), MaximumPooling(Window((3, 2), (2, 2), (0, 0)))], "not square"),
    ],
)
def test_embedding_of_other_layers_is_refused(layers: list[Layer], message: str) -> None:
    with pytest.raises(ModelSourceError, match=message):
        write_embedding(Network(None, MEAN, tuple(layers)))


def test_stored_reference_shows_faces_that_the_formula_draws() -> None:
    reference = read_reference()
    drawn = draw_face(IMAGE_SIZE_PX, IMAGE_SIZE_PX, IMAGE_FACE)
    # A hyperbolic tangent may round differently on another machine: a value may be off by one.
    assert np.abs(reference.image.astype(int) - drawn).max() <= 1
    for chip, face in zip(reference.chips, CHIP_FACES, strict=True):
        assert np.abs(chip.astype(int) - draw_face(CHIP_SIZE_PX, CHIP_SIZE_PX, face)).max() <= 1
    assert reference.score > 1


def test_written_models_give_the_stored_outputs_of_the_original(
    networks: dict[str, Network], trees: LandmarkTrees
) -> None:
    prove_detector(write_detector(networks["dlib-face-detection"]).SerializeToString())
    prove_embedding(write_embedding(networks["dlib-face-embedding"]).SerializeToString())
    prove_landmarks(trees.to_bytes())


def with_first_layer(network: Network, factor: float) -> Network:
    first, *rest = network.layers
    assert isinstance(first, Convolution)
    return replace(network, layers=(replace(first, kernel=first.kernel * np.float32(factor)), *rest))


def test_proof_refuses_models_of_other_weights(networks: dict[str, Network], trees: LandmarkTrees) -> None:
    detector = with_first_layer(networks["dlib-face-detection"], 1.05)
    with pytest.raises(ModelFileError, match="the detector of dlib does not give the stored output"):
        prove_detector(write_detector(detector).SerializeToString())
    embedding = with_first_layer(networks["dlib-face-embedding"], 1.01)
    with pytest.raises(ModelFileError, match="the embedding of dlib does not give the stored output"):
        prove_embedding(write_embedding(embedding).SerializeToString())
    with pytest.raises(ModelFileError, match="the landmarks of dlib does not give the stored output"):
        prove_landmarks(replace(trees, leaves=trees.leaves * np.float32(0.7)).to_bytes())


def test_proof_refuses_a_detector_that_looks_elsewhere(networks: dict[str, Network]) -> None:
    detector = with_first_layer(networks["dlib-face-detection"], 0.0)
    with pytest.raises(ModelFileError, match="the face lies around"):
        prove_detector(write_detector(detector).SerializeToString())


def graph_digest(model: onnx.ModelProto) -> str:
    digest = hashlib.sha256()
    for node in model.graph.node:
        digest.update(str(onnx.helper.printable_node(node)).encode())
    for values in model.graph.initializer:
        digest.update(f"{values.name} {values.data_type} {list(values.dims)}".encode())
    return digest.hexdigest()


def test_change_of_a_graph_comes_with_a_new_builder_version(networks: dict[str, Network]) -> None:
    graphs = {
        "dlib-face-detection": write_detector(networks["dlib-face-detection"]),
        "dlib-face-embedding": write_embedding(networks["dlib-face-embedding"]),
    }
    for name, graph in graphs.items():
        version = BUILDERS[name].version
        assert GRAPH_DIGESTS.get(version) == graph_digest(graph), (
            f"the graph is not the one of {version}: raise the version and add the new digest"
        )


def test_embedding_of_a_chip_does_not_depend_on_its_batch(networks: dict[str, Network]) -> None:
    session = open_session(write_embedding(networks["dlib-face-embedding"]).SerializeToString())
    chips: npt.NDArray[np.uint8] = np.concatenate([read_reference().chips] * 2)
    (together,) = session.run(["embedding"], {"chip": chips})
    (alone,) = session.run(["embedding"], {"chip": chips[:1]})
    np.testing.assert_allclose(together[0], alone[0], atol=1e-6)
    np.testing.assert_allclose(together[2], alone[0], atol=1e-6)
