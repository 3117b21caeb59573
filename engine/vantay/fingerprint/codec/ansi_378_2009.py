"""ANSI INCITS 378-2009 and its amendment 1, which widens code tables and keeps the layout.

Header of 21 bytes: magic, version, length in 4 bytes, owner and type of the product, 1 byte compliance,
2 bytes device, number of views, reserved. Each view states its own image size, resolution, and who computed
its quality. Records of a draft of 2007 lack the byte of compliance.
"""

from __future__ import annotations

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec.bytes_reader import BytesReader, BytesWriter
from vantay.fingerprint.codec.extended_data import (
    AreaLengths,
    ExtendedLayout,
    read_extended_data,
    write_extended_data,
)
from vantay.fingerprint.codec.minutiae import read_minutiae, write_minutiae, write_n_minutiae
from vantay.fingerprint.codec.record import (
    QUALITY_NOT_REPORTED,
    FingerRecord,
    FingerView,
    QualityBlock,
    RecordFormat,
)

VERSIONS = {b"030\0": RecordFormat.ANSI_378_2009, b"035\0": RecordFormat.ANSI_378_2009_AM1}
MAX_UNCOUNTED_BYTES = 1
"""Some writers do not count the byte of compliance in the record's length; the content shows the end."""
_LAYOUT = ExtendedLayout(is_ansi=True, length_counts_header=True)
_NAME = "ANSI INCITS 378-2009"
_LENGTH_END = 12


def read_record(
    data: bytes, *, is_draft: bool = False, lengths: AreaLengths = AreaLengths.AS_IN_FORMAT
) -> FingerRecord:
    """Read a whole record.

    Parameters
    ----------
    data : bytes
        The record.
    is_draft : bool
        Whether it has the layout of the draft, without the byte of compliance.
    lengths : AreaLengths
        What to believe of the lengths of extended data.

    Raises
    ------
    InvalidTemplate
        If the record is shorter than its length field says or longer by more than a byte, or the content
        does not fill it exactly.
    """
    reader = BytesReader(data, _NAME)
    record_format = VERSIONS[reader.take(8, "format and version")[4:]]
    length = reader.number(4, "record length")
    if not 0 <= len(data) - length <= MAX_UNCOUNTED_BYTES:
        raise InvalidTemplate(f"{_NAME}: length field says {length}, expected {len(data)} bytes")
    owner_id, product_id = reader.number(2, "product owner"), reader.number(2, "product type")
    compliance = None if is_draft else reader.number(1, "device compliance")
    device_id = reader.number(2, "capture device")
    n_views = reader.number(1, "number of views")
    reader.number(1, "reserved byte")
    if n_views == 0:
        raise InvalidTemplate(f"{_NAME}: 0 finger views, expected at least 1")
    views = tuple(_read_view(reader, lengths=lengths) for _ in range(n_views))
    reader.expect_end()
    return FingerRecord(
        record_format,
        views,
        stated_length=None if length == len(data) else length,
        owner_id=owner_id,
        product_id=product_id,
        device_compliance=compliance,
        device_id=device_id,
    )


def _read_view(reader: BytesReader, *, lengths: AreaLengths) -> FingerView:
    position = reader.number(1, "finger position")
    view_number = reader.number(1, "view number")
    impression_type = reader.number(1, "impression type")
    score = reader.number(1, "finger quality")
    quality = QualityBlock(score, reader.number(2, "quality owner"), reader.number(2, "quality algorithm"))
    width_px, height_px = reader.number(2, "image width"), reader.number(2, "image height")
    x_per_cm, y_per_cm = reader.number(2, "x resolution"), reader.number(2, "y resolution")
    minutiae = read_minutiae(reader, reader.number(1, "number of minutiae"))
    areas, stated_length = read_extended_data(reader, _LAYOUT, lengths)
    return FingerView(
        position=position,
        minutiae=minutiae,
        width_px=width_px,
        height_px=height_px,
        x_per_cm=x_per_cm,
        y_per_cm=y_per_cm,
        view_number=view_number,
        impression_type=impression_type,
        quality_blocks=(quality,),
        extended_data=areas,
        stated_extended_length=stated_length,
    )


def write_record(record: FingerRecord) -> bytes:
    """Write what `read_record` reads."""
    if not record.views:
        raise InvalidTemplate(f"{_NAME}: 0 finger views, expected at least 1")
    body = BytesWriter(_NAME)
    body.number(record.owner_id, 2, "product owner")
    body.number(record.product_id, 2, "product type")
    if record.device_compliance is not None:
        body.number(record.device_compliance, 1, "device compliance")
    body.number(record.device_id, 2, "capture device")
    body.number(len(record.views), 1, "number of views")
    body.number(0, 1, "reserved byte")
    for view in record.views:
        _write_view(body, view)
    content = body.finish()
    header = BytesWriter(_NAME)
    versions = {record_format: version for version, record_format in VERSIONS.items()}
    header.raw(b"FMR\0" + versions[record.record_format])
    header.number(record.stated_length or _LENGTH_END + len(content), 4, "record length")
    return header.finish() + content


def _write_view(writer: BytesWriter, view: FingerView) -> None:
    quality = view.quality_blocks[0] if view.quality_blocks else QualityBlock(QUALITY_NOT_REPORTED)
    writer.number(view.position, 1, "finger position")
    writer.number(view.view_number, 1, "view number")
    writer.number(view.impression_type, 1, "impression type")
    writer.number(quality.score, 1, "finger quality")
    writer.number(quality.vendor_id, 2, "quality owner")
    writer.number(quality.algorithm_id, 2, "quality algorithm")
    for value in (view.width_px, view.height_px, view.x_per_cm, view.y_per_cm):
        writer.number(value, 2, "image size or resolution")
    write_n_minutiae(writer, view.minutiae)
    write_minutiae(writer, view.minutiae)
    write_extended_data(writer, view, _LAYOUT)
