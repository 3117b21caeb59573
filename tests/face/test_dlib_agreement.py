"""Boxes, landmarks, chips and embeddings against dlib's own program, on photographs of faces."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from PIL import Image

from absence import import_or_skip, skip_or_fail
from vantay.face.dlib_chip import cut_chip
from vantay.face.dlib_detection import FaceBox, find_faces
from vantay.face.landmark_trees import find_landmarks, read_landmark_trees
from vantay_models.build import find_source
from vantay_models.builders import BUILDERS
from vantay_models.errors import ModelSourceError
from vantay_models.manifest import read_manifest

N_IMAGES = None if os.environ.get("VANTAY_ALL_FACES") == "1" else 2
"""The original takes a second and a half for each, so VANTAY_ALL_FACES=1 asks for all of them."""


class Original(NamedTuple):
    """dlib's program with its models."""

    dlib: Any
    detector: Any
    landmarks: Any
    embedding: Any


class Ours(NamedTuple):
    detector: onnxruntime.InferenceSession
    trees: Any
    embedding: onnxruntime.InferenceSession

    def score_map(self, tile: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.asarray(self.detector.run(["score"], {"tile": tile})[0])

    def embed(self, chips: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return np.asarray(self.embedding.run(["embedding"], {"chip": chips})[0])


def source(name: str) -> Path:
    try:
        return find_source(read_manifest()[name])
    except ModelSourceError as error:
        skip_or_fail(str(error))


@pytest.fixture(scope="module")
def original() -> Original:
    dlib = import_or_skip("dlib")
    return Original(
        dlib,
        dlib.cnn_face_detection_model_v1(str(source("dlib-face-detection"))),
        dlib.shape_predictor(str(source("dlib-face-landmarks"))),
        dlib.face_recognition_model_v1(str(source("dlib-face-embedding"))),
    )


@pytest.fixture(scope="module")
def ours() -> Ours:
    detection, landmarks, embedding = (
        BUILDERS[name].make(source(name))
        for name in ("dlib-face-detection", "dlib-face-landmarks", "dlib-face-embedding")
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    providers = ["CPUExecutionProvider"]
    return Ours(
        onnxruntime.InferenceSession(detection, options, providers=providers),
        read_landmark_trees(landmarks),
        onnxruntime.InferenceSession(embedding, options, providers=providers),
    )


@pytest.fixture(scope="module")
def photographs(eval_data: Path) -> list[npt.NDArray[np.uint8]]:
    """A few portraits, one of them with its face at the border, one small."""
    paths = sorted((eval_data / "faces").rglob("*.jpg"))
    step = 1 if N_IMAGES is None else len(paths) // N_IMAGES
    images = [np.asarray(Image.open(path).convert("RGB")) for path in paths[::step]]
    return [*images, np.ascontiguousarray(images[0][150:, 100:]), np.ascontiguousarray(images[1][::2, ::2])]


def test_boxes_landmarks_chips_and_embeddings_are_those_of_dlib(
    original: Original, ours: Ours, photographs: list[npt.NDArray[np.uint8]]
) -> None:
    n_faces = 0
    for image in photographs:
        expected_faces = original.detector(image, 0)
        faces = find_faces(image, ours.score_map)
        assert len(faces) == len(expected_faces)
        for face, expected in zip(faces, expected_faces, strict=True):
            rect = expected.rect
            edges = (rect.left(), rect.top(), rect.right(), rect.bottom())
            np.testing.assert_allclose(face[:4], edges, atol=2)
            assert face.score == pytest.approx(expected.confidence, abs=1e-3)
            shape = original.landmarks(image, rect)
            points = np.array([(point.x, point.y) for point in shape.parts()])
            np.testing.assert_allclose(find_landmarks(image, edges, ours.trees), points, atol=1)
            chip = original.dlib.get_face_chip(image, shape, 150, 0.25)
            np.testing.assert_allclose(cut_chip(image, points).astype(int), chip, atol=1)
            vector = original.embedding.compute_face_descriptor(np.ascontiguousarray(chip))
            np.testing.assert_allclose(ours.embed(chip[None])[0], vector, atol=1e-3)
            check_chain(ours, image, face, vector)
            n_faces += 1
    assert n_faces >= len(photographs) - 2


def check_chain(ours: Ours, image: npt.NDArray[np.uint8], face: FaceBox, expected: npt.NDArray[Any]) -> None:
    """Check the embedding of a box by our own landmarks, rounded to whole pixels as dlib does, and not."""
    landmarks = find_landmarks(image, face[:4], ours.trees)
    rounded = np.floor(landmarks + 0.5)
    assert cosine(ours.embed(cut_chip(image, rounded)[None])[0], np.array(expected)) > 0.99999
    assert cosine(ours.embed(cut_chip(image, landmarks)[None])[0], np.array(expected)) > 0.999


def cosine(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
