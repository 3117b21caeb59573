"""The five or six bytes of a minutia, the same in all four formats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec.bytes_reader import BytesReader, BytesWriter
from vantay.fingerprint.codec.record import QUALITY_NOT_REPORTED, RECORD_MINUTIA_DTYPE
from vantay.types import MAX_COORDINATE_PX, MAX_MINUTIAE

_WITH_QUALITY = np.dtype([("type_x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])
_WITHOUT_QUALITY = np.dtype([("type_x", ">u2"), ("y", ">u2"), ("angle", "u1")])


def read_minutiae(reader: BytesReader, n_minutiae: int, minutia_bytes: int = 6) -> npt.NDArray[np.void]:
    """Read minutiae: 2 bits type and 14 bits x, 2 bits reserved and 14 bits y, angle, quality.

    Returns
    -------
    (n_minutiae,) RECORD_MINUTIA_DTYPE
        With quality 254 where the record has none. Reserved bits are dropped.
    """
    layout = _WITH_QUALITY if minutia_bytes == 6 else _WITHOUT_QUALITY
    fields = np.frombuffer(reader.take(n_minutiae * minutia_bytes, f"{n_minutiae} minutiae"), layout)
    minutiae = np.zeros(n_minutiae, RECORD_MINUTIA_DTYPE)
    minutiae["type"] = fields["type_x"] >> 14
    minutiae["x"] = fields["type_x"] & MAX_COORDINATE_PX
    minutiae["y"] = fields["y"] & MAX_COORDINATE_PX
    minutiae["angle"] = fields["angle"]
    minutiae["quality"] = fields["quality"] if minutia_bytes == 6 else QUALITY_NOT_REPORTED
    return minutiae


def write_minutiae(writer: BytesWriter, minutiae: npt.NDArray[np.void], minutia_bytes: int = 6) -> None:
    """Write what `read_minutiae` reads.

    Raises
    ------
    InvalidTemplate
        If a type code or coordinate needs more bits than there are.
    """
    for name, high in (("type", 3), ("x", MAX_COORDINATE_PX), ("y", MAX_COORDINATE_PX)):
        if minutiae.size and int(minutiae[name].max()) > high:
            raise InvalidTemplate(f"minutia {name} is {minutiae[name].max()}, expected 0 to {high}")
    fields = np.zeros(minutiae.shape[0], _WITH_QUALITY if minutia_bytes == 6 else _WITHOUT_QUALITY)
    fields["type_x"] = (minutiae["type"].astype(np.uint16) << 14) | minutiae["x"]
    fields["y"] = minutiae["y"]
    fields["angle"] = minutiae["angle"]
    if minutia_bytes == 6:
        fields["quality"] = minutiae["quality"]
    writer.raw(fields.tobytes())


def write_n_minutiae(writer: BytesWriter, minutiae: npt.NDArray[np.void]) -> None:
    """Write the one byte that counts the minutiae of a view."""
    if minutiae.shape[0] > MAX_MINUTIAE:
        raise InvalidTemplate(f"{minutiae.shape[0]} minutiae in a view, expected at most {MAX_MINUTIAE}")
    writer.number(minutiae.shape[0], 1, "number of minutiae")
