"""Records to templates and back: resolution, angle units, quality codes, the extractor's name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec.bytes_reader import BytesReader, BytesWriter
from vantay.fingerprint.codec.record import (
    PX_PER_CM_AT_500_PPI,
    QUALITY_NOT_REPORTED,
    RECORD_MINUTIA_DTYPE,
    ExtendedData,
    FingerRecord,
    FingerView,
    QualityBlock,
    RecordFormat,
)
from vantay.types import ANGLE_UNITS, MAX_COORDINATE_PX, MINUTIA_DTYPE, FingerPosition, FingerTemplate

EXTRACTOR_TYPE_CODE = 0x5654
"""Vendor-defined extended data type (“VT”) that holds the extractor's name and version."""
_EXTRACTOR_MAGIC = b"Vantay\x01"
_MIN_PER_CM, _MAX_PER_CM = 98, 473
"""250 to 1200 ppi, as for images."""
_MAX_ANISOTROPY = 0.01
_ANSI_ANGLE_UNITS = 180
_NO_QUALITY_CODES = (QUALITY_NOT_REPORTED, 255)
_FORMATS_WITH_ZERO_QUALITY = (
    RecordFormat.ISO_19794_2_2011,
    RecordFormat.ANSI_378_2009,
    RecordFormat.ANSI_378_2009_AM1,
)
"""Where a minutia of quality 0 is a bad one, not one without a quality."""


def to_templates(record: FingerRecord) -> list[FingerTemplate]:
    """Convert each view of a record to a template at 500 ppi.

    Raises
    ------
    InvalidTemplate
        If a view is of no single finger, has an impossible resolution, or values that a template cannot have.
    """
    return [_template_of(view, record.record_format) for view in record.views]


def from_templates(templates: Sequence[FingerTemplate], record_format: RecordFormat) -> FingerRecord:
    """Make a record of one or more templates, a view for each.

    Notes
    -----
    In ANSI records angles have units of 2°: an angle comes back within one unit of 2π/256.

    Raises
    ------
    InvalidTemplate
        If the extractor's name or version has more than 255 bytes.
    """
    n_seen: dict[FingerPosition, int] = {}
    views = []
    for template in templates:
        view_number = n_seen.get(template.position, 0)
        n_seen[template.position] = view_number + 1
        views.append(_view_of(template, record_format, view_number))
    return FingerRecord(record_format, tuple(views))


def _template_of(view: FingerView, record_format: RecordFormat) -> FingerTemplate:
    _check_resolution(view)
    if view.position > max(FingerPosition):
        raise InvalidTemplate(f"finger position code is {view.position}, expected 0 to 10, a single finger")
    extractor, extractor_version = extractor_of(view.extended_data)
    return FingerTemplate(
        _template_minutiae(view, record_format),
        width_px=int(_at_500_ppi(view.width_px, view.x_per_cm)),
        height_px=int(_at_500_ppi(view.height_px, view.y_per_cm)),
        position=FingerPosition(view.position),
        quality=_template_quality(view.quality_blocks),
        extractor=extractor,
        extractor_version=extractor_version,
    )


def _check_resolution(view: FingerView) -> None:
    x, y = view.x_per_cm, view.y_per_cm
    if not (min(x, y) >= _MIN_PER_CM and max(x, y) <= _MAX_PER_CM):
        raise InvalidTemplate(f"resolution is {x}×{y} px/cm, expected {_MIN_PER_CM} to {_MAX_PER_CM}")
    if abs(x - y) > _MAX_ANISOTROPY * max(x, y):
        raise InvalidTemplate(f"resolution is {x}×{y} px/cm, expected the same in both directions")


def _at_500_ppi(values: npt.ArrayLike, per_cm: int) -> npt.NDArray[np.int64]:
    """Scale whole pixels, half up; 197 px/cm, as 500 ppi is written, changes nothing."""
    doubled = 2 * PX_PER_CM_AT_500_PPI * np.asarray(values, np.int64)
    return (doubled + per_cm) // (2 * per_cm)


