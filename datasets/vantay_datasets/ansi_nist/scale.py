"""Resolutions of records in pixels per inch."""

from __future__ import annotations

from vantay_datasets.ansi_nist.tagged_record import TaggedRecord

UNKNOWN_SCALE, PER_INCH, PER_CM = 0, 1, 2
_CM_PER_INCH = 2.54
_PER_CM_AT_500_PPI = 197
"""500 ppi is 196.85 pixels per centimetre, and written as this."""
_UNITS, _ACROSS, _DOWN = 8, 9, 10
_MAX_SCALE = 99_999
_MAX_ANISOTROPY = 0.01


def ppi_of_field(
    record: TaggedRecord, fields: tuple[int, int, int] = (_UNITS, _ACROSS, _DOWN)
) -> float | None:
    """Read the resolution from a record's fields of unit, horizontal and vertical scale.

    Returns
    -------
    float or None
        None where the record says that there is no scale.

    Raises
    ------
    InvalidSample, InvalidTemplate
        If a field is no number or out of range, or the two directions differ by more than 1 %.
    """
    units = record.number(fields[0], UNKNOWN_SCALE, PER_CM)
    if units == UNKNOWN_SCALE:
        return None
    across, down = (record.number(field, 1, _MAX_SCALE) for field in fields[1:])
    if abs(across - down) > _MAX_ANISOTROPY * across:
        record.refuse(fields[2], f"is {down}, expected {across} as across, within 1 %")
    return _ppi(across, units)


def _ppi(value: int, units: int) -> float:
    if units == PER_INCH:
        return float(value)
    return 500.0 if value == _PER_CM_AT_500_PPI else value * _CM_PER_INCH
