"""Strict TOML: tables become frozen dataclasses, and back.

A key that the class has not, a missing key and a value of another type are errors that name their place.
"""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from typing import Any, TypeVar

from vantay_models.errors import ManifestError

Record = TypeVar("Record")

_PLAIN_TYPES = {str: "text", int: "a whole number", bool: "true or false"}


def read_record(record_type: type[Record], table: object, place: str) -> Record:
    """Return a table as a dataclass.

    Parameters
    ----------
    record_type : type
        The dataclass; fields with defaults may be absent from the table.
    table : object
        What TOML gave.
    place : str
        What error messages call it.

    Raises
    ------
    ManifestError
        If a key is unknown or missing, or a value is of another type.
    """
    if not isinstance(table, Mapping):
        raise ManifestError(f"{place} is {table!r}, expected a table")
    known = {field.name: field for field in fields(typing.cast("Any", record_type))}
    if unknown := sorted(table.keys() - known.keys()):
        raise ManifestError(f"{place} has unknown keys: {', '.join(unknown)}")
    needed = {name for name, field in known.items() if field.default is MISSING}
    if missing := sorted(needed - table.keys()):
        raise ManifestError(f"{place} lacks keys: {', '.join(missing)}")
    hints = typing.get_type_hints(record_type)
    return record_type(
        **{key: _convert(hints[key], value, f"{place}: {key}") for key, value in table.items()}
    )


def _convert(hint: Any, value: object, place: str) -> Any:
    if isinstance(hint, types.UnionType):
        (hint,) = (choice for choice in typing.get_args(hint) if choice is not types.NoneType)
    if typing.get_origin(hint) is tuple:
        return _convert_array(typing.get_args(hint), value, place)
    if is_dataclass(hint):
        return read_record(typing.cast("type[Any]", hint), value, place)
    if hint is float:
        return _convert_number(value, place)
    if issubclass(hint, StrEnum):
        return _convert_choice(hint, value, place)
    if type(value) is not hint or value == "":
        raise ManifestError(f"{place} is {value!r}, expected {_PLAIN_TYPES[hint]}")
    return value


def _convert_array(items: tuple[Any, ...], value: object, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ManifestError(f"{place} is {value!r}, expected an array")
    hints = (items[0],) * len(value) if items[-1] is Ellipsis else items
    if len(hints) != len(value):
        raise ManifestError(f"{place} has {len(value)} values, expected {len(hints)}")
    return tuple(
        _convert(hint, item, f"{place}[{i}]") for i, (hint, item) in enumerate(zip(hints, value, strict=True))
    )


def _convert_number(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ManifestError(f"{place} is {value!r}, expected a number")
    return float(value)


def _convert_choice(choices: type[StrEnum], value: object, place: str) -> StrEnum:
    if value not in list(choices):
        raise ManifestError(f"{place} is {value!r}, expected one of {', '.join(choices)}")
    return choices(str(value))


def write_record(record: object, name: str) -> str:
    """Return a dataclass as a TOML table of the given name; `read_record` gives it back.

    Texts, numbers and arrays of JSON are TOML too. Fields without a value are left out, inner dataclasses
    become inner tables.
    """
    return "\n".join(_write_table(record, name, f"[{name}]")) + "\n"


def _write_table(record: object, name: str, head: str) -> list[str]:
    plain, inner = [head], []
    for field in fields(typing.cast("Any", record)):
        value = getattr(record, field.name)
        place = f"{name}.{field.name}"
        if is_dataclass(value):
            inner += _write_table(value, place, f"[{place}]")
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            for item in value:
                inner += _write_table(item, place, f"[[{place}]]")
        elif value is not None and value != ():
            plain.append(f"{field.name} = {json.dumps(value, ensure_ascii=False, allow_nan=False)}")
    return plain + inner
