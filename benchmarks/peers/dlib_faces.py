"""dlib, package ``dlib-bin``, with the models of ``face_recognition_models``, as ``face_recognition`` does.

Settings and why. ``cnn`` detects with the network whose weights Vantay's default profile also uses, on the
image as it is; ``hog`` is what ``face_recognition`` takes unless told otherwise, with its one step of
enlargement. Both place five landmarks and embed once, without jitter, which are that library's defaults too.
The face of most certain detection counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from benchmarks.peers.peer import Float32s, PeerUnavailable, load_package

from vantay.types import FaceImage
from vantay_models.build import find_source
from vantay_models.errors import ModelSourceError
from vantay_models.manifest import read_manifest

HOG_ENLARGED = 1


class DlibFaces:
    """Detector ``cnn`` or ``hog``, then five landmarks and the ResNet embedding.

    Raises
    ------
    PeerUnavailable
        If a package is not installed.
    """

    def __init__(self, detector: str) -> None:
        dlib = load_package("dlib")
        self._is_cnn = detector == "cnn"
        self._detector: Any = (
            dlib.cnn_face_detection_model_v1(_weights("dlib-face-detection"))
            if self._is_cnn
            else dlib.get_frontal_face_detector()
        )
        self._landmarks = dlib.shape_predictor(_weights("dlib-face-landmarks"))
        self._embedding = dlib.face_recognition_model_v1(_weights("dlib-face-embedding"))

    def extract(self, image: FaceImage) -> Float32s:
        """Make the vector of the face of most certain detection."""
        pixels = np.ascontiguousarray(image.pixels)
        box = self._box(pixels)
        shape = self._landmarks(pixels, box)
        return np.array(self._embedding.compute_face_descriptor(pixels, shape, 1), np.float32)

    def _box(self, pixels: Any) -> Any:
        if self._is_cnn:
            return max(self._detector(pixels, 0), key=lambda found: found.confidence).rect
        boxes, scores, _ = self._detector.run(pixels, HOG_ENLARGED, 0.0)
        return boxes[int(np.argmax(scores))]


def _weights(name: str) -> str:
    try:
        return str(find_source(read_manifest()[name]))
    except ModelSourceError as error:
        raise PeerUnavailable(str(error)) from error
