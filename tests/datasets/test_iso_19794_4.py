from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vantay.errors import InvalidSample
from vantay.types import FingerPosition
from vantay_datasets.iso_19794_4 import read_iso_19794_4
from vantay_datasets.sample import FrictionRidgeArea, Sample, SampleOrError

PIXELS = np.arange(600, dtype=np.uint8).reshape(30, 20)
WSQ = b"\xff\xa0\xff\xa8 and so on"
RAW, PACKED, COMPRESSED = 0, 1, 2


def record_of_2005(
    images: Sequence[tuple[int, bytes]],
    *,
    compression: int = RAW,
    unit: int = 1,
    ppi: tuple[int, int] = (500, 500),
    depth: int = 8,
    n_stated: int | None = None,
) -> bytes:
    body = b"".join(
        struct.pack(">IBBBBBHHB", 14 + len(data), position, 1, 1, 80, 0, 20, 30, 0) + data
        for position, data in images
    )
    n_images = len(images) if n_stated is None else n_stated
    rest = struct.pack(">HHBBHHHHBBH", 0, 31, n_images, unit, *ppi, *ppi, depth, compression, 0)
    return b"FIR\x00010\0" + (32 + len(body)).to_bytes(6, "big") + rest + body


def record_of_2011(
    images: Sequence[tuple[int, bytes]],
    *,
    compression: int = RAW,
    n_quality_blocks: int = 0,
    certificates: int | None = None,
    extended: bytes = b"",
    n_bytes: int | None = None,
) -> bytes:
    body = b""
    for position, data in images:
        start = bytes(9) + struct.pack(">BHHB", 0, 0, 0, n_quality_blocks) + bytes(5 * n_quality_blocks)
        if certificates is not None:
            start += bytes([certificates]) + bytes(3 * certificates)
        stated = len(data) if n_bytes is None else n_bytes
        fields = struct.pack(">BBBHHHHBBBHHI", position, 1, 2, *[197] * 4, 8, compression, 0, 20, 30, stated)
        image = start + fields + data + extended
        body += (4 + len(image)).to_bytes(4, "big") + image
    header = struct.pack(">IHBB", 16 + len(body), len(images), certificates is not None, 1)
    return b"FIR\x00020\0" + header + body


def read(folder: Path, data: bytes) -> list[SampleOrError]:
    path = folder / "case.fir"
    path.write_bytes(data)
    return list(read_iso_19794_4(path))


def pixels_of(sample: SampleOrError) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    assert isinstance(sample, Sample)
    assert isinstance(sample.image, bytes)
    return np.asarray(Image.open(io.BytesIO(sample.image)))


@pytest.mark.parametrize("make", [record_of_2005, record_of_2011])
def test_raw_images_become_png_with_position_and_resolution(tmp_path: Path, make: object) -> None:
    assert callable(make)
    samples = read(tmp_path, make([(2, PIXELS.tobytes()), (7, bytes(600))]))
    assert [s.position for s in samples if isinstance(s, Sample)] == [
        FingerPosition.RIGHT_INDEX,
        FingerPosition.LEFT_INDEX,
    ]
    assert {s.ppi for s in samples if isinstance(s, Sample)} == {500.0}
    np.testing.assert_array_equal(pixels_of(samples[0]), PIXELS)


@pytest.mark.parametrize("make", [record_of_2005, record_of_2011])
def test_compressed_images_are_passed_through_and_slaps_say_so(tmp_path: Path, make: object) -> None:
    assert callable(make)
    [sample] = read(tmp_path, make([(13, WSQ)], compression=COMPRESSED))
    assert isinstance(sample, Sample)
    assert sample.image == WSQ
    assert sample.area is FrictionRidgeArea.RIGHT_FOUR_FINGERS
    assert not sample.is_single_finger


def test_quality_and_certification_blocks_and_extended_data_are_passed_over(tmp_path: Path) -> None:
    data = record_of_2011([(1, PIXELS.tobytes())], n_quality_blocks=3, certificates=2, extended=b"segments")
    [sample] = read(tmp_path, data)
    np.testing.assert_array_equal(pixels_of(sample), PIXELS)


def test_a_bad_image_costs_itself_only(tmp_path: Path) -> None:
    bad, good = read(tmp_path, record_of_2005([(2, bytes(599)), (3, bytes(600))]))
    assert isinstance(good, Sample)
    with pytest.raises(InvalidSample, match="image 1: 599 bytes of raw pixels, expected 20 × 30 × 1"):
        raise bad if isinstance(bad, InvalidSample) else AssertionError


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (record_of_2005([(2, bytes(600))], unit=3), "scale unit is 3, expected 1"),
        (record_of_2005([(2, bytes(600))], ppi=(500, 250)), "resolution is 500 × 250"),
        (record_of_2005([(2, bytes(600))], ppi=(0, 0)), "resolution is 0 × 0"),
        (record_of_2005([(99, bytes(600))]), "position: is 99, expected a friction ridge position"),
        (record_of_2005([(2, bytes(600))], depth=16), "16 bits a pixel, expected 8"),
        (record_of_2005([(2, bytes(600))], compression=PACKED), "bit-packed pixels"),
        (record_of_2005([(2, b"????")], compression=COMPRESSED), "begins with 3f3f3f3f, expected WSQ"),
    ],
)
def test_an_image_that_cannot_be_used_says_why(tmp_path: Path, data: bytes, message: str) -> None:
    [error] = read(tmp_path, data)
    with pytest.raises(InvalidSample, match=rf"case\.fir, image 1.*{message}"):
        raise error if isinstance(error, InvalidSample) else AssertionError


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"FMR\0 20\0", "begins with 464d5200, expected 46495200"),
        (b"FIR\x00030\0" + bytes(30), "version is b'030"),
        (b"FIR\x00010\0", "8 bytes left, expected 32 of header"),
        (record_of_2005([(2, bytes(600))])[:-1], "length field says 646, expected 645"),
        (record_of_2005([(2, bytes(600))], n_stated=7), "says 7 images, expected the 1"),
        (record_of_2005([]), "says 0 images, expected the 0"),
        (record_of_2005([(2, b"")] * 1001, n_stated=255), "more than 1000 images"),
        (record_of_2011([(2, bytes(600))])[:-1], "length field says"),
        (record_of_2011([(2, bytes(600))], n_bytes=601), "601 bytes of image, expected at most the 600"),
        (record_of_2011([(2, bytes(600))], n_quality_blocks=255)[:60], "length field says"),
        (record_of_2011([]), "0 bytes after 0 images"),
    ],
)
def test_what_is_no_finger_image_record_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InvalidSample, match=message):
        read(tmp_path, data)


ORIGINALS = (
    record_of_2005([(2, bytes(600)), (13, WSQ)]),
    record_of_2011([(2, bytes(600)), (3, WSQ)], n_quality_blocks=1, certificates=1),
)


@given(
    st.sampled_from(ORIGINALS), st.lists(st.tuples(st.integers(8, 120), st.binary(max_size=4)), max_size=4)
)
@settings(max_examples=200, deadline=None)
def test_a_damaged_record_gives_samples_or_errors_of_ours(
    data: bytes, edits: list[tuple[int, bytes]]
) -> None:
    damaged = bytearray(data)
    for place, piece in edits:
        damaged[place : place + len(piece)] = piece
    with tempfile.NamedTemporaryFile(suffix=".fir") as file:
        path = Path(file.name)
        path.write_bytes(damaged)
        try:
            results = list(read_iso_19794_4(path))
        except InvalidSample as error:
            results = [error]
    assert all(isinstance(result, Sample) or file.name in str(result) for result in results)
