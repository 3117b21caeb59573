"""Minutiae of record type 9, in the three forms that standards define, as templates at 500 ppi.

| form | fields | position | direction |
|---|---|---|---|
| INCITS 378 | 9.126 to 9.150 | pixels from the top left | 2°, back along the ridge, as ours |
| extended features | 9.300 to 9.399 | 0.01 mm from the top left of the region of interest | 1°, as ours |
| of 2007 and before | 9.005 to 9.012 | 0.01 mm from the bottom left | 1°, the other way |

A record may have several of them; the first of this table is taken. Vendors' fields (9.013 to 9.125, 9.151 to
9.299) are not read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from vantay.errors import InvalidTemplate
from vantay.types import (
    ANGLE_UNITS,
    MAX_COORDINATE_PX,
    MAX_MINUTIAE,
    MINUTIA_DTYPE,
    TEMPLATE_PPI,
    FingerTemplate,
    MinutiaType,
)
from vantay_datasets.ansi_nist.images import RecordImage
from vantay_datasets.ansi_nist.scale import ppi_of_field
from vantay_datasets.ansi_nist.tagged_record import TaggedRecord
from vantay_datasets.friction_ridge_position import Place, place_of

_PX_PER_HUNDREDTH_MM = TEMPLATE_PPI / 2540
_MAX_HUNDREDTHS_MM = 99_999
_MAX_SIDE_PX = 65_535
_MAX_POSITIONS = 10
_FULL_TURN = 360
"""The standard stops at 359; a sample of NIST does not."""

_OLD_POSITION, _OLD_COUNT, _OLD_MINUTIAE = 6, 10, 12
_OLD_LOCATION = re.compile(rb"(\d{4}|\d{5})(\d{4}|\d{5})(\d{3})")
"""x, y, direction: 11 digits of fingers, 13 of palms."""
_OLD_TYPES = {b"A": MinutiaType.RIDGE_ENDING, b"B": MinutiaType.RIDGE_BIFURCATION}

_M1_WIDTH, _M1_HEIGHT, _M1_SCALE, _M1_POSITION, _M1_QUALITY = 128, 129, (130, 131, 132), 134, 135
_M1_COUNT, _M1_MINUTIAE = 136, 137
_M1_ANGLES = 180

_EFS_REGION, _EFS_POSITION, _EFS_MINUTIAE = 300, 302, 331
_EFS_TYPES = {b"E": MinutiaType.RIDGE_ENDING, b"B": MinutiaType.RIDGE_BIFURCATION}
_MAX_EFS_SIDE = 50_000


class _Minutia(NamedTuple):
    """One minutia in pixels at 500 ppi from the top left, and degrees, before rounding."""

    x_px: float
    y_px: float
    degrees: float
    type: MinutiaType
    quality: int = 0


def read_minutiae(record: TaggedRecord, image: RecordImage | None) -> tuple[FingerTemplate, Place]:
    """Read the minutiae of a record.

    Parameters
    ----------
    record : TaggedRecord
        Of type 9.
    image : RecordImage, optional
        The image with the same designation: its height tells where the bottom is.

    Returns
    -------
    FingerTemplate
        Its position is UNKNOWN where the place is no single finger.
    Place
        Which finger or area.

    Raises
    ------
    InvalidTemplate, InvalidSample
        If a field cannot be used, or there are none but vendors' fields.
    """
    for field, read in ((_M1_MINUTIAE, _read_m1), (_EFS_MINUTIAE, _read_efs), (_OLD_MINUTIAE, _read_old)):
        if record.has(field):
            return read(record, image)
    raise InvalidTemplate(
        f"{record.name}: has no minutiae in fields 9.012, 9.137 or 9.331; vendors' fields are not read"
    )


def _read_m1(record: TaggedRecord, _: RecordImage | None) -> tuple[FingerTemplate, Place]:
    ppi = ppi_of_field(record, _M1_SCALE)
    if ppi is None:
        record.refuse(_M1_SCALE[0], "gives no scale, expected pixels per inch or centimetre")
    scale = TEMPLATE_PPI / ppi
    rows = _rows(record, _M1_MINUTIAE, 6)
    _check_count(record, _M1_COUNT, len(rows))
    minutiae = [_m1_minutia(record, row, scale) for row in rows]
    size = tuple(round(record.number(field, 1, _MAX_SIDE_PX) * scale) for field in (_M1_WIDTH, _M1_HEIGHT))
    place = _place(record, _M1_POSITION)
    quality = 0
    if record.has(_M1_QUALITY):
        stated = record.number(_M1_QUALITY, 0, 255)
        quality = stated if stated <= 100 else 0
    return _template(record, _M1_MINUTIAE, minutiae, (size[0], size[1]), place, quality), place


def _m1_minutia(record: TaggedRecord, row: list[bytes], scale: float) -> _Minutia:
    x, y = (record.parse_number(_M1_MINUTIAE, item, 0, _MAX_SIDE_PX) for item in row[1:3])
    angle = record.parse_number(_M1_MINUTIAE, row[3], 0, _M1_ANGLES - 1)
    kind = MinutiaType(record.parse_number(_M1_MINUTIAE, row[4], 0, 2))
    quality = record.parse_number(_M1_MINUTIAE, row[5], 0, 100)
    return _Minutia(x * scale, y * scale, 2.0 * angle, kind, quality)


def _read_efs(record: TaggedRecord, _: RecordImage | None) -> tuple[FingerTemplate, Place]:
    region = _rows(record, _EFS_REGION, 2)[0]
    size = [record.parse_number(_EFS_REGION, item, 1, _MAX_EFS_SIDE) for item in region[:2]]
    minutiae = [_efs_minutia(record, row) for row in _rows(record, _EFS_MINUTIAE, 4)]
    place = _place(record, _EFS_POSITION)
    width_px, height_px = (round(side * _PX_PER_HUNDREDTH_MM) for side in size)
    return _template(record, _EFS_MINUTIAE, minutiae, (width_px, height_px), place, 0), place


def _efs_minutia(record: TaggedRecord, row: list[bytes]) -> _Minutia:
    x, y = (record.parse_number(_EFS_MINUTIAE, item, 0, _MAX_EFS_SIDE) for item in row[:2])
    degrees = record.parse_number(_EFS_MINUTIAE, row[2], 0, _FULL_TURN)
    kind = _EFS_TYPES.get(row[3].strip().upper(), MinutiaType.OTHER)
    return _Minutia(x * _PX_PER_HUNDREDTH_MM, y * _PX_PER_HUNDREDTH_MM, degrees, kind)


def _read_old(record: TaggedRecord, image: RecordImage | None) -> tuple[FingerTemplate, Place]:
    rows = _rows(record, _OLD_MINUTIAE, 4)
    _check_count(record, _OLD_COUNT, len(rows))
    upward = [_old_minutia(record, row) for row in rows]
    width_px, height_px = _size_at_500_ppi(image, upward)
    minutiae = [minutia._replace(y_px=height_px - minutia.y_px) for minutia in upward]
    place = _place(record, _OLD_POSITION)
    return _template(record, _OLD_MINUTIAE, minutiae, (width_px, height_px), place, 0), place


def _old_minutia(record: TaggedRecord, row: list[bytes]) -> _Minutia:
    location = row[1].strip()
    found = _OLD_LOCATION.fullmatch(location) if len(location) in (11, 13) else None
    if not found:
        record.refuse(_OLD_MINUTIAE, f"has a location of {len(location)} bytes, expected 11 or 13 digits")
    x, y = (int(found[group]) * _PX_PER_HUNDREDTH_MM for group in (1, 2))
    degrees = record.parse_number(_OLD_MINUTIAE, found[3], 0, _FULL_TURN)
    return _Minutia(x, y, degrees + 180, _OLD_TYPES.get(row[3].strip().upper(), MinutiaType.OTHER))


def _size_at_500_ppi(image: RecordImage | None, minutiae: list[_Minutia]) -> tuple[int, int]:
    """Take the image's size, or else the least that holds the minutiae: then only the origin is arbitrary."""
    if image is not None and image.ppi:
        scale = TEMPLATE_PPI / image.ppi
        return round(image.width_px * scale), round(image.height_px * scale)
    return 1 + int(max(m.x_px for m in minutiae)), 1 + int(max(m.y_px for m in minutiae))


