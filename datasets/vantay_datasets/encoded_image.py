"""Bytes of images: what they begin with, and raw pixels made into a file."""

from __future__ import annotations

import io

from PIL import Image

from vantay.errors import InvalidSample

MAX_RAW_PIXELS = 64_000_000
"""A card with ten fingers at 1000 ppi has 64 million pixels; no capture of one finger or hand has as many."""

_MAGICS = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\xff\xa0\xff": "WSQ",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"BM": "BMP",
    b"P5": "PGM",
}


def image_format(data: bytes) -> str | None:
    """Name the format that bytes begin with: PNG, JPEG, JPEG 2000, WSQ, TIFF, BMP or PGM; else None."""
    return next((name for magic, name in _MAGICS.items() if data.startswith(magic)), None)


def encode_raw_pixels(
    data: bytes, width_px: int, height_px: int, *, n_channels: int, ppi: float | None, name: str
) -> bytes:
    """Make a PNG of raw pixels, so that one reader can read them all.

    Parameters
    ----------
    data : bytes
        Rows from the top, 8 bits a channel, grey or red, green, blue.
    width_px, height_px : int
        Size.
    n_channels : int
        1 or 3.
    ppi : float, optional
        Written into the PNG.
    name : str
        What messages call it.

    Raises
    ------
    InvalidSample
        If the size is nothing or too much, or does not go with the number of bytes.
    """
    if not (0 < width_px * height_px <= MAX_RAW_PIXELS and width_px > 0):
        raise InvalidSample(f"{name}: {width_px} × {height_px} px, expected 1 to {MAX_RAW_PIXELS} pixels")
    if len(data) != width_px * height_px * n_channels:
        raise InvalidSample(
            f"{name}: {len(data)} bytes of raw pixels, expected {width_px} × {height_px} × {n_channels}"
        )
    image = Image.frombytes("L" if n_channels == 1 else "RGB", (width_px, height_px), data)
    png = io.BytesIO()
    image.save(png, "PNG", compress_level=1, **({} if ppi is None else {"dpi": (ppi, ppi)}))
    return png.getvalue()
