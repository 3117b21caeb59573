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


LEADING = (
    FingerPosition.RIGHT_THUMB,
    FingerPosition.RIGHT_INDEX,
    FingerPosition.LEFT_THUMB,
    FingerPosition.LEFT_INDEX,
)
"""Captured best and most often. A probe that has all of them is listed by these and its face: others would
add more to the time than to the list."""


def finger_block(position: FingerPosition) -> slice:
    """Where the code of a finger stands."""
    first = (int(position) - 1) * CODE_NUMBERS
    return slice(first, first + CODE_NUMBERS)


VIEWS = (
    (finger_block(FingerPosition.RIGHT_INDEX), finger_block(FingerPosition.LEFT_INDEX)),
    (*(finger_block(position) for position in LEADING), FACE_BLOCK),
)
"""Numbers of a vector that many probes have alone: their coarse codes lie side by side, too."""


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
