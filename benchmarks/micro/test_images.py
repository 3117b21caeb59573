"""From the bytes of a file to pixels: prints as capture devices and exchanges give them."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from benchmarks.harness.measurement import Measure, Work
from benchmarks.micro.samples import PRINT, PRINT_HEIGHT_PX, PRINT_WIDTH_PX, print_image
from PIL import Image

from vantay.fingerprint.image import read_finger_image
from vantay_datasets.iso_19794_4 import read_iso_19794_4

BITS_A_PIXEL = 0.75
"""Of WSQ, as the FBI compresses: about fifteen to one."""

WORK = Work(f"{PRINT}, {PRINT_WIDTH_PX}×{PRINT_HEIGHT_PX} px", 1, "image")
N_FINGERS = 10


def with_pillow(file_format: str) -> bytes:
    """Write the print in a format that Pillow has."""
    file = io.BytesIO()
    Image.fromarray(print_image().pixels).save(file, file_format)
    return file.getvalue()


def with_wsq() -> bytes:
    """Compress the print; the encoder is one that only tests and benchmarks have."""
    encoder = pytest.importorskip("_wsq")
    encoded: bytes = encoder.compress(
        print_image().pixels.tobytes(), PRINT_HEIGHT_PX, PRINT_WIDTH_PX, BITS_A_PIXEL
    )
    return encoded


WRITERS: dict[str, Callable[[], bytes]] = {
    "bmp": lambda: with_pillow("BMP"),
    "png": lambda: with_pillow("PNG"),
    "tiff": lambda: with_pillow("TIFF"),
    "jpeg": lambda: with_pillow("JPEG"),
    "jpeg2000": lambda: with_pillow("JPEG2000"),
    "wsq": with_wsq,
}


@pytest.mark.parametrize("file_format", WRITERS)
def test_read_finger(measure: Measure, file_format: str) -> None:
    """Checked before it is decoded, and made 500 ppi with dark ridges."""
    data = WRITERS[file_format]()
    measure(lambda: read_finger_image(data, ppi=500), WORK)


def test_read_iso_19794_4(measure: Measure, tmp_path: Path) -> None:
    """A record of ten fingers, uncompressed."""
    path = tmp_path / "ten.fir"
    path.write_bytes(ten_fingers())
    measure(lambda: list(read_iso_19794_4(path)), Work(WORK.data, N_FINGERS, "image"))


@cache
def ten_fingers() -> bytes:
    """Write a record by ISO/IEC 19794-4:2005, 7: header, then a view for each finger."""
    pixels = print_image().pixels.tobytes()
    size = PRINT_WIDTH_PX, PRINT_HEIGHT_PX
    views = b"".join(
        struct.pack(">IBBBBBHHB", 14 + len(pixels), position, 1, 1, 80, 0, *size, 0) + pixels
        for position in range(1, N_FINGERS + 1)
    )
    header = struct.pack(">HHBBHHHHBBH", 0, 31, N_FINGERS, 1, 500, 500, 500, 500, 8, 0, 0)
    return b"FIR\x00010\0" + (32 + len(views)).to_bytes(6, "big") + header + views
