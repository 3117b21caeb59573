"""ISO/IEC 19794-2:2011, record format on the frame of ISO/IEC 19794-1:2011.

Header of 15 bytes: magic, version, length in 4 bytes, number of views in 2, whether views carry
certificates. Each view states its own length, capture time and device, any number of qualities, certificates
where the header says so, image size and resolution, and how many bytes a minutia has.
"""

from __future__ import annotations

from dataclasses import replace

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec.bytes_reader import BytesReader, BytesWriter, check_bits
from vantay.fingerprint.codec.extended_data import (
    AreaLengths,
    ExtendedLayout,
    read_extended_data,
    write_extended_data,
)
from vantay.fingerprint.codec.minutiae import read_minutiae, write_minutiae, write_n_minutiae
from vantay.fingerprint.codec.record import (
    Capture,
    Certificate,
    FingerRecord,
    FingerView,
    QualityBlock,
    RecordFormat,
)

VERSION = b"030\0"
_LAYOUT = ExtendedLayout(is_ansi=False, length_counts_header=True)
_FORMAT = RecordFormat.ISO_19794_2_2011
_HEADER_BYTES = 15
_MIN_VIEW_BYTES = 34


def states_lengths_of(data: bytes) -> bool:
    """Tell whether the lengths of record and views are of this format; ANSI 378-2009 has the same version."""
    reader = BytesReader(data, _FORMAT.value)
    try:
        reader.take(8, "format and version")
        if reader.number(4, "record length") != len(data):
            return False
        n_views = reader.number(2, "number of views")
        reader.take(1, "certification flag")
        for _ in range(n_views):
            length = reader.number(4, "view length")
            if length < _MIN_VIEW_BYTES:
                return False
            reader.take(length - 4, "view")
    except InvalidTemplate:
        return False
    return reader.n_left == 0


def read_record(data: bytes, *, lengths: AreaLengths = AreaLengths.AS_IN_FORMAT) -> FingerRecord:
    """Read a whole record.

    Raises
    ------
    InvalidTemplate
        If a length field is wrong, or the content does not fill its record or view exactly.
    """
    reader = BytesReader(data, _FORMAT.value)
    reader.take(8, "format and version")
    length = reader.number(4, "record length")
    if length != len(data):
        raise InvalidTemplate(f"{_FORMAT.value}: length field says {length}, expected {len(data)} bytes")
    n_views = reader.number(2, "number of views")
    has_certificates = reader.number(1, "certification flag") == 1
    if n_views == 0:
        raise InvalidTemplate(f"{_FORMAT.value}: 0 finger views, expected at least 1")
    views = tuple(
        _read_view(reader, has_certificates=has_certificates, lengths=lengths) for _ in range(n_views)
    )
    reader.expect_end()
    return FingerRecord(_FORMAT, views, has_certificates=has_certificates)


def _read_view(outer: BytesReader, *, has_certificates: bool, lengths: AreaLengths) -> FingerView:
    length = outer.number(4, "view length")
    reader = BytesReader(outer.take(max(length - 4, 0), "view"), _FORMAT.value)
    capture = _read_capture(reader)
    qualities = tuple(
        QualityBlock(*(reader.number(n_bytes, "quality") for n_bytes in (1, 2, 2)))
        for _ in range(reader.number(1, "number of qualities"))
    )
    if has_certificates:
        capture = replace(capture, certificates=_read_certificates(reader))
    position, view_number = reader.number(1, "finger position"), reader.number(1, "view number")
    x_per_cm, y_per_cm = reader.number(2, "x resolution"), reader.number(2, "y resolution")
    impression_type = reader.number(1, "impression type")
    width_px, height_px = reader.number(2, "image width"), reader.number(2, "image height")
    minutia_bytes, ending_type = divmod(reader.number(1, "minutia field length"), 16)
    if minutia_bytes not in {5, 6}:
        raise InvalidTemplate(f"{_FORMAT.value}: a minutia has {minutia_bytes} bytes, expected 5 or 6")
    minutiae = read_minutiae(reader, reader.number(1, "number of minutiae"), minutia_bytes)
    areas, stated_length = read_extended_data(reader, _LAYOUT, lengths)
    reader.expect_end()
    return FingerView(
        position=position,
        minutiae=minutiae,
        width_px=width_px,
        height_px=height_px,
        x_per_cm=x_per_cm,
        y_per_cm=y_per_cm,
        view_number=view_number,
        impression_type=impression_type,
        quality_blocks=qualities,
        extended_data=areas,
        stated_extended_length=stated_length,
        capture=capture,
        minutia_bytes=minutia_bytes,
        ending_type=ending_type,
    )


