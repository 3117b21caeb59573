"""The order of a prepared template's columns: by direction, then place, then quality.

All four fit one whole number, so that sorting numbers sorts minutiae.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidTemplate
from vantay.fingerprint.comparison.arrays import Bytes, Int16s, Int32s, Int64s, Words

_COORDINATE_BITS = 14
_ANGLE_BITS = 8
_QUALITY_BITS = 7
_KEY_BITS = _ANGLE_BITS + 2 * _COORDINATE_BITS + _QUALITY_BITS
MAX_TEMPLATES_AT_ONCE = 1 << (64 - _KEY_BITS)
"""The number of a template stands in the remaining bits of its minutiae's keys: two million."""


def prepared_order(minutiae: npt.NDArray[np.void]) -> Int32s:
    """Order of the minutiae of a template by direction, x, y, quality; equal ones stay as they stand.

    Parameters
    ----------
    minutiae : (n,) MINUTIA_DTYPE

    Returns
    -------
    (n,) int32
        Indices into `minutiae`.
    """
    keys = _keys(minutiae["x_px"], minutiae["y_px"], minutiae["angle"], minutiae["quality"])
    return np.argsort(keys, kind="stable").astype(np.int32)


def in_prepared_order(
    x_px: Int16s, y_px: Int16s, angle: Bytes, quality: Bytes, offsets: Int64s
) -> tuple[Int16s, Int16s, Bytes, Bytes]:
    """Sort the minutiae of many templates, each template by itself.

    Parameters
    ----------
    x_px, y_px : (n,) int16
        0..16383, of all templates one after another.
    angle : (n,) uint8
    quality : (n,) uint8
        0..100.
    offsets : (t + 1,) int64
        First minutia of each template; at most two million templates.

    Returns
    -------
    x_px, y_px, angle, quality
        The same, in the order that `prepared_order` gives each template.

    Raises
    ------
    InvalidTemplate
        If there are too many templates.
    """
    n_templates = offsets.shape[0] - 1
    if n_templates > MAX_TEMPLATES_AT_ONCE:
        raise InvalidTemplate(f"{n_templates} templates, expected at most {MAX_TEMPLATES_AT_ONCE} at once")
    template = np.repeat(np.arange(n_templates, dtype=np.uint64), np.diff(offsets))
    keys = _keys(x_px, y_px, angle, quality) | (template << np.uint64(_KEY_BITS))
    keys.sort()
    high = (1 << _COORDINATE_BITS) - 1
    return (
        (keys >> np.uint64(_COORDINATE_BITS + _QUALITY_BITS) & np.uint64(high)).astype(np.int16),
        (keys >> np.uint64(_QUALITY_BITS) & np.uint64(high)).astype(np.int16),
        (keys >> np.uint64(_KEY_BITS - _ANGLE_BITS)).astype(np.uint8),
        (keys & np.uint64((1 << _QUALITY_BITS) - 1)).astype(np.uint8),
    )


def _keys(x_px: Int16s, y_px: Int16s, angle: Bytes, quality: Bytes) -> Words:
    keys = angle.astype(np.uint64)
    for column, n_bits in ((x_px, _COORDINATE_BITS), (y_px, _COORDINATE_BITS), (quality, _QUALITY_BITS)):
        keys <<= np.uint64(n_bits)
        keys |= column.astype(np.uint64)
    return keys
