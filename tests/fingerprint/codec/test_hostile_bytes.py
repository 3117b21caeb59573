"""Whatever the bytes, `decode` gives templates or InvalidTemplate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fingerprint.codec.random_templates import finger_records
from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec import RecordFormat, decode, encode, write_record
from vantay.fingerprint.codec.record import FingerRecord
from vantay.types import MINUTIA_DTYPE, FingerTemplate

VERSIONS = [b" 20\0", b"020\0", b"030\0", b"035\0"]


def decode_or_refuse(data: bytes) -> None:
    try:
        templates = decode(data)
    except InvalidTemplate:
        return
    assert all(isinstance(template, FingerTemplate) for template in templates)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    decode_or_refuse(data)


@settings(max_examples=300, deadline=None)
@given(version=st.sampled_from(VERSIONS), data=st.binary(max_size=120), length_bytes=st.sampled_from([2, 4]))
def test_random_content_behind_a_sound_header(version: bytes, data: bytes, length_bytes: int) -> None:
    length = 8 + length_bytes + len(data)
    decode_or_refuse(b"FMR\0" + version + length.to_bytes(length_bytes, "big") + data)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(record=finger_records(), changes=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=4))
def test_changed_bytes_of_a_sound_record(record: FingerRecord, changes: list[tuple[int, int]]) -> None:
    data = bytearray(write_record(record))
    for place, value in changes:
        data[place % len(data)] = value
    decode_or_refuse(bytes(data))


@pytest.mark.parametrize("record_format", RecordFormat)
def test_every_truncation_is_refused(record_format: RecordFormat) -> None:
    minutiae = np.zeros(6, MINUTIA_DTYPE)
    data = encode(
        FingerTemplate(minutiae, 300, 400, extractor="leader", extractor_version="1"), record_format
    )
    for n_bytes in range(len(data)):
        with pytest.raises(InvalidTemplate):
            decode(data[:n_bytes])


@pytest.mark.parametrize("record_format", RecordFormat)
def test_bytes_behind_the_record_are_refused(record_format: RecordFormat) -> None:
    data = encode(FingerTemplate(np.zeros(6, MINUTIA_DTYPE), 300, 400), record_format)
    with pytest.raises(InvalidTemplate, match=r"length field|too many"):
        decode(data + b"\0")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "0 bytes starts with nothing, expected 464d5200"),
        (b"FIR\x00 20\0", "starts with 46495200"),
        (b"FMR\x00 99\0" + bytes(40), r"version b' 99\\x00', expected"),
        (b"FMR\x00 20\0", "cut off"),
        (b"FMR\x00030\0", "cut off"),
        (b"FMR\x00 20\0" + (24).to_bytes(4, "big") + bytes(12), "0 finger views"),
    ],
)
def test_message_names_what_was_seen_and_expected(data: bytes, message: str) -> None:
    with pytest.raises(InvalidTemplate, match=message):
        decode(data)
