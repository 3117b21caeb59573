"""Vantay's own faces, with the default profile."""

from __future__ import annotations

import numpy as np
from benchmarks.peers.peer import Float32s

from vantay.face.extraction import make_face_extractor
from vantay.types import FaceImage


class VantayFaces:
    """Detection, landmarks, quality and embedding of the default profile."""

    def __init__(self) -> None:
        self._extractor = make_face_extractor(n_threads=1)

    def extract(self, image: FaceImage) -> Float32s:
        """Make the vector of the one face."""
        return self._extractor.extract(image).vector.astype(np.float32)