def _read_capture(reader: BytesReader) -> Capture:
    year = reader.number(2, "capture year")
    month, day, hour, minute, second = reader.take(5, "capture time")
    millisecond = reader.number(2, "capture millisecond")
    technology = reader.number(1, "capture technology")
    vendor_id, device_id = reader.number(2, "capture device vendor"), reader.number(2, "capture device")
    return Capture((year, month, day, hour, minute, second, millisecond), technology, vendor_id, device_id)


def _read_certificates(reader: BytesReader) -> tuple[Certificate, ...]:
    return tuple(
        Certificate(reader.number(2, "certification authority"), reader.number(1, "certification scheme"))
        for _ in range(reader.number(1, "number of certificates"))
    )


def write_record(record: FingerRecord) -> bytes:
    """Write what `read_record` reads."""
    if not record.views:
        raise InvalidTemplate(f"{_FORMAT.value}: 0 finger views, expected at least 1")
    content = b"".join(_write_view(view, has_certificates=record.has_certificates) for view in record.views)
    header = BytesWriter(_FORMAT.value)
    header.raw(b"FMR\0" + VERSION)
    header.number(_HEADER_BYTES + len(content), 4, "record length")
    header.number(len(record.views), 2, "number of views")
    header.number(int(record.has_certificates), 1, "certification flag")
    return header.finish() + content


def _write_view(view: FingerView, *, has_certificates: bool) -> bytes:
    writer = BytesWriter(_FORMAT.value)
    _write_capture(writer, view.capture)
    writer.number(len(view.quality_blocks), 1, "number of qualities")
    for quality in view.quality_blocks:
        writer.number(quality.score, 1, "finger quality")
        writer.number(quality.vendor_id, 2, "quality vendor")
        writer.number(quality.algorithm_id, 2, "quality algorithm")
    if has_certificates:
        writer.number(len(view.capture.certificates), 1, "number of certificates")
        for certificate in view.capture.certificates:
            writer.number(certificate.authority_id, 2, "certification authority")
            writer.number(certificate.scheme_id, 1, "certification scheme")
    _write_finger(writer, view)
    content = writer.finish()
    return (4 + len(content)).to_bytes(4, "big") + content


def _write_capture(writer: BytesWriter, capture: Capture) -> None:
    for value, n_bytes in zip(capture.date_time, (2, 1, 1, 1, 1, 1, 2), strict=True):
        writer.number(value, n_bytes, "capture time")
    writer.number(capture.technology, 1, "capture technology")
    writer.number(capture.vendor_id, 2, "capture device vendor")
    writer.number(capture.device_id, 2, "capture device")


def _write_finger(writer: BytesWriter, view: FingerView) -> None:
    writer.number(view.position, 1, "finger position")
    writer.number(view.view_number, 1, "view number")
    writer.number(view.x_per_cm, 2, "x resolution")
    writer.number(view.y_per_cm, 2, "y resolution")
    writer.number(view.impression_type, 1, "impression type")
    writer.number(view.width_px, 2, "image width")
    writer.number(view.height_px, 2, "image height")
    ending_type = check_bits(view.ending_type, 4, "ending type", _FORMAT.value)
    writer.number(view.minutia_bytes << 4 | ending_type, 1, "minutia field length")
    write_n_minutiae(writer, view.minutiae)
    write_minutiae(writer, view.minutiae, view.minutia_bytes)
    write_extended_data(writer, view, _LAYOUT)
