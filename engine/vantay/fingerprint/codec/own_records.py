"""A short way to read the records that Vantay itself writes, which are nearly all that a store holds.

Whatever differs from them in anything that matters goes the long way, which reads every field of every
format and says what is wrong: both ways give the same templates.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec import iso_19794_2_2005
from vantay.fingerprint.codec.bytes_reader import BytesReader
from vantay.fingerprint.codec.conversion import extractor_of
from vantay.fingerprint.codec.extended_data import AreaLengths, read_extended_data
from vantay.fingerprint.codec.record import PX_PER_CM_AT_500_PPI
from vantay.types import MAX_COORDINATE_PX, MINUTIA_DTYPE, FingerPosition, FingerTemplate

_FORMAT_AND_VERSION = b"FMR\0 20\0"
_HEADER = struct.Struct(">8sI2xHHHHBxBxBB")
"""Format and version, length, image width, height, x and y resolution, views; position, quality, minutiae."""
N_HEADER_BYTES = _HEADER.size
OWN_MINUTIA = np.dtype([("type_x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])
_POSITIONS = tuple(FingerPosition)
MAX_QUALITY = 100


@dataclass(frozen=True, slots=True)
class OwnLayout:
    """All of a record but its minutiae, which stand from byte 28 on."""

    width_px: int
    height_px: int
    position: int
    quality: int
    n_minutiae: int
    extractor: tuple[str, str]


def read_own_record(data: bytes) -> FingerTemplate | None:
    """Read a record as `encode` writes them by default.

    Parameters
    ----------
    data : bytes
        Any bytes.

    Returns
    -------
    FingerTemplate or None
        What `decode` gives, if it is such a record.

    Raises
    ------
    InvalidTemplate
        If it is one, but a minutia's type is none.
    """
    layout = layout_of(data)
    if layout is None:
        return None
    fields = np.frombuffer(data, OWN_MINUTIA, layout.n_minutiae, N_HEADER_BYTES)
    if fields["quality"].max(initial=0) > MAX_QUALITY:
        return None
    return FingerTemplate(
        _minutiae_of(fields),
        layout.width_px,
        layout.height_px,
        _POSITIONS[layout.position],
        layout.quality,
        *layout.extractor,
    )


def _minutiae_of(fields: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    minutiae = np.empty(fields.shape[0], MINUTIA_DTYPE)
    type_x = fields["type_x"]
    minutiae["x_px"] = type_x & MAX_COORDINATE_PX
    minutiae["y_px"] = fields["y"] & MAX_COORDINATE_PX
    minutiae["angle"] = fields["angle"]
    minutiae["type"] = type_x >> 14
    minutiae["quality"] = fields["quality"]
    return minutiae


def layout_of(data: bytes) -> OwnLayout | None:
    """Read all but the minutiae; None unless everything is as Vantay writes it."""
    if len(data) < N_HEADER_BYTES:
        return None
    start, length, width_px, height_px, x_per_cm, y_per_cm, n_views, position, quality, n_minutiae = (
        _HEADER.unpack_from(data)
    )
    if (
        start != _FORMAT_AND_VERSION
        or length != len(data)
        or not x_per_cm == y_per_cm == PX_PER_CM_AT_500_PPI
        or n_views != 1
        or position >= len(_POSITIONS)
        or quality > MAX_QUALITY
        or max(width_px, height_px) > MAX_COORDINATE_PX
    ):
        return None
    extractor = _extractor_of(data[N_HEADER_BYTES + n_minutiae * OWN_MINUTIA.itemsize :])
    return extractor and OwnLayout(width_px, height_px, position, quality, n_minutiae, extractor)


@lru_cache(maxsize=256)
def _extractor_of(extended_data: bytes) -> tuple[str, str] | None:
    """Name and version of the extractor, the same in record after record; None if it cannot be read."""
    reader = BytesReader(extended_data, "extended data")
    try:
        areas, _ = read_extended_data(reader, iso_19794_2_2005.LAYOUT, AreaLengths.AS_IN_FORMAT)
        reader.expect_end()
        return extractor_of(areas)
    except InvalidTemplate:
        return None
