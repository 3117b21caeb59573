"""From photo to face template, stage by stage."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
import skimage.data
from benchmarks.harness.measurement import Measure, Work

from vantay.face.detection import DetectedFace, detect_faces
from vantay.face.extraction import FaceExtractor, make_face_extractor
from vantay.face.landmark_trees import find_landmarks, read_landmark_trees
from vantay.face.registry import read_model_file
from vantay.types import FaceImage

PORTRAIT_PX = 540
N_CALLS = 16
PORTRAIT = f"scikit-image's astronaut, {PORTRAIT_PX}×{PORTRAIT_PX} px"

pytestmark = pytest.mark.usefixtures("face_models")


@cache
def portrait() -> FaceImage:
    """Cut out the head and enlarge it to a portrait."""
    head = skimage.data.astronaut()[:300, 75:375]  # type: ignore[no-untyped-call]
    size = (PORTRAIT_PX, PORTRAIT_PX)
    return FaceImage(np.asarray(cv2.resize(head, size, interpolation=cv2.INTER_CUBIC), np.uint8))


@cache
def extractor() -> FaceExtractor:
    """Open the default profile."""
    return make_face_extractor()


@cache
def face() -> DetectedFace:
    """Find the face of the portrait."""
    return extractor().find_face(portrait())


def test_detect(measure: Measure) -> None:
    """Faces with their landmarks."""
    measure(lambda: detect_faces(extractor().detector, portrait().pixels), Work(PORTRAIT, 1, "photo"))


def test_landmarks(measure: Measure) -> None:
    """Five points of a face whose box is known, by the trees beside the detector."""
    trees = read_landmark_trees(read_model_file("dlib-face-landmarks")[0])
    left, top, width, height = face().box
    corners = (left, top, left + width - 1, top + height - 1)
    measure(
        lambda: [find_landmarks(portrait().pixels, corners, trees) for _ in range(N_CALLS)],
        Work(PORTRAIT, N_CALLS, "face"),
    )


def test_align(measure: Measure) -> None:
    """The chip around a face whose landmarks are known."""
    embedder = extractor().embedder
    measure(lambda: embedder.chip(portrait().pixels, face()), Work(PORTRAIT, 1, "face"))


@pytest.mark.parametrize("n_faces", [1, 8])
def test_embed(measure: Measure, n_faces: int) -> None:
    """Chips to vectors, in one batch."""
    embedder = extractor().embedder
    chips = [embedder.chip(portrait().pixels, face())] * n_faces
    measure(lambda: embedder.embed(chips), Work(PORTRAIT, n_faces, "face", n_faces, 1))


def test_extract_face(measure: Measure) -> None:
    """Everything, quality too."""
    measure(lambda: extractor().extract(portrait()), Work(PORTRAIT, 1, "photo"))
