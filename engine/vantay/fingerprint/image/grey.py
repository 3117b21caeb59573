"""Decoded images of any Pillow mode to 8-bit grey."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from vantay.errors import InvalidSample

_SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_COLOUR_MODES = ("RGB", "P", "RGBA", "PA", "LA", "La", "RGBa")


def grey_pixels(picture: Image.Image, name: str) -> npt.NDArray[np.uint8]:
    """Convert a decoded picture to grey.

    8-bit grey is taken as it is. 16-bit grey keeps its upper 8 bits, 1-bit becomes 0 and 255, colour and
    palettes become luma (ITU-R BT.601), transparent parts become white like the paper of a card.

    Returns
    -------
    (h, w) uint8
        Grey values.

    Raises
    ------
    InvalidSample
        For any other kind of pixel: floating point, CMYK, Lab, more than 16 bits.
    """
    if picture.mode == "L" and "transparency" not in picture.info:
        return np.array(picture, dtype=np.uint8)
    if picture.mode == "1":
        return np.array(picture.convert("L"), dtype=np.uint8)
    if picture.mode in _SIXTEEN_BIT_MODES:
        return _from_sixteen_bits(picture, name)
    if picture.mode in _COLOUR_MODES or picture.mode == "L":
        return _over_white(picture)
    raise InvalidSample(
        f"{name}: pixels have mode {picture.mode}, expected grey (1, 8, 16 bits), RGB or a palette"
    )


def _from_sixteen_bits(picture: Image.Image, name: str) -> npt.NDArray[np.uint8]:
    values = np.asarray(picture)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 0xFFFF:
        raise InvalidSample(f"{name}: grey values are {low} to {high}, expected 0 to 65535")
    return (values >> 8).astype(np.uint8)


def _over_white(picture: Image.Image) -> npt.NDArray[np.uint8]:
    if not picture.has_transparency_data:
        return np.array(picture.convert("RGB").convert("L"), dtype=np.uint8)
    layers = picture.convert("RGBA")
    paper = Image.new("RGBA", layers.size, (255, 255, 255, 255))
    return np.array(Image.alpha_composite(paper, layers).convert("L"), dtype=np.uint8)