def _template_minutiae(view: FingerView, record_format: RecordFormat) -> npt.NDArray[np.void]:
    source = view.minutiae
    minutiae = np.zeros(source.shape[0], MINUTIA_DTYPE)
    for name, values, per_cm in (("x_px", source["x"], view.x_per_cm), ("y_px", source["y"], view.y_per_cm)):
        scaled = _at_500_ppi(values, per_cm)
        if scaled.size and int(scaled.max()) > MAX_COORDINATE_PX:
            raise InvalidTemplate(f"minutia {name} is {scaled.max()}, expected 0 to {MAX_COORDINATE_PX}")
        minutiae[name] = scaled
    minutiae["type"] = source["type"]
    angle = source["angle"]
    minutiae["angle"] = _angle_from_ansi(angle) if record_format.is_ansi else angle
    quality = source["quality"].copy()
    if record_format in _FORMATS_WITH_ZERO_QUALITY:
        quality[quality == 0] = 1
    quality[np.isin(quality, _NO_QUALITY_CODES)] = 0
    minutiae["quality"] = quality
    return minutiae


def _angle_from_ansi(angle: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Units of 2° to units of 2π/256; codes over 179, which some writers produce, go on around the circle."""
    return (angle.astype(np.int64) * ANGLE_UNITS + _ANSI_ANGLE_UNITS // 2) // _ANSI_ANGLE_UNITS % ANGLE_UNITS


def _angle_to_ansi(angle: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    return (angle.astype(np.int64) * _ANSI_ANGLE_UNITS + ANGLE_UNITS // 2) // ANGLE_UNITS % _ANSI_ANGLE_UNITS


def _template_quality(blocks: tuple[QualityBlock, ...]) -> int:
    """Take the first quality that was computed; 0 where none was."""
    return next((block.score for block in blocks if block.score not in _NO_QUALITY_CODES), 0)


def extractor_of(areas: Sequence[ExtendedData]) -> tuple[str, str]:
    """Read the extractor's name and version from extended data; ``unknown`` if they do not say.

    Raises
    ------
    InvalidTemplate
        If Vantay's area for it is damaged.
    """
    for area in areas:
        if area.type_code == EXTRACTOR_TYPE_CODE and area.data.startswith(_EXTRACTOR_MAGIC):
            reader = BytesReader(area.data, "extractor name")
            reader.take(len(_EXTRACTOR_MAGIC), "mark")
            texts = [reader.take(reader.number(1, "length"), "name") for _ in range(2)]
            reader.expect_end()
            try:
                return texts[0].decode("utf-8"), texts[1].decode("utf-8")
            except UnicodeDecodeError as error:
                raise InvalidTemplate(f"extractor name is no UTF-8 text: {error.reason}") from error
    return "unknown", ""


def _view_of(template: FingerTemplate, record_format: RecordFormat, view_number: int) -> FingerView:
    source = template.minutiae
    minutiae = np.zeros(source.shape[0], RECORD_MINUTIA_DTYPE)
    minutiae["type"], minutiae["x"], minutiae["y"] = source["type"], source["x_px"], source["y_px"]
    minutiae["angle"] = _angle_to_ansi(source["angle"]) if record_format.is_ansi else source["angle"]
    minutiae["quality"] = source["quality"]
    if record_format in _FORMATS_WITH_ZERO_QUALITY:
        minutiae["quality"][source["quality"] == 0] = QUALITY_NOT_REPORTED
    return FingerView(
        position=int(template.position),
        minutiae=minutiae,
        width_px=template.width_px,
        height_px=template.height_px,
        view_number=view_number,
        quality_blocks=(QualityBlock(template.quality),),
        extended_data=_extractor_data(template),
    )


def _extractor_data(template: FingerTemplate) -> tuple[ExtendedData, ...]:
    if (template.extractor, template.extractor_version) == ("unknown", ""):
        return ()
    writer = BytesWriter("extractor name")
    writer.raw(_EXTRACTOR_MAGIC)
    for text in (template.extractor, template.extractor_version):
        encoded = text.encode("utf-8")
        writer.number(len(encoded), 1, "length in bytes")
        writer.raw(encoded)
    return (ExtendedData(EXTRACTOR_TYPE_CODE, writer.finish()),)
