"""Templates of made-up faces, and other photos of the same ones."""

from __future__ import annotations

import numpy as np

from vantay.types import FaceTemplate
from vantay_models.entry import Calibration

DIMENSION = 64
CALIBRATION = Calibration((0.3, 0.6, 0.9), (0.0, 20.0, 70.0), 100.0, "0" * 64, "nobody")


def make_face(seed: int, model: str = "made-up", version: str = "1") -> FaceTemplate:
    """Make a face that is like no other: random vectors are nearly orthogonal."""
    return _template(np.random.default_rng([seed, 4]).normal(size=DIMENSION), model, version)


def photograph_again(face: FaceTemplate, seed: int, noise: float = 0.05) -> FaceTemplate:
    """Make the vector of another photo; `noise` is the standard deviation of each of its numbers."""
    change = np.random.default_rng([seed, 5]).normal(0, noise, DIMENSION)
    return _template(face.vector.astype(np.float64) + change, face.model, face.model_version)


def _template(vector: np.ndarray, model: str, version: str) -> FaceTemplate:
    return FaceTemplate((vector / np.linalg.norm(vector)).astype(np.float16), model, version, 70)
