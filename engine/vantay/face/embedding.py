"""Unit vectors of faces: the same face gives vectors in nearly one direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vantay.errors import ExtractionFailed, ModelUnavailable
from vantay.face.detection import DetectedFace, Pixels
from vantay.face.network_input import cut_face
from vantay.face.session import Session
from vantay_models.entry import ImageInput, ModelEntry
from vantay_models.preprocessing import prepare_batch

BATCH = 8
"""Chips that go through a network at once: more were not faster on one core."""


class FaceEmbedder:
    """Embeds faces with one network.

    Parameters
    ----------
    entry : ModelEntry
        Of the manifest: how chips are cut and laid out.
    session : Session
        The network.

    Raises
    ------
    ModelUnavailable
        If the entry does not say how its input is made.
    """

    def __init__(self, entry: ModelEntry, session: Session) -> None:
        if entry.image is None:
            raise ModelUnavailable(f"model {entry.name} has no image input, expected a face embedding")
        self.entry = entry
        self._image: ImageInput = entry.image
        self._session = session
        self._batch = min(BATCH, entry.image.max_batch or BATCH)

    def chip(self, pixels: Pixels, face: DetectedFace) -> Pixels:
        """Cut the aligned chip that the network will see, (h, w, 3) uint8 RGB."""
        return cut_face(pixels, face, self._image)

    def embed(self, chips: Sequence[Pixels]) -> npt.NDArray[np.float32]:
        """Embed chips.

        Parameters
        ----------
        chips : sequence of (h, w, 3) uint8
            As `chip` cuts them.

        Returns
        -------
        (n, d) float32
            Unit vectors. A vector does not depend on the chips beside it by more than rounding.

        Raises
        ------
        ExtractionFailed
            ``no_embedding`` if the network gives no direction.
        ModelUnavailable
            If the network gives something else than the manifest says.
        """
        dimension = self.entry.dimension or 0
        found = [np.empty((0, dimension), np.float32)]
        for first in range(0, len(chips), self._batch):
            batch = prepare_batch(np.stack(chips[first : first + self._batch]), self._image)
            values = self._session.run_one(batch, self.entry.output_name)
            found.append(self._unit_vectors(values.reshape(len(values), -1)))
        return np.concatenate(found)

    def _unit_vectors(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        if values.shape[1] != self.entry.dimension:
            raise ModelUnavailable(
                f"model {self.entry.name} gives {values.shape[1]} numbers a face, "
                f"its entry says {self.entry.dimension}"
            )
        lengths = np.linalg.norm(values.astype(np.float64), axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise ExtractionFailed("no_embedding", f"model {self.entry.name} gives no direction for a face")
        return np.asarray(values / lengths, np.float32)
