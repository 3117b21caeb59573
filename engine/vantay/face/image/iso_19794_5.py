"""The photo inside a face record of ISO/IEC 19794-5:2005.

References
----------
ISO/IEC 19794-5:2005, clause 5: facial record header, facial information, feature points, image information.
"""

from __future__ import annotations

import struct

from vantay.errors import InvalidSample

RECORD_MAGIC = b"FAC\x00"
"""The first bytes of a face record of any version."""

_VERSION = b"010\x00"
_HEADER = struct.Struct(">4s4sIH")  # magic, version, length of the record, number of photos
_INFORMATION = struct.Struct(">IH14x")  # length of the photo's data, number of feature points
_FEATURE_POINT_BYTES = 8
_IMAGE_INFORMATION_BYTES = 12


def photo_of_record(data: bytes, name: str) -> bytes:
    """Find the JPEG or JPEG 2000 file in a face record.

    Parameters
    ----------
    data : bytes
        A whole record.
    name : str
        What error messages call it.

    Returns
    -------
    bytes
        The image file as it stands in the record.

    Raises
    ------
    InvalidSample
        If the record is of another version, is cut short, contradicts itself or holds several photos.
    """
    if len(data) < _HEADER.size:
        raise _cut_short(name, len(data), _HEADER.size)
    _, version, n_bytes, n_photos = _HEADER.unpack_from(data)
    if version != _VERSION:
        raise InvalidSample(
            f"{name}: face record of version {version!r}, expected {_VERSION!r}, that of 2005"
        )
    if n_bytes != len(data):
        raise _cut_short(name, len(data), n_bytes)
    if n_photos != 1:
        raise InvalidSample(f"{name}: face record holds {n_photos} photos, expected one")
    return _photo(data, name)


def _photo(data: bytes, name: str) -> bytes:
    if len(data) < _HEADER.size + _INFORMATION.size:
        raise _cut_short(name, len(data), _HEADER.size + _INFORMATION.size)
    n_photo_bytes, n_points = _INFORMATION.unpack_from(data, _HEADER.size)
    start = _HEADER.size + _INFORMATION.size + _FEATURE_POINT_BYTES * n_points + _IMAGE_INFORMATION_BYTES
    end = _HEADER.size + n_photo_bytes
    if end != len(data) or start >= end:
        raise InvalidSample(
            f"{name}: face record of {len(data)} bytes says that its photo is bytes {start} to {end}"
        )
    return data[start:end]


def _cut_short(name: str, n_bytes: int, expected: int) -> InvalidSample:
    return InvalidSample(f"{name}: face record has {n_bytes} bytes, expected {expected}")
