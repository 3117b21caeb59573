"""The short way through a record gives what the long way gives, or leaves the record to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fingerprint.codec.random_templates import TEMPLATES, finger_records
from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec import RecordFormat, decode, encode, read_record, to_templates, write_record
from vantay.fingerprint.codec.own_records import read_own_record
from vantay.fingerprint.codec.record import FingerRecord
from vantay.types import MINUTIA_DTYPE, FingerPosition, FingerTemplate

N_HEADER_BYTES = 28


def the_long_way(data: bytes) -> list[FingerTemplate] | str:
    try:
        return to_templates(read_record(data))
    except InvalidTemplate as error:
        return str(error)


def either_way(data: bytes) -> list[FingerTemplate] | str:
    try:
        return decode(data)
    except InvalidTemplate as error:
        return str(error)


@settings(max_examples=60, deadline=None)
@given(template=TEMPLATES)
def test_what_vantay_writes_goes_the_short_way(template: FingerTemplate) -> None:
    data = encode(template)
    found = read_own_record(data)
    assert found == template == the_long_way(data)[0]
    assert not found.minutiae.flags.writeable


@settings(max_examples=300, deadline=None)
@given(template=TEMPLATES, data=st.data())
def test_a_changed_byte_is_read_or_refused_as_by_the_long_way(
    template: FingerTemplate, data: st.DataObject
) -> None:
    record = bytearray(encode(template))
    place = st.integers(0, N_HEADER_BYTES) | st.integers(0, len(record) - 1)
    for at in data.draw(st.lists(place.filter(lambda at: at < len(record)), min_size=1, max_size=3)):
        record[at] = data.draw(st.integers(0, 255))
    assert either_way(bytes(record)) == the_long_way(bytes(record))


@settings(max_examples=60, deadline=None)
@given(template=TEMPLATES, n_bytes=st.integers(-80, 4))
def test_a_cut_or_longer_record_is_refused_as_by_the_long_way(template: FingerTemplate, n_bytes: int) -> None:
    record = encode(template)
    changed = record + bytes(n_bytes) if n_bytes > 0 else record[: len(record) + n_bytes]
    assert either_way(changed) == the_long_way(changed)
    with_length = changed[:8] + len(changed).to_bytes(4, "big") + changed[12:]
    assert either_way(with_length) == the_long_way(with_length)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(record=finger_records())
def test_foreign_records_are_read_as_by_the_long_way(record: FingerRecord) -> None:
    data = write_record(record)
    assert either_way(data) == the_long_way(data)


@pytest.mark.parametrize("record_format", [f for f in RecordFormat if f is not RecordFormat.ISO_19794_2_2005])
def test_other_formats_go_the_long_way(record_format: RecordFormat) -> None:
    template = FingerTemplate(np.zeros(3, MINUTIA_DTYPE), 300, 400, FingerPosition.LEFT_THUMB)
    assert read_own_record(encode(template, record_format)) is None


@pytest.mark.parametrize("quality", [101, 254, 255])
def test_a_minutia_without_a_quality_goes_the_long_way(quality: int) -> None:
    record = bytearray(encode(FingerTemplate(np.zeros(2, MINUTIA_DTYPE), 300, 400)))
    record[N_HEADER_BYTES + 5] = quality
    assert read_own_record(bytes(record)) is None
    assert either_way(bytes(record)) == the_long_way(bytes(record))
