"""Reads single fields, and names the one that is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import Enum
from typing import TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from vantay.errors import CallerError
from vantay.store.wording import check_identifier, check_prose, check_text
from vantay_service.error_status import InvalidField

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

FIRST_YEAR, LAST_YEAR = 1850, 2200
MAX_DATE = date(9999, 12, 31)
"""What documents without an end are said to be valid until."""


@contextmanager
def naming_field(path: str) -> Iterator[None]:
    """Name the field in what the engine's own checks raise."""
    try:
        yield
    except InvalidField:
        raise
    except CallerError as error:
        raise InvalidField(path, str(error)) from error


def read_identifier(path: str, value: str) -> str:
    """Read 1 to 128 printable characters without spaces at either end."""
    return _checked(check_identifier, path, value)


def read_optional_identifier(path: str, value: str) -> str:
    """Read an identifier, or nothing."""
    return read_identifier(path, value) if value else ""


def read_text(path: str, value: str, *, is_required: bool = False) -> str:
    """Read at most 256 printable characters, which are not repeated in the message."""
    if is_required and not value:
        raise InvalidField(path, "is empty, expected 1 to 256 characters")

    def check(name: str, text: str) -> None:
        check_text(name, text, is_secret=True)

    return _checked(check, path, value)


def read_prose(path: str, value: str) -> str:
    """Read 1 to 2000 printable characters in any number of lines."""
    if not value.strip():
        raise InvalidField(path, "is empty, expected 1 to 2000 characters")
    return _checked(check_prose, path, value)


def _checked(check: Callable[[str, str], None], path: str, value: str) -> str:
    name = path.rpartition(".")[2]
    with naming_field(path):
        check(name, value)
    return value


def read_enum(path: str, value: int, meanings: Mapping[int, _Value]) -> _Value:
    """Read a required enum; those who send a number of a later version are told."""
    if value not in meanings:
        said = "is not set" if value == 0 else f"is {value}"
        raise InvalidField(path, f"{said}, expected one of {', '.join(map(_told, meanings.values()))}")
    return meanings[value]


def read_optional_enum(path: str, value: int, meanings: Mapping[int, _Value]) -> _Value | None:
    """Read an enum, or None where it is not set."""
    return None if value == 0 else read_enum(path, value, meanings)


def read_date(path: str, value: str) -> date:
    """Read an ISO 8601 date of four digits for the year and two for month and day."""
    try:
        read = date.fromisoformat(value)
    except ValueError:
        read = None
    if read is None or read.isoformat() != value:
        raise InvalidField(path, "is no date, expected as 2026-07-31")
    if not (FIRST_YEAR <= read.year <= LAST_YEAR or read == MAX_DATE):
        raise InvalidField(path, f"has the year {read.year}, expected {FIRST_YEAR} to {LAST_YEAR}")
    return read


def read_optional_date(path: str, value: str) -> date | None:
    """Read a date, or None where it is empty."""
    return read_date(path, value) if value else None


def read_time(path: str, holder: Message, field: str) -> datetime:
    """Read a required time, UTC."""
    value = read_optional_time(path, holder, field)
    if value is None:
        raise InvalidField(f"{path}{field}", "is not set, expected a time")
    return value


def read_optional_time(path: str, holder: Message, field: str) -> datetime | None:
    """Read a time, UTC, or None where it is not set; ``path`` is that of the holder, with a dot."""
    if not holder.HasField(field):
        return None
    timestamp: Timestamp = getattr(holder, field)
    try:
        value = timestamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        value = None
    if value is None or not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise InvalidField(f"{path}{field}", f"is out of range, expected years {FIRST_YEAR} to {LAST_YEAR}")
    return value


def read_number(path: str, value: float, low: float, high: float) -> float:
    """Read a number of a closed range; whole numbers stay whole."""
    if math.isnan(value) or not low <= value <= high:
        raise InvalidField(path, f"is {value:g}, expected {low:g} to {high:g}")
    return value


def read_rate(path: str, value: float) -> float:
    """Read a rate above 0 and at most 1."""
    if math.isnan(value) or not 0 < value <= 1:
        raise InvalidField(path, f"is {value:g}, expected above 0 and at most 1")
    return value


def check_count(path: str, n: int, at_most: int) -> None:
    """Refuse a list that is too long."""
    if n > at_most:
        raise InvalidField(path, f"has {n} entries, expected at most {at_most}")


def put_once(path: str, into: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Put a value into a dict, unless there is one."""
    if key in into:
        raise InvalidField(path, f"is {_told(key)} again, expected each once")
    into[key] = value


def _told(value: object) -> str:
    return value.name if isinstance(value, Enum) else str(value)
