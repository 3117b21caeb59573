"""Is it a living face, or a picture of one? A score of networks that have seen both.

Absent networks give no score: that is "not assessed", never "passed".

References
----------
ISO/IEC 30107-1: presentation attack detection (PAD). The networks look at a face with little and with much
around it, since the edge of a sheet or a screen lies outside the face.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vantay.errors import ModelUnavailable
from vantay.face.detection import DetectedFace, Pixels
from vantay.face.network_input import cut_face
from vantay.face.session import Session
from vantay_models.entry import ModelEntry
from vantay_models.preprocessing import prepare_batch

LIVE_CLASS = 1
"""Of the three classes that the networks tell apart, the one of a living face."""


class AttackDetector:
    """Scores faces with several networks, whose probabilities are averaged.

    Parameters
    ----------
    networks : sequence of (ModelEntry, Session)
        At least one.
    """

    def __init__(self, networks: Sequence[tuple[ModelEntry, Session]]) -> None:
        if not networks:
            raise ModelUnavailable("no network for presentation attacks was given, expected at least one")
        self._networks = tuple(networks)

    def live_probability(self, pixels: Pixels, face: DetectedFace) -> float:
        """Tell how probable it is that a face is a living one.

        Parameters
        ----------
        pixels : (h, w, 3) uint8
            The photo: red, green, blue, with what is around the face.
        face : DetectedFace
            Which face.

        Returns
        -------
        float
            0 to 1, as the networks put it; it is not calibrated.
        """
        return float(np.mean([_live_share(entry, run, pixels, face) for entry, run in self._networks]))


def _live_share(entry: ModelEntry, session: Session, pixels: Pixels, face: DetectedFace) -> float:
    if entry.image is None:
        raise ModelUnavailable(f"model {entry.name} has no image input, expected one for faces")
    chip = cut_face(pixels, face, entry.image)
    logits = session.run_one(prepare_batch(chip[np.newaxis], entry.image), entry.output_name)[0]
    return float(_softmax(logits)[LIVE_CLASS])


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    powers = np.exp(logits.astype(np.float64) - logits.max())
    return np.asarray(powers / powers.sum())
