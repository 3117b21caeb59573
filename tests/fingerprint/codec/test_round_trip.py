"""A template survives its record; a record survives reading and writing byte for byte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fingerprint.codec.random_templates import TEMPLATES, finger_records, singular_points
from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec import RecordFormat, decode, encode, from_templates, read_record, write_record
from vantay.fingerprint.codec.extended_data import (
    RidgeCount,
    RidgeCounts,
    SingularPoint,
    SingularPoints,
    read_ridge_counts,
    read_singular_points,
    write_ridge_counts,
    write_singular_points,
)
from vantay.fingerprint.codec.record import FingerRecord
from vantay.types import MINUTIA_DTYPE, FingerPosition, FingerTemplate

ISO_FORMATS = [f for f in RecordFormat if not f.is_ansi]
ANSI_FORMATS = [f for f in RecordFormat if f.is_ansi]


def angle_error(a: FingerTemplate, b: FingerTemplate) -> int:
    """Largest difference of angles around the circle, in units of 2π/256."""
    difference = np.abs(a.minutiae["angle"].astype(int) - b.minutiae["angle"].astype(int))
    return int(np.minimum(difference, 256 - difference).max(initial=0))


def without_angles(template: FingerTemplate) -> FingerTemplate:
    minutiae = template.minutiae.copy()
    minutiae["angle"] = 0
    return FingerTemplate(
        minutiae,
        template.width_px,
        template.height_px,
        template.position,
        template.quality,
        template.extractor,
        template.extractor_version,
    )


@pytest.mark.parametrize("record_format", ISO_FORMATS)
@settings(max_examples=60, deadline=None)
@given(template=TEMPLATES)
def test_iso_keeps_a_template_exactly(record_format: RecordFormat, template: FingerTemplate) -> None:
    assert decode(encode(template, record_format)) == [template]


@pytest.mark.parametrize("record_format", ANSI_FORMATS)
@settings(max_examples=60, deadline=None)
@given(template=TEMPLATES)
def test_ansi_keeps_all_but_a_unit_of_angle(record_format: RecordFormat, template: FingerTemplate) -> None:
    (back,) = decode(encode(template, record_format))
    assert without_angles(back) == without_angles(template)
    assert angle_error(back, template) <= 1


@pytest.mark.parametrize("record_format", ANSI_FORMATS)
def test_ansi_keeps_angles_from_the_second_time_on(record_format: RecordFormat) -> None:
    minutiae = np.zeros(255, MINUTIA_DTYPE)
    minutiae["angle"] = np.arange(1, 256)
    (once,) = decode(encode(FingerTemplate(minutiae, 500, 500), record_format))
    assert decode(encode(once, record_format)) == [once]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(record=finger_records())
def test_record_written_read_and_written_gives_the_same_bytes(record: FingerRecord) -> None:
    data = write_record(record)
    again = read_record(data)
    assert again.record_format is record.record_format
    assert write_record(again) == data
    for view, original in zip(again.views, record.views, strict=True):
        np.testing.assert_array_equal(view.minutiae, original.minutiae)
        assert view.extended_data == original.extended_data
        assert view.quality_blocks == original.quality_blocks
        if record.has_certificates:
            assert view.capture == original.capture


@pytest.mark.parametrize("record_format", RecordFormat)
def test_several_views_keep_their_order_and_get_numbers(record_format: RecordFormat) -> None:
    fingers = [FingerPosition.LEFT_INDEX, FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_INDEX]
    templates = [FingerTemplate(np.zeros(i, MINUTIA_DTYPE), 300, 400, f) for i, f in enumerate(fingers)]
    record = from_templates(templates, record_format)
    assert [view.view_number for view in record.views] == [0, 0, 1]
    assert decode(write_record(record)) == templates


@pytest.mark.parametrize("record_format", RecordFormat)
def test_255_minutiae_fit(record_format: RecordFormat) -> None:
    template = FingerTemplate(np.zeros(255, MINUTIA_DTYPE), 300, 400)
    assert decode(encode(template, record_format)) == [template]


@pytest.mark.parametrize("record_format", RecordFormat)
def test_record_over_65535_bytes_is_read_back(record_format: RecordFormat) -> None:
    n_views = 15 if record_format in {RecordFormat.ANSI_378_2004, RecordFormat.ISO_19794_2_2005} else 60
    fingers = [FingerPosition(1 + i % 10) for i in range(n_views * 4 if n_views == 15 else n_views)]
    templates = [FingerTemplate(np.zeros(255, MINUTIA_DTYPE), 300, 400, finger) for finger in fingers]
    data = write_record(from_templates(templates, record_format))
    assert len(data) > 65535
    assert decode(data) == templates


def test_extractor_name_too_long_for_its_field_is_refused() -> None:
    template = FingerTemplate(np.zeros(0, MINUTIA_DTYPE), 300, 400, extractor="x" * 256)
    with pytest.raises(InvalidTemplate, match="length in bytes is 256, expected 0 to 255"):
        encode(template)


def test_views_of_different_size_do_not_fit_into_one_header() -> None:
    templates = [FingerTemplate(np.zeros(1, MINUTIA_DTYPE), 300 + i, 400) for i in range(2)]
    with pytest.raises(InvalidTemplate, match="2 image sizes"):
        write_record(from_templates(templates, RecordFormat.ISO_19794_2_2005))
    assert decode(write_record(from_templates(templates, RecordFormat.ISO_19794_2_2011))) == templates


@pytest.mark.parametrize("record_format", RecordFormat)
def test_record_without_views_is_not_written(record_format: RecordFormat) -> None:
    with pytest.raises(InvalidTemplate, match="0"):
        write_record(FingerRecord(record_format, ()))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), is_ansi=st.booleans())
def test_cores_and_deltas_survive(data: st.DataObject, is_ansi: bool) -> None:
    points = data.draw(singular_points(is_ansi=is_ansi))
    assert read_singular_points(write_singular_points(points, is_ansi=is_ansi), is_ansi=is_ansi) == points


def test_ansi_refuses_angles_for_some_cores_only() -> None:
    cores = (SingularPoint(1, 2, (3,)), SingularPoint(4, 5))
    with pytest.raises(InvalidTemplate, match="1 of 2 points have angles"):
        write_singular_points(SingularPoints(cores, ()), is_ansi=True)


def test_ridge_counts_survive() -> None:
    counts = RidgeCounts(1, (RidgeCount(0, 1, 5), RidgeCount(0, 2, 255)))
    assert read_ridge_counts(write_ridge_counts(counts)) == counts
