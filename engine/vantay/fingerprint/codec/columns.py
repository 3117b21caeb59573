"""The minutiae of many records at once, for who needs columns of numbers and no templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec.detection import decode, encode
from vantay.fingerprint.codec.own_records import MAX_QUALITY, N_HEADER_BYTES, OWN_MINUTIA, layout_of
from vantay.types import MAX_COORDINATE_PX

_TYPE_SHIFT = 14
_NO_TYPE = 3


@dataclass(frozen=True, slots=True, eq=False)
class MinutiaColumns:
    """The minutiae of t templates, one template after another.

    Attributes
    ----------
    x_px, y_px : (n,) int16
        At 500 ppi, y down.
    angle : (n,) uint8
        In units of 2π/256.
    quality : (n,) uint8
        0..100, 0 = not reported.
    offsets : (t + 1,) int64
        First minutia of each template.
    template_quality : (t,) uint8
        Of each template, 0..100.
    """

    x_px: npt.NDArray[np.int16]
    y_px: npt.NDArray[np.int16]
    angle: npt.NDArray[np.uint8]
    quality: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    template_quality: npt.NDArray[np.uint8]


def decode_columns(records: Sequence[bytes]) -> MinutiaColumns:
    """Read the minutiae of records with one finger view each.

    Parameters
    ----------
    records : sequence of bytes
        In any of the formats; those that `encode` writes by default are quick to read.

    Returns
    -------
    MinutiaColumns
        What the templates hold that `decode` gives, minutiae in their order.

    Raises
    ------
    InvalidTemplate
        If `decode` refuses a record, or it has several views; the message gives the record's place.
    """
    own = [_own(record, at) for at, record in enumerate(records)]
    fields = _fields_of(own)
    is_odd = (fields["quality"] > MAX_QUALITY) | (fields["type_x"] >> _TYPE_SHIFT == _NO_TYPE)
    offsets = np.cumsum([0, *(n for n, _, _ in own)])
    if is_odd.any():
        for at in np.unique(np.searchsorted(offsets, np.flatnonzero(is_odd), side="right") - 1):
            own[at] = _rewritten(records[at], int(at))
        fields = _fields_of(own)
    return MinutiaColumns(
        (fields["type_x"] & MAX_COORDINATE_PX).astype(np.int16),
        (fields["y"] & MAX_COORDINATE_PX).astype(np.int16),
        fields["angle"].copy(),
        fields["quality"].copy(),
        offsets,
        np.array([quality for _, quality, _ in own], np.uint8),
    )


def _own(record: bytes, at: int) -> tuple[int, int, bytes]:
    """Find the number of minutiae, the quality, and the bytes of the minutiae."""
    layout = layout_of(record)
    if layout is None:
        return _rewritten(record, at)
    n = layout.n_minutiae
    return n, layout.quality, record[N_HEADER_BYTES : N_HEADER_BYTES + n * OWN_MINUTIA.itemsize]


def _rewritten(record: bytes, at: int) -> tuple[int, int, bytes]:
    """As `_own`, by the long way: read the record as what it is, and write it as Vantay does."""
    try:
        templates = decode(record)
    except InvalidTemplate as error:
        raise InvalidTemplate(f"record {at}: {error}") from error
    if len(templates) != 1:
        raise InvalidTemplate(f"record {at} has {len(templates)} finger views, expected 1")
    written = encode(templates[0])
    n = templates[0].n_minutiae
    return n, templates[0].quality, written[N_HEADER_BYTES : N_HEADER_BYTES + n * OWN_MINUTIA.itemsize]


def _fields_of(own: Sequence[tuple[int, int, bytes]]) -> npt.NDArray[np.void]:
    return np.frombuffer(b"".join(minutiae for _, _, minutiae in own), OWN_MINUTIA)
