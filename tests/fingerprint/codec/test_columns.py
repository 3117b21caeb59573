"""Columns of many records hold what the templates of each hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprint.codec.random_templates import TEMPLATES
from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec import RecordFormat, decode, encode, from_templates, write_record
from vantay.fingerprint.codec.columns import decode_columns
from vantay.types import MINUTIA_DTYPE, FingerTemplate

N_HEADER_BYTES = 28
RECORDS = st.builds(encode, TEMPLATES, st.sampled_from(list(RecordFormat)))


def template_of(n_minutiae: int) -> FingerTemplate:
    minutiae = np.zeros(n_minutiae, MINUTIA_DTYPE)
    minutiae["x_px"] = np.arange(n_minutiae)
    return FingerTemplate(minutiae, 300, 400, quality=n_minutiae)


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORDS, max_size=5))
def test_columns_are_those_of_the_templates(records: list[bytes]) -> None:
    columns = decode_columns(records)
    assert columns.offsets[0] == 0
    assert columns.offsets.shape[0] - 1 == columns.template_quality.shape[0] == len(records)
    for t, record in enumerate(records):
        (template,) = decode(record)
        rows = slice(columns.offsets[t], columns.offsets[t + 1])
        for name in ("x_px", "y_px", "angle", "quality"):
            found = getattr(columns, name)
            assert found.dtype == template.minutiae[name].dtype
            np.testing.assert_array_equal(found[rows], template.minutiae[name])
        assert columns.template_quality[t] == template.quality


def test_a_minutia_whose_quality_is_not_reported_has_none() -> None:
    changed = bytearray(encode(template_of(2)))
    changed[N_HEADER_BYTES + 6 + 5] = 255
    columns = decode_columns([encode(template_of(3)), bytes(changed), encode(template_of(4))])
    assert columns.quality.tolist() == [0] * 9
    assert columns.x_px.tolist() == [0, 1, 2, 0, 1, 0, 1, 2, 3]


@pytest.mark.parametrize(
    ("place", "value"), [(0, 0), (11, 0), (N_HEADER_BYTES, 255), (N_HEADER_BYTES + 5, 101)]
)
def test_a_damaged_record_is_refused_by_its_place(place: int, value: int) -> None:
    damaged = bytearray(encode(template_of(2)))
    damaged[place] = value
    with pytest.raises(InvalidTemplate, match="record 1: "):
        decode_columns([encode(template_of(3)), bytes(damaged)])


def test_a_record_of_two_views_is_refused() -> None:
    record = write_record(from_templates([template_of(1), template_of(2)], RecordFormat.ISO_19794_2_2005))
    with pytest.raises(InvalidTemplate, match="record 0 has 2 finger views"):
        decode_columns([record])