def _rows(record: TaggedRecord, field: int, n_items: int) -> list[list[bytes]]:
    rows = record.subfields(field, at_most=MAX_MINUTIAE, items_at_most=n_items)
    for number, row in enumerate(rows, start=1):
        if len(row) < n_items:
            record.refuse(field, f"has {len(row)} items in subfield {number}, expected {n_items}")
    return rows


def _check_count(record: TaggedRecord, field: int, n_minutiae: int) -> None:
    stated = record.number(field, 0, _MAX_HUNDREDTHS_MM)
    if stated != n_minutiae:
        record.refuse(field, f"says {stated} minutiae, expected the {n_minutiae} that are listed")


def _place(record: TaggedRecord, field: int) -> Place:
    if not record.has(field):
        return place_of((), record.name)
    listed = record.subfields(field, at_most=_MAX_POSITIONS, items_at_most=1)
    codes = tuple(record.parse_number(field, items[0], 0, 255) for items in listed)
    return place_of(codes, f"{record.name}, field 9.{field:03}")


def _template(
    record: TaggedRecord,
    field: int,
    rows: list[_Minutia],
    size: tuple[int, int],
    place: Place,
    quality: int,
) -> FingerTemplate:
    minutiae = np.zeros(len(rows), MINUTIA_DTYPE)
    x, y, degrees = (np.array([row[column] for row in rows], np.float64) for column in range(3))
    for name, column in (("x_px", x), ("y_px", y)):
        rounded = np.floor(column + 0.5)
        if rounded.min() < -1 or rounded.max() > MAX_COORDINATE_PX:
            record.refuse(
                field, f"has {name} {rounded.min():.0f} to {rounded.max():.0f}, expected within the image"
            )
        minutiae[name] = np.maximum(rounded, 0)
    minutiae["angle"] = np.floor(degrees * ANGLE_UNITS / 360 + 0.5).astype(np.int64) % ANGLE_UNITS
    minutiae["type"] = [row.type for row in rows]
    minutiae["quality"] = [row.quality for row in rows]
    return FingerTemplate(minutiae, *size, position=place[0], quality=quality)
