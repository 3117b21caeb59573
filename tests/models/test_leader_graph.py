"""Both graphs of LEADER against the published network's stored outputs, and against each other."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

from vantay_models.build import LEADER_BUILDER
from vantay_models.errors import ModelFileError, ModelSourceError
from vantay_models.leader.graph import write_fast_graph
from vantay_models.leader.make_reference import draw_reference_images
from vantay_models.leader.pattern import PlantedMinutia, draw_ridges
from vantay_models.leader.reference import THRESHOLD, prove, read_references
from vantay_models.leader.weights import Weights, read_weights

TOLERANCE = 1e-3

GRAPH_DIGESTS = {"leader 2": "53cf6031e74eb0d0d1f1bc633d33e54fb0278d2eddb75017ee13890072674482"}
"""Digest of the graph's structure that each builder version writes."""


def run_fast(
    session: onnxruntime.InferenceSession, images: npt.NDArray[np.uint8], threshold: float
) -> list[npt.NDArray[np.float32]]:
    """Run images (b, h, w): place, quality, attributes, position."""
    feed = {"image": images[:, None], "threshold": np.array([threshold], np.float32)}
    return list(session.run(["place", "quality", "attributes", "position"], feed))


def assert_same_minutiae(
    found: list[npt.NDArray[np.float32]], maps: npt.NDArray[np.float32], threshold: float
) -> None:
    """Compare the fast graph's outputs with the maps (b, h, w, 4) of the plain one."""
    place, quality, attributes, position = found
    np.testing.assert_allclose(position[:, 0], maps[..., 0], atol=TOLERANCE)
    np.testing.assert_array_equal(place, np.argwhere(maps[..., 3] >= threshold))
    at = tuple(place.T)
    np.testing.assert_allclose(quality, maps[..., 3][at], atol=TOLERANCE)
    np.testing.assert_allclose(1 / (1 + np.exp(-attributes[:, 2])), maps[..., 2][at], atol=TOLERANCE)
    turn = np.arctan2(attributes[:, 1], attributes[:, 0]) - maps[..., 1][at]
    np.testing.assert_allclose(np.angle(np.exp(1j * turn)), 0, atol=TOLERANCE)


def test_stored_references_hold_minutiae_of_patterns_that_the_formula_draws() -> None:
    references = read_references()
    assert len(references) == 3
    for reference, drawn in zip(references, draw_reference_images(), strict=True):
        # A cosine may round differently on another machine: a grey value may be off by one.
        assert np.abs(reference.image.astype(int) - drawn).max() <= 1
        assert reference.minutiae.shape[0] >= 5


def test_fast_graph_gives_the_stored_outputs_of_the_published_network(fast_bytes: bytes) -> None:
    prove(fast_bytes)


def test_plain_graph_gives_the_stored_outputs_of_the_published_network(
    plain: onnxruntime.InferenceSession,
) -> None:
    for reference in read_references():
        maps = plain.run(None, {"image": reference.image[None, :, :, None].astype(np.float32)})[0][0]
        np.testing.assert_allclose(maps[..., 0], reference.position, atol=TOLERANCE)
        y, x = np.nonzero(maps[..., 3] >= THRESHOLD)
        np.testing.assert_array_equal(np.column_stack([x, y]), reference.minutiae[:, :2])
        np.testing.assert_allclose(maps[y, x, 1:], reference.minutiae[:, 2:], atol=TOLERANCE)


def test_proof_refuses_a_graph_of_other_weights(weights: Weights) -> None:
    kernel, bias = weights.dense["refine_up_0_expand"]
    dense = weights.dense | {"refine_up_0_expand": type(weights.dense["blur"])(kernel * 1.05, bias)}
    altered = Weights(dense, weights.depthwise, weights.normalisations)
    with pytest.raises(ModelFileError, match="differs from the stored output"):
        prove(write_fast_graph(altered).SerializeToString())


