"""Files of seven formats become finger images; everything else is refused by name, value and expectation."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fingerprint.image.drawn_prints import whorl, wsq_bytes
from vantay.errors import InvalidSample
from vantay.fingerprint.image import ImageLimits, read_finger_image
from vantay.types import FingerPosition

LOSSLESS = {"PNG": {}, "TIFF": {}, "BMP": {}, "PPM": {}, "JPEG2000": {"irreversible": False}}


def file_bytes(picture: Image.Image | npt.NDArray[Any], image_format: str, **options: Any) -> bytes:
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(picture)
    stream = io.BytesIO()
    picture.save(stream, image_format, **options)
    return stream.getvalue()


def tiff_bytes(pixels: npt.NDArray[np.uint8], x: float, y: float, unit: int) -> bytes:
    return file_bytes(pixels, "TIFF", tiffinfo={282: x, 283: y, 296: unit})


@pytest.mark.parametrize("image_format", LOSSLESS)
def test_lossless_format_keeps_pixels(image_format: str) -> None:
    pixels = whorl()
    image = read_finger_image(file_bytes(pixels, image_format, **LOSSLESS[image_format]))
    np.testing.assert_array_equal(image.pixels, pixels)
    assert image.ppi == 500


@pytest.mark.parametrize("image_format", ["JPEG", "WSQ"])
def test_lossy_format_is_read(image_format: str) -> None:
    pixels = whorl()
    data = wsq_bytes(pixels) if image_format == "WSQ" else file_bytes(pixels, "JPEG", quality=90)
    assert np.abs(read_finger_image(data).pixels.astype(int) - pixels).mean() < 5


def test_path_position_and_name_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "finger.png"
    path.write_bytes(file_bytes(whorl(), "PNG"))
    image = read_finger_image(path, position=FingerPosition.LEFT_RING)
    assert (image.name, image.position) == (str(path), FingerPosition.LEFT_RING)
    assert read_finger_image(str(path), name="case 7").name == "case 7"


@pytest.mark.parametrize(("mode", "tolerance"), [("RGB", 1), ("RGBA", 1), ("P", 1), ("LA", 1), ("I;16", 0)])
def test_other_pixel_kinds_become_grey(mode: str, tolerance: int) -> None:
    pixels = whorl()
    grey = Image.fromarray(pixels)
    picture = Image.fromarray(pixels.astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    image = read_finger_image(file_bytes(picture, "PNG"))
    assert np.abs(image.pixels.astype(int) - pixels).max() <= tolerance


def test_one_bit_becomes_black_and_white() -> None:
    picture = Image.fromarray(whorl()).convert("1", dither=Image.Dither.NONE)
    pixels = read_finger_image(file_bytes(picture, "PNG")).pixels
    np.testing.assert_array_equal(pixels, np.where(whorl() >= 128, 255, 0))


def test_transparent_parts_become_white() -> None:
    picture = Image.fromarray(whorl()).convert("RGBA")
    picture.putalpha(Image.fromarray(np.where(whorl() < 250, 255, 0).astype(np.uint8)))
    pixels = read_finger_image(file_bytes(picture, "PNG")).pixels
    assert pixels[0, 0] == 255
    assert pixels[187, 194] == whorl()[187, 194]


def test_cmyk_and_floating_point_are_refused() -> None:
    with pytest.raises(InvalidSample, match="mode CMYK, expected grey"):
        read_finger_image(file_bytes(Image.fromarray(whorl()).convert("CMYK"), "TIFF"))
    with pytest.raises(InvalidSample, match="mode F, expected grey"):
        read_finger_image(file_bytes(whorl().astype(np.float32), "TIFF"))


@pytest.mark.parametrize(
    ("data", "ppi"),
    [
        (file_bytes(whorl(), "PNG", dpi=(500, 500)), 500),
        (file_bytes(whorl(), "PNG", dpi=(1000, 1000)), 1000),
        (file_bytes(whorl(), "BMP", dpi=(508, 508)), 508),
        (file_bytes(whorl(), "JPEG", dpi=(500, 500)), 500),
        (tiff_bytes(whorl(), 512, 512, 2), 512),
        (tiff_bytes(whorl(), 200, 200, 3), 508),
        (tiff_bytes(whorl(), 600, 603, 2), 601.5),
    ],
)
def test_resolution_of_the_file_is_taken(data: bytes, ppi: float) -> None:
    assert read_finger_image(data).ppi == pytest.approx(ppi, abs=0.02)


@pytest.mark.parametrize(
    "data",
    [
        file_bytes(whorl(), "PNG"),
        file_bytes(whorl(), "PNG", dpi=(72, 72)),
        file_bytes(whorl(), "PNG", dpi=(96, 96)),
        file_bytes(whorl(), "JPEG"),
        file_bytes(whorl(), "BMP", dpi=(96, 96)),
        tiff_bytes(whorl(), 1, 1, 2),
        tiff_bytes(whorl(), 1, 1, 1),
        tiff_bytes(whorl(), 800, 800, 1),
        tiff_bytes(whorl(), 0, 0, 2),
    ],
)
def test_500_ppi_is_assumed_where_the_file_does_not_say(data: bytes) -> None:
    assert read_finger_image(data).ppi == 500


def test_caller_wins_over_the_file() -> None:
    assert read_finger_image(file_bytes(whorl(), "PNG", dpi=(1000, 1000)), ppi=512).ppi == 512
    assert read_finger_image(tiff_bytes(whorl(), 500, 1000, 2), ppi=512).ppi == 512
    assert read_finger_image(wsq_bytes(whorl()), ppi=400).ppi == 400


@pytest.mark.parametrize("ppi", [249.9, 1200.1, 0.0, -500.0, float("nan"), float("inf")])
def test_impossible_resolution_of_the_caller_is_refused(ppi: float) -> None:
    with pytest.raises(InvalidSample, match="ppi, expected 250 to 1200 ppi"):
        read_finger_image(file_bytes(whorl(), "PNG"), ppi=ppi)


@pytest.mark.parametrize("ppi", [150, 200, 2400])
def test_impossible_resolution_of_the_file_is_refused(ppi: int) -> None:
    with pytest.raises(InvalidSample, match=rf"a\.png: resolution is {ppi} ppi, expected 250 to 1200"):
        read_finger_image(file_bytes(whorl(), "PNG", dpi=(ppi, ppi)), name="a.png")


def test_unequal_resolutions_are_refused() -> None:
    with pytest.raises(InvalidSample, match="500×512 ppi, expected the same in both directions"):
        read_finger_image(tiff_bytes(whorl(), 500, 512, 2))


@pytest.mark.parametrize(("height", "width"), [(63, 300), (300, 63), (64, 4097), (4097, 64)])
def test_size_outside_the_limits_is_refused(height: int, width: int) -> None:
    with pytest.raises(InvalidSample, match=f"{width}×{height} px, expected 64 to 4096"):
        read_finger_image(file_bytes(whorl(height, width), "PNG"))


def test_size_is_refused_from_the_header_alone() -> None:
    data = bytearray(file_bytes(whorl(), "BMP"))
    data[18:26] = (30000).to_bytes(4, "little") * 2
    with pytest.raises(InvalidSample, match=r"30000×30000 px|too many pixels"):
        read_finger_image(bytes(data))


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.bmp"
    path.write_bytes(file_bytes(whorl(), "BMP"))
    with pytest.raises(InvalidSample, match="bytes, expected at most 1000"):
        read_finger_image(path, limits=ImageLimits(max_file_bytes=1000))


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_image_is_refused(value: int) -> None:
    flat = np.full((300, 300), value, np.uint8)
    with pytest.raises(InvalidSample, match=r"no contrast, grey values have standard deviation 0\.0"):
        read_finger_image(file_bytes(flat, "PNG"))


@pytest.mark.parametrize("image_format", ["GIF", "TIFF", "PNG"])
def test_several_images_in_a_file_are_refused(image_format: str) -> None:
    first, second = Image.fromarray(whorl()), Image.fromarray(255 - whorl())
    data = file_bytes(first, image_format, save_all=True, append_images=[second])
    with pytest.raises(
        InvalidSample, match=r"holds 2 images, expected one|no image format that is read here"
    ):
        read_finger_image(data)


@pytest.mark.parametrize("image_format", [*LOSSLESS, "JPEG"])
def test_truncated_file_is_refused(image_format: str) -> None:
    data = file_bytes(whorl(), image_format, **LOSSLESS.get(image_format, {}))
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(InvalidSample):
            read_finger_image(data[: int(len(data) * share)], name="cut")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x: is empty, expected an image"),
        (b"GIF89a", "x: starts with 47494638, which is no image format that is read here, expected PNG"),
        (b"%!PS-Adobe", "starts with 2521"),
        (b"hello, world", "starts with 68656c6c"),
    ],
)
def test_other_content_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InvalidSample, match=message):
        read_finger_image(data, name="x")


def test_unreadable_paths_are_refused(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, message in (
        (tmp_path, "is a directory, expected an image file"),
        (tmp_path / "none.png", "none.png: is no file, expected an image file"),
        (fifo, "is no regular file"),
        (Path("a\0b"), "no file|cannot be read"),
    ):
        with pytest.raises(InvalidSample, match=message):
            read_finger_image(path)


@settings(max_examples=120, deadline=None)
@given(
    image_format=st.sampled_from([*LOSSLESS, "JPEG"]),
    changes=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=6),
    head=st.booleans(),
)
@pytest.mark.filterwarnings("ignore")
def test_damaged_file_gives_an_image_or_invalid_sample(
    image_format: str, changes: list[tuple[int, int]], head: bool
) -> None:
    data = bytearray(file_bytes(whorl(80, 80), image_format))
    for place, value in changes:
        data[place % (100 if head else len(data))] = value
    try:
        image = read_finger_image(bytes(data))
    except InvalidSample:
        return
    assert image.pixels.dtype == np.uint8
