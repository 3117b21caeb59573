"""Reading what somebody else wrote: numbers that are none, texts that are too long."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting

FloatArray = npt.NDArray[np.float64]

_MAX_TEXT = 300


class Note(NamedTuple):
    """Something of the file that is not in the report, and why."""

    key: str
    reason: str

    def __str__(self) -> str:
        return f"{shortened(self.key, 120)}: {self.reason}"


def as_mapping(document: Mapping[str, object], key: str, source: str) -> Mapping[str, object]:
    """Read an object of the file; one that is missing or null is empty.

    Raises
    ------
    InvalidSetting
        If the key holds something else.
    """
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidSetting(f"{source}: key {key!r} is {shortened(value)}, expected an object")
    return value


def as_number(value: object) -> float | None:
    """Read a finite number; None if it is none (true and false are none either)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def as_array(value: object) -> FloatArray | None:
    """Read a list of numbers, NaN where one is missing; None if it is no such list."""
    if not isinstance(value, list) or not value:
        return None
    if any(isinstance(item, str | dict | list | bool) for item in value):
        return None
    return np.array([_or_nan(item) for item in value], dtype=np.float64)


def _or_nan(item: object) -> float:
    number = as_number(item)
    return math.nan if number is None else number


def shortened(value: object, limit: int = _MAX_TEXT) -> str:
    """Put a value into words of at most `limit` characters."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    try:
        text = value if isinstance(value, str) else _words(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, lists in lists in lists
        text = f"a {type(value).__name__} too large to print"
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(shortened(item, 60) for item in value[:40]) + (", …" if len(value) > 40 else "")
    return repr(value)