@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 160), (224, 128)])
def test_fast_graph_agrees_with_plain_graph(
    fast: onnxruntime.InferenceSession, plain: onnxruntime.InferenceSession, height: int, width: int
) -> None:
    rng = np.random.default_rng(height)
    planted = [
        PlantedMinutia(float(x), float(y), 1)
        for x, y in zip(rng.uniform(0, width, 5), rng.uniform(0, height, 5), strict=True)
    ]
    ridges = draw_ridges(height, width, planted, direction_rad=1.0, curvature=0.004)
    noise = rng.integers(0, 256, (height, width)).astype(np.uint8)
    inverse = (255 - ridges).astype(np.uint8)
    images = np.stack([ridges, noise, inverse])
    maps = plain.run(None, {"image": images[..., None].astype(np.float32)})[0]
    threshold = 0.02
    found = run_fast(fast, images, threshold)
    assert found[0].shape[0] >= 5
    assert_same_minutiae(found, maps, threshold)


def test_minutiae_at_the_border_agree_with_plain_graph(
    fast: onnxruntime.InferenceSession, plain: onnxruntime.InferenceSession
) -> None:
    middle = draw_ridges(192, 192, [PlantedMinutia(96.0, 96.0, 1)])
    for top, left in ((94, 60), (60, 94), (34, 60), (60, 33)):
        image = np.ascontiguousarray(middle[top : top + 64, left : left + 64])
        maps = plain.run(None, {"image": image[None, ..., None].astype(np.float32)})[0]
        found = run_fast(fast, image[None], 0.01)
        edge = np.minimum.reduce([found[0][:, 1:], 63 - found[0][:, 1:]]).min(initial=64)
        assert edge < 4, "no minutia near the border: the test would not see what it is for"
        assert_same_minutiae(found, maps, 0.01)


def test_batch_gives_what_its_images_give_alone(fast: onnxruntime.InferenceSession) -> None:
    images = np.stack([reference.image for reference in read_references()[:1]] * 2)
    images[1] = images[1][::-1, ::-1]
    batch = run_fast(fast, images, THRESHOLD)
    for number in range(2):
        alone = run_fast(fast, images[number : number + 1], THRESHOLD)
        rows = batch[0][:, 0] == number
        np.testing.assert_array_equal(batch[0][rows, 1:], alone[0][:, 1:])
        np.testing.assert_array_equal(batch[1][rows], alone[1])
        np.testing.assert_array_equal(batch[2][rows], alone[2])


def test_image_without_minutiae_gives_empty_outputs(fast: onnxruntime.InferenceSession) -> None:
    place, quality, attributes, position = run_fast(fast, np.full((1, 64, 64), 255, np.uint8), 0.3)
    assert place.shape == (0, 3)
    assert quality.shape == (0,)
    assert attributes.shape == (0, 3)
    assert position.shape == (1, 1, 64, 64)


def test_change_of_the_graph_comes_with_a_new_builder_version(weights: Weights) -> None:
    graph = write_fast_graph(weights).graph
    digest = hashlib.sha256()
    for node in graph.node:
        digest.update(str(onnx.helper.printable_node(node)).encode())
    for values in graph.initializer:
        digest.update(f"{values.name} {values.data_type} {list(values.dims)}".encode())
    assert GRAPH_DIGESTS.get(LEADER_BUILDER) == digest.hexdigest(), (
        "the graph is not the one of this version: raise LEADER_BUILDER and add the new digest"
    )


def test_weights_of_another_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(ModelSourceError, match="not readable as Keras weights"):
        read_weights(path)


def test_fast_graph_agrees_with_plain_graph_on_real_prints(
    eval_data: Path, fast: onnxruntime.InferenceSession, plain: onnxruntime.InferenceSession
) -> None:
    for name in ("fvc2002/DB1_B/101_1", "fvc2004/DB3_B/103_2"):
        image = cv2.imread(str(eval_data / "fingerprints" / f"{name}.tif"), cv2.IMREAD_GRAYSCALE)
        assert image is not None
        window = np.ascontiguousarray(image[:288, :288]).astype(np.uint8)
        maps = plain.run(None, {"image": window[None, ..., None].astype(np.float32)})[0]
        found = run_fast(fast, window[None], 0.3)
        assert found[0].shape[0] >= 15
        assert_same_minutiae(found, maps, 0.3)
