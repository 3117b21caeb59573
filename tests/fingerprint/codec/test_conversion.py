"""Units of records become units of templates: resolution, angle, quality, position."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec import FingerRecord, FingerView, RecordFormat, to_templates
from vantay.fingerprint.codec.conversion import EXTRACTOR_TYPE_CODE
from vantay.fingerprint.codec.record import RECORD_MINUTIA_DTYPE, ExtendedData, QualityBlock
from vantay.types import FingerPosition, FingerTemplate


def view(**changes: object) -> FingerView:
    minutiae = np.array([(1, 100, 201, 90, 80), (2, 0, 0, 0, 0)], RECORD_MINUTIA_DTYPE)
    plain = FingerView(2, minutiae, 300, 400, quality_blocks=(QualityBlock(55),))
    return replace(plain, **changes)  # type: ignore[arg-type]


def template_of(
    finger_view: FingerView, record_format: RecordFormat = RecordFormat.ISO_19794_2_2005
) -> FingerTemplate:
    (template,) = to_templates(FingerRecord(record_format, (finger_view,)))
    return template


def test_197_px_per_cm_changes_nothing() -> None:
    template = template_of(view())
    assert template.minutiae["x_px"].tolist() == [100, 0]
    assert template.minutiae["y_px"].tolist() == [201, 0]
    assert (template.width_px, template.height_px) == (300, 400)
    assert (template.position, template.quality) == (FingerPosition.RIGHT_INDEX, 55)


def test_1000_ppi_is_halved() -> None:
    template = template_of(view(x_per_cm=394, y_per_cm=394))
    assert template.minutiae["x_px"].tolist() == [50, 0]
    assert template.minutiae["y_px"].tolist() == [101, 0]  # 100.5, half up
    assert (template.width_px, template.height_px) == (150, 200)


def test_ansi_angles_are_units_of_two_degrees() -> None:
    minutiae = np.zeros(5, RECORD_MINUTIA_DTYPE)
    minutiae["angle"] = [0, 45, 90, 179, 180 + 45]  # 0°, 90°, 180°, 358°, and 90° once more
    template = template_of(view(minutiae=minutiae), RecordFormat.ANSI_378_2004)
    assert template.minutiae["angle"].tolist() == [0, 64, 128, 255, 64]


def test_iso_angles_are_taken_as_they_are() -> None:
    assert template_of(view()).minutiae["angle"].tolist() == [90, 0]


@pytest.mark.parametrize(
    ("record_format", "zero_becomes"),
    [
        (RecordFormat.ISO_19794_2_2005, 0),
        (RecordFormat.ANSI_378_2004, 0),
        (RecordFormat.ISO_19794_2_2011, 1),
        (RecordFormat.ANSI_378_2009, 1),
    ],
)
def test_minutia_quality_zero_means_what_the_format_says(
    record_format: RecordFormat, zero_becomes: int
) -> None:
    minutiae = np.zeros(3, RECORD_MINUTIA_DTYPE)
    minutiae["quality"] = [0, 254, 255]
    template = template_of(view(minutiae=minutiae), record_format)
    assert template.minutiae["quality"].tolist() == [zero_becomes, 0, 0]


def test_first_computed_quality_counts() -> None:
    blocks = (QualityBlock(255), QualityBlock(61), QualityBlock(99))
    assert template_of(view(quality_blocks=blocks)).quality == 61
    assert template_of(view(quality_blocks=())).quality == 0


def test_record_of_others_has_an_unknown_extractor() -> None:
    foreign = ExtendedData(EXTRACTOR_TYPE_CODE, b"someone else's data")
    template = template_of(view(extended_data=(foreign,)))
    assert (template.extractor, template.extractor_version) == ("unknown", "")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_per_cm": 0, "y_per_cm": 0}, "0×0 px/cm, expected 98 to 473"),
        ({"x_per_cm": 500, "y_per_cm": 500}, "500×500 px/cm"),
        ({"x_per_cm": 197, "y_per_cm": 394}, "expected the same in both directions"),
        ({"position": 13}, "position code is 13, expected 0 to 10"),
        ({"quality_blocks": (QualityBlock(101),)}, "quality is 101, expected 0 to 100"),
        ({"width_px": 20000}, "width_px is 20000"),
        ({"minutiae": np.array([(3, 0, 0, 0, 0)], RECORD_MINUTIA_DTYPE)}, "type is 3, expected 0 to 2"),
        ({"minutiae": np.array([(1, 0, 0, 0, 150)], RECORD_MINUTIA_DTYPE)}, "quality is 150"),
        (
            {
                "x_per_cm": 98,
                "y_per_cm": 98,
                "minutiae": np.array([(1, 16383, 0, 0, 0)], RECORD_MINUTIA_DTYPE),
            },
            "x_px is 32933, expected 0 to 16383",
        ),
        ({"extended_data": (ExtendedData(EXTRACTOR_TYPE_CODE, b"Vantay\x01\x02\xff\xff\x00"),)}, "UTF-8"),
        ({"extended_data": (ExtendedData(EXTRACTOR_TYPE_CODE, b"Vantay\x01\x09abc"),)}, "cut off"),
    ],
)
def test_view_that_no_template_can_hold_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidTemplate, match=message):
        template_of(view(**changes))
