"""What `data` has to be: a record, a vector or an image; its header is read, and not what follows."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import cast

import numpy as np

from vantay.types import MAX_LENGTH_ERROR
from vantay_datasets.bulk.row import Kind
from vantay_datasets.bulk.values import Values
from vantay_datasets.encoded_image import image_format
from vantay_datasets.sample import Modality

_RECORD_MAGIC = b"FMR\0 20\0"
_RECORD_HEADER = struct.Struct(">8sI10xBxBBBB")
"""Magic and version, length, (device, size, resolution), views; then of the first view: position, number and
impression type, quality, minutiae (ISO/IEC 19794-2:2005, 7.3 and 7.4)."""
_MINUTIA_BYTES = 6
_EXTENDED_LENGTH_BYTES = 2
_MAX_VECTOR_LENGTH = 4096


def check_payload(values: Values) -> Iterator[str]:
    """Tell what is wrong with the data of a row whose kind and modality are known.

    Yields
    ------
    str
        At most one message.
    """
    data = cast("bytes", values["data"])
    is_face = values["modality"] == Modality.FACE
    if values["kind"] == Kind.IMAGE:
        message = _check_image(data, is_face=is_face)
    elif is_face:
        message = _check_vector(data)
    else:
        message = _check_record(data, cast("int", values["position"]))
    if message is not None:
        yield message


def _check_record(data: bytes, position: int) -> str | None:
    if not data.startswith(_RECORD_MAGIC):
        return f"begins with {data[:8].hex()}, expected {_RECORD_MAGIC.hex()} (ISO/IEC 19794-2:2005)"
    if len(data) < _RECORD_HEADER.size + _EXTENDED_LENGTH_BYTES:
        return f"has {len(data)} bytes, expected a record of a header and one view"
    _, length, n_views, own_position, _, _, n_minutiae = _RECORD_HEADER.unpack_from(data)
    if length != len(data):
        return f"says that it has {length} bytes, expected the {len(data)} that are there"
    if n_views != 1:
        return f"has {n_views} views, expected 1"
    if own_position != position:
        return f"is of finger position {own_position}, expected {position} as in column position"
    extended_at = _RECORD_HEADER.size + n_minutiae * _MINUTIA_BYTES
    extended_bytes = int.from_bytes(data[extended_at : extended_at + _EXTENDED_LENGTH_BYTES], "big")
    if len(data) != extended_at + _EXTENDED_LENGTH_BYTES + extended_bytes:
        return f"does not end after its {n_minutiae} minutiae and extended data"
    return None


def _check_vector(data: bytes) -> str | None:
    if len(data) % 2 or len(data) > 2 * _MAX_VECTOR_LENGTH:
        return f"has {len(data)} bytes, expected 2 for each of up to {_MAX_VECTOR_LENGTH} components"
    vector = np.frombuffer(data, "<f2").astype(np.float64)
    length = math.sqrt(float(vector @ vector))
    if not abs(length - 1) <= MAX_LENGTH_ERROR:
        return f"is a vector of length {length:.4g}, expected 1"
    return None


def _check_image(data: bytes, *, is_face: bool) -> str | None:
    found = image_format(data)
    if found is None:
        return f"begins with {data[:4].hex()}, expected PNG, JPEG, JPEG 2000, TIFF, BMP, PGM or WSQ"
    if is_face and found == "WSQ":
        return "is a WSQ image, expected a photo for a face"
    return None
