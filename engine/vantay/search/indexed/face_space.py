"""Face vectors made ready for the shortlist: centred and whitened by the faces that are searched.

Embeddings fill a small cone of their space, with few directions that matter; coarse codes of the raw vectors
would spend their bits on what all faces share. Only the shortlist sees these codes: scores come from the
vectors themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.search.indexed.layout import FACE_NUMBERS

Float32s = npt.NDArray[np.float32]

MIN_FACES = 1000
"""From fewer, mean and spread are not known well enough to divide by."""

MAX_FACES = 1 << 16
"""More tell no more; these are taken at equal distances."""

_SHRINKAGE = 0.02
"""Of the variances towards the largest, so that directions of noise are not blown up."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceSpace:
    """A centre and a projection.

    Attributes
    ----------
    mean : (d,) float32
    projection : (d, 128) float32
    """

    mean: Float32s
    projection: Float32s

    @classmethod
    def plain(cls, n_numbers: int) -> FaceSpace:
        """Make the space of too few faces to say: the first 128 numbers as they are."""
        return cls(np.zeros(n_numbers, np.float32), np.eye(n_numbers, FACE_NUMBERS, dtype=np.float32))

    @classmethod
    def of(cls, vectors: npt.NDArray[np.float16]) -> FaceSpace | None:
        """Fit the space to the faces of a gallery; None if there are fewer than `MIN_FACES`."""
        if vectors.shape[0] < MIN_FACES:
            return None
        rows = vectors[:: -(-vectors.shape[0] // MAX_FACES)].astype(np.float64)
        mean = rows.mean(axis=0)
        variances, axes = np.linalg.eigh(np.cov(rows - mean, rowvar=False))
        best = np.argsort(-variances)[:FACE_NUMBERS]
        scaled = axes[:, best] / np.sqrt(variances[best] + _SHRINKAGE * variances[best[0]])
        projection = np.zeros((rows.shape[1], FACE_NUMBERS), np.float32)
        projection[:, : best.size] = scaled
        return cls(mean.astype(np.float32), projection)

    @property
    def is_plain(self) -> bool:
        """Whether it was made without knowing the spread of faces."""
        return not self.mean.any()

    def same_as(self, other: FaceSpace) -> bool:
        """Whether faces have the same codes: small parts take the space of a large one."""
        return self is other or (
            np.array_equal(self.mean, other.mean) and np.array_equal(self.projection, other.projection)
        )

    def codes(self, vectors: npt.NDArray[np.float16]) -> Float32s:
        """Map faces, (n, d) float16, to codes of length 1, (n, 128) float32."""
        codes = (vectors.astype(np.float32) - self.mean) @ self.projection
        lengths = np.linalg.norm(codes, axis=1, keepdims=True)
        return np.asarray(codes / np.maximum(lengths, 1e-9), np.float32)
