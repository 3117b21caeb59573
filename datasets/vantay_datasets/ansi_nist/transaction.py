"""A file as records: field 1.003 lists them, each says its length, and the lengths fill the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vantay.errors import InvalidSample
from vantay_datasets.ansi_nist.fixed_record import FixedRecord, is_fixed_type
from vantay_datasets.ansi_nist.tagged_record import MAX_FIELDS, TaggedRecord, shown, split_fields
from vantay_datasets.file_bytes import read_file_bytes

MAX_FILE_BYTES = 256 << 20
"""Ten rolled fingers, slaps and palms at 1000 ppi without loss are under 100 MB."""
_FILE_SEPARATOR = b"\x1c"
"""Ends a record."""
_CONTENT_FIELD = 3
_MAX_TYPE = 99
_MIN_RECORD_BYTES = 5
_LENGTH_FIELD = re.compile(rb"(\d{1,2})\.0{0,8}1:(\d{1,10})[\x1d\x1c]")
_LENGTH_BYTES = 4
"""Of the length that a fixed record begins with."""


@dataclass(frozen=True, slots=True, eq=False)
class Transaction:
    """The records of a file.

    Attributes
    ----------
    path : Path
        The file.
    header : TaggedRecord
        Record type 1.
    records : tuple of TaggedRecord or FixedRecord
        The others, in the order of the file.
    """

    path: Path
    header: TaggedRecord
    records: tuple[TaggedRecord | FixedRecord, ...]


def is_ansi_nist(data: bytes) -> bool:
    """Whether bytes begin as a transaction does: ``1.001:`` and a length."""
    found = _LENGTH_FIELD.match(data)
    return bool(found) and int(found[1]) == 1 if found else False


def read_transaction(path: Path) -> Transaction:
    """Read a file's records.

    Raises
    ------
    InvalidSample
        If the file cannot be read, is no transaction, or its records do not fill it.
    """
    data = read_file_bytes(path, max_bytes=MAX_FILE_BYTES)
    if not is_ansi_nist(data):
        raise InvalidSample(f"{path}: begins with {shown(data[:16])}, expected 1.001: and a length")
    header, offset = _take_tagged(data, 0, 1, f"{path}, record 1 (type 1)")
    records = []
    for number, record_type in enumerate(_listed_types(header), start=2):
        name = f"{path}, record {number} (type {record_type})"
        take = _take_fixed if is_fixed_type(record_type) else _take_tagged
        record, offset = take(data, offset, record_type, name)
        records.append(record)
    if data[offset:].strip(b"\r\n\0 \x1a"):
        raise InvalidSample(
            f"{path}: {len(data) - offset} bytes after record {len(records) + 1}, expected the end"
        )
    return Transaction(path, header, tuple(records))


def _listed_types(header: TaggedRecord) -> Iterator[int]:
    """Give the types of the records that follow, as field 1.003 lists them."""
    listed = header.subfields(_CONTENT_FIELD, at_most=MAX_FIELDS, items_at_most=2)
    n_records = header.parse_number(
        _CONTENT_FIELD, listed[0][1] if len(listed[0]) > 1 else b"", 0, MAX_FIELDS
    )
    if n_records != len(listed) - 1:
        header.refuse(_CONTENT_FIELD, f"says {n_records} records and lists {len(listed) - 1}")
    for items in listed[1:]:
        yield header.parse_number(_CONTENT_FIELD, items[0], 2, _MAX_TYPE)


def _take_tagged(data: bytes, offset: int, record_type: int, name: str) -> tuple[TaggedRecord, int]:
    found = _LENGTH_FIELD.match(data, offset)
    if not found or int(found[1]) != record_type:
        begin = shown(data[offset : offset + 16])
        raise InvalidSample(f"{name}: begins with {begin}, expected {record_type}.001: and a length")
    end = offset + _checked_length(int(found[2]), len(data) - offset, name)
    if data[end - 1 : end] != _FILE_SEPARATOR:
        raise InvalidSample(
            f"{name}: byte {end - 1} is {shown(data[end - 1 : end])}, expected a file separator"
        )
    return split_fields(data[offset : end - 1], record_type, name), end


def _take_fixed(data: bytes, offset: int, record_type: int, name: str) -> tuple[FixedRecord, int]:
    stated = int.from_bytes(data[offset : offset + _LENGTH_BYTES], "big")
    end = offset + _checked_length(stated, len(data) - offset, name)
    return FixedRecord(name, record_type, data[offset:end]), end


def _checked_length(n_bytes: int, n_left: int, name: str) -> int:
    if not _MIN_RECORD_BYTES <= n_bytes <= n_left:
        raise InvalidSample(
            f"{name}, length: is {n_bytes}, expected {_MIN_RECORD_BYTES} to the {n_left} bytes left"
        )
    return n_bytes
