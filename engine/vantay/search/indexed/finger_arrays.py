"""The arrays of a part that hold fingers: minutiae, sketches, codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vantay.errors import DataCorruption, InvalidTemplate
from vantay.fingerprint.codec import MinutiaColumns, decode, decode_columns
from vantay.fingerprint.comparison import in_prepared_order
from vantay.fingerprint.fixed_length import CODE_NUMBERS, describe_fingers
from vantay.search.indexed.layout import FINGERS, VECTOR_NUMBERS, Float32s, finger_block
from vantay.search.indexed.part import N_POSITIONS, PACKED_MINUTIA
from vantay.types import FingerPosition, FingerTemplate

Arrays = dict[str, npt.NDArray[Any]]


class GalleryFinger(NamedTuple):
    """One finger of a subject, as it comes.

    Attributes
    ----------
    position : FingerPosition
    source : FingerTemplate or bytes
        The template, or its record.
    encounter_id : str
        For messages.
    """

    position: FingerPosition
    source: FingerTemplate | bytes
    encounter_id: str = ""


def finger_arrays(fingers_of_rows: Sequence[Sequence[GalleryFinger]]) -> tuple[Arrays, Float32s]:
    """Lay the fingers of subjects out.

    Parameters
    ----------
    fingers_of_rows : sequence of sequence of GalleryFinger
        Of each row.

    Returns
    -------
    arrays : dict of str to ndarray
        As docs/search.md lists them, in order of position, then row.
    vectors : (n_rows, 2048) float32
        The codes of the fingers in their blocks; of several templates of a finger the mean direction.

    Raises
    ------
    DataCorruption
        If a record is none; the message names its encounter.
    """
    placed = [(finger, row) for row, fingers in enumerate(fingers_of_rows) for finger in fingers]
    placed.sort(key=lambda pair: (int(pair[0].position), pair[1]))
    fingers = [finger for finger, _ in placed]
    rows = np.array([row for _, row in placed], np.int32)
    positions = np.array([int(finger.position) for finger in fingers], np.int64)
    columns = _columns_of(fingers)
    ordered = in_prepared_order(columns.x_px, columns.y_px, columns.angle, columns.quality, columns.offsets)
    described = describe_fingers(*ordered, columns.offsets)
    minutiae = np.empty(ordered[0].shape[0], PACKED_MINUTIA)
    for name, values in zip(PACKED_MINUTIA.names or (), ordered, strict=True):
        minutiae[name] = values
    arrays: Arrays = {
        "finger_row": rows,
        "position_start": np.searchsorted(positions, np.arange(N_POSITIONS + 1)).astype(np.int64),
        "finger_quality": columns.template_quality,
        "minutiae_start": columns.offsets,
        "minutiae": minutiae,
        "sketch_start": described.sketches.start,
        "sketch_words": described.sketches.words,
        "sketch_angle": described.sketches.angle,
    }
    return arrays, _vectors(described.codes, arrays, len(fingers_of_rows))


def _columns_of(fingers: Sequence[GalleryFinger]) -> MinutiaColumns:
    records = [finger.source for finger in fingers if isinstance(finger.source, bytes)]
    if len(records) == len(fingers):
        try:
            return decode_columns(records)
        except (InvalidTemplate, ValueError):
            pass  # found below, one by one
    templates = [
        finger.source if isinstance(finger.source, FingerTemplate) else _decoded(finger, finger.source)
        for finger in fingers
    ]
    joined = {
        name: np.concatenate([np.empty(0, PACKED_MINUTIA[name]), *(t.minutiae[name] for t in templates)])
        for name in PACKED_MINUTIA.names or ()
    }
    offsets = np.cumsum([0, *(t.n_minutiae for t in templates)]).astype(np.int64)
    quality = np.array([t.quality for t in templates], np.uint8)
    return MinutiaColumns(**joined, offsets=offsets, template_quality=quality)


def _decoded(finger: GalleryFinger, record: bytes) -> FingerTemplate:
    try:
        (template,) = decode(record)
    except (InvalidTemplate, ValueError) as error:
        raise DataCorruption(
            f"template of encounter {finger.encounter_id}, finger {finger.position.name}: {error}"
        ) from error
    return template


def _vectors(codes: Float32s, arrays: Arrays, n_rows: int) -> Float32s:
    vectors = np.zeros((n_rows, VECTOR_NUMBERS), np.float32)
    for position in FINGERS:
        first, last = arrays["position_start"][int(position) : int(position) + 2]
        sums = np.zeros((n_rows, CODE_NUMBERS), np.float32)
        np.add.at(sums, arrays["finger_row"][first:last], codes[first:last])
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        vectors[:, finger_block(position)] = sums / np.maximum(lengths, 1e-9)
    return vectors
