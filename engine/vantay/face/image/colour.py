"""Decoded pictures of any Pillow mode to upright 8-bit sRGB."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps

from vantay.errors import InvalidSample

_SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_PLAIN_MODES = ("1", "L", "P", "PA", "LA", "La", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr")
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_NO_FLAGS = ImageCms.Flags.NONE
_SRGB = ImageCms.createProfile("sRGB")


def srgb_pixels(picture: Image.Image, name: str) -> npt.NDArray[np.uint8]:
    """Convert a decoded picture to sRGB, upright.

    Transparent parts become white like a studio's background, 16-bit grey keeps its upper 8 bits, an embedded
    ICC profile is applied. A profile that does not fit the pixels is passed over, as browsers do: its
    picture is still a portrait.

    Parameters
    ----------
    picture : PIL.Image.Image
        Loaded.
    name : str
        What error messages call it.

    Returns
    -------
    (h, w, 3) uint8
        Red, green, blue; turned as the EXIF orientation says.

    Raises
    ------
    InvalidSample
        For floating point pixels, Lab, or more than 16 bits.
    """
    if picture.mode in _SIXTEEN_BIT_MODES:
        picture = _from_sixteen_bits(picture, name)
    if picture.mode not in _PLAIN_MODES:
        raise InvalidSample(f"{name}: pixels have mode {picture.mode}, expected grey, RGB, CMYK or a palette")
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    opaque = _over_white(upright) if upright.has_transparency_data else upright
    return np.array(_in_srgb(opaque, profile), dtype=np.uint8)


def _from_sixteen_bits(picture: Image.Image, name: str) -> Image.Image:
    values = np.asarray(picture)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 0xFFFF:
        raise InvalidSample(f"{name}: grey values are {low} to {high}, expected 0 to 65535")
    grey = Image.fromarray((values >> 8).astype(np.uint8))
    grey.info.update(picture.info)
    return grey


def _over_white(picture: Image.Image) -> Image.Image:
    layers = picture.convert("RGBA")
    paper = Image.new("RGBA", layers.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, layers).convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if picture.mode in {"1", "P", "RGBX"}:
        picture = picture.convert("RGB")
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                _SRGB,
                _INTENT,
                "RGB",
                flags=_NO_FLAGS,
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
        else:
            if converted is not None:
                return converted
    return picture.convert("RGB")
