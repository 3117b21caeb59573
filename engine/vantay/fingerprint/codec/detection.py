"""Which format bytes are in, and the readers and writers by format."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec import ansi_378_2004, ansi_378_2009, iso_19794_2_2005, iso_19794_2_2011
from vantay.fingerprint.codec.conversion import from_templates, to_templates
from vantay.fingerprint.codec.extended_data import AreaLengths
from vantay.fingerprint.codec.own_records import read_own_record
from vantay.fingerprint.codec.record import FingerRecord, RecordFormat
from vantay.types import FingerTemplate

_MAGIC = b"FMR\0"
_Reader = Callable[..., FingerRecord]
_WRITERS: dict[RecordFormat, Callable[[FingerRecord], bytes]] = {
    RecordFormat.ISO_19794_2_2005: iso_19794_2_2005.write_record,
    RecordFormat.ISO_19794_2_2011: iso_19794_2_2011.write_record,
    RecordFormat.ANSI_378_2004: ansi_378_2004.write_record,
    RecordFormat.ANSI_378_2009: ansi_378_2009.write_record,
    RecordFormat.ANSI_378_2009_AM1: ansi_378_2009.write_record,
}


def encode(template: FingerTemplate, record_format: RecordFormat = RecordFormat.ISO_19794_2_2005) -> bytes:
    """Write one template as a record with one finger view.

    Parameters
    ----------
    template : FingerTemplate
        At most 255 minutiae.
    record_format : RecordFormat
        The ISO formats keep a template exactly, the ANSI formats all but angles, which they round to 2°.

    Returns
    -------
    bytes
        The record.

    Raises
    ------
    InvalidTemplate
        If the extractor's name or version has more than 255 bytes.
    """
    return write_record(from_templates([template], record_format))


def decode(data: bytes) -> list[FingerTemplate]:
    """Read the templates of a record, one for each finger view, in any of the formats.

    Parameters
    ----------
    data : bytes
        A whole record.

    Returns
    -------
    list of FingerTemplate
        At 500 ppi, in the order of the views.

    Raises
    ------
    InvalidTemplate
        If it is no such record, is damaged, or holds what a template cannot.
    """
    own = read_own_record(data)
    return to_templates(read_record(data)) if own is None else [own]


def write_record(record: FingerRecord) -> bytes:
    """Write a whole record in its format."""
    return _WRITERS[record.record_format](record)


def read_record(data: bytes) -> FingerRecord:
    """Read a whole record with every field, in any of the formats.

    Notes
    -----
    A record that does not add up is read again with other beliefs about the lengths of its extended data,
    see `AreaLengths`.

    Raises
    ------
    InvalidTemplate
        If it is no such record, or is damaged.
    """
    readers = _possible_readers(data)
    errors: list[str] = []
    for lengths in AreaLengths:
        for reader in readers:
            try:
                return reader(data, lengths=lengths)
            except InvalidTemplate as error:
                errors.append(str(error))
    # What the later beliefs about lengths found would only hide what is wrong.
    raise InvalidTemplate("; ".join(errors[: len(readers)]))


def _possible_readers(data: bytes) -> list[_Reader]:
    """Readers by what the first bytes say; formats that share a version differ by their lengths."""
    if not data.startswith(_MAGIC):
        raise InvalidTemplate(
            f"template of {len(data)} bytes starts with {data[:4].hex() or 'nothing'}, "
            "expected 464d5200 (a finger minutiae record)"
        )
    version = data[4:8]
    if version in iso_19794_2_2005.VERSIONS:
        return [_reader_of_version_20(data)]
    if version in ansi_378_2004.VERSIONS:
        return [ansi_378_2004.read_record]
    if version == iso_19794_2_2011.VERSION and iso_19794_2_2011.states_lengths_of(data):
        return [iso_19794_2_2011.read_record]
    if version in ansi_378_2009.VERSIONS:
        others = [iso_19794_2_2011.read_record] if version == iso_19794_2_2011.VERSION else []
        return [ansi_378_2009.read_record, partial(ansi_378_2009.read_record, is_draft=True), *others]
    raise InvalidTemplate(
        f"finger minutiae record has version {version!r}, expected b' 20\\x00', b'020\\x00', b'030\\x00' or "
        "b'035\\x00'"
    )


def _reader_of_version_20(data: bytes) -> _Reader:
    """Tell ISO's length of 4 bytes from ANSI's of 2, or of 4 after 2 zero bytes."""
    if iso_19794_2_2005.states_length_of(data):
        return iso_19794_2_2005.read_record
    if int.from_bytes(data[8:10], "big") or int.from_bytes(data[10:14], "big") == len(data):
        return ansi_378_2004.read_record
    return iso_19794_2_2005.read_record
