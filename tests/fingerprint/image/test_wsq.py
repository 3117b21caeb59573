"""WSQ files decode as the reference decoder does, and hostile ones are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fingerprint.image.drawn_prints import whorl, wsq_bytes, wsq_reference
from naive.wsq_coefficients import canonical_codes, decode_block
from vantay.errors import InvalidSample
from vantay.fingerprint.image import read_finger_image
from vantay.fingerprint.image.wsq import decode_wsq, read_wsq_segments
from vantay.fingerprint.image.wsq.huffman import decode_coefficients, read_huffman_tables
from vantay.fingerprint.image.wsq.subbands import make_subband_tree


def decoded(data: bytes) -> npt.NDArray[np.uint8]:
    return decode_wsq(read_wsq_segments(data, "test"), "test")


def assert_same_but_for_rounding(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> None:
    difference = np.abs(a.astype(int) - b)
    assert difference.max() <= 1
    assert np.count_nonzero(difference) <= 1e-3 * difference.size


@pytest.mark.parametrize("shape", [(374, 388), (301, 257), (97, 131), (65, 64), (128, 479)])
@pytest.mark.parametrize("bit_rate", [0.75, 2.25])
def test_pixels_are_those_of_the_reference_decoder(shape: tuple[int, int], bit_rate: float) -> None:
    data = wsq_bytes(whorl(*shape), bit_rate)
    assert_same_but_for_rounding(decoded(data), wsq_reference(data))


def test_decoded_image_is_near_the_original() -> None:
    pixels = whorl()
    assert np.abs(decoded(wsq_bytes(pixels)).astype(int) - pixels).mean() < 5


@pytest.mark.eval_data
def test_sample_decodes_to_its_png(eval_data: Path) -> None:
    image = read_finger_image(eval_data / "wsq" / "wsq-original.wsq")
    with Image.open(eval_data / "wsq" / "wsq-converted.png") as expected:
        assert_same_but_for_rounding(image.pixels, np.array(expected.convert("L")))
    assert image.ppi == 500


@pytest.mark.eval_data
def test_sample_of_nist_is_read(eval_data: Path) -> None:
    data = (eval_data / "templates" / "ansi_nist" / "img.wsq").read_bytes()
    assert_same_but_for_rounding(read_finger_image(data).pixels, wsq_reference(data))


@given(st.integers(1, 700), st.integers(1, 700))
def test_64_subbands_tile_the_image(width: int, height: int) -> None:
    tree = make_subband_tree(width, height)
    assert len(tree.subbands) == 64
    cover = np.zeros((height, width), np.uint8)
    for region in tree.subbands:
        cover[region.y : region.y + region.height, region.x : region.x + region.width] += 1
    assert (cover == 1).all()


@st.composite
def huffman_segments(draw: st.DrawFn) -> bytes:
    """A table that is prefix-free: no length has more codes than are left."""
    counts: list[int] = []
    left = 1
    for _ in range(16):
        left = min(left * 2, 200)
        counts.append(draw(st.integers(0, min(left, 40, 256 - sum(counts)))))
        left -= counts[-1]
    # Values of every kind, and now and then one that no encoder writes.
    kinds = st.one_of(st.integers(1, 6), st.integers(101, 106), st.integers(101, 254), st.integers(0, 255))
    symbols = bytes(draw(st.lists(kinds, min_size=sum(counts), max_size=sum(counts))))
    return bytes([0, *counts]) + symbols


@settings(max_examples=200, deadline=None)
@given(segment=huffman_segments(), blocks=st.lists(st.binary(max_size=60), max_size=3), n=st.integers(0, 300))
def test_coefficients_are_those_of_the_naive_decoder(segment: bytes, blocks: list[bytes], n: int) -> None:
    codes = canonical_codes(segment[1:17], segment[17:])
    expected: list[int] | None = []
    for block in blocks:
        more = decode_block(codes, block, n - len(expected)) if expected is not None else None
        expected = None if expected is None or more is None else expected + more
    table = read_huffman_tables(segment, "test")[0]
    try:
        found = decode_coefficients([(table, block) for block in blocks], n, "test").tolist()
    except InvalidSample:
        found = None
    assert found == (expected if expected is not None and len(expected) == n else None)


def test_every_truncation_is_refused() -> None:
    data = wsq_bytes(whorl(96, 96))
    for n_bytes in range(len(data) - 1):
        with pytest.raises(InvalidSample):
            decoded(data[:n_bytes])


@settings(max_examples=150, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=8),
    head=st.booleans(),
)
def test_damaged_file_gives_an_image_or_invalid_sample(changes: list[tuple[int, int]], head: bool) -> None:
    data = bytearray(wsq_bytes(whorl(96, 96)))
    for place, value in changes:
        data[place % (min(len(data), 900) if head else len(data))] = value
    try:
        image = read_finger_image(bytes(data))
    except InvalidSample:
        return
    assert image.pixels.dtype == np.uint8


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidSample):
        read_finger_image(b"\xff\xa0" + data)


def segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


FRAME = bytes([0, 255]) + (100).to_bytes(2, "big") * 2 + bytes(9)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "ends at byte 2 without an end marker"),
        (b"\xff\xa1", "no frame header, no transform table, no quantisation table, no block"),
        (b"\xff\xff", "ffff at byte 2, expected a marker"),
        (b"\xff\xa8\x00\x01", "length 1, expected 2"),
        (segment(0xA2, FRAME[:-1]), "frame header has 14 bytes, expected 15"),
        (segment(0xA2, FRAME) * 2, "two frame headers"),
        (segment(0xA2, b"\0\0" + bytes(13)), "size is 0×0"),
        (segment(0xA4, b"\x08\x07"), "filter has 8 taps, expected an odd number"),
        (segment(0xA4, b"\x09\x07"), "transform table has 0 bytes, expected 54"),
        (segment(0xA5, b"\0"), "quantisation table has 1 bytes, expected 387"),
        (segment(0xA6, b"\0" + b"\xff" * 16), "expected at most 256 values"),
        (segment(0xA6, b"\0" + b"\x03" + bytes(15) + b"abc"), "more codes of 1 bits than there can be"),
        (segment(0xA3, b"\0"), "names Huffman table 0, expected one of those before it"),
    ],
)
def test_message_names_segment_value_and_expectation(body: bytes, message: str) -> None:
    with pytest.raises(InvalidSample, match=message):
        read_wsq_segments(b"\xff\xa0" + body, "x.wsq")


def test_size_is_checked_before_decoding() -> None:
    data = bytearray(wsq_bytes(whorl(96, 96)))
    frame = data.index(b"\xff\xa2")
    data[frame + 6 : frame + 10] = (60000).to_bytes(2, "big") * 2
    with pytest.raises(InvalidSample, match="60000×60000 px, expected 64 to 4096"):
        read_finger_image(bytes(data))
