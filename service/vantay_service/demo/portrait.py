"""The one photo of the demo, twice: as it was enrolled, and as it is taken again.

It is NASA's portrait of Eileen Collins, in the public domain, as scikit-image ships it; it stands in for the
face of a person who does not exist.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter
from skimage.data import astronaut

from vantay.report.drawing import Picture

_PROBE_TILT_DEGREES = 8
_PROBE_BLUR_PX = 0.8
_PROBE_LIGHT = 0.75
_REFERENCE_BOX_PX = (80, 0, 400, 320)
_PROBE_BOX_PX = (95, 10, 335, 290)


class Photos(NamedTuple):
    """Two photos of one face, (h, w, 3) uint8 RGB.

    Attributes
    ----------
    reference : Picture
        As enrolled.
    probe : Picture
        Cropped closer, tilted, darker, blurred.
    """

    reference: Picture
    probe: Picture


def make_photos() -> Photos:
    """Make the photo that is enrolled, and the one that is taken at the counter."""
    portrait = Image.fromarray(astronaut())  # type: ignore[no-untyped-call]
    backdrop = portrait.getpixel((100, 5))
    tilted = portrait.rotate(_PROBE_TILT_DEGREES, Image.Resampling.BICUBIC, fillcolor=backdrop)
    darker = ImageEnhance.Brightness(tilted.crop(_PROBE_BOX_PX)).enhance(_PROBE_LIGHT)
    blurred = darker.filter(ImageFilter.GaussianBlur(_PROBE_BLUR_PX))
    return Photos(np.asarray(portrait.crop(_REFERENCE_BOX_PX)), np.asarray(blurred))


def encode_photo(photo: Picture) -> bytes:
    """Write a photo as PNG."""
    _, encoded = cv2.imencode(".png", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    return encoded.tobytes()


def side_by_side(left: Picture, right: Picture, height_px: int = 300) -> Picture:
    """Put two pictures of any size beside each other."""
    shown = [
        cv2.resize(p, (round(p.shape[1] * height_px / p.shape[0]), height_px), interpolation=cv2.INTER_AREA)
        for p in (left, right)
    ]
    return np.asarray(np.hstack(shown), np.uint8)
