"""Drawn ridges, and WSQ files of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from absence import import_or_skip


def whorl(
    height: int = 374, width: int = 388, *, period_px: float = 9.0, contact_px: float = 150.0
) -> npt.NDArray[np.uint8]:
    """Concentric dark ridges in an ellipse of contact on white."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    distance = np.hypot((x - width / 2) * 1.2, y - height / 2)
    wave = 128 + 100 * np.cos(2 * np.pi * distance / period_px)
    return np.where(distance < contact_px, wave, 250).astype(np.uint8)


def wsq_bytes(pixels: npt.NDArray[np.uint8], bit_rate: float = 2.25) -> bytes:
    """A WSQ file, by the encoder of the ``wsq`` package; the test is skipped where that is not installed."""
    encoder = import_or_skip("_wsq")
    height, width = pixels.shape
    encoded: bytes = encoder.compress(pixels.tobytes(), height, width, bit_rate)
    return encoded


def wsq_reference(data: bytes) -> npt.NDArray[np.uint8]:
    """What the decoder of the ``wsq`` package makes of a sound file."""
    pixels, width, height, _ppi = import_or_skip("_wsq").decompress(data)
    return np.frombuffer(pixels, np.uint8).reshape(height, width)
