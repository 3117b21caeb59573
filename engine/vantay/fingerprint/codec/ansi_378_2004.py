"""ANSI INCITS 378-2004.

Header of 26 bytes: magic, version, length in 2 bytes, owner and type of the product, 4 bits compliance
and 12 bits device, image width, height, x and y resolution in pixels per centimetre, number of views,
reserved. A record of more than 65,535 bytes has the length 0 and its true length in the next 4 bytes.
"""

from __future__ import annotations

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec.bytes_reader import BytesReader, BytesWriter, check_bits
from vantay.fingerprint.codec.extended_data import AreaLengths, ExtendedLayout
from vantay.fingerprint.codec.record import FingerRecord, RecordFormat
from vantay.fingerprint.codec.views_of_2004 import read_geometry_and_views, write_geometry_and_views

VERSIONS = (b" 20\0", b"020\0")
MAX_UNCOUNTED_BYTES = 2
"""Some writers do not count a field of two bytes in the record's length; the content shows the end."""
_LAYOUT = ExtendedLayout(is_ansi=True, length_counts_header=True)
_FORMAT = RecordFormat.ANSI_378_2004
_SHORT_LENGTH_END = 10
_LONG_LENGTH_END = 14


def read_record(data: bytes, *, lengths: AreaLengths = AreaLengths.AS_IN_FORMAT) -> FingerRecord:
    """Read a whole record.

    Raises
    ------
    InvalidTemplate
        If the record is shorter than its length field says or longer by more than two bytes, or the content
        does not fill it exactly.
    """
    reader = BytesReader(data, _FORMAT.value)
    version = reader.take(8, "format and version")[4:]
    length = reader.number(2, "record length") or reader.number(4, "record length")
    if not 0 <= len(data) - length <= MAX_UNCOUNTED_BYTES:
        raise InvalidTemplate(f"{_FORMAT.value}: length field says {length}, expected {len(data)} bytes")
    owner_id, product_id = reader.number(2, "product owner"), reader.number(2, "product type")
    device = reader.number(2, "capture device")
    views = read_geometry_and_views(reader, layout=_LAYOUT, lengths=lengths)
    return FingerRecord(
        _FORMAT,
        views,
        version=b"" if version == VERSIONS[0] else version,
        stated_length=None if length == len(data) else length,
        owner_id=owner_id,
        product_id=product_id,
        device_compliance=device >> 12,
        device_id=device & 0x0FFF,
    )


def write_record(record: FingerRecord) -> bytes:
    """Write what `read_record` reads."""
    body = BytesWriter(_FORMAT.value)
    body.number(record.owner_id, 2, "product owner")
    body.number(record.product_id, 2, "product type")
    compliance = check_bits(record.device_compliance or 0, 4, "device compliance", _FORMAT.value)
    body.number(compliance << 12 | check_bits(record.device_id, 12, "device", _FORMAT.value), 2, "device")
    write_geometry_and_views(body, record, _LAYOUT)
    content = body.finish()
    header = BytesWriter(_FORMAT.value)
    header.raw(b"FMR\0" + (record.version or VERSIONS[0]))
    length = record.stated_length or _SHORT_LENGTH_END + len(content)
    if length > 0xFFFF:
        header.number(0, 2, "record length")
        header.number(record.stated_length or _LONG_LENGTH_END + len(content), 4, "record length")
    else:
        header.number(length, 2, "record length")
    return header.finish() + content
