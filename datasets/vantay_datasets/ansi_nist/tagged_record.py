"""One record of tagged fields: numbers and texts by field number, and errors that name the field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from vantay.errors import InvalidSample, InvalidTemplate

GROUP_SEPARATOR = b"\x1d"
"""Ends a field."""
RECORD_SEPARATOR = b"\x1e"
"""Ends a subfield."""
UNIT_SEPARATOR = b"\x1f"
"""Ends an item of a subfield."""

DATA_FIELD = 999
"""The image: the last field, which may hold any bytes."""
MAX_FIELDS = 10_000
"""Of one record; field numbers go up to 999, and some writers repeat one."""
MINUTIAE_TYPE = 9
_MIN_TYPE_WITH_DATA = 10
_MAX_DIGITS = 10
_MAX_SHOWN_BYTES = 40
_TAG = re.compile(rb"(\d{1,2})\.(\d{1,9}):")
_NUMBER = re.compile(rb"-?\d{1,%d}" % _MAX_DIGITS)


@dataclass(frozen=True, slots=True, eq=False)
class TaggedRecord:
    """A record of type 1, 2, or 9 and above.

    Attributes
    ----------
    name : str
        What messages call it: ``file.an2, record 3 (type 14)``.
    record_type : int
        Its type.
    fields : dict of int to bytes
        What is between a field's colon and its separator, by field number; of repeated fields the first.
    """

    name: str
    record_type: int
    fields: dict[int, bytes]

    def has(self, number: int) -> bool:
        """Whether the field is there and not empty."""
        return bool(self.fields.get(number))

    def number(self, number: int, low: int, high: int) -> int:
        """Read a field that is one number, or begins with one.

        Raises
        ------
        InvalidSample, InvalidTemplate
            If it is missing, no number, or out of range.
        """
        first = self._value(number).partition(RECORD_SEPARATOR)[0].partition(UNIT_SEPARATOR)[0]
        return self.parse_number(number, first, low, high)

    def text(self, number: int) -> str:
        """Read a field as text, with what is no UTF-8 replaced; empty where it is missing."""
        return self.fields.get(number, b"").decode("utf-8", "replace").strip()

    def subfields(self, number: int, *, at_most: int, items_at_most: int) -> list[list[bytes]]:
        """Split a field into subfields, and each into items; items beyond `items_at_most` stay in one piece.

        Raises
        ------
        InvalidSample, InvalidTemplate
            If it is missing or has too many subfields.
        """
        value = self._value(number).removesuffix(RECORD_SEPARATOR)
        n_subfields = value.count(RECORD_SEPARATOR) + 1
        if n_subfields > at_most:
            self.refuse(number, f"has {n_subfields} subfields, expected at most {at_most}")
        return [part.split(UNIT_SEPARATOR, items_at_most) for part in value.split(RECORD_SEPARATOR)]

    def parse_number(self, number: int, value: bytes, low: int, high: int) -> int:
        """Read a number of a field.

        Raises
        ------
        InvalidSample, InvalidTemplate
            If it is none, or out of range.
        """
        stripped = value.strip()
        if not _NUMBER.fullmatch(stripped):
            self.refuse(number, f"is {shown(value)}, expected a number")
        parsed = int(stripped)
        if not low <= parsed <= high:
            self.refuse(number, f"is {parsed}, expected {low} to {high}")
        return parsed

    def refuse(self, number: int, what: str) -> NoReturn:
        """Raise an error that names the field: InvalidTemplate for minutiae, else InvalidSample."""
        error = InvalidTemplate if self.record_type == MINUTIAE_TYPE else InvalidSample
        raise error(f"{self.name}, field {self.record_type}.{number:03}: {what}")

    def _value(self, number: int) -> bytes:
        value = self.fields.get(number)
        if not value:
            self.refuse(number, "is missing, expected a value")
        return value


def split_fields(data: bytes, record_type: int, name: str) -> TaggedRecord:
    """Split a record, without the separator that ends it, into its fields.

    Fields whose tag names another record type are passed over, as a sample of NIST has one.

    Raises
    ------
    InvalidSample
        If a field has no tag, or there are too many.
    """
    fields: dict[int, bytes] = {}
    start = 0
    for _ in range(MAX_FIELDS):
        if start >= len(data):
            return TaggedRecord(name, record_type, fields)
        tag = _TAG.match(data, start)
        if not tag:
            raise InvalidSample(f"{name}: {shown(data[start:])} after byte {start}, expected a tag as 1.002:")
        number = int(tag[2])
        is_data = number == DATA_FIELD and record_type >= _MIN_TYPE_WITH_DATA
        end = len(data) if is_data else data.find(GROUP_SEPARATOR, tag.end())
        end = len(data) if end < 0 else end
        if int(tag[1]) == record_type:
            fields.setdefault(number, data[tag.end() : end])
        start = end + 1
    raise InvalidSample(f"{name}: more than {MAX_FIELDS} fields, expected fewer")


def shown(value: bytes) -> str:
    """Show the beginning of bytes in a message."""
    return repr(value[:_MAX_SHOWN_BYTES].decode("ascii", "backslashreplace"))
