"""What an image must be to be looked at as a facial photo."""

from __future__ import annotations

from dataclasses import dataclass

from vantay.errors import InvalidSample


@dataclass(frozen=True, slots=True)
class FaceImageLimits:
    """Limits of a photo; all hold before any pixel is decoded."""

    max_file_bytes: int = 64 * 1024 * 1024
    """A 48-megapixel photo as PNG; cameras' JPEG files have a tenth of it."""
    min_side_px: int = 48
    """A face of 32 px and a little around it: embeddings of less are guesses."""
    max_side_px: int = 12_000
    """The long side of a 100-megapixel camera."""
    max_pixels: int = 50_000_000
    """150 MB once decoded."""


DEFAULT_LIMITS = FaceImageLimits()


def check_size(name: str, width_px: int, height_px: int, limits: FaceImageLimits) -> None:
    """Refuse an image with a side, or a number of pixels, outside the limits.

    Raises
    ------
    InvalidSample
        Naming the size and the limits.
    """
    low, high = limits.min_side_px, limits.max_side_px
    if not (low <= width_px <= high and low <= height_px <= high):
        raise InvalidSample(f"{name}: size is {width_px}×{height_px} px, expected {low} to {high} px a side")
    if width_px * height_px > limits.max_pixels:
        raise InvalidSample(
            f"{name}: size is {width_px}×{height_px} px, {width_px * height_px} pixels, "
            f"expected at most {limits.max_pixels}"
        )


def check_n_bytes(name: str, n_bytes: int, expected: str, limits: FaceImageLimits) -> None:
    """Refuse an empty file and one that is too large.

    Raises
    ------
    InvalidSample
        Naming the number of bytes.
    """
    if n_bytes == 0:
        raise InvalidSample(f"{name}: is empty, expected an image ({expected})")
    if n_bytes > limits.max_file_bytes:
        raise InvalidSample(f"{name}: has {n_bytes} bytes, expected at most {limits.max_file_bytes}")
