"""ISO/IEC 19794-2:2005, record format; the compact formats for cards are not read.

Header of 24 bytes: magic, version, length in 4 bytes, 4 bits compliance and 12 bits device, image
width, height, x and y resolution in pixels per centimetre, number of views, reserved.
"""

from __future__ import annotations

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec.bytes_reader import BytesReader, BytesWriter, check_bits
from vantay.fingerprint.codec.extended_data import AreaLengths, ExtendedLayout
from vantay.fingerprint.codec.record import FingerRecord, RecordFormat
from vantay.fingerprint.codec.views_of_2004 import read_geometry_and_views, write_geometry_and_views

VERSIONS = (b" 20\0",)
LAYOUT = ExtendedLayout(is_ansi=False, length_counts_header=False)
_FORMAT = RecordFormat.ISO_19794_2_2005
_LENGTH_END = 12


def states_length_of(data: bytes) -> bool:
    """Tell whether the length field is that of this format: 4 bytes, not the 2 or 6 of ANSI 378-2004."""
    return int.from_bytes(data[8:12], "big") == len(data)


def read_record(data: bytes, *, lengths: AreaLengths = AreaLengths.AS_IN_FORMAT) -> FingerRecord:
    """Read a whole record.

    Raises
    ------
    InvalidTemplate
        If the length field is not the record's length, or the content does not fill it exactly.
    """
    reader = BytesReader(data, _FORMAT.value)
    reader.take(8, "format and version")
    length = reader.number(4, "record length")
    if length != len(data):
        raise InvalidTemplate(f"{_FORMAT.value}: length field says {length}, expected {len(data)} bytes")
    device = reader.number(2, "capture device")
    views = read_geometry_and_views(reader, layout=LAYOUT, lengths=lengths)
    return FingerRecord(_FORMAT, views, device_compliance=device >> 12, device_id=device & 0x0FFF)


def write_record(record: FingerRecord) -> bytes:
    """Write what `read_record` reads."""
    body = BytesWriter(_FORMAT.value)
    compliance = check_bits(record.device_compliance or 0, 4, "device compliance", _FORMAT.value)
    body.number(compliance << 12 | check_bits(record.device_id, 12, "device", _FORMAT.value), 2, "device")
    write_geometry_and_views(body, record, LAYOUT)
    content = body.finish()
    header = BytesWriter(_FORMAT.value)
    header.raw(b"FMR\0" + (record.version or VERSIONS[0]))
    header.number(_LENGTH_END + len(content), 4, "record length")
    return header.finish() + content
