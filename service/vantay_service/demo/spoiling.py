"""What goes wrong between a finger and a file: blur, and hands that are swapped; and small fingers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import cv2
import numpy as np

from vantay.report.drawing import Picture
from vantay.types import FingerPosition

CHILD_SCALE = 0.83
"""Ridges lie as much closer together in children as these are smaller: Gottschlich et al., "Modeling the
growth of fingerprints improves matching for adolescents", IEEE TIFS 6(3), 2011,
doi:10.1109/TIFS.2011.2143406. How much that is at 10 years is by eye, from body heights."""

_HAND = 5
_T = TypeVar("_T")


def blur(image: bytes, sigma_px: float) -> bytes:
    """Blur a print as a finger that moves or a dirty glass does."""
    return _encode(np.asarray(cv2.GaussianBlur(_decode(image), (0, 0), sigma_px), np.uint8))


def shrink(image: bytes, scale: float = CHILD_SCALE) -> bytes:
    """Make the print of a smaller finger, in the middle of an image of the same size."""
    pixels = _decode(image)
    height, width = pixels.shape
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    ground = int(np.median(pixels[:4]))
    whole = np.full_like(pixels, ground)
    whole[top : top + small.shape[0], left : left + small.shape[1]] = small
    return _encode(whole)


def swap_hands(fingers: Mapping[FingerPosition, _T]) -> dict[FingerPosition, _T]:
    """File each finger as the same finger of the other hand."""
    return {other_hand(position): finger for position, finger in fingers.items()}


def other_hand(position: FingerPosition) -> FingerPosition:
    """Name the same finger of the other hand."""
    return FingerPosition((int(position) - 1 + _HAND) % (2 * _HAND) + 1)


def _decode(image: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def _encode(pixels: Picture) -> bytes:
    _, encoded = cv2.imencode(".png", pixels)
    return encoded.tobytes()
