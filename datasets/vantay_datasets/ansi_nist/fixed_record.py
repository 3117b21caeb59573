"""Records of types 3 to 8, which are bytes at fixed places instead of tagged fields.

A fingerprint (types 3 and 4 grey, 5 and 6 of two tones) has 18 bytes before its image: length in 4 bytes,
designation, impression type, six finger positions (255 for none), scanning resolution, width and height in 2
bytes each, compression.
"""

from __future__ import annotations

from dataclasses import dataclass

from vantay.errors import InvalidSample

_FIXED_TYPES = range(3, 9)
_FINGERPRINT_TYPES = range(3, 7)
_HEADER_BYTES = 18
_POSITIONS = slice(6, 12)
_NO_POSITION = 255
_POSITION_FIELD = 4


def is_fixed_type(record_type: int) -> bool:
    """Whether records of this type have no tags."""
    return record_type in _FIXED_TYPES


@dataclass(frozen=True, slots=True, eq=False)
class FixedRecord:
    """A record of type 3 to 8.

    Attributes
    ----------
    name : str
        What messages call it: ``file.an2, record 3 (type 4)``.
    record_type : int
        Its type.
    data : bytes
        All of it.
    """

    name: str
    record_type: int
    data: bytes


@dataclass(frozen=True, slots=True, eq=False)
class FixedFingerprint:
    """The fields of a fingerprint of type 3 to 6.

    Attributes
    ----------
    designation : int
        Ties it to records of minutiae, field IDC.
    positions : tuple of int
        Codes of the fingers that it may be, field FGP.
    is_native_resolution : bool
        Whether the resolution is the one that record type 1 states, field ISR.
    width_px, height_px : int
        Fields HLL and VLL.
    compression : int
        Code of field GCA.
    image : bytes
        What follows.
    """

    designation: int
    positions: tuple[int, ...]
    is_native_resolution: bool
    width_px: int
    height_px: int
    compression: int
    image: bytes


def read_fixed_fingerprint(record: FixedRecord) -> FixedFingerprint:
    """Read a record of type 3 to 6.

    Raises
    ------
    InvalidSample
        If it is shorter than its header, or says neither of the two resolutions.
    """
    data = record.data
    if record.record_type not in _FINGERPRINT_TYPES or len(data) < _HEADER_BYTES:
        raise InvalidSample(f"{record.name}: {len(data)} bytes, expected a header of {_HEADER_BYTES}")
    if data[12] > 1:
        raise InvalidSample(f"{record.name}, field {record.record_type}.005: is {data[12]}, expected 0 or 1")
    return FixedFingerprint(
        designation=data[4],
        positions=tuple(code for code in data[_POSITIONS] if code != _NO_POSITION),
        is_native_resolution=data[12] == 1,
        width_px=int.from_bytes(data[13:15], "big"),
        height_px=int.from_bytes(data[15:17], "big"),
        compression=data[17],
        image=data[_HEADER_BYTES:],
    )
