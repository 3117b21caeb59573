"""What a search of a large gallery keeps of each finger beside its minutiae: a sketch and a code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vantay.fingerprint.comparison.arrays import Arrays, Bytes, Float32s, Int16s, Int64s
from vantay.fingerprint.comparison.cylinders import build_cylinders_of_many, room_for_values
from vantay.fingerprint.comparison.prepared import TABLES, check_columns, quality_weights
from vantay.fingerprint.comparison.sketch import Sketches
from vantay.fingerprint.fixed_length.pooling import finger_codes

FINGERS_AT_ONCE = 16
"""Fingers whose cylinders are held as numbers at a time: one megabyte, which a processor's cache takes."""


@dataclass(frozen=True, slots=True, eq=False)
class FingerDescriptions:
    """Sketches and codes of t fingers.

    Attributes
    ----------
    sketches : Sketches
        Of the comparison's local stage.
    codes : (t, 192) float32
        As `finger_code` makes them.
    """

    sketches: Sketches
    codes: Float32s


def describe_fingers(
    x_px: Int16s, y_px: Int16s, angle: Bytes, quality: Bytes, offsets: Int64s
) -> FingerDescriptions:
    """Sketch and code many fingers at once.

    Parameters
    ----------
    x_px, y_px, angle, quality, offsets
        As for `prepare_many`: of all fingers, in prepared order.

    Returns
    -------
    FingerDescriptions
        The same to the bit as of the fingers one by one.

    Raises
    ------
    InvalidTemplate
        As `prepare_many`.

    Notes
    -----
    Nearly all of the time is spent without Python's lock: threads share the work of several calls.
    """
    columns = (x_px.astype(np.float32), -y_px.astype(np.float32), angle, quality_weights(quality))
    check_columns((x_px, y_px, angle, quality), offsets)
    firsts = range(0, max(offsets.shape[0] - 1, 1), FINGERS_AT_ONCE)
    chunks = [offsets[first : first + FINGERS_AT_ONCE + 1] for first in firsts]
    # One room for all, as new memory costs the time to clear it
    values = room_for_values(max(int(chunk[-1] - chunk[0]) for chunk in chunks))
    parts = [_describe(columns, chunk, values) for chunk in chunks]
    counts = [np.diff(part.sketches.start) for part in parts]
    sketches = Sketches(
        np.concatenate([np.zeros(1, np.int64), *counts]).cumsum(),
        np.concatenate([part.sketches.words for part in parts]),
        np.concatenate([part.sketches.angle for part in parts]),
    )
    return FingerDescriptions(sketches, np.concatenate([part.codes for part in parts]))


def _describe(columns: Arrays, offsets: Int64s, values: Float32s) -> FingerDescriptions:
    x, y, angle, quality = (np.ascontiguousarray(column[offsets[0] : offsets[-1]]) for column in columns)
    start = offsets - offsets[0]
    values = values[: x.shape[0]]
    words = build_cylinders_of_many((x, y, angle), start, start, TABLES, values)
    codes = finger_codes(values, TABLES.turns[angle], quality, start)
    return FingerDescriptions(Sketches.of_columns(words, angle, quality, start), codes)
