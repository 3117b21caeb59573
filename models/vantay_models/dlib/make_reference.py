"""Make ``reference.npz`` with the original program; needs dlib's Python package.

Run it in an environment of its own that has this package on its path:
``python -m vantay_models.dlib.make_reference FOLDER``, where FOLDER has the three model files.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from vantay_models.dlib.pattern import DrawnFace, draw_face
from vantay_models.dlib.reference import FILE

IMAGE_SIZE_PX = 240
IMAGE_FACE = DrawnFace(120, 115, 80)
CHIP_SIZE_PX = 150
CHIP_FACES = (DrawnFace(75, 70, 100), DrawnFace(72, 74, 110, tilt_rad=0.2, brightness=0.7))


def main(folder: Path) -> None:
    """Run the original networks and write the file."""
    dlib: Any = importlib.import_module("dlib")
    detector = dlib.cnn_face_detection_model_v1(str(folder / "mmod_human_face_detector.dat"))
    landmarks = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    embedding = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))
    image = draw_face(IMAGE_SIZE_PX, IMAGE_SIZE_PX, IMAGE_FACE)
    (face,) = detector(image, 0)
    points = landmarks(image, face.rect)
    chips = np.stack([draw_face(CHIP_SIZE_PX, CHIP_SIZE_PX, drawn) for drawn in CHIP_FACES])
    edges = face.rect.left(), face.rect.top(), face.rect.right(), face.rect.bottom()
    np.savez_compressed(
        Path(__file__).with_name(FILE),
        allow_pickle=False,
        image=image,
        box=np.array(edges),
        score=np.array(face.confidence),
        landmarks=np.array([(point.x, point.y) for point in points.parts()]),
        chips=chips,
        embeddings=np.array([embedding.compute_face_descriptor(chip) for chip in chips]),
    )
    print(f"a face in {edges} of score {face.confidence:.4f}, {len(chips)} chips")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
