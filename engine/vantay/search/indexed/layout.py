"""Which numbers of a subject's vector are whose: a block for each finger, one for the face."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.fixed_length import CODE_NUMBERS
from vantay.types import FingerPosition

Float32s = npt.NDArray[np.float32]

FINGERS = tuple(position for position in FingerPosition if position is not FingerPosition.UNKNOWN)
FACE_NUMBERS = 128
VECTOR_NUMBERS = len(FINGERS) * CODE_NUMBERS + FACE_NUMBERS

DEVIATION = 1 / math.sqrt(CODE_NUMBERS)
"""Of each number of a code of length 1."""

FACE_SCALE = math.sqrt(FACE_NUMBERS / CODE_NUMBERS)
"""Length of a face's block in the index, so that its numbers deviate as those of fingers do."""

FACE_BLOCK = slice(len(FINGERS) * CODE_NUMBERS, VECTOR_NUMBERS)


def finger_block(position: FingerPosition) -> slice:
    """Where the code of a finger stands."""
    first = (int(position) - 1) * CODE_NUMBERS
    return slice(first, first + CODE_NUMBERS)


def subject_vector(codes: Mapping[FingerPosition, list[Float32s]], faces: list[Float32s]) -> Float32s:
    """Join the codes of a subject's fingers and face into its vector.

    Parameters
    ----------
    codes : mapping of FingerPosition to list of (192,) float32
        Of all encounters; a finger of unknown position has no block.
    faces : list of (128,) float32
        Of all encounters, of length 1.

    Returns
    -------
    (2048,) float32
        Each block the mean direction of its codes, 0 where there is none.
    """
    vector = np.zeros(VECTOR_NUMBERS, np.float32)
    for position, found in codes.items():
        if position is not FingerPosition.UNKNOWN:
            vector[finger_block(position)] = _mean_direction(found)
    if faces:
        vector[FACE_BLOCK] = _mean_direction(faces) * np.float32(FACE_SCALE)
    return vector


def probe_vector(codes: Mapping[FingerPosition, Float32s], face: Float32s | None) -> Float32s:
    """Join the codes of a probe, weighed so that an inner product is a sum of cosines.

    Parameters
    ----------
    codes : mapping of FingerPosition to (192,) float32
        Of known positions.
    face : (128,) float32, optional
    """
    vector = np.zeros(VECTOR_NUMBERS, np.float32)
    for position, code in codes.items():
        vector[finger_block(position)] = code
    if face is not None:
        vector[FACE_BLOCK] = face / np.float32(FACE_SCALE)
    return vector


def _mean_direction(codes: list[Float32s]) -> Float32s:
    total: Float32s = np.sum(codes, axis=0, dtype=np.float32)
    length = max(float(np.linalg.norm(total)), 1e-9)
    return np.asarray(total / np.float32(length), np.float32)
