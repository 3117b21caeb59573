"""Friction ridge position codes as fingers, or as areas that are no single finger."""

from __future__ import annotations

from collections.abc import Sequence

from vantay.errors import InvalidSample
from vantay.types import FingerPosition
from vantay_datasets.sample import FrictionRidgeArea

Place = tuple[FingerPosition, FrictionRidgeArea | None]
"""Which finger, or UNKNOWN and which area."""

_PLAIN_THUMBS = {11: FingerPosition.RIGHT_THUMB, 12: FingerPosition.LEFT_THUMB}


def place_of(codes: Sequence[int], name: str) -> Place:
    """Give the place of position codes; several, or none, mean that nobody knows which finger it is.

    Raises
    ------
    InvalidSample
        If a code is in no table.
    """
    places = [_place_of_code(code, name) for code in codes]
    return places[0] if len(places) == 1 else (FingerPosition.UNKNOWN, None)


def _place_of_code(code: int, name: str) -> Place:
    if code in _PLAIN_THUMBS:
        return _PLAIN_THUMBS[code], None
    if code <= max(FingerPosition):
        return FingerPosition(code), None
    try:
        return FingerPosition.UNKNOWN, FrictionRidgeArea(code)
    except ValueError:
        raise InvalidSample(f"{name}: is {code}, expected a friction ridge position code") from None
